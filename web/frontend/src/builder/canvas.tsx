// The canvas: React Flow over the document. Positions follow the pointer here and reach the document when it lets go.
import type { Connection, EdgeChange, FinalConnectionState, NodeChange, ReactFlowInstance } from "@xyflow/react";
import { Background, BackgroundVariant, MiniMap, Panel, ReactFlow, applyNodeChanges, useReactFlow } from "@xyflow/react";
import { memo, useCallback, useEffect, useMemo, useRef, useState } from "react";
import { familyOf } from "./catalogue";
import { GAP, addAt, beside, isArrow, nudge } from "./commands";
import * as editing from "./editing";
import type { CanvasEdge } from "./edges";
import { BranchEdge, edgesOf } from "./edges";
import type { AutomationDocument } from "./graph";
import { Icon } from "./icons";
import type { Item, Type } from "./model";
import { isKnown, isTrigger, items, openBranch } from "./model";
import type { CanvasNode } from "./nodes";
import { ItemNode } from "./nodes";
import { WIDTH } from "./placing";
import { apply, current, get, itemOf, select, set, useBuilder, useDocument } from "./store";
import { summary, titleOf } from "./summaries";
import { t } from "./words";
import { writes } from "./writing";

const NODE_TYPES = { item: ItemNode };
const EDGE_TYPES = { branch: BranchEdge };
const READABLE = 0.62;
export const DRAGGED = "application/x-whatsway-node";

const PASSED = { "aria-roledescription": t("step"), tabIndex: -1 };
const STOP = { ...PASSED, tabIndex: 0 }; // the canvas is one stop of the Tab key; arrow keys lead from step to step

function nodesOf(document: AutomationDocument, selected: ReadonlySet<string>, before: CanvasNode[]): CanvasNode[] {
  const known = new Map(before.map((node) => [node.id, node]));
  const all = items(document);
  const stop = all.find((item) => selected.has(item.id)) ?? all[0];
  return all.map((item): CanvasNode => {
    const old = known.get(item.id);
    const chosen = selected.has(item.id);
    const domAttributes = item === stop ? STOP : PASSED;
    const ariaLabel = `${titleOf(item)}. ${summary(item, get().known)}`;
    const same = old?.selected === chosen && old.domAttributes === domAttributes && old.ariaLabel === ariaLabel;
    if (old?.data.item === item) return same ? old : { ...old, selected: chosen, domAttributes, ariaLabel };
    return { ...old, id: item.id, type: "item", position: { x: item.x, y: item.y }, data: { item }, selected: chosen, ariaLabel, width: WIDTH, domAttributes };
  });
}

/** All of it if that is readable, else the start of it. */
function firstView(flow: ReactFlowInstance<CanvasNode, CanvasEdge>): void {
  const all = flow.getNodes();
  const { x, y, width, height } = flow.getNodesBounds(all);
  const pane = document.querySelector(".react-flow")?.getBoundingClientRect();
  if (!pane || all.length === 0) return;
  if (Math.min(pane.width / (width + 120), pane.height / (height + 120)) >= READABLE) {
    void flow.fitView({ padding: 0.12, maxZoom: 1, minZoom: READABLE });
    return;
  }
  const start = all.find((node) => isTrigger(node.data.item.type))?.position ?? { x, y };
  const zoom = pane.width < 480 ? 0.75 : 0.9;
  const top = Math.max(y, start.y - pane.height / zoom / 2 + 100);
  void flow.setViewport({ x: 40 - start.x * zoom, y: 56 - top * zoom, zoom });
}

