// The bar above the canvas: name, state, what is saved, and everything that concerns the automation as a whole.
import { useEffect, useId, useState } from "react";
import { locale } from "../page";
import { timeText } from "../times";
import { showToast } from "../toasts";
import type { Automation } from "./api";
import { call } from "./api";
import { focusItem } from "./canvas";
import { Icon } from "./icons";
import type { IconName } from "./icons";
import { reload } from "./publish";
import { ask, complain, keepAsCopy, loadTheirs, settle } from "./saving";
import { Dialog } from "./dialogs";
import { get, redo, set, undo, useBuilder } from "./store";
import { many, t } from "./words";
import { OverlaySelect } from "./watching";

const TONES = { draft: "neutral", live: "success", paused: "warning" } as const;
const relative = new Intl.RelativeTimeFormat(locale, { style: "narrow" });

function age(at: number): string {
  const seconds = Math.max(0, Math.round((Date.now() - at) / 1_000));
  if (seconds < 2) return t("saved_now");
  const [size, unit] = seconds < 60 ? [seconds, "second" as const] : seconds < 3_600 ? [Math.round(seconds / 60), "minute" as const] : seconds < 86_400 ? [Math.round(seconds / 3_600), "hour" as const] : [Math.round(seconds / 86_400), "day" as const];
  return t("saved_ago", { age: relative.format(-size, unit) });
}

function Saved() {
  const saving = useBuilder((state) => state.saving);
  const at = useBuilder((state) => state.savedAt);
  const refusal = useBuilder((state) => state.refusal);
  const [, tick] = useState(0);
  useEffect(() => {
    const every = setInterval(() => tick((count) => count + 1), 1_000);
    return () => clearInterval(every);
  }, []);
  const words = saving === "saved" ? age(at) : saving === "refused" ? t("save.refused", { reason: refusal }) : t(`save.${saving}`);
  const wrong = saving === "offline" || saving === "refused";
  if (saving === "conflict") {
    return (
      <span className="save-state" data-state="error" data-save-state>
        {words}<button type="button" className="btn" data-variant="outline" data-size="xs" onClick={() => set({ dialog: "conflict" })}>{t("resolve")}</button>
      </span>
    );
  }
  return (
    <span className="save-state" data-state={wrong ? "error" : saving} data-save-state>
      {words}<span className="sr-only" role="status">{wrong ? words : ""}</span>
    </span>
  );
}

function Tool({ icon, label, tip, onClick, disabled = false }: { icon: IconName; label: string; tip: string; onClick: () => void; disabled?: boolean }) {
  return <button type="button" className="btn" data-variant="ghost" data-size="icon-sm" aria-label={label} data-tip={tip} disabled={disabled} onClick={onClick}><Icon name={icon} /></button>;
}

async function act(change: () => Promise<unknown>, told = ""): Promise<void> {
  try {
    await change();
    await reload();
    if (told) showToast({ text: told, tone: "success" });
  } catch (reason) {
    complain(reason);
  }
}

function MoreMenu({ automation }: { automation: Automation }) {
  const id = useId();
  const mayWrite = useBuilder((state) => state.mayWrite);
  const mayRun = useBuilder((state) => state.mayRun);
  const base = `/${automation.id}`;
  const duplicated = async (): Promise<void> => {
    if (!(await settle())) return;
    const made = await call<Automation>("POST", `${base}/duplicate`, {});
    location.assign(`/automations/${made.id}`);
  };
  const entry = (icon: IconName, label: string, onClick: () => void, danger = false) => (
    <button type="button" className="menu-item" role="menuitem" data-danger={danger || undefined} onClick={onClick}><Icon name={icon} />{label}</button>
  );
  return (
    <div className="menu-root">
      <button type="button" className="btn" data-variant="ghost" data-size="icon-sm" popoverTarget={id} aria-haspopup="menu" aria-expanded="false" aria-label={t("more_actions")}><Icon name="more" /></button>
      <div id={id} className="menu" popover="auto" role="menu" data-align="end" aria-label={t("more_actions")}>
        {mayWrite && entry("pencil", t("rename"), () => set({ dialog: "rename" }))}
        {entry("history", t("versions"), () => set({ dialog: "versions" }))}
        <a className="menu-item" role="menuitem" href={`/automations/runs?automation=${automation.id}`}><Icon name="users" />{t("runs")}</a>
        {mayWrite && entry("copy", t("duplicate"), () => void duplicated().catch(complain))}
        <a className="menu-item" role="menuitem" href={`/api/automations${base}/export`} download><Icon name="file" />{t("export")}</a>
        {mayRun && automation.active_runs > 0 && <div className="menu-separator" role="separator" />}
        {mayRun && automation.active_runs > 0 && entry("ban", t("stop_all"), () => set({ dialog: "stop" }), true)}
      </div>
    </div>
  );
}

