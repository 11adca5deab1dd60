// Forms of the nodes that branch, change the contact, or turn to the team.
import type { Assign, Branch, Consent, End, Goal, HandOver, KeywordCatch, KeywordCase, MatchMode, RandomSplit, SetField, SetGroup, SetLabel, Share, StartAutomation, WriteNote } from "../graph";
import { newId } from "../model";
import { get, useBuilder } from "../store";
import { t } from "../words";
import { ConditionsEditor, HoursEditor, asksHours, useFieldOptions, useNamed } from "./conditions";
import { AddButton, Check, Chips, NumberInput, RemoveButton, Select, Several, TextInput, replaced } from "./controls";
import type { FormProps } from "./forms";
import { Text } from "./texts";

export const MODES: readonly MatchMode[] = ["exact", "word", "starts", "contains", "regex"];
export const modeOptions = (): [MatchMode, string][] => MODES.map((mode) => [mode, t(`mode.${mode}`)]);

export function KeywordCatchForm({ data, set }: FormProps<KeywordCatch>) {
  const changed = (at: number, one?: KeywordCase): void => set({ cases: replaced(data.cases, at, one) });
  return (
    <>
      {data.cases.map((one, at) => (
        <section className="bf-card" key={one.id} aria-label={t("case_number", { number: at + 1 })}>
          <div className="bf-card-head"><strong>{t("case_number", { number: at + 1 })}</strong><span className="bf-card-tools"><RemoveButton label={t("remove_case")} onClick={() => changed(at)} /></span></div>
          <Chips label={t("words")} help={t("words_help")} field={`cases.${at}.words`} whole={one.mode === "regex"} value={one.words} set={(words) => changed(at, { ...one, words })} placeholder={t("words_example")} />
          <Select label={t("matches")} value={one.mode} set={(mode) => changed(at, { ...one, mode })} options={modeOptions()} />
        </section>
      ))}
      <AddButton label={t("add_case")} onClick={() => set({ cases: [...data.cases, { id: newId("c"), words: [], mode: "word" }] })} />
    </>
  );
}

export function BranchForm({ data, set }: FormProps<Branch>) {
  return (
    <>
      <ConditionsEditor value={data.when} set={(when) => set({ when })} />
      {asksHours(data.when) && <HoursEditor value={data.hours} set={(hours) => set({ hours })} />}
    </>
  );
}

export function RandomSplitForm({ data, set }: FormProps<RandomSplit>) {
  const changed = (at: number, share?: Share): void => set({ shares: replaced(data.shares, at, share) });
  const sum = data.shares.reduce((total, share) => total + share.percent, 0);
  return (
    <>
      {data.shares.map((share, at) => (
        <div className="bf-line" key={share.id}>
          <TextInput label={t("share_name")} value={share.title} set={(title) => changed(at, { ...share, title })} />
          <NumberInput label={t("percent")} value={share.percent} set={(percent) => changed(at, { ...share, percent })} max={100} />
          <RemoveButton label={t("remove_named", { name: share.title || t("share_name") })} onClick={() => changed(at)} />
        </div>
      ))}
      <p className="bf-sum" data-over={sum !== 100 || undefined} role="status">{t("sum", { sum })}</p>
      <AddButton label={t("add_share")} onClick={() => set({ shares: [...data.shares, { id: newId("s"), title: "", percent: Math.max(0, 100 - sum) }] })} />
    </>
  );
}

export function SetFieldForm({ data, set }: FormProps<SetField>) {
  const options = useBuilder((state) => state.known?.fields.find((field) => field.key === data.field)?.options);
  return (
    <>
      <Select label={t("which.field")} field="field" value={data.field} set={(field) => set({ field })} empty={t("choose")} options={useFieldOptions("settable")} />
      {options && options.length > 0
        ? <Select label={t("value")} field="value" value={data.value} set={(value) => set({ value })} empty={t("clear_field")} options={options.map((one) => [one, one])} />
        : <Text label={t("value")} field="value" rows={1} value={data.value} set={(value) => set({ value })} help={t("value_help")} />}
    </>
  );
}

const ACTIONS = ["add", "remove"] as const;

export function SetLabelForm({ data, set }: FormProps<SetLabel>) {
  const labels = useNamed("labels");
  return (
    <>
      <Select label={t("do_what")} value={data.action} set={(action) => set({ action })} options={ACTIONS.map((one) => [one, t(`label_action.${one}`)])} />
      <Select label={t("which.label")} field="label" value={data.label} set={(label) => set({ label })} empty={t(labels.length > 0 ? "choose" : "none_exist")} options={labels} />
    </>
  );
}

export function SetGroupForm({ data, set }: FormProps<SetGroup>) {
  const groups = useNamed("groups");
  return (
    <>
      <Select label={t("do_what")} value={data.action} set={(action) => set({ action })} options={ACTIONS.map((one) => [one, t(`group_action.${one}`)])} />
      <Select label={t("which.group")} field="group" value={data.group} set={(group) => set({ group })} empty={t(groups.length > 0 ? "choose" : "none_exist")} options={groups} />
    </>
  );
}

export function ConsentForm({ data, set }: FormProps<Consent>) {
  return <Select label={t("do_what")} value={data.action} set={(action) => set({ action })} options={[["allow", t("consent.allow")], ["stop", t("consent.stop")]]} />;
}

export function AssignForm({ data, set }: FormProps<Assign>) {
  return <Several label={t("people")} field="users" help={data.users.length > 1 ? t("in_turn") : t("assign_help")} add={t("add_person")} value={data.users} set={(users) => set({ users })} options={useNamed("users")} />;
}

export function HandOverForm({ data, set }: FormProps<HandOver>) {
  return <Text label={t("note_for_team")} field="note" rows={3} value={data.note} set={(note) => set({ note })} help={t("hand_over_help")} />;
}

export function NoteForm({ data, set }: FormProps<WriteNote>) {
  return <Text label={t("note_for_team")} field="text" rows={4} value={data.text} set={(text) => set({ text })} help={t("note_help")} />;
}

export function StartAutomationForm({ data, set }: FormProps<StartAutomation>) {
  const others = useNamed("automations").filter(([id]) => id !== get().automation.id);
  return (
    <>
      <Select label={t("which.automation")} field="automation" value={data.automation} set={(automation) => set({ automation })} empty={t(others.length > 0 ? "choose" : "none_exist")} options={others} />
      <Check label={t("wait_for_end")} value={data.wait} set={(wait) => set({ wait })} />
    </>
  );
}

export function GoalForm({ data, set }: FormProps<Goal>) {
  return <TextInput label={t("goal_name")} field="name" value={data.name} set={(name) => set({ name })} help={t("goal_help")} />;
}

export function EndForm(_: FormProps<End>) {
  return <p className="muted">{t("end_help")}</p>;
}