function Zoom() {
  const flow = useReactFlow();
  const [zoom, setZoom] = useState(100);
  useEffect(() => {
    const every = setInterval(() => setZoom(Math.round(flow.getZoom() * 100)), 300);
    return () => clearInterval(every);
  }, [flow]);
  return (
    <Panel position="bottom-right" className="bz" aria-label={t("view")}>
      <button type="button" className="btn" data-variant="ghost" data-size="icon-sm" aria-label={t("zoom_out")} onClick={() => void flow.zoomOut()}><Icon name="minus" /></button>
      <button type="button" className="bz-level" aria-label={t("zoom_full", { zoom })} onClick={() => void flow.zoomTo(1)}>{zoom} %</button>
      <button type="button" className="btn" data-variant="ghost" data-size="icon-sm" aria-label={t("zoom_in")} onClick={() => void flow.zoomIn()}><Icon name="plus" /></button>
      <button type="button" className="btn" data-variant="ghost" data-size="icon-sm" aria-label={t("zoom_fit")} onClick={() => void flow.fitView({ padding: 0.1, maxZoom: 1 })}><Icon name="fit" /></button>
    </Panel>
  );
}

/** Move the keyboard's focus to an item and bring it into view. */
export function focusItem(id: string): void {
  const node = document.querySelector<HTMLElement>(`.react-flow__node[data-id="${CSS.escape(id)}"]`);
  node?.focus({ preventScroll: true });
}

/** Bring an item to the middle of the view and select it; the keyboard follows unless it is busy elsewhere. */
export function useShow(): (id: string, focus?: boolean) => void {
  const flow = useReactFlow<CanvasNode, CanvasEdge>();
  return useCallback((id: string, focus = true) => {
    const node = flow.getNode(id);
    if (!node) return;
    select([id]);
    const height = node.measured?.height ?? 120;
    void flow.setCenter(node.position.x + WIDTH / 2, node.position.y + height / 2, { zoom: Math.max(0.8, Math.min(1.1, flow.getZoom())), duration: 200 });
    if (focus) focusItem(id);
  }, [flow]);
}

const MARGIN = 40;

/** How far something from `start` to `end` has to move to lie inside of `room`; its start counts more. */
function shift(start: number, end: number, room: number): number {
  const back = Math.min(0, room - MARGIN - end);
  return start + back < MARGIN ? MARGIN - start : back;
}

/** How high the part of the canvas is that the map in its corner does not cover. */
function heightInSight(pane: DOMRect): number {
  const map = document.querySelector(".react-flow__minimap")?.getBoundingClientRect();
  return map && map.height > 0 && map.top - pane.top > 2 * map.height ? map.top - pane.top + MARGIN / 2 : pane.height;
}

/** Move the view no further than it takes to see all of a node, without changing the zoom. */
function bringIntoSight(flow: ReactFlowInstance<CanvasNode, CanvasEdge>, id: string): void {
  const node = flow.getNode(id);
  const pane = document.querySelector(".react-flow")?.getBoundingClientRect();
  if (!node || !pane) return;
  const { zoom, x, y } = flow.getViewport();
  const [left, top] = [node.position.x * zoom + x, node.position.y * zoom + y];
  const dx = shift(left, left + WIDTH * zoom, pane.width);
  const dy = shift(top, top + (node.measured?.height ?? 120) * zoom, heightInSight(pane));
  if (dx !== 0 || dy !== 0) void flow.setViewport({ x: x + dx, y: y + dy, zoom }, { duration: 250 });
}

/** Keep the node that a test is at in view. */
export function useFollow(id: string): void {
  const flow = useReactFlow<CanvasNode, CanvasEdge>();
  useEffect(() => {
    if (id) bringIntoSight(flow, id);
  }, [flow, id]);
}

/** Show a node that was just added, once its size is known, and let the keyboard go on from there. */
function useReveal(flow: ReactFlowInstance<CanvasNode, CanvasEdge>, nodes: readonly CanvasNode[]): void {
  const id = useBuilder((state) => state.reveal);
  const ready = id !== "" && nodes.some((node) => node.id === id && node.measured?.height);
  useEffect(() => {
    if (!ready) return;
    bringIntoSight(flow, id);
    if (!writes(document.activeElement)) focusItem(id);
    set({ reveal: "" });
  }, [flow, id, ready]);
}

