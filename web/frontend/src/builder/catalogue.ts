// The palette: every type with its icon and family, in the order it is shown. Names are words of the page.
import type { IconName } from "./icons";
import type { Type } from "./model";
import { isKnown } from "./model";
import { known, t } from "./words";

export type Family = "trigger" | "talk" | "flow" | "contact" | "team" | "system" | "end";

interface Entry {
  type: Type;
  icon: IconName;
  family: Family;
}

export const CATALOGUE: readonly Entry[] = [
  { type: "keyword", icon: "key", family: "trigger" },
  { type: "message", icon: "message", family: "trigger" },
  { type: "first_message", icon: "welcome", family: "trigger" },
  { type: "button", icon: "tap", family: "trigger" },
  { type: "campaign_reply", icon: "campaign", family: "trigger" },
  { type: "label_added", icon: "tag", family: "trigger" },
  { type: "group_added", icon: "users", family: "trigger" },
  { type: "field_changed", icon: "pencil", family: "trigger" },
  { type: "opted_in", icon: "shield", family: "trigger" },
  { type: "window", icon: "hourglass", family: "trigger" },
  { type: "time", icon: "calendar", family: "trigger" },
  { type: "webhook", icon: "webhook", family: "trigger" },
  { type: "manual", icon: "play", family: "trigger" },
  { type: "send_template", icon: "template", family: "talk" },
  { type: "custom_reply", icon: "send", family: "talk" },
  { type: "user_reply", icon: "question", family: "talk" },
  { type: "time_gap", icon: "clock", family: "flow" },
  { type: "keyword_catch", icon: "key", family: "flow" },
  { type: "condition", icon: "split", family: "flow" },
  { type: "random_split", icon: "shuffle", family: "flow" },
  { type: "set_field", icon: "pencil", family: "contact" },
  { type: "set_label", icon: "tag", family: "contact" },
  { type: "set_group", icon: "users", family: "contact" },
  { type: "consent", icon: "shield", family: "contact" },
  { type: "assign", icon: "user", family: "team" },
  { type: "hand_over", icon: "hand", family: "team" },
  { type: "note", icon: "note", family: "team" },
  { type: "http_request", icon: "globe", family: "system" },
  { type: "start_automation", icon: "workflow", family: "system" },
  { type: "goal", icon: "flag", family: "end" },
  { type: "end", icon: "ban", family: "end" },
];

export const FAMILIES: readonly Family[] = ["trigger", "talk", "flow", "contact", "team", "system", "end"];

const byType = new Map<string, Entry>(CATALOGUE.map((entry) => [entry.type, entry]));

export function iconOf(type: string): IconName {
  return byType.get(type)?.icon ?? "question";
}

export function familyOf(type: string): Family {
  return byType.get(type)?.family ?? "system";
}

export function nameOf(type: string): string {
  return isKnown(type) ? t(`type.${type}`) : t("type_unknown", { type });
}

/** What a branch with a fixed name is called on its node. */
export function branchName(type: string, branch: string): string {
  const own = `branch.${type}.${branch}`;
  return known(own) ? t(own) : t(`branch.${branch}`);
}

/** Those with the searched text in their name or description; names that begin with it come first. */
export function found(search: string, offered: readonly Entry[] = CATALOGUE): readonly Entry[] {
  const wanted = search.trim().toLocaleLowerCase();
  if (!wanted) return offered;
  const far = ({ type }: Entry): number => {
    const at = t(`type.${type}`).toLocaleLowerCase().indexOf(wanted);
    return at >= 0 ? at : t(`about.${type}`).toLocaleLowerCase().includes(wanted) ? Infinity : NaN;
  };
  const ranked = offered.map((entry) => ({ entry, far: far(entry) })).filter((one) => !Number.isNaN(one.far));
  return ranked.sort((one, other) => (one.far === other.far ? 0 : one.far - other.far)).map(({ entry }) => entry);
}
