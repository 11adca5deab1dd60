// What a document means beyond its types: branches, names, ids. Pure, and the same as domain/automations says.
import type { AnyNode, AnyTrigger, AutomationDocument, Content, Edge, UserReply } from "./graph";
import { CONTENT_DEFAULTS, NODE_DEFAULTS, SCHEMA, TRIGGER_DEFAULTS } from "./graph";

export type Item = AnyNode | AnyTrigger;
export type NodeType = keyof typeof NODE_DEFAULTS;
export type TriggerType = keyof typeof TRIGGER_DEFAULTS;
export type Type = NodeType | TriggerType;

export const NEXT = "next";
export const FAILED = "failed";

const FAILING = new Set<string>(["send_template", "custom_reply", "http_request", "start_automation", "set_field", "set_label", "set_group", "assign"]);
const LAST = new Set<string>(["hand_over", "goal", "end"]);

export function isTrigger(type: string): type is TriggerType {
  return type in TRIGGER_DEFAULTS;
}

/** Whether this builder knows the type; a newer version may have written others. */
export function isKnown(type: string): type is Type {
  return type in TRIGGER_DEFAULTS || type in NODE_DEFAULTS;
}

export function choices(content: Content | null): { id: string; title: string }[] {
  if (content?.kind === "buttons") return content.buttons;
  if (content?.kind === "list") return content.rows;
  return [];
}

function branchesOfReply(data: UserReply): string[] {
  const offered = choices(data.ask).map((choice) => `choice:${choice.id}`);
  const typed = offered.length > 0 && (data.accepts === "any" || data.accepts === "choice") ? [] : ["answered"];
  const other = data.accepts === "any" && offered.length === 0 ? [] : ["other"];
  return [...offered, ...typed, ...other, ...(data.timeout ? ["timeout"] : []), ...(data.ask ? [FAILED] : [])];
}

/** The branches that lead out of a node or trigger, in the order they are drawn. */
export function branches(item: Item): string[] {
  if (item.type === "keyword_catch") return [...item.data.cases.map((one) => `choice:${one.id}`), "other"];
  if (item.type === "condition") return ["yes", "no"];
  if (item.type === "random_split") return item.data.shares.map((share) => `choice:${share.id}`);
  if (item.type === "user_reply") return branchesOfReply(item.data);
  if (LAST.has(item.type)) return [];
  return FAILING.has(item.type) ? [NEXT, FAILED] : [NEXT];
}

/** What a branch by a choice is called by its author; undefined for branches with fixed names. */
export function choiceTitle(item: Item, branch: string): string | undefined {
  if (!branch.startsWith("choice:")) return undefined;
  const id = branch.slice("choice:".length);
  if (item.type === "keyword_catch") return item.data.cases.find((one) => one.id === id)?.words.join(", ") ?? "";
  if (item.type === "random_split") {
    const share = item.data.shares.find((one) => one.id === id);
    return share ? [share.title, `${share.percent} %`].filter(Boolean).join(" · ") : "";
  }
  if (item.type === "user_reply") return choices(item.data.ask).find((one) => one.id === id)?.title ?? "";
  return undefined;
}

export function newId(prefix = "n"): string {
  return prefix + crypto.randomUUID().replaceAll("-", "").slice(0, 10);
}

export function create(type: Type, x: number, y: number): Item {
  const defaults = isTrigger(type) ? TRIGGER_DEFAULTS[type] : NODE_DEFAULTS[type];
  const item = { id: newId(isTrigger(type) ? "t" : "n"), type, title: "", x, y, data: structuredClone(defaults) } as Item;
  if (item.type === "keyword_catch") item.data.cases = [{ id: newId("c"), words: [], mode: "word" }];
  if (item.type === "random_split") item.data.shares = [50, 50].map((percent, at) => ({ id: newId("s"), title: "AB"[at] ?? "", percent }));
  if (item.type === "custom_reply") item.data.messages = [{ kind: "text", text: "", preview: true }];
  if (item.type === "user_reply") item.data.ask = { kind: "text", text: "", preview: true };
  if (item.type === "condition") item.data.when = { match: "all", groups: [{ match: "all", conditions: [{ subject: "field", name: "", operator: "is", value: "" }] }] };
  return item;
}

/** What the members of lists have, by the name of the list. */
const MEMBERS: Record<string, object> = {
  buttons: { id: "", title: "" }, rows: { id: "", title: "", description: "" }, cases: { id: "", words: [], mode: "word" },
  shares: { id: "", title: "", percent: 0 }, headers: { name: "", value: "" }, picks: { path: "", save_as: "" }, values: { path: "", save_as: "" },
  groups: { match: "all", conditions: [] }, conditions: { subject: "field", name: "", operator: "is", value: "" },
};

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A value with what its default has and it lacks, all the way down. */
function filled(value: unknown, fallback: unknown, key: string): unknown {
  if (value === undefined) return structuredClone(fallback);
  if (Array.isArray(value)) return value.map((one) => (isObject(one) ? filled(one, MEMBERS[key], key) : one));
  if (!isObject(value)) return value;
  const content = CONTENT_DEFAULTS[value["kind"] as Content["kind"]];
  const whole = isObject(fallback) ? fallback : (content ?? {});
  const names = new Set([...Object.keys(whole), ...Object.keys(value)]);
  return Object.fromEntries([...names].map((name) => [name, filled(value[name], (whole as Record<string, unknown>)[name], name)]));
}

/** A document as the server or a clipboard gave it, with every field of the known types present. */
export function complete(raw: Partial<AutomationDocument>): AutomationDocument {
  const fill = <One extends Item>(item: One): One => {
    const placed = { ...item, title: item.title ?? "", x: item.x ?? 0, y: item.y ?? 0 };
    if (!isKnown(item.type)) return placed;
    const defaults = isTrigger(item.type) ? TRIGGER_DEFAULTS[item.type] : NODE_DEFAULTS[item.type];
    return { ...placed, data: filled(item.data, defaults, "") as One["data"] };
  };
  return {
    schema: SCHEMA,
    triggers: (raw.triggers ?? []).map(fill),
    nodes: (raw.nodes ?? []).map(fill),
    edges: raw.edges ?? [],
    settings: { marketing: false, restart_words: [], language: "", ...raw.settings },
  };
}

export function items(document: AutomationDocument): Item[] {
  return [...document.triggers, ...document.nodes];
}

export function edgeId(edge: Edge): string {
  return `${edge.source}:${edge.branch}`;
}

/** Where nothing leads on: branches without an edge, so that the next node can be connected there. */
export function openBranch(document: AutomationDocument, item: Item): string | undefined {
  return branches(item).find((branch) => !document.edges.some((edge) => edge.source === item.id && edge.branch === branch));
}

/** A name for an answer from what was typed. */
export function answerName(text: string): string {
  return text.trimStart().toLowerCase().replace(/[^a-z0-9_]/g, "_");
}

/** Names under which nodes and triggers save answers. */
export function answerNames(document: AutomationDocument): string[] {
  const found = items(document).flatMap((item) => {
    if (item.type === "user_reply") return [item.data.save_as];
    if (item.type === "http_request") return item.data.picks.map((pick) => pick.save_as);
    if (item.type === "webhook") return item.data.values.map((value) => value.save_as);
    return [];
  });
  return [...new Set(found.filter(Boolean))].sort();
}
