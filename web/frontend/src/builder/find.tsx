// Find a step by its text: Ctrl+F shows the first match while one types, and Enter walks through the others.
import { useEffect, useRef, useState } from "react";
import { focusItem, useShow } from "./canvas";
import { nameOf } from "./catalogue";
import type { AutomationDocument } from "./graph";
import { Icon } from "./icons";
import type { Item } from "./model";
import { items } from "./model";
import { get, set, useBuilder, useDocument } from "./store";
import { summary, titleOf } from "./summaries";
import { t } from "./words";

function matches(document: AutomationDocument, wanted: string): Item[] {
  if (!wanted) return [];
  return items(document).filter((item) => [titleOf(item), nameOf(item.type), summary(item, get().known), JSON.stringify(item.data)].join(" ").toLocaleLowerCase().includes(wanted));
}

export function Find() {
  const finding = useBuilder((state) => state.finding);
  const document = useDocument();
  const show = useShow();
  const [text, setText] = useState("");
  const [at, setAt] = useState(0);
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => input.current?.select(), [finding]);
  if (!finding) return null;
  const wanted = text.trim().toLocaleLowerCase();
  const found = matches(document, wanted);
  const go = (to: number): void => {
    if (found.length === 0) return;
    const next = (to + found.length) % found.length;
    const item = found[next];
    setAt(next);
    if (item) show(item.id, false); // one goes on typing
  };
  return (
    <div className="bq" role="search">
      <Icon name="search" />
      <input
        ref={input} className="input" value={text} aria-label={t("find")} placeholder={t("find_placeholder")} autoFocus
        onChange={(event) => {
          setText(event.target.value);
          setAt(0);
          const [first] = matches(document, event.target.value.trim().toLocaleLowerCase());
          if (first) show(first.id, false);
        }}
        onKeyDown={(event) => {
          if (event.key === "Enter") {
            event.preventDefault();
            go(at + (event.shiftKey ? -1 : 1));
          } else if (event.key === "Escape") {
            event.stopPropagation();
            set({ finding: false });
            const [only] = get().selected;
            if (only) focusItem(only);
          }
        }}
      />
      <span className="bq-count" role="status">{wanted && t("found", { at: found.length > 0 ? at + 1 : 0, count: found.length })}</span>
      <button type="button" className="btn" data-variant="ghost" data-size="icon-xs" aria-label={t("previous")} onClick={() => go(at - 1)}><Icon name="arrowUp" /></button>
      <button type="button" className="btn" data-variant="ghost" data-size="icon-xs" aria-label={t("next")} onClick={() => go(at + 1)}><Icon name="arrowDown" /></button>
      <button type="button" className="btn" data-variant="ghost" data-size="icon-xs" aria-label={t("close")} onClick={() => set({ finding: false })}><Icon name="x" /></button>
    </div>
  );
}
