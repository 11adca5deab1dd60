// The inspector on the right: the form of the selected item and where its branches lead, or the automation's settings.
import type { FunctionComponent } from "react";
import { memo, useMemo } from "react";
import { useShow } from "../canvas";
import { branchName, familyOf, iconOf, nameOf } from "../catalogue";
import { duplicate, removeSelected } from "../commands";
import * as editing from "../editing";
import type { AnyTrigger } from "../graph";
import { MOST } from "../graph";
import { Icon } from "../icons";
import type { Item } from "../model";
import { branches, choiceTitle, isKnown, isTrigger } from "../model";
import { ProblemLine } from "../problems";
import { apply, problemsAt, select, useBuilder, useDocument } from "../store";
import { titleOf } from "../summaries";
import { many, t } from "../words";
import { writes } from "../writing";
import { Check, Chips, Problems, Select, TextInput } from "./controls";
import type { FormProps } from "./forms";
import { FORMS } from "./forms";
import { Filters } from "./starting";

function Connections({ item }: { item: Item }) {
  const document = useDocument();
  const show = useShow();
  const out = branches(item);
  // as text, so that the hundreds of options are drawn anew only when a title changed
  const titles = JSON.stringify(document.nodes.flatMap((node) => (node.id === item.id ? [] : [[node.id, titleOf(node)]])));
  const targets = useMemo(() => JSON.parse(titles) as [string, string][], [titles]);
  if (out.length === 0) return null;
  return (
    <details className="bf-more" open>
      <summary>{t("leads_to")}</summary>
      <div className="stack-tight">
        {out.map((branch) => {
          const target = document.edges.find((edge) => edge.source === item.id && edge.branch === branch)?.target ?? "";
          const name = choiceTitle(item, branch) ?? branchName(item.type, branch);
          const connect = (chosen: string): void =>
            apply((before) => (chosen ? editing.connect(before, { source: item.id, branch, target: chosen }) : editing.disconnect(before, item.id, branch)));
          return (
            <div className="bf-line" key={branch}>
              <Select label={name || "…"} value={target} set={connect} empty={t("connect_to")} options={targets} />
              {target && <button type="button" className="btn" data-variant="ghost" data-size="icon-xs" aria-label={t("go_there", { branch: name })} onClick={() => show(target)}><Icon name="arrowRight" /></button>}
            </div>
          );
        })}
      </div>
    </details>
  );
}

/** What one types into a field is undone as one; a click is a step of its own. */
function typing(what: string): string {
  const field = window.document.activeElement;
  return writes(field) ? `${what}:${field?.id}` : "";
}

function ItemForm({ item }: { item: Item }) {
  const problems = useBuilder((state) => problemsAt(state, item.id));
  const mayWrite = useBuilder((state) => state.mayWrite);
  const set = (changed: object): void =>
    apply((document) => editing.change(document, item.id, (one) => ({ ...one, data: { ...one.data, ...changed } }) as Item), typing(item.id));
  const retitle = (title: string): void => apply((document) => editing.change(document, item.id, (one) => ({ ...one, title })), typing(item.id));
  const Form = isKnown(item.type) ? (FORMS[item.type] as FunctionComponent<FormProps<object>>) : undefined;
  return (
    <>
      <header className="bi-head" data-family={familyOf(item.type)}>
        <span className="bn-icon"><Icon name={iconOf(item.type)} /></span>
        <h2>{nameOf(item.type)}</h2>
        {mayWrite && (
          <>
            <button type="button" className="btn" data-variant="ghost" data-size="icon-sm" aria-label={t("duplicate")} data-tip={t("duplicate_keys")} onClick={duplicate}><Icon name="copy" /></button>
            <button type="button" className="btn" data-variant="ghost" data-size="icon-sm" aria-label={t("delete")} data-tip={t("delete_keys")} onClick={removeSelected}><Icon name="trash" /></button>
          </>
        )}
        <CloseButton />
      </header>
      <div className="bi-body">
        {isKnown(item.type) && <p className="bi-about">{t(`about.${item.type}`)}</p>}
        {problems.length > 0 && <ul className="bi-problems">{problems.map((problem, at) => <ProblemLine problem={problem} key={at} />)}</ul>}
        <Problems value={problems}>
          <TextInput label={t("title")} value={item.title} set={retitle} placeholder={nameOf(item.type)} most={MOST.TITLE} />
          {Form ? <Form id={item.id} data={item.data} set={set} /> : <p className="muted">{t("unknown_plain")}</p>}
          {isTrigger(item.type) && <Filters item={item as AnyTrigger} set={set} />}
        </Problems>
        <Connections item={item} />
      </div>
    </>
  );
}

function Settings() {
  const document = useDocument();
  const { settings } = document;
  const set = (changed: Partial<typeof settings>): void =>
    apply((before) => ({ ...before, settings: { ...before.settings, ...changed } }), typing("settings"));
  return (
    <>
      <header className="bi-head"><span className="bn-icon"><Icon name="settings" /></span><h2>{t("automation_settings")}</h2></header>
      <div className="bi-body">
        <p className="bi-about">{t("select_hint")}</p>
        <Check label={t("marketing")} help={t("marketing_help")} value={settings.marketing} set={(marketing) => set({ marketing })} />
        <Chips label={t("restart_words")} help={t("restart_words_help")} value={settings.restart_words} set={(words) => set({ restart_words: words })} />
        <TextInput label={t("text_language")} help={t("text_language_help")} value={settings.language} set={(language) => set({ language })} placeholder="en" />
      </div>
    </>
  );
}

/** On a phone, where the step lies over the canvas. */
function CloseButton() {
  return <button type="button" className="btn bi-close" data-variant="ghost" data-size="icon-sm" aria-label={t("close_step")} onClick={() => select([])}><Icon name="x" /></button>;
}

function Many({ count }: { count: number }) {
  const mayWrite = useBuilder((state) => state.mayWrite);
  return (
    <>
      <header className="bi-head"><h2>{many("selected", count)}</h2><CloseButton /></header>
      {mayWrite && (
        <div className="bi-body">
          <button type="button" className="btn" data-variant="outline" onClick={duplicate}><Icon name="copy" />{t("duplicate")}</button>
          <button type="button" className="btn" data-variant="danger-outline" onClick={removeSelected}><Icon name="trash" />{t("delete")}</button>
          <p className="form-help">{t("many_hint")}</p>
        </div>
      )}
    </>
  );
}

export const Inspector = memo(function Inspector() {
  const selected = useBuilder((state) => state.selected);
  const document = useDocument();
  const [only] = selected;
  const item = selected.size === 1 ? [...document.triggers, ...document.nodes].find((one) => one.id === only) : undefined;
  return (
    <aside className="bi" data-inspector data-open={selected.size > 0 || undefined} aria-label={t("inspector")}>
      {item ? <ItemForm item={item} key={item.id} /> : selected.size > 1 ? <Many count={selected.size} /> : <Settings />}
    </aside>
  );
});