function RenameDialog({ automation }: { automation: Automation }) {
  const [name, setName] = useState(automation.name);
  const close = (): void => set({ dialog: undefined });
  const save = (event: React.FormEvent): void => {
    event.preventDefault();
    void act(() => call("PUT", `/${automation.id}`, { name }), t("renamed")).then(close);
  };
  return (
    <Dialog title={t("rename")} size="sm" close={close}>
      <form onSubmit={save} className="stack-tight">
        <label className="form-field"><span className="form-label">{t("name")}</span><input className="input" value={name} maxLength={120} autoFocus required onChange={(event) => setName(event.target.value)} /></label>
        <div className="modal-foot"><button type="button" className="btn" data-variant="outline" onClick={close}>{t("cancel")}</button><button type="submit" className="btn" data-variant="primary">{t("save_name")}</button></div>
      </form>
    </Dialog>
  );
}

function ConflictDialog() {
  const refusal = useBuilder((state) => state.refusal);
  const [busy, setBusy] = useState(false);
  const choose = (choice: () => Promise<void>): void => {
    setBusy(true);
    void choice().catch(complain).finally(() => setBusy(false));
  };
  return (
    <Dialog
      title={t("conflict")} description={refusal} close={() => set({ dialog: undefined })}
      foot={
        <>
          <button type="button" className="btn" data-variant="outline" disabled={busy} onClick={() => choose(loadTheirs)}>{t("load_theirs")}</button>
          <button type="button" className="btn" data-variant="primary" disabled={busy} onClick={() => choose(keepAsCopy)}>{t("keep_as_copy")}</button>
        </>
      }
    >
      <p>{t("conflict_help")}</p>
    </Dialog>
  );
}

function States({ automation }: { automation: Automation }) {
  return (
    <>
      <span className="badge" data-tone={TONES[automation.status]}>{t(`status.${automation.status}`)}</span>
      {automation.version !== null && automation.changed && <span className="badge bh-changed" data-tone="info" title={t("changed_help")}>{t("changed")}</span>}
      {automation.active_runs > 0 && <a className="bh-inside" href={`/automations/runs?automation=${automation.id}&status=active`}>{many("inside_now", automation.active_runs)}</a>}
    </>
  );
}

