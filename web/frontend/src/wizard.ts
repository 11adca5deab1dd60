// Draft saved as you type: one queue of posts of the whole form, which anything leaving the page waits for.
import { contents, differs, outlives, resume, stash, unstash } from "./drafts";
import { ask, csrfHeaders, locale, say, swapHtml } from "./page";
import { showToast } from "./toasts";

const QUIET_MS = 700;
const AGAIN_MS = 5_000;
const SAVE_TIMEOUT_MS = 20_000;
const LEAVE_MS = 5_000;
const relative = new Intl.RelativeTimeFormat(locale, { style: "short" });

interface Draft {
  form: HTMLFormElement;
  timer: number;
  savedAt: number;
  dirty: boolean; // something typed is not in any save yet
  saving: Promise<void> | undefined;
  stale: boolean; // somebody else has saved: what is typed stays visible, and a reload shows theirs
}

function tell(draft: Draft, state: string, text: string): void {
  document.querySelectorAll<HTMLElement>("[data-save-state]").forEach((line) => {
    line.dataset["state"] = state;
    const words = line.querySelector("[data-save-text]") ?? line;
    words.textContent = text;
  });
  draft.form.dataset["draftState"] = state;
}

function tellAge(draft: Draft): void {
  if (!draft.savedAt || draft.form.dataset["draftState"] !== "saved") return;
  const seconds = Math.round((Date.now() - draft.savedAt) / 1_000);
  const age = seconds < 60 ? relative.format(-seconds, "second") : relative.format(-Math.round(seconds / 60), "minute");
  tell(draft, "saved", seconds < 2 ? say("saved_now") : say("saved_ago", { age }));
}

/** Show each field's problem next to it, replacing earlier ones; returns whether any is on this page. */
function mark(form: HTMLFormElement, problems: Record<string, string>): boolean {
  form.querySelectorAll("[data-save-error]").forEach((line) => line.remove());
  form.querySelectorAll("[data-save-marked]").forEach((control) => {
    control.removeAttribute("aria-invalid");
    control.removeAttribute("data-save-marked");
  });
  let marked = false;
  for (const [name, problem] of Object.entries(problems)) {
    const control = form.querySelector<HTMLInputElement>(`[name="${CSS.escape(name)}"]`);
    const field = control?.closest(".form-field");
    if (!control || !field) continue;
    marked = true;
    control.setAttribute("aria-invalid", "true");
    control.dataset["saveMarked"] = "";
    const line = document.createElement("p");
    line.className = "form-error";
    line.dataset["saveError"] = "";
    line.setAttribute("role", "alert");
    line.textContent = control.validationMessage || problem; // the browser's own words are in the viewer's language
    field.append(line);
  }
  return marked;
}

/** Post the whole form; the next save is checked against the revision in the answer. */
async function post(draft: Draft): Promise<void> {
  const { form } = draft;
  draft.dirty = false;
  tell(draft, "saving", say("saving"));
  const typed = contents(form);
  const headers = { Accept: "text/html, application/problem+json" };
  const response = await ask(form.dataset["autosave"] ?? "", {
    method: "POST", body: typed, headers, keepalive: outlives(typed), signal: AbortSignal.timeout(SAVE_TIMEOUT_MS),
  });
  const text = (await response?.text()) ?? "";
  mark(form, {});
  if (response?.ok) {
    draft.savedAt = Date.now();
    tell(draft, "saved", say("saved_now"));
    if (text.trim()) await swapHtml(text, form, "none");
    if (draft.dirty) stash(form);
    else unstash(form);
    return;
  }
  draft.dirty = true;
  if (!response) tell(draft, "error", say("unsaved"));
  else if (response.status === 409) {
    draft.stale = true;
    unstash(form);
    tell(draft, "error", say("save_conflict"));
  } else {
    const problem = JSON.parse(text) as { detail: string; fields?: Record<string, string> };
    const marked = mark(form, problem.fields ?? {});
    tell(draft, "error", marked ? say("save_failed") : say("save_refused", { reason: problem.detail }));
  }
}

