// What a node or trigger does, in a line or two, as its canvas box, the search and screen readers say it.
import type { Known } from "./api";
import { nameOf } from "./catalogue";
import { linkText } from "./files";
import type { Condition, Conditions, Content, Duration, Hours } from "./graph";
import type { Item } from "./model";
import { known as has, many, t } from "./words";

export function duration({ amount, unit }: Duration): string {
  return many(`duration.${unit}`, amount);
}

const nameIn = (all: readonly { id: string; name: string }[] | undefined, id: string): string =>
  all?.find((one) => one.id === id)?.name ?? (id ? t("gone") : t("not_chosen"));

const namesIn = (all: readonly { id: string; name: string }[] | undefined, ids: readonly string[], any: string): string =>
  ids.length === 0 ? any : ids.map((id) => nameIn(all, id)).join(", ");

export function fieldName(known: Known | undefined, key: string): string {
  if (!key) return t("not_chosen");
  return known?.fields.find((field) => field.key === key)?.name ?? (has(`builtin.${key}`) ? t(`builtin.${key}`) : key);
}

export function contentText(content: Content): string {
  if ("text" in content) return content.text;
  if (content.kind === "location") return content.name || content.address;
  if (content.kind === "contact") return content.name;
  return content.caption || content.filename || linkText(content.link);
}

/** A message in a line; media and places by their kind. */
export function contentLine(content: Content): string {
  const text = contentText(content);
  return "text" in content ? text || t("empty_text") : [t(`content.${content.kind}`), text].filter(Boolean).join(" · ");
}

const VALUELESS = new Set(["empty", "filled"]);

export function condition(one: Condition, known: Known | undefined): string {
  const named: Partial<Record<Condition["subject"], string>> = {
    field: fieldName(known, one.name), answer: one.name || t("not_chosen"), label: nameIn(known?.labels, one.name), group: nameIn(known?.groups, one.name),
  };
  const subject = [t(`subject.${one.subject}`), named[one.subject]].filter(Boolean).join(" ");
  if (one.subject === "label" || one.subject === "group") return `${subject}: ${t(one.operator === "is_not" || one.operator === "empty" ? "absent" : "present")}`;
  const value = VALUELESS.has(one.operator) ? "" : one.value || "…";
  return [subject, t(`operator.${one.operator}`), value].filter(Boolean).join(" ");
}

export function conditions(when: Conditions, known: Known | undefined): string {
  const groups = when.groups.map((group) => group.conditions.map((one) => condition(one, known)).join(` ${t(`join.${group.match}`)} `));
  return groups.filter(Boolean).join(` ${t(`join.${when.match}`)} `);
}

export function hours({ days, calendar }: Hours, known: Known | undefined): string {
  if (calendar) return calendar === "channel" ? t("number_hours") : nameIn(known?.calendars, calendar);
  const open = Object.entries(days ?? {}).filter(([, spans]) => spans.length > 0);
  return open.map(([day, spans]) => `${t(`day.${day}`)} ${spans.join(", ")}`).join(" · ") || t("no_hours");
}

function gap(item: Extract<Item, { type: "time_gap" }>, known: Known | undefined): string {
  const { data } = item;
  switch (data.until) {
    case "duration": return duration(data.wait);
    case "moment": return data.moment ? t("until_moment", { moment: data.moment.replace("T", " ") }) : t("until_no_moment");
    case "hours": return t("until_hours", { hours: hours(data.hours, known) });
    case "clock": return t("until_clock", { clock: data.clock });
    case "field": return t("until_field", { offset: offset(data.days), field: fieldName(known, data.field), clock: data.clock });
  }
}

export function offset(days: number): string {
  return days === 0 ? t("on_day") : many(days < 0 ? "days_before" : "days_after", Math.abs(days));
}

function timeTrigger(item: Extract<Item, { type: "time" }>, known: Known | undefined): string {
  const { data } = item;
  if (data.timing === "once") return data.moment ? data.moment.replace("T", " ") : t("until_no_moment");
  if (data.timing === "field") return t("until_field", { offset: offset(data.offset), field: fieldName(known, data.field), clock: data.clock });
  const days = data.days.map((day) => t(`day.${day}`)).join(", ");
  return t(`every.${data.every}`, { clock: data.clock, days, day: data.month_day });
}

/** What it does, in the words of its content. */
export function summary(item: Item, known: Known | undefined): string {
  switch (item.type) {
    case "send_template": {
      const template = known?.templates.find((one) => one.id === item.data.template);
      return template ? template.name : item.data.template ? t("gone") : t("choose_template");
    }
    case "custom_reply": return item.data.messages.map(contentLine).join("\n") || t("no_messages");
    case "user_reply": return item.data.ask ? contentLine(item.data.ask) : t("just_waits");
    case "time_gap": return gap(item, known);
    case "keyword_catch": return many("cases", item.data.cases.length);
    case "condition": return conditions(item.data.when, known) || t("always_true");
    case "random_split": return item.data.shares.map((share) => `${share.percent} %`).join(" / ");
    case "set_field": return `${fieldName(known, item.data.field)} = ${item.data.value || t("nothing")}`;
    case "set_label": return t(`label.${item.data.action}`, { name: nameIn(known?.labels, item.data.label) });
    case "set_group": return t(`group.${item.data.action}`, { name: nameIn(known?.groups, item.data.group) });
    case "consent": return t(`consent.${item.data.action}`);
    case "assign": return namesIn(known?.users, item.data.users, t("not_chosen"));
    case "hand_over": return item.data.note || t("hand_over_plain");
    case "note": return item.data.text || t("empty_text");
    case "http_request": return `${item.data.method} ${item.data.url || t("no_address")}`;
    case "start_automation": return nameIn(known?.automations, item.data.automation);
    case "goal": return item.data.name || t("goal_plain");
    case "end": return t("end_plain");
    case "message": return item.data.kinds.map((kind) => t(`kind.${kind}`)).join(", ") || t("any_message");
    case "keyword": return item.data.words.map((word) => `“${word}”`).join(", ") || t("no_words");
    case "button": return item.data.payloads.join(", ") || t("no_words");
    case "first_message": return item.data.quiet ? t("after_quiet", { time: duration(item.data.quiet) }) : t("very_first");
    case "campaign_reply": return namesIn(known?.campaigns, item.data.campaigns, t("any_campaign"));
    case "label_added": return namesIn(known?.labels, item.data.labels, t("any_label"));
    case "group_added": return namesIn(known?.groups, item.data.groups, t("any_group"));
    case "field_changed": return item.data.value ? `${fieldName(known, item.data.field)} = ${item.data.value}` : fieldName(known, item.data.field);
    case "opted_in": return t("opted_in_plain");
    case "window": return item.data.lead ? t("window_lead", { time: duration(item.data.lead) }) : t("window_over");
    case "time": return timeTrigger(item, known);
    case "webhook": return t("webhook_plain", { path: item.data.phone_path });
    case "manual": return t("manual_plain");
    default: return t("unknown_plain");
  }
}

/** Its own title, or what its type is called. */
export function titleOf(item: Item): string {
  return item.title || nameOf(item.type);
}
