// Publishing: what is different from the version that acts, and what becomes of the people who are inside it.
import { useEffect, useMemo, useState } from "react";
import { showToast } from "../toasts";
import type { Automation, Change, Edit, Value } from "./api";
import { call } from "./api";
import { Dialog } from "./dialogs";
import { linkText } from "./files";
import { Icon } from "./icons";
import { ProblemLink } from "./problems";
import { complain, settle } from "./saving";
import { get, set, useBuilder } from "./store";
import { many, number, t } from "./words";

type Inside = "finish" | "move" | "stop";

interface Published {
  version: number;
  inside: { finishing: number; moved: number; stopped: number };
}

const MOST_EDITS = 6;

/** A value as one reads it: ids by what they name. */
function useShown(): (value: Value) => string {
  const known = useBuilder((state) => state.known);
  const names = useMemo(() => {
    const all = known ? [known.labels, known.groups, known.users, known.channels, known.automations, known.campaigns].flat() : [];
    return new Map(all.map((one) => [one.id, one.name]));
  }, [known]);
  return (value) => {
    if (value === null || value === "") return t("nothing_there");
    if (typeof value === "boolean") return t(value ? "branch.yes" : "branch.no");
    if (typeof value === "number") return number(value);
    return value.split(", ").map((one) => names.get(one) ?? linkText(one)).join(", ");
  };
}

function Edits({ edits }: { edits: readonly Edit[] }) {
  const shown = useShown();
  if (edits.length === 0) return null;
  return (
    <dl className="bd-edits">
      {edits.slice(0, MOST_EDITS).map((edit) => (
        <div key={edit.field}><dt>{edit.name}</dt><dd><del>{shown(edit.old)}</del> <span aria-hidden="true">→</span> <ins>{shown(edit.new)}</ins></dd></div>
      ))}
      {edits.length > MOST_EDITS && <div><dt>{t("edits_more", { count: edits.length - MOST_EDITS })}</dt></div>}
    </dl>
  );
}

const SIGNS = { added: "+", removed: "−", changed: "~" } as const;

function Changes({ since, changes }: { since: number | null; changes: readonly Change[] }) {
  if (since === null) return <p>{t("first_version")}</p>;
  if (changes.length === 0) return <p className="muted">{t("no_changes")}</p>;
  return (
    <ul className="bd-changes" aria-label={t("changes_since", { version: since })}>
      {changes.map((change, at) => (
        <li key={at} data-kind={change.kind}><span aria-hidden="true">{SIGNS[change.kind]}</span><div>{change.text}<Edits edits={change.edits} /></div></li>
      ))}
    </ul>
  );
}

/** How the automation stands now, and what is wrong with it: others change what its steps use. */
export async function reload(): Promise<void> {
  const automation = await call<Automation>("GET", `/${get().automation.id}`);
  const same = automation.draft.revision === get().revision;
  set({ automation, ...(same && { problems: automation.draft.problems }) });
}

export function PublishDialog() {
  const automation = useBuilder((state) => state.automation);
  const problems = useBuilder((state) => state.problems);
  const [difference, setDifference] = useState<{ since: number | null; changes: Change[] }>();
  const [inside, setInside] = useState<Inside>("finish");
  const [busy, setBusy] = useState(false);
  const close = (): void => set({ dialog: undefined });
  const errors = problems.filter((problem) => problem.severity === "error");
  useEffect(() => {
    void (async () => {
      if (!(await settle())) return get().dialog === "publish" ? close() : undefined;
      setDifference(await call("GET", `/${automation.id}/changes`));
      await reload();
    })().catch(complain);
    // once, when the dialog opens
  }, []);
  const publish = async (): Promise<void> => {
    setBusy(true);
    try {
      const done = await call<Published>("POST", `/${automation.id}/publish`, { revision: get().revision, inside });
      const { finishing, moved, stopped } = done.inside;
      const told = finishing ? many("finishing", finishing) : moved ? many("moved", moved) : stopped ? many("stopped", stopped) : "";
      showToast({ text: [t("published", { version: done.version }), told].filter(Boolean).join(" "), tone: "success" });
      await reload();
      close();
    } catch (reason) {
      complain(reason);
      setBusy(false);
    }
  };
  const people = automation.active_runs;
  return (
    <Dialog
      title={automation.version === null ? t("publish") : t("publish_version", { version: automation.version + 1 })} close={close}
      foot={
        <>
          <button type="button" className="btn" data-variant="outline" onClick={close}>{t("cancel")}</button>
          <button type="button" className="btn" data-variant="primary" disabled={busy || errors.length > 0 || !difference} onClick={() => void publish()}>{t("publish")}</button>
        </>
      }
    >
      {errors.length > 0 && (
        <div className="alert" data-tone="danger" role="alert">
          <Icon name="error" />
          <div><strong>{many("errors_block", errors.length)}</strong><p>{t("errors_block_help")}</p><ul className="bd-errors">{errors.map((problem, at) => <ProblemLink problem={problem} leave={close} key={at} />)}</ul></div>
        </div>
      )}
      {difference ? <Changes {...difference} /> : <p className="muted" role="status">{t("comparing")}</p>}
      {people > 0 && (
        <fieldset className="choice-cards bd-inside">
          <legend className="form-label">{many("people_inside", people)}</legend>
          {(["finish", "move", "stop"] as const).map((choice) => (
            <label className="choice-card" key={choice}>
              <input className="input" type="radio" name="inside" checked={inside === choice} onChange={() => setInside(choice)} />
              <span><strong>{t(`inside.${choice}`)}</strong><p>{t(`inside.${choice}_help`)}</p></span>
            </label>
          ))}
        </fieldset>
      )}
    </Dialog>
  );
}

/** End every run, after a question that says how many. */
export function StopDialog() {
  const automation = useBuilder((state) => state.automation);
  const [busy, setBusy] = useState(false);
  const close = (): void => set({ dialog: undefined });
  const stop = async (): Promise<void> => {
    setBusy(true);
    try {
      const { stopped } = await call<{ stopped: number }>("POST", `/${automation.id}/stop-runs`);
      showToast({ text: many("stopped", stopped), tone: "success" });
      await reload();
      close();
    } catch (reason) {
      complain(reason);
      setBusy(false);
    }
  };
  return (
    <Dialog
      title={t("stop_all")} size="sm" close={close}
      foot={
        <>
          <button type="button" className="btn" data-variant="outline" onClick={close}>{t("cancel")}</button>
          <button type="button" className="btn" data-variant="danger" disabled={busy} onClick={() => void stop()}>{many("stop_people", automation.active_runs)}</button>
        </>
      }
    >
      <p>{many("stop_question", automation.active_runs)}</p>
      {automation.status === "live" && <p className="muted">{t("stop_still_live")}</p>}
    </Dialog>
  );
}
