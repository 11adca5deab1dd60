// A node or trigger on the canvas: what it is, what it will do or say, and its branches, each with a handle.
import type { Node, NodeProps } from "@xyflow/react";
import { Handle, Position, useUpdateNodeInternals } from "@xyflow/react";
import { Fragment, memo, useEffect, useRef } from "react";
import type { Known } from "./api";
import { branchName, familyOf, iconOf, nameOf } from "./catalogue";
import type { Content } from "./graph";
import { Icon } from "./icons";
import type { Item } from "./model";
import { branches, choices, choiceTitle, isTrigger } from "./model";
import { marked } from "./phone";
import { problemsAt, set, useBuilder } from "./store";
import { contentLine, summary, titleOf } from "./summaries";
import { many, number, t } from "./words";

export type CanvasNode = Node<{ item: Item }, "item">;

function Counts({ id, last, trigger }: { id: string; last: boolean; trigger: boolean }) {
  const count = useBuilder((state) => (state.overlay === "none" ? undefined : state.counts.get(id)));
  const shown = useBuilder((state) => state.overlay !== "none");
  if (!shown) return null;
  const { here = 0, passed = 0, dropped = 0, failed = 0, branches: left = {} } = count ?? {};
  if (trigger) return <div className="bn-counts"><span title={t("started_hint")}>{many("started_count", passed)}</span></div>;
  return (
    <div className="bn-counts nodrag">
      <button type="button" className="bn-count" data-tone={here > 0 ? "success" : "neutral"} onClick={() => set({ dialog: { people: id } })} aria-label={many("here_now", here)}>
        <span className="dot" />{number(here)}
      </button>
      {last ? <span>{many("ended_here", left[""] ?? 0)}</span> : <span title={t("passed_hint")}>{many("passed", passed)}</span>}
      {dropped > 0 && <span className="bn-dropped" title={t("dropped_hint")}>−{number(dropped)}</span>}
      {failed > 0 && <span className="bn-failed">{many("failed_count", failed)}</span>}
    </div>
  );
}

function Badge({ id }: { id: string }) {
  const problems = useBuilder((state) => problemsAt(state, id));
  if (problems.length === 0) return null;
  const wrong = problems.some((problem) => problem.severity === "error");
  return (
    <span className="bn-badge" data-tone={wrong ? "danger" : "warning"} title={problems.map((problem) => problem.text).join("\n")}>
      <Icon name={wrong ? "error" : "alert"} />
      <span className="sr-only">{many("problems", problems.length)}</span>
    </span>
  );
}

function variables(text: string): React.ReactNode {
  return text.split(/(\{\{[^{}]*\}\})/).map((part, at) => {
    const name = /^\{\{\s*(?:contact|answer)\.([\w:-]+)/.exec(part)?.[1];
    return name ? <span className="bn-variable" key={at}>{name}</span> : part;
  });
}

/** A text as WhatsApp formats it, with its variables told apart from what is written. */
function Filled({ text }: { text: string }) {
  return marked(text, variables);
}

/** A template's text with what stands for its variables; those without a value are shown as such, never by their samples. */
export function TemplateText({ body, values }: { body: string; values: Readonly<Record<string, string>> | null }) {
  const filled = (text: string): React.ReactNode =>
    text.split(/(\{\{[^{}]*\}\})/).map((part, at) => {
      const name = /^\{\{\s*([^{}]*?)\s*\}\}$/.exec(part)?.[1];
      if (name === undefined) return part;
      const value = values?.[`body.${name}`];
      return value ? <Fragment key={at}>{variables(value)}</Fragment> : <span className="bn-variable" data-unset key={at}>{name}</span>;
    });
  return marked(body, filled);
}

function Bubble({ content, choosing = true }: { content: Content; choosing?: boolean }) {
  return (
    <div className="bn-bubble">
      <span className="bn-text"><Filled text={contentLine(content)} /></span>
      {content.kind === "link" && <span className="bn-link">{content.label || t("link_label")}</span>}
      {content.kind === "list" && <span className="bn-link">{content.button || "…"}</span>}
      {choosing && choices(content).map((choice) => content.kind === "buttons" && <span className="bn-link" key={choice.id}>{choice.title || "…"}</span>)}
    </div>
  );
}

function Template({ item, known }: { item: Extract<Item, { type: "send_template" }>; known: Known | undefined }) {
  const template = known?.templates.find((one) => one.id === item.data.template);
  return (
    <>
      <p className="bn-line">{summary(item, known)}</p>
      {template && <div className="bn-bubble"><span className="bn-text"><TemplateText body={template.body} values={item.data.values} /></span></div>}
    </>
  );
}

function Content({ item }: { item: Item }) {
  const known = useBuilder((state) => state.known);
  if (item.type === "custom_reply" && item.data.messages.length > 0) {
    return <>{item.data.messages.map((content, at) => <Bubble content={content} key={at} />)}</>;
  }
  if (item.type === "user_reply" && item.data.ask) return <Bubble content={item.data.ask} choosing={false} />; // they are its branches
  if (item.type === "send_template") return <Template item={item} known={known} />;
  return <p className="bn-line">{variables(summary(item, known))}</p>;
}

function Branch({ item, branch }: { item: Item; branch: string }) {
  const label = choiceTitle(item, branch) ?? branchName(item.type, branch);
  const mayWrite = useBuilder((state) => state.mayWrite);
  const passed = useBuilder((state) => (state.overlay === "none" || isTrigger(item.type) ? undefined : state.counts.get(item.id)?.branches[branch]));
  return (
    <div className="bn-branch" data-branch={branch === "failed" ? "failed" : branch.startsWith("choice:") ? "choice" : "plain"}>
      {passed !== undefined && <span className="bn-through">{number(passed)}</span>}
      <span className="bn-branch-name">{label || "…"}</span>
      <Handle type="source" id={branch} position={Position.Right} isConnectable={mayWrite} title={mayWrite ? t("connect_from", { branch: label }) : ""} />
    </div>
  );
}

export const ItemNode = memo(function ItemNode({ id, data: { item }, selected }: NodeProps<CanvasNode>) {
  const out = branches(item);
  const refresh = useUpdateNodeInternals();
  const shape = out.join("\n");
  const drawn = useRef(shape); // React Flow looks for the handles of a new node by itself
  useEffect(() => {
    if (drawn.current !== shape) refresh(id);
    drawn.current = shape;
  }, [refresh, id, shape]);
  const lit = useBuilder((state) => (state.lit.at === id ? "now" : state.lit.items.has(id) ? "passed" : undefined));
  const mayWrite = useBuilder((state) => state.mayWrite);
  const trigger = isTrigger(item.type);
  return (
    <article className="bn" data-family={familyOf(item.type)} data-selected={selected || undefined} data-lit={lit} data-item={id}>
      {!trigger && <Handle type="target" position={Position.Left} isConnectable={mayWrite} />}
      <header className="bn-head">
        <span className="bn-icon"><Icon name={iconOf(item.type)} /></span>
        <span className="bn-titles">
          <strong>{titleOf(item)}</strong>
          {titleOf(item) !== nameOf(item.type) && <small>{nameOf(item.type)}</small>}
        </span>
        <Badge id={id} />
      </header>
      <div className="bn-body"><Content item={item} /></div>
      {out.length > 0 && <div className="bn-branches">{out.map((branch) => <Branch item={item} branch={branch} key={branch} />)}</div>}
      <Counts id={id} last={out.length === 0} trigger={trigger} />
    </article>
  );
});
