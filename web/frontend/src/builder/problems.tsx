// The problems panel under the canvas: each leads to its node, and some are fixed with one click.
import { useState } from "react";
import type { Problem } from "./api";
import { useShow } from "./canvas";
import { Icon } from "./icons";
import { edgeId } from "./model";
import { ask, complain } from "./saving";
import { current, get, itemOf, select, set, useBuilder } from "./store";
import { titleOf } from "./summaries";
import { many, t } from "./words";

function Fix({ problem }: { problem: Problem }) {
  const mayWrite = useBuilder((state) => state.mayWrite);
  if (!problem.fix || !mayWrite) return null;
  return (
    <button type="button" className="btn" data-variant="outline" data-size="xs" onClick={() => void ask("fix", { at: problem.at, field: problem.field, fix: problem.fix ?? "", automation_id: get().automation.id }).catch(complain)}>
      <Icon name="arrange" />{problem.fix_label ?? t("fix")}
    </button>
  );
}

function Mark({ problem }: { problem: Problem }) {
  return <><Icon name={problem.severity === "error" ? "error" : "alert"} /><span className="sr-only">{t(`severity.${problem.severity}`)}</span></>;
}

/** A problem of the item one looks at already. */
export function ProblemLine({ problem }: { problem: Problem }) {
  return <li data-tone={problem.severity === "error" ? "danger" : "warning"}><Mark problem={problem} /><span>{problem.text}</span><Fix problem={problem} /></li>;
}

/** A problem that leads to its step; `leave` closes what stands over the canvas. */
export function ProblemLink({ problem, leave }: { problem: Problem; leave?: () => void }) {
  const show = useShow();
  const item = itemOf(problem.at);
  const go = (): void => {
    leave?.();
    requestAnimationFrame(reach); // once the focus is back
  };
  const reach = (): void => {
    const edge = current().edges.find((one) => edgeId(one) === problem.at || `${one.source}:${one.branch}:${one.target}` === problem.at);
    if (item) show(item.id);
    else if (edge) {
      show(edge.source);
      select([], edgeId(edge));
    } else select([]);
    set({ side: "inspector" });
  };
  return (
    <li className="bx-line" data-tone={problem.severity === "error" ? "danger" : "warning"}>
      <button type="button" className="bx-go" onClick={go}><Mark problem={problem} />{item && <strong>{titleOf(item)}</strong>}<span>{problem.text}</span></button>
      {!leave && <Fix problem={problem} />}
    </li>
  );
}

export function ProblemsPanel() {
  const problems = useBuilder((state) => state.problems);
  const [open, setOpen] = useState(false);
  const errors = problems.filter((problem) => problem.severity === "error");
  const warnings = problems.filter((problem) => problem.severity !== "error");
  const said = [errors.length > 0 && many("errors", errors.length), warnings.length > 0 && many("warnings", warnings.length)].filter(Boolean).join(", ");
  return (
    <section className="bx" aria-label={t("problems_panel")} data-open={open || undefined}>
      <button type="button" className="bx-bar" aria-expanded={open} disabled={problems.length === 0} onClick={() => setOpen(!open)}>
        <span className="bx-sum" data-tone={errors.length > 0 ? "danger" : warnings.length > 0 ? "warning" : "success"} role="status">
          <Icon name={errors.length > 0 ? "error" : warnings.length > 0 ? "alert" : "check"} />{said || t("no_problems")}
        </span>
        {problems.length > 0 && <Icon name="chevron" className="bx-chevron" />}
      </button>
      {open && problems.length > 0 && <ul className="bx-list">{[...errors, ...warnings].map((problem, at) => <ProblemLink problem={problem} key={`${problem.at}:${problem.code}:${at}`} />)}</ul>}
    </section>
  );
}
