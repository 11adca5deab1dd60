// Changes of a document as pure functions: each returns a new document and leaves what did not change the same object.
import type { AutomationDocument, Edge } from "./graph";
import type { Item } from "./model";
import { branches, isTrigger, items, newId } from "./model";

export type Fragment = Pick<AutomationDocument, "triggers" | "nodes" | "edges">;

function withItems(document: AutomationDocument, change: (item: Item) => Item): AutomationDocument {
  const map = <One extends Item>(all: One[]): One[] => {
    const mapped = all.map((item) => change(item) as One);
    return mapped.some((item, at) => item !== all[at]) ? mapped : all;
  };
  const triggers = map(document.triggers);
  const nodes = map(document.nodes);
  return triggers === document.triggers && nodes === document.nodes ? document : { ...document, triggers, nodes };
}

/** Edges whose ends and branches exist; a branch leads to one node. */
function withoutLoose(document: AutomationDocument): AutomationDocument {
  const sources = new Map(items(document).map((item) => [item.id, new Set(branches(item))]));
  const targets = new Set(document.nodes.map((node) => node.id));
  const edges = document.edges.filter((edge) => sources.get(edge.source)?.has(edge.branch) && targets.has(edge.target));
  return edges.length === document.edges.length ? document : { ...document, edges };
}

export function add(document: AutomationDocument, item: Item): AutomationDocument {
  if (isTrigger(item.type)) return { ...document, triggers: [...document.triggers, item as AutomationDocument["triggers"][number]] };
  return { ...document, nodes: [...document.nodes, item as AutomationDocument["nodes"][number]] };
}

export function change(document: AutomationDocument, id: string, changed: (item: Item) => Item): AutomationDocument {
  return withoutLoose(withItems(document, (item) => (item.id === id ? changed(item) : item)));
}

export function move(document: AutomationDocument, places: ReadonlyMap<string, { x: number; y: number }>): AutomationDocument {
  return withItems(document, (item) => {
    const place = places.get(item.id);
    if (!place || (place.x === item.x && place.y === item.y)) return item;
    return { ...item, x: Math.round(place.x), y: Math.round(place.y) };
  });
}

export function connect(document: AutomationDocument, { source, branch, target }: Edge): AutomationDocument {
  const others = document.edges.filter((edge) => edge.source !== source || edge.branch !== branch);
  return withoutLoose({ ...document, edges: [...others, { source, branch, target }] });
}

export function disconnect(document: AutomationDocument, source: string, branch: string): AutomationDocument {
  const edges = document.edges.filter((edge) => edge.source !== source || edge.branch !== branch);
  return edges.length === document.edges.length ? document : { ...document, edges };
}

export function remove(document: AutomationDocument, ids: ReadonlySet<string>): AutomationDocument {
  if (ids.size === 0) return document;
  return withoutLoose({
    ...document,
    triggers: document.triggers.filter((item) => !ids.has(item.id)),
    nodes: document.nodes.filter((item) => !ids.has(item.id)),
  });
}

/** The chosen items and the edges among them. */
export function cut(document: AutomationDocument, ids: ReadonlySet<string>): Fragment {
  return {
    triggers: document.triggers.filter((item) => ids.has(item.id)),
    nodes: document.nodes.filter((item) => ids.has(item.id)),
    edges: document.edges.filter((edge) => ids.has(edge.source) && ids.has(edge.target)),
  };
}

/** Put a fragment in with ids of its own; returns the ids it got. */
export function paste(document: AutomationDocument, fragment: Fragment, by: { x: number; y: number }): [AutomationDocument, Set<string>] {
  const ids = new Map([...fragment.triggers, ...fragment.nodes].map((item) => [item.id, newId(isTrigger(item.type) ? "t" : "n")]));
  const renamed = <One extends Item>(item: One): One => ({
    ...structuredClone(item), id: ids.get(item.id) ?? item.id, x: Math.round(item.x + by.x), y: Math.round(item.y + by.y),
  });
  const edges = fragment.edges.map(({ source, branch, target }) => ({ source: ids.get(source) ?? "", branch, target: ids.get(target) ?? "" }));
  const pasted = {
    ...document,
    triggers: [...document.triggers, ...fragment.triggers.map(renamed)],
    nodes: [...document.nodes, ...fragment.nodes.map(renamed)],
    edges: [...document.edges, ...edges],
  };
  return [withoutLoose(pasted), new Set(ids.values())];
}
