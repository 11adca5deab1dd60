// The state of the builder, outside of React: components read what they need of it and draw again only when that changes.
import { useSyncExternalStore } from "react";
import type { Automation, Known, NodeCount, Problem } from "./api";
import type { AutomationDocument } from "./graph";
import type { History } from "./history";
import * as histories from "./history";
import type { Item } from "./model";
import { complete, items } from "./model";

export type Saving = "saved" | "saving" | "unsaved" | "offline" | "conflict" | "refused";
export type Overlay = "none" | "24h" | "7d" | "all";
export type DialogName = "publish" | "versions" | "stop" | "rename" | "conflict" | { people: string };

export interface NodeMenu {
  left: number; // on the screen
  top: number;
  x: number; // on the canvas
  y: number;
  from: { source: string; branch: string } | null;
}

export interface Lit {
  items: ReadonlySet<string>;
  edges: ReadonlySet<string>;
  at: string;
}

export interface State {
  automation: Automation;
  history: History<AutomationDocument>;
  revision: number;
  savedDocument: AutomationDocument;
  saving: Saving;
  savedAt: number;
  refusal: string;
  problems: readonly Problem[];
  known: Known | undefined;
  selected: ReadonlySet<string>;
  edge: string; // the id of the selected edge
  side: "inspector" | "test";
  menu: NodeMenu | undefined;
  finding: boolean;
  reveal: string; // the step that was just added, until it is in sight
  overview: boolean; // whether all of it is to be shown anew
  dialog: DialogName | undefined;
  overlay: Overlay;
  counts: ReadonlyMap<string, NodeCount>;
  lit: Lit;
  mayWrite: boolean; // on a screen large enough
  mayRun: boolean;
}

export const UNLIT: Lit = { items: new Set(), edges: new Set(), at: "" };

let state: State;
const listeners = new Set<() => void>();

export function begin(automation: Automation, rights: { mayWrite: boolean; mayRun: boolean }): void {
  const document = complete(automation.draft.document);
  state = {
    automation, history: histories.begin(document), revision: automation.draft.revision, savedDocument: document,
    saving: "saved", savedAt: Date.parse(automation.draft.saved_at), refusal: "", problems: automation.draft.problems, known: undefined, selected: new Set(), edge: "",
    side: "inspector", menu: undefined, finding: false, reveal: "", overview: false, dialog: undefined, overlay: "none", counts: new Map(), lit: UNLIT, ...rights,
  };
}

export function get(): State {
  return state;
}

export function set(changed: Partial<State>): void {
  state = { ...state, ...changed };
  listeners.forEach((listener) => listener());
}

export function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** What `select` takes from the state; it must return the same object while nothing it looks at changed. */
export function useBuilder<Value>(select: (state: State) => Value): Value {
  return useSyncExternalStore(subscribe, () => select(state));
}

export function current(): AutomationDocument {
  return state.history.present;
}

export const useDocument = (): AutomationDocument => useBuilder((now) => now.history.present);

export function itemOf(id: string): Item | undefined {
  return items(current()).find((item) => item.id === id);
}

/** Change the document as one step that can be undone; repeated edits with the same `merging` are one step. */
export function apply(change: (document: AutomationDocument) => AutomationDocument, merging = ""): void {
  if (!state.mayWrite) return;
  const history = histories.commit(state.history, change(current()), merging, Date.now());
  if (history !== state.history) set({ history });
}

function travel(history: History<AutomationDocument>): void {
  if (!state.mayWrite || history === state.history) return;
  const there = new Set(items(history.present).map((item) => item.id));
  set({ history, selected: new Set([...state.selected].filter((id) => there.has(id))), edge: "" });
}

export const undo = (): void => travel(histories.undo(state.history));
export const redo = (): void => travel(histories.redo(state.history));

export function select(ids: Iterable<string>, edge = ""): void {
  const selected = new Set(ids);
  const same = selected.size === state.selected.size && [...selected].every((id) => state.selected.has(id));
  if (!same || edge !== state.edge) set({ selected: same ? state.selected : selected, edge });
}

const none: readonly Problem[] = [];
let grouped: { of: readonly Problem[]; by: Map<string, Problem[]> } = { of: none, by: new Map() };

/** The problems of one item; the same array as long as no problem changed. */
export function problemsAt(now: State, id: string): readonly Problem[] {
  if (grouped.of !== now.problems) {
    const by = new Map<string, Problem[]>();
    for (const problem of now.problems) by.set(problem.at, [...(by.get(problem.at) ?? []), problem]);
    grouped = { of: now.problems, by };
  }
  return grouped.by.get(id) ?? none;
}

let busiest: { of: ReadonlyMap<string, NodeCount> | undefined; most: number } = { of: undefined, most: 0 };

/** How many took a branch, as a share of those who took the busiest one; undefined while nothing is counted. */
export function shareOf(now: State, source: string, branch: string): number | undefined {
  if (now.overlay === "none" || now.counts.size === 0) return undefined;
  if (busiest.of !== now.counts) busiest = { of: now.counts, most: Math.max(1, ...[...now.counts.values()].flatMap((count) => Object.values(count.branches))) };
  return (now.counts.get(source)?.branches[branch] ?? 0) / busiest.most;
}