/** The form's save queue: what is typed during a save goes with the next one. False if something is not saved. */
async function flush(draft: Draft): Promise<boolean> {
  clearTimeout(draft.timer);
  let refused = draft.stale;
  while (!refused && (draft.dirty || draft.saving)) {
    draft.saving ??= post(draft).catch(() => {
      draft.dirty = true;
      tell(draft, "error", say("save_offline"));
      schedule(draft, AGAIN_MS);
    }).finally(() => (draft.saving = undefined));
    await draft.saving;
    refused = draft.form.dataset["draftState"] === "error";
  }
  return !refused;
}

function schedule(draft: Draft, wait: number): void {
  clearTimeout(draft.timer);
  draft.timer = window.setTimeout(() => void flush(draft), wait);
}

/** Where a click leads in this tab; undefined if it opens elsewhere or htmx handles it. */
function leads(event: MouseEvent): string {
  const link = event.target instanceof Element ? event.target.closest<HTMLAnchorElement>("a[href]") : null;
  const plain = event.button === 0 && !event.ctrlKey && !event.metaKey && !event.shiftKey && !event.altKey && !event.defaultPrevented;
  if (!link || !plain || link.target || link.hasAttribute("download") || link.hasAttribute("hx-get")) return "";
  return link.origin === location.origin && !link.getAttribute("href")?.startsWith("#") ? link.href : "";
}

/** Show why it cannot continue where the person looks: at the field, or at the end of the page where they clicked. */
function refuse(form: HTMLFormElement): void {
  form.querySelector<HTMLElement>("[data-save-marked]")?.focus();
  const text = document.querySelector("[data-save-state] [data-save-text]")?.textContent ?? say("unsaved");
  showToast({ text, tone: "danger" });
}

/** Links and forms wait for the queue, so that the next page shows what was typed. */
function watchLeaving(draft: Draft): void {
  const unsaved = (): boolean => draft.form.isConnected && (draft.dirty || draft.saving !== undefined);
  document.addEventListener("submit", (event) => {
    const { target: form, submitter } = event;
    if (!(form instanceof HTMLFormElement) || event.defaultPrevented || !unsaved()) return;
    if (form.method === "dialog" || form.target || form.matches("[hx-post], [hx-get]")) return;
    event.preventDefault();
    const agreed = form.dataset["confirmed"];
    void flush(draft).then((saved) => {
      if (!saved && form === draft.form) return refuse(form); // do not continue with anything unsaved
      draft.dirty = false;
      if (agreed !== undefined) form.dataset["confirmed"] = agreed;
      form.requestSubmit(submitter);
      delete form.dataset["confirmed"];
    });
  });
  document.addEventListener("click", (event) => {
    const href = unsaved() ? leads(event) : "";
    if (!href) return;
    event.preventDefault();
    const enough = new Promise((resume) => setTimeout(resume, LEAVE_MS));
    void Promise.race([flush(draft), enough]).then(() => location.assign(href));
  });
}

/** A reload or closed window cannot wait: unsaved input is kept in the tab, and sent as the page leaves. */
function watchVanishing(draft: Draft): void {
  addEventListener("pagehide", () => {
    if (!draft.dirty || draft.stale || !draft.form.isConnected) return;
    // a save in progress creates the revision that this was typed on
    const typed = stash(draft.form, draft.saving ? 1 : 0);
    if (outlives(typed)) void fetch(draft.form.dataset["autosave"] ?? "", { method: "POST", body: typed, headers: csrfHeaders(), keepalive: true });
  });
  addEventListener("pageshow", (event) => {
    if (event.persisted) location.reload(); // restored from memory, with an outdated revision
  });
}

export function autosave(form: HTMLFormElement): void {
  const draft: Draft = { form, timer: 0, savedAt: 0, dirty: false, saving: undefined, stale: false };
  const changed = (): void => {
    draft.dirty = true;
    if (draft.stale) return;
    tell(draft, "dirty", say("unsaved"));
    stash(form);
    schedule(draft, QUIET_MS);
  };
  form.addEventListener("input", changed);
  form.addEventListener("change", changed);
  watchLeaving(draft);
  watchVanishing(draft);
  setInterval(() => tellAge(draft), 1_000);
  if (resume(form)) {
    draft.dirty = true;
    void flush(draft);
  } else if (differs(form)) changed(); // somebody was faster than this script
}
