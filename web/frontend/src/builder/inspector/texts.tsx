// A text the customer reads: WhatsApp's formatting, variables from fields and answers, a live count of characters.
import { useId, useRef, useState } from "react";
import { Icon } from "../icons";
import type { IconName } from "../icons";
import { answerNames } from "../model";
import { useBuilder, useDocument } from "../store";
import { t } from "../words";
import { useFieldOptions } from "./conditions";
import { Field, Length } from "./controls";

const MARKS: readonly [IconName, string, string][] = [["bold", "*", "bold"], ["italic", "_", "italic"], ["strike", "~", "strike"], ["code", "```", "code"]];

interface Variable {
  name: string; // as it stands in the text
  label: string;
}

function useVariables(secrets: boolean): [string, Variable[]][] {
  const document = useDocument();
  const known = useBuilder((state) => state.known);
  const fields = useFieldOptions();
  const groups: [string, Variable[]][] = [
    [t("variables.contact"), fields.map(([key, label]) => ({ name: `contact.${key}`, label }))],
    [t("variables.answer"), answerNames(document).map((name) => ({ name: `answer.${name}`, label: name }))],
  ];
  if (secrets) groups.push([t("variables.secret"), (known?.secrets ?? []).map((name) => ({ name: `secret.${name}`, label: name }))]);
  return groups.filter(([, all]) => all.length > 0);
}

function VariableButton({ insert, secrets }: { insert: (text: string) => void; secrets: boolean }) {
  const id = useId();
  const [search, setSearch] = useState("");
  const groups = useVariables(secrets);
  const menu = useRef<HTMLDivElement>(null);
  const box = useRef<HTMLInputElement>(null);
  const opened = (event: React.ToggleEvent): void => {
    setSearch("");
    if (event.newState === "open") box.current?.focus();
  };
  const wanted = search.trim().toLocaleLowerCase();
  return (
    <span className="menu-root">
      <button type="button" className="btn" data-variant="ghost" data-size="xs" popoverTarget={id} aria-haspopup="menu" aria-label={t("insert_variable")} title={t("insert_variable")}><Icon name="braces" /><span>{t("variable")}</span></button>
      <div id={id} ref={menu} className="menu bf-variables" popover="auto" role="menu" data-align="end" aria-label={t("insert_variable")} onToggle={opened}>
        <input ref={box} className="input" value={search} aria-label={t("search_variables")} placeholder={t("search_variables")} onChange={(event) => setSearch(event.target.value)} />
        <div className="bf-variable-list">
          {groups.map(([group, all]) => (
            <div key={group} role="group" aria-label={group}>
              <div className="menu-label">{group}</div>
              {all.filter(({ name, label }) => `${name} ${label}`.toLocaleLowerCase().includes(wanted)).map(({ name, label }) => (
                <button
                  type="button" role="menuitem" className="menu-item" key={name}
                  onClick={() => {
                    insert(`{{${name}}}`);
                    menu.current?.hidePopover();
                  }}
                >
                  {label}<code>{name}</code>
                </button>
              ))}
            </div>
          ))}
        </div>
      </div>
    </span>
  );
}

interface TextProps {
  label: string;
  value: string;
  set: (value: string) => void;
  most?: number;
  rows?: number;
  formatted?: boolean; // WhatsApp's marks
  secrets?: boolean;
  mono?: boolean;
  help?: string;
  field?: string;
  placeholder?: string;
}

/** One line (`rows` 1) or several, with variables. */
export function Text({ label, value, set, most, rows = 4, formatted = false, secrets = false, mono = false, placeholder, ...more }: TextProps) {
  const disabled = !useBuilder((state) => state.mayWrite);
  const box = useRef<HTMLTextAreaElement & HTMLInputElement>(null);
  const put = (before: string, after = ""): void => {
    const { selectionStart: from, selectionEnd: to } = box.current ?? { selectionStart: value.length, selectionEnd: value.length };
    const start = from ?? value.length;
    const end = to ?? start;
    set(value.slice(0, start) + before + value.slice(start, end) + after + value.slice(end));
    requestAnimationFrame(() => {
      box.current?.focus();
      box.current?.setSelectionRange(start + before.length, end + before.length);
    });
  };
  return (
    <Field {...more} label={label} after={most !== undefined && <Length value={value} most={most} />}>
      {(id, described, wrong) => {
        const shared = {
          id, ref: box, value, disabled, placeholder, "aria-describedby": described, "aria-invalid": wrong || undefined,
          onChange: (event: React.ChangeEvent<HTMLTextAreaElement | HTMLInputElement>) => set(event.target.value),
        };
        return (
          <div className="bf-text" data-line={rows === 1 || undefined}>
            {rows > 1 ? <textarea className={`textarea${mono ? " bf-mono" : ""}`} rows={rows} {...shared} /> : <input className={`input${mono ? " bf-mono" : ""}`} autoComplete="off" {...shared} />}
            {!disabled && (
              <div className="bf-tools">
                {formatted && MARKS.map(([icon, mark, name]) => (
                  <button type="button" className="btn" data-variant="ghost" data-size="icon-xs" key={name} aria-label={t(`format.${name}`)} title={`${t(`format.${name}`)}  ${mark}…${mark}`} onClick={() => put(mark, mark)}><Icon name={icon} /></button>
                ))}
                <VariableButton insert={put} secrets={secrets} />
              </div>
            )}
          </div>
        );
      }}
    </Field>
  );
}
