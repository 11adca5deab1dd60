// The palette on the left and the menu where an edge was dropped: both offer every type, both search.
import { useEffect, useRef, useState } from "react";
import { FAMILIES, CATALOGUE, branchName, found, nameOf } from "./catalogue";
import { DRAGGED, focusItem, useMiddle } from "./canvas";
import { addAt, addNext } from "./commands";
import { Icon } from "./icons";
import { choiceTitle, isTrigger } from "./model";
import { itemOf, set, useBuilder } from "./store";
import { t } from "./words";

export function Palette() {
  const [search, setSearch] = useState("");
  const middle = useMiddle();
  const [current, setCurrent] = useState("");
  const shown = found(search);
  const stop = shown.some((entry) => entry.type === current) ? current : shown[0]?.type; // all of them are one stop of the Tab key
  const walk = (event: React.KeyboardEvent): void => {
    const entries = [...event.currentTarget.querySelectorAll<HTMLElement>(".bp-entry")];
    const at = entries.indexOf(document.activeElement as HTMLElement);
    const to = { ArrowDown: at + 1, ArrowUp: Math.max(0, at - 1), Home: 0, End: entries.length - 1 }[event.key];
    if (to === undefined || (at < 0 && event.key !== "ArrowDown")) return;
    event.preventDefault();
    entries[Math.min(to, entries.length - 1)]?.focus();
  };
  return (
    <aside className="bp" onKeyDown={walk} aria-label={t("palette")}>
      <div className="with-icon bp-search">
        <Icon name="search" />
        <input className="input" type="search" value={search} aria-label={t("search_steps")} placeholder={t("search_steps")} onChange={(event) => setSearch(event.target.value)} />
      </div>
      <div className="bp-list">
        {FAMILIES.map((family) => {
          const entries = shown.filter((entry) => entry.family === family);
          if (entries.length === 0) return null;
          return (
            <section key={family} aria-label={t(`family.${family}`)}>
              <h2 className="bp-family">{t(`family.${family}`)}</h2>
              {entries.map(({ type, icon }) => (
                <button
                  type="button" key={type} className="bp-entry" data-family={family} data-type={type} tabIndex={type === stop ? 0 : -1} onFocus={() => setCurrent(type)} draggable title={t(`about.${type}`)}
                  onDragStart={(event) => {
                    event.dataTransfer.setData(DRAGGED, type);
                    event.dataTransfer.effectAllowed = "copy";
                  }}
                  onClick={() => addNext(type, middle())}
                >
                  <span className="bn-icon"><Icon name={icon} /></span>{nameOf(type)}
                </button>
              ))}
            </section>
          );
        })}
        {shown.length === 0 && <p className="bp-none">{t("nothing_found")}</p>}
      </div>
    </aside>
  );
}

export function DropMenu() {
  const menu = useBuilder((state) => state.menu);
  const [search, setSearch] = useState("");
  const [at, setAt] = useState(0);
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => {
    setSearch("");
    setAt(0);
    input.current?.focus();
  }, [menu]);
  if (!menu) return null;
  const offered = CATALOGUE.filter((entry) => !menu.from || !isTrigger(entry.type));
  const shown = found(search, offered);
  const take = (index: number): void => {
    const entry = shown[index];
    if (entry) addAt(entry.type, { x: menu.x, y: menu.y - 24 }, menu.from);
  };
  const pressed = (event: React.KeyboardEvent): void => {
    const moves: Record<string, () => void> = {
      ArrowDown: () => setAt((at + 1) % Math.max(1, shown.length)),
      ArrowUp: () => setAt((at - 1 + shown.length) % Math.max(1, shown.length)),
      Enter: () => take(at),
      Escape: () => {
        set({ menu: undefined });
        if (menu.from) focusItem(menu.from.source);
      },
    };
    const move = moves[event.key];
    if (!move) return;
    event.preventDefault();
    event.stopPropagation();
    move();
  };
  const source = menu.from && itemOf(menu.from.source);
  const branch = menu.from?.branch ?? "";
  const place = { left: Math.min(menu.left, innerWidth - 280), top: Math.min(menu.top, innerHeight - 400) };
  return (
    <div className="bmenu" role="dialog" aria-label={t("what_next")} style={place} onKeyDown={pressed} onBlur={(event) => event.currentTarget.contains(event.relatedTarget) || set({ menu: undefined })}>
      {source && <h2 className="bmenu-from">{t("connect_from", { branch: choiceTitle(source, branch) ?? branchName(source.type, branch) })}</h2>}
      <div className="with-icon">
        <Icon name="search" />
        <input
          ref={input} className="input" value={search} aria-label={t("search_steps")} placeholder={t("search_steps")} role="combobox" aria-expanded aria-controls="bmenu-list"
          aria-activedescendant={shown[at] ? `bmenu-${shown[at].type}` : undefined}
          onChange={(event) => {
            setSearch(event.target.value);
            setAt(0);
          }}
        />
      </div>
      <ul id="bmenu-list" role="listbox" aria-label={t("steps")}>
        {shown.map(({ type, icon, family }, index) => (
          <li key={type} id={`bmenu-${type}`} role="option" aria-selected={index === at} data-family={family} onPointerDown={(event) => event.preventDefault()} onClick={() => take(index)} onPointerMove={() => setAt(index)}>
            <span className="bn-icon"><Icon name={icon} /></span>{nameOf(type)}
          </li>
        ))}
        {shown.length === 0 && <li className="bp-none">{t("nothing_found")}</li>}
      </ul>
    </div>
  );
}