export function Head() {
  const automation = useBuilder((state) => state.automation);
  const past = useBuilder((state) => state.history.past.length > 0);
  const future = useBuilder((state) => state.history.future.length > 0);
  const mayWrite = useBuilder((state) => state.mayWrite);
  const mayRun = useBuilder((state) => state.mayRun);
  const side = useBuilder((state) => state.side);
  const dialog = useBuilder((state) => state.dialog);
  const base = `/${automation.id}`;
  return (
    <header className="bh">
      <a className="btn" data-variant="ghost" data-size="icon-sm" href="/automations" aria-label={t("back")} data-tip={t("back")}><Icon name="back" /></a>
      <h1 className="bh-name" title={automation.name}>{mayWrite ? <button type="button" onClick={() => set({ dialog: "rename" })}><span>{automation.name}</span></button> : <span>{automation.name}</span>}</h1>
      <States automation={automation} />
      {mayWrite ? <Saved /> : <span className="badge" data-tone="neutral">{t("read_only")}</span>}
      <span className="bh-gap" />
      {mayWrite && (
        <span className="bh-tools" role="group" aria-label={t("edit")}>
          <Tool icon="undo" label={t("undo")} tip={t("undo_keys")} disabled={!past} onClick={undo} />
          <Tool icon="redo" label={t("redo")} tip={t("redo_keys")} disabled={!future} onClick={redo} />
          <Tool icon="arrange" label={t("arrange")} tip={t("arrange_tip")} onClick={() => void ask("arrange").catch(complain)} />
        </span>
      )}
      <Tool icon="search" label={t("find")} tip={t("find_keys")} onClick={() => set({ finding: true })} />
      <OverlaySelect />
      <button type="button" className="btn" data-variant="outline" data-size="sm" aria-pressed={side === "test"} onClick={() => set({ side: side === "test" ? "inspector" : "test" })}><Icon name="phone" />{t("test")}</button>
      {mayRun && automation.status === "live" && <button type="button" className="btn" data-variant="outline" data-size="sm" onClick={() => void act(() => call("POST", `${base}/pause`), t("paused"))}><Icon name="pause" />{t("pause")}</button>}
      {mayRun && automation.status === "paused" && <button type="button" className="btn" data-variant="outline" data-size="sm" onClick={() => void act(() => call("POST", `${base}/resume`), t("resumed"))}><Icon name="play" />{t("resume")}</button>}
      {mayRun && mayWrite && <button type="button" className="btn" data-variant="primary" data-size="sm" onClick={() => set({ dialog: "publish" })}><Icon name="rocket" />{t("publish")}</button>}
      <MoreMenu automation={automation} />
      {dialog === "rename" && <RenameDialog automation={automation} />}
      {dialog === "conflict" && <ConflictDialog />}
    </header>
  );
}

const NAMED = 3;

/** Whom a guard stopped it for. */
function Concerned({ halted }: { halted: NonNullable<Automation["halted"]> }) {
  const named = (halted.people ?? []).slice(0, NAMED);
  const more = halted.contacts - named.length;
  if (halted.contacts === 0) return null;
  return (
    <span className="bh-concerned">
      {t("concerns")}
      {named.map((person) => <a className="link" href={`/contacts/${person.id}`} key={person.id}>{person.name || t("unnamed")}</a>)}
      {more > 0 && <span>{named.length > 0 ? many("and_more", more) : many("people_count", more)}</span>}
    </span>
  );
}

/** What stops it or waits for somebody's decision: a guard that tripped, starts that were missed. */
export function Banners() {
  const automation = useBuilder((state) => state.automation);
  const mayRun = useBuilder((state) => state.mayRun);
  const missed = automation.missed_starts;
  const decide = (trigger: string, start: boolean): void => void act(() => call("POST", `/${get().automation.id}/missed`, { trigger_id: trigger, start }));
  return (
    <>
      {automation.archived_at && <div className="bh-banner" data-tone="neutral" role="status">{t("archived")}</div>}
      {automation.halted && <div className="bh-banner" data-tone="danger" role="alert"><Icon name="alert" /><span><strong>{t("halted")}</strong> {automation.halted.text} <Concerned halted={automation.halted} /></span></div>}
      {missed.map((start) => (
        <div className="bh-banner" data-tone="warning" role="alert" key={start.trigger_id}>
          <Icon name="clock" />
          <span>{t("missed", { title: start.title || t("type.time"), due: timeText(start.due) })}</span>
          <button type="button" className="btn" data-variant="ghost" data-size="xs" onClick={() => focusItem(start.trigger_id)}>{t("show")}</button>
          {mayRun && <button type="button" className="btn" data-variant="outline" data-size="xs" onClick={() => decide(start.trigger_id, true)}>{t("start_now")}</button>}
          {mayRun && <button type="button" className="btn" data-variant="outline" data-size="xs" onClick={() => decide(start.trigger_id, false)}>{t("skip")}</button>}
        </div>
      ))}
    </>
  );
}
