// Draft saved as you type: debounced posts of the whole form, and a line that says when.
import { ask, csrfHeaders, locale, say, swapHtml } from "./page";

const QUIET_MS = 700;
const relative = new Intl.RelativeTimeFormat(locale, { style: "short" });

interface Draft {
  form: HTMLFormElement;
  timer: number;
  savedAt: number;
  sending: boolean;
  again: boolean;
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

/** Say beside each field what is wrong with it, in place of what was said before; whether any is here. */
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
    line.textContent = control.validationMessage || problem; // the browser's own words are the viewer's
    field.append(line);
  }
  return marked;
}

async function save(draft: Draft): Promise<void> {
  if (draft.sending) {
    draft.again = true;
    return;
  }
  draft.sending = true;
  tell(draft, "saving", say("saving"));
  try {
    const headers = { Accept: "text/html, application/problem+json" };
    const response = await ask(draft.form.dataset["autosave"] ?? "", { method: "POST", body: new FormData(draft.form), headers });
    const text = (await response?.text()) ?? "";
    mark(draft.form, {});
    if (!response) tell(draft, "error", say("unsaved"));
    else if (response.ok) {
      draft.savedAt = Date.now();
      tell(draft, "saved", say("saved_now"));
      if (text.trim()) await swapHtml(text, draft.form, "none");
    } else if (response.status === 409) tell(draft, "error", say("save_conflict"));
    else {
      const problem = JSON.parse(text) as { detail: string; fields?: Record<string, string> };
      const marked = mark(draft.form, problem.fields ?? {});
      tell(draft, "error", marked ? say("save_failed") : say("save_refused", { reason: problem.detail }));
    }
  } catch {
    tell(draft, "error", say("save_offline"));
    schedule(draft, 5_000);
  }
  draft.sending = false;
  if (draft.again) {
    draft.again = false;
    await save(draft);
  }
}

function schedule(draft: Draft, wait: number): void {
  clearTimeout(draft.timer);
  draft.timer = window.setTimeout(() => {
    draft.timer = 0;
    void save(draft);
  }, wait);
}

export function autosave(form: HTMLFormElement): void {
  const draft: Draft = { form, timer: 0, savedAt: 0, sending: false, again: false };
  const changed = (): void => {
    tell(draft, "dirty", say("unsaved"));
    schedule(draft, QUIET_MS);
  };
  form.addEventListener("input", changed);
  form.addEventListener("change", changed);
  form.addEventListener("submit", () => clearTimeout(draft.timer));
  addEventListener("pagehide", () => {
    // what was typed in the last moment still leaves with the page
    if (draft.timer) void fetch(form.dataset["autosave"] ?? "", { method: "POST", body: new FormData(form), headers: csrfHeaders(), keepalive: true });
  });
  setInterval(() => tellAge(draft), 1_000);
}
