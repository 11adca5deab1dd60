// Conditions in groups, and working hours: what nodes and triggers ask about a contact and the moment.
import type { Condition, Conditions, Group, Hours, Operator, Subject } from "../graph";
import { BUILT_IN, SETTABLE } from "../graph";
import { Icon } from "../icons";
import { answerNames } from "../model";
import { useBuilder, useDocument } from "../store";
import { t } from "../words";
import type { Option } from "./controls";
import { AddButton, RemoveButton, Select, TextInput, replaced } from "./controls";
import { Text } from "./texts";

const SUBJECTS: readonly Subject[] = ["field", "answer", "label", "group", "consent", "window", "hours", "day", "message_kind", "message_text"];
const TEXTUAL: readonly Operator[] = ["is", "is_not", "contains", "contains_not", "starts_with", "at_least", "at_most", "more_than", "less_than", "filled", "empty"];
const EQUAL: readonly Operator[] = ["is", "is_not"];
const KINDS = ["text", "button", "image", "video", "audio", "document", "sticker", "location", "contacts", "reaction"];
const VALUES: Partial<Record<Subject, readonly string[]>> = {
  consent: ["allowed", "stopped", "unknown"], window: ["open", "closed"], hours: ["open", "closed"], day: ["mon", "tue", "wed", "thu", "fri", "sat", "sun"], message_kind: KINDS,
};
const DAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

const DATED = new Set(["date", "datetime"]);

/** Fields of contacts, with those that every contact has: all of them, those an automation can set, or those with a date. */
export function useFieldOptions(which: "all" | "settable" | "dated" = "all"): Option[] {
  const fields = useBuilder((state) => state.known?.fields) ?? [];
  const own = fields.filter((field) => which !== "dated" || DATED.has(field.type)).map((field): Option => [field.key, field.name]);
  const built = { all: BUILT_IN, settable: SETTABLE, dated: [] }[which];
  return [...built.map((key): Option => [key, t(`builtin.${key}`)]), ...own];
}

export function useNamed(kind: "labels" | "groups" | "users" | "channels" | "automations" | "campaigns"): Option[] {
  const all = useBuilder((state) => state.known?.[kind]);
  return (all ?? []).map((one) => [one.id, one.name]);
}

function Name({ one, set }: { one: Condition; set: (one: Condition) => void }) {
  const document = useDocument();
  const fields = useFieldOptions();
  const labels = useNamed("labels");
  const groups = useNamed("groups");
  const named = (name: string): void => set({ ...one, name });
  if (one.subject === "answer") return <TextInput label={t("answer_name")} value={one.name} set={named} list={answerNames(document)} />;
  const options = { field: fields, label: labels, group: groups }[one.subject as "field" | "label" | "group"];
  return options ? <Select label={t(`which.${one.subject}`)} value={one.name} set={named} options={options} empty={t(options.length > 0 ? "choose" : "none_exist")} /> : null;
}

function Value({ one, set }: { one: Condition; set: (one: Condition) => void }) {
  const valued = (value: string): void => set({ ...one, value });
  const field = useBuilder((state) => state.known?.fields.find((candidate) => one.subject === "field" && candidate.key === one.name));
  if (one.subject === "label" || one.subject === "group" || one.operator === "empty" || one.operator === "filled") return null;
  const values = VALUES[one.subject];
  if (values) return <Select label={t("value")} value={one.value} set={valued} empty={t("choose")} options={values.map((value) => [value, t(`value.${value}`)])} />;
  if (field && field.options.length > 0) return <Select label={t("value")} value={one.value} set={valued} empty={t("choose")} options={field.options.map((value) => [value, value])} />;
  return <Text label={t("value")} rows={1} value={one.value} set={valued} />;
}

function One({ one, set, remove }: { one: Condition; set: (one: Condition) => void; remove: () => void }) {
  const fixed = one.subject in VALUES;
  const member = one.subject === "label" || one.subject === "group";
  const operators = member || fixed ? EQUAL : TEXTUAL;
  const subjected = (subject: Subject): void => set({ subject, name: "", operator: "is", value: "" });
  return (
    <div className="bc-one">
      <div className="bc-head">
        <Select label={t("subject")} value={one.subject} set={subjected} options={SUBJECTS.map((subject) => [subject, t(`subject.${subject}`)])} />
        <RemoveButton label={t("remove_condition")} onClick={remove} />
      </div>
      <Name one={one} set={set} />
      <Select label={t("comparison")} value={one.operator} set={(operator) => set({ ...one, operator })} options={operators.map((operator) => [operator, member ? t(operator === "is" ? "present" : "absent") : t(`operator.${operator}`)])} />
      <Value one={one} set={set} />
    </div>
  );
}

const EMPTY: Condition = { subject: "field", name: "", operator: "is", value: "" };

function Match({ label, value, set }: { label: string; value: "all" | "any"; set: (value: "all" | "any") => void }) {
  return <Select label={label} value={value} set={set} options={[["all", t("match.all")], ["any", t("match.any")]]} />;
}

