// A line from a branch to the node it leads to; lit by the test, as wide as the overlay counts people on it (their number
// stands where it begins, at its branch), removable by its button.
import type { Edge, EdgeProps } from "@xyflow/react";
import { BaseEdge, EdgeLabelRenderer, getBezierPath } from "@xyflow/react";
import { memo } from "react";
import { branchName } from "./catalogue";
import * as editing from "./editing";
import type { AutomationDocument } from "./graph";
import { Icon } from "./icons";
import { choiceTitle, edgeId, items } from "./model";
import { apply, select, shareOf, useBuilder } from "./store";
import { titleOf } from "./summaries";
import { t } from "./words";

export type CanvasEdge = Edge<{ source: string; branch: string }, "branch">;

export function edgesOf(document: AutomationDocument, chosen: string, before: readonly CanvasEdge[]): CanvasEdge[] {
  const placed = new Map(items(document).map((item) => [item.id, item]));
  const known = new Map(before.map((edge) => [edge.id, edge]));
  return document.edges.map((edge): CanvasEdge => {
    const id = edgeId(edge);
    const selected = id === chosen;
    const [from, to] = [placed.get(edge.source), placed.get(edge.target)];
    const branch = from ? (choiceTitle(from, edge.branch) ?? branchName(from.type, edge.branch)) : edge.branch;
    const ariaLabel = t("edge_label", { source: from ? titleOf(from) : "", branch, target: to ? titleOf(to) : "" });
    const old = known.get(id);
    if (old?.target === edge.target && old.selected === selected && old.ariaLabel === ariaLabel) return old;
    return { id, type: "branch", source: edge.source, sourceHandle: edge.branch, target: edge.target, data: { source: edge.source, branch: edge.branch }, selected, ariaLabel };
  });
}

export const BranchEdge = memo(function BranchEdge(props: EdgeProps<CanvasEdge>) {
  const { id, data, selected } = props;
  const [path, x, y] = getBezierPath(props);
  const lit = useBuilder((state) => state.lit.edges.has(id));
  const mayWrite = useBuilder((state) => state.mayWrite);
  const share = useBuilder((state) => (data ? shareOf(state, data.source, data.branch) : undefined));
  const kind = data?.branch === "failed" ? "failed" : "plain";
  const remove = (): void => {
    if (data) apply((document) => editing.disconnect(document, data.source, data.branch));
    select([]);
  };
  return (
    <>
      <BaseEdge id={id} path={path} interactionWidth={22} className={`be be-${kind}${lit ? " be-lit" : ""}`} style={share === undefined ? {} : { "--share": share } as React.CSSProperties} />
      {selected && mayWrite && (
        <EdgeLabelRenderer>
          <div className="be-label nodrag nopan" style={{ transform: `translate(-50%, -50%) translate(${x}px, ${y}px)` }}>
            <button type="button" className="be-remove" aria-label={t("remove_connection")} onClick={remove}><Icon name="x" /></button>
          </div>
        </EdgeLabelRenderer>
      )}
    </>
  );
});