/** Show all of it anew, once what was arranged is drawn. */
function useOverview(flow: ReactFlowInstance<CanvasNode, CanvasEdge>, nodes: readonly CanvasNode[]): void {
  const wanted = useBuilder((state) => state.overview);
  const drawn = wanted && nodes.every((node) => node.data.item === itemOf(node.id));
  useEffect(() => {
    if (!drawn) return;
    firstView(flow);
    set({ overview: false });
  }, [flow, drawn]);
}

function ends(event: MouseEvent | TouchEvent): { left: number; top: number } {
  const at = "changedTouches" in event ? event.changedTouches[0] : event;
  return { left: at?.clientX ?? 0, top: at?.clientY ?? 0 };
}

/** An edge let go on a node's body reaches it; on empty canvas it asks what should come there. */
function useConnecting(flow: ReactFlowInstance<CanvasNode, CanvasEdge>) {
  const connected = useCallback(({ source, sourceHandle, target }: Connection) => {
    if (sourceHandle) apply((document) => editing.connect(document, { source, branch: sourceHandle, target }));
  }, []);
  const ended = useCallback((event: MouseEvent | TouchEvent, { isValid, fromNode, fromHandle }: FinalConnectionState) => {
    if (isValid || !fromNode || fromHandle?.type !== "source" || !fromHandle.id) return;
    const { left, top } = ends(event);
    const from = { source: fromNode.id, branch: fromHandle.id };
    const over = document.elementFromPoint(left, top);
    const target = over?.closest<HTMLElement>(".react-flow__node")?.dataset["id"];
    const item = target ? itemOf(target) : undefined;
    if (item && !isTrigger(item.type)) return apply((all) => editing.connect(all, { ...from, target: item.id }));
    if (over?.closest(".react-flow__pane") && !item) set({ menu: { left, top, ...flow.screenToFlowPosition({ x: left, y: top }), from } });
  }, [flow]);
  return { connected, ended };
}

/** Ask what comes after an item, at the branch that is still open. */
function askNext(item: Item, element: HTMLElement): void {
  const { right, top } = element.getBoundingClientRect();
  const branch = openBranch(current(), item);
  if (get().mayWrite) set({ menu: { left: right + 12, top, x: item.x + WIDTH + GAP, y: item.y + 24, from: branch === undefined ? null : { source: item.id, branch } } });
}

function walk(event: React.KeyboardEvent, show: (id: string) => void): void {
  const id = (event.target as HTMLElement).closest<HTMLElement>(".react-flow__node")?.dataset["id"];
  const item = id && event.target === event.currentTarget.querySelector(`.react-flow__node[data-id="${CSS.escape(id)}"]`) ? itemOf(id) : undefined;
  if (!item) return;
  if (isArrow(event.key)) {
    event.preventDefault();
    if (event.altKey) return nudge(event.key);
    const next = beside(item, event.key);
    if (next) show(next.id);
  } else if (event.key === "+" && !event.ctrlKey && !event.metaKey) {
    event.preventDefault();
    select([item.id]);
    askNext(item, event.target as HTMLElement);
  } else if (event.key === "Enter" || event.key === " ") {
    event.preventDefault();
    select([item.id]);
    set({ side: "inspector" });
    requestAnimationFrame(() => document.querySelector<HTMLElement>("[data-inspector] .bi-body :is(input, textarea, select)")?.focus());
  }
}