export function ConditionsEditor({ value, set }: { value: Conditions; set: (value: Conditions) => void }) {
  const grouped = (at: number, group?: Group): void => set({ ...value, groups: replaced(value.groups, at, group) });
  return (
    <div className="stack-tight">
      {value.groups.length > 1 && <Match label={t("groups_match")} value={value.match} set={(match) => set({ ...value, match })} />}
      {value.groups.map((group, at) => (
        <fieldset className="bc-group" key={at}>
          <legend>{value.groups.length > 1 ? t("group_number", { number: at + 1 }) : t("conditions")}</legend>
          {group.conditions.length > 1 && <Match label={t("conditions_match")} value={group.match} set={(match) => grouped(at, { ...group, match })} />}
          {group.conditions.map((one, index) => (
            <One
              key={index} one={one} set={(changed) => grouped(at, { ...group, conditions: replaced(group.conditions, index, changed) })}
              remove={() => (group.conditions.length === 1 ? grouped(at) : grouped(at, { ...group, conditions: replaced(group.conditions, index) }))}
            />
          ))}
          <AddButton label={t("add_condition")} onClick={() => grouped(at, { ...group, conditions: [...group.conditions, EMPTY] })} />
        </fieldset>
      ))}
      <AddButton label={value.groups.length === 0 ? t("add_condition") : t("add_group")} onClick={() => set({ ...value, groups: [...value.groups, { match: "all", conditions: [EMPTY] }] })} />
    </div>
  );
}

/** Whether any condition looks at the working hours, so that they must be set. */
export function asksHours(value: Conditions): boolean {
  return value.groups.some((group) => group.conditions.some((one) => one.subject === "hours"));
}

export function ZoneSelect({ value, set, field }: { value: string; set: (zone: string) => void; field?: string }) {
  const ours = useBuilder((state) => state.known?.zone ?? "");
  const zones = Intl.supportedValuesOf("timeZone").map((zone): Option => [zone, zone.replaceAll("_", " ")]);
  return <Select label={t("zone")} field={field} value={value} set={set} empty={t("our_zone", { zone: ours })} options={[["contact", t("their_zone")], ...zones]} />;
}

const SPAN = "09:00-17:00";

/** Hours of a calendar, kept in Settings, or hours of its own. */
export function HoursEditor({ value, set }: { value: Hours; set: (value: Hours) => void }) {
  const calendars = useBuilder((state) => state.known?.calendars) ?? [];
  const options: Option[] = [["channel", t("number_hours")], ...calendars.map((one): Option => [one.id, one.name])];
  if (calendars.length === 0 && !value.calendar) return <OwnHours value={value} set={set} />;
  return (
    <div className="stack-tight">
      <Select label={t("which_hours")} field="hours.calendar" value={value.calendar} set={(calendar) => set({ ...value, calendar })} empty={t("own_hours")} options={options} />
      {!value.calendar && <OwnHours value={value} set={set} />}
    </div>
  );
}

function OwnHours({ value, set }: { value: Hours; set: (value: Hours) => void }) {
  const disabled = !useBuilder((state) => state.mayWrite);
  const days = value.days ?? {};
  const dayed = (day: string, spans: string[]): void => {
    const { [day]: _, ...others } = days;
    set({ ...value, days: spans.length > 0 ? { ...others, [day]: spans } : others });
  };
  return (
    <fieldset className="bc-group">
      <legend>{t("working_hours")}</legend>
      {DAYS.map((day) => {
        const spans = days[day] ?? [];
        return (
          <div className="bc-day" key={day}>
            <label className="bc-open"><input type="checkbox" className="input" checked={spans.length > 0} disabled={disabled} onChange={(event) => dayed(day, event.target.checked ? [SPAN] : [])} />{t(`day.${day}`)}</label>
            <div className="stack-tight">
              {spans.map((span, at) => {
                const [from = "", to = ""] = span.split("-");
                return (
                  <div className="bc-span" key={at}>
                    <input className="input" type="time" aria-label={t("opens", { day: t(`day.${day}`) })} value={from} disabled={disabled} onChange={(event) => dayed(day, replaced(spans, at, `${event.target.value}-${to}`))} />
                    <span aria-hidden="true">–</span>
                    <input className="input" type="time" aria-label={t("closes", { day: t(`day.${day}`) })} value={to} disabled={disabled} onChange={(event) => dayed(day, replaced(spans, at, `${from}-${event.target.value}`))} />
                    {at === spans.length - 1 && spans.length < 3 && !disabled && <button type="button" className="btn" data-variant="ghost" data-size="icon-xs" aria-label={t("add_span")} onClick={() => dayed(day, [...spans, SPAN])}><Icon name="plus" /></button>}
                    {at > 0 && <RemoveButton label={t("remove_span")} onClick={() => dayed(day, replaced(spans, at))} />}
                  </div>
                );
              })}
              {spans.length === 0 && <span className="muted">{t("closed_day")}</span>}
            </div>
          </div>
        );
      })}
      <AddButton label={t("weekdays_nine_to_five")} onClick={() => set({ ...value, days: Object.fromEntries(DAYS.slice(0, 5).map((day) => [day, [SPAN]])) })} />
      <ZoneSelect value={value.zone} set={(zone) => set({ ...value, zone })} />
    </fieldset>
  );
}
