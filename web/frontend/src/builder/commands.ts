// What a person does with the selection: add, remove, duplicate, copy, cut, paste, walk.
import type { AutomationDocument } from "./graph";
import { MOST } from "./graph";
import { showToast } from "../toasts";
import * as editing from "./editing";
import type { Fragment } from "./editing";
import type { Item, Type } from "./model";
import { complete, create, edgeId, isTrigger, items, openBranch } from "./model";
import { WIDTH, free } from "./placing";
import { apply, current, get, itemOf, select, set } from "./store";
import { many, t } from "./words";

export const GAP = 96;
const STEP = 40;
const MARK = "automation-nodes"; // how clipboard text is recognised

/** Whether so many more items fit; tells the person if not. */
function fits(document: AutomationDocument, nodes: number, triggers: number): boolean {
  const fit = document.nodes.length + nodes <= MOST.NODES && document.triggers.length + triggers <= MOST.TRIGGERS;
  if (!fit) showToast({ text: t("too_many", { nodes: MOST.NODES, triggers: MOST.TRIGGERS }), tone: "danger" });
  return fit;
}

/** How high the steps are that are on the canvas now. */
function heights(): Record<string, number> {
  const drawn = [...window.document.querySelectorAll<HTMLElement>(".react-flow__node")];
  return Object.fromEntries(drawn.map((node) => [node.dataset["id"] ?? "", node.offsetHeight]));
}

export function addAt(type: Type, wish: { x: number; y: number }, from: { source: string; branch: string } | null = null): void {
  if (!fits(current(), isTrigger(type) ? 0 : 1, isTrigger(type) ? 1 : 0)) return;
  const { x, y } = free(items(current()), { x: Math.round(wish.x), y: Math.round(wish.y) }, heights());
  const item = create(type, x, y);
  apply((document) => {
    const added = editing.add(document, item);
    return from && !isTrigger(type) ? editing.connect(added, { ...from, target: item.id }) : added;
  });
  select([item.id]);
  set({ side: "inspector", menu: undefined, reveal: item.id });
}

/** Add after the selected item, connected where it is still open, or a trigger below it; else at the wished place. */
export function addNext(type: Type, wish: { x: number; y: number }): void {
  const [only, ...others] = [...get().selected];
  const before = only && others.length === 0 ? itemOf(only) : undefined;
  if (!before) return addAt(type, wish);
  if (isTrigger(type)) return addAt(type, isTrigger(before.type) ? before : wish);
  const branch = openBranch(current(), before);
  addAt(type, { x: before.x + WIDTH + GAP, y: before.y }, branch === undefined ? null : { source: before.id, branch });
}

export function removeSelected(): void {
  const { selected, edge } = get();
  const gone = current().edges.find((one) => edgeId(one) === edge);
  apply((document) => {
    const without = gone ? editing.disconnect(document, gone.source, gone.branch) : document;
    return editing.remove(without, selected);
  });
  select([]);
}

function insert(fragment: Fragment, by: { x: number; y: number }): void {
  if (!fits(current(), fragment.nodes.length, fragment.triggers.length)) return;
  const [document, ids] = editing.paste(current(), fragment, by);
  apply(() => document);
  select(ids);
}

export function duplicate(): void {
  if (get().selected.size > 0) insert(editing.cut(current(), get().selected), { x: STEP, y: STEP });
}

/** The selection as text for the clipboard; empty if nothing is selected. */
export function copied(): string {
  if (get().selected.size === 0) return "";
  return JSON.stringify({ whatsway: MARK, ...editing.cut(current(), get().selected) });
}

/** Insert what `copied` gave, here or in another automation; false if the text is something else. */
export function pasted(text: string, at: { x: number; y: number }): boolean {
  if (!text.includes(MARK) || text.length > MOST.BYTES) return false;
  let fragment: AutomationDocument;
  try {
    fragment = complete(JSON.parse(text) as Partial<AutomationDocument>);
  } catch {
    return false;
  }
  const all = items(fragment);
  if (all.length === 0) return false;
  const corner = { x: Math.min(...all.map((item) => item.x)), y: Math.min(...all.map((item) => item.y)) };
  insert(fragment, { x: at.x - corner.x, y: at.y - corner.y });
  showToast({ text: many("pasted", all.length), tone: "success" });
  return true;
}

const AHEAD = { ArrowRight: [1, 0], ArrowLeft: [-1, 0], ArrowDown: [0, 1], ArrowUp: [0, -1] } as const;
export type Arrow = keyof typeof AHEAD;

export function isArrow(key: string): key is Arrow {
  return key in AHEAD;
}

/** The nearest item in the direction of an arrow key. */
export function beside(from: Item, arrow: Arrow): Item | undefined {
  const [dx, dy] = AHEAD[arrow];
  const reached = items(current()).flatMap((item) => {
    const along = (item.x - from.x) * dx + (item.y - from.y) * dy;
    const aside = Math.abs((item.x - from.x) * dy) + Math.abs((item.y - from.y) * dx);
    return item.id !== from.id && along > 0 ? [{ item, far: along + 2 * aside }] : [];
  });
  return reached.sort((one, other) => one.far - other.far)[0]?.item;
}

export function nudge(arrow: Arrow): void {
  const [dx, dy] = AHEAD[arrow];
  const places = new Map(items(current()).filter((item) => get().selected.has(item.id)).map((item) => [item.id, { x: item.x + dx * 16, y: item.y + dy * 16 }]));
  apply((document) => editing.move(document, places), "nudge");
}