export const Canvas = memo(function Canvas() {
  const document = useDocument();
  const selected = useBuilder((state) => state.selected);
  const chosenEdge = useBuilder((state) => state.edge);
  const mayWrite = useBuilder((state) => state.mayWrite);
  const known = useBuilder((state) => state.known);
  const flow = useReactFlow<CanvasNode, CanvasEdge>();
  const show = useShow();
  const [nodes, setNodes] = useState<CanvasNode[]>(() => nodesOf(document, selected, []));
  const viewed = useRef(nodes.length === 0); // what is dropped on an empty canvas stays where it was dropped
  useEffect(() => setNodes((before) => nodesOf(document, selected, before)), [document, selected, known]);
  const drawn = useRef<CanvasEdge[]>([]);
  const edges = useMemo(() => (drawn.current = edgesOf(document, chosenEdge, drawn.current)), [document, chosenEdge]);
  useReveal(flow, nodes);
  useOverview(flow, nodes);
  const { connected, ended } = useConnecting(flow);

  const nodesChanged = useCallback((changes: NodeChange<CanvasNode>[]) => {
    const choosing = changes.filter((change) => change.type === "select");
    if (choosing.length > 0) {
      const chosen = new Set(get().selected);
      for (const { id, selected: on } of choosing) chosen[on ? "add" : "delete"](id);
      select(chosen, chosen.size > 0 ? "" : get().edge);
    }
    setNodes((before) => applyNodeChanges(changes.filter((change) => change.type !== "select" && change.type !== "remove"), before));
    if (!viewed.current && changes.some((change) => change.type === "dimensions")) {
      viewed.current = true;
      requestAnimationFrame(() => firstView(flow));
    }
  }, [flow]);
  const edgesChanged = useCallback((changes: EdgeChange<CanvasEdge>[]) => {
    for (const change of changes) if (change.type === "select") select(change.selected ? [] : get().selected, change.selected ? change.id : "");
  }, []);
  const dropped = useCallback((_: unknown, __: unknown, moved: CanvasNode[]) => {
    apply((before) => editing.move(before, new Map(moved.map((node) => [node.id, node.position]))));
  }, []);
  const selectionDropped = useCallback((_: unknown, moved: CanvasNode[]) => dropped(_, _, moved), [dropped]);
  const drop = useCallback((event: React.DragEvent) => {
    const type = event.dataTransfer.getData(DRAGGED);
    if (!isKnown(type)) return;
    event.preventDefault();
    const { x, y } = flow.screenToFlowPosition({ x: event.clientX, y: event.clientY });
    addAt(type as Type, { x: x - WIDTH / 2, y: y - 20 });
  }, [flow]);

  return (
    <ReactFlow<CanvasNode, CanvasEdge>
      nodes={nodes} edges={edges} nodeTypes={NODE_TYPES} edgeTypes={EDGE_TYPES} onNodesChange={nodesChanged} onEdgesChange={edgesChanged}
      onNodeDragStop={dropped} onSelectionDragStop={selectionDropped} onConnect={connected} onConnectEnd={ended}
      onNodeClick={() => get().side === "test" || set({ side: "inspector" })} onPaneClick={() => set({ menu: undefined })}
      onDrop={drop} onDragOver={(event) => event.dataTransfer.types.includes(DRAGGED) && event.preventDefault()} onKeyDown={(event) => walk(event, show)}
      nodesDraggable={mayWrite} nodesConnectable={mayWrite} edgesReconnectable={false} edgesFocusable={false} deleteKeyCode={null} disableKeyboardA11y
      minZoom={0.02} maxZoom={1.6} connectionRadius={28} snapToGrid snapGrid={SNAP} proOptions={PRO} aria-label={t("canvas")}
    >
      <Background variant={BackgroundVariant.Dots} gap={20} size={1.4} />
      <MiniMap pannable zoomable className="bm" ariaLabel={t("minimap")} nodeClassName={(node) => `bm-${familyOf((node.data as { item: Item }).item.type)}`} />
      <Zoom />
    </ReactFlow>
  );
});

const SNAP: [number, number] = [8, 8];
const PRO = { hideAttribution: true };

/** Where a pasted or clicked node comes when nothing says better: the middle of the view. */
export function useMiddle(): () => { x: number; y: number } {
  const flow = useReactFlow();
  return useCallback(() => {
    const pane = document.querySelector(".react-flow")?.getBoundingClientRect();
    const middle = flow.screenToFlowPosition({ x: (pane?.left ?? 0) + (pane?.width ?? 0) / 2, y: (pane?.top ?? 0) + (pane?.height ?? 0) / 2 });
    const started = items(current()).length > 0;
    return { x: middle.x - WIDTH / 2 - (started ? 0 : 200), y: middle.y - 60 };
  }, [flow]);
}

