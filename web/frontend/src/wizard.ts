// Draft saved as you type: debounced posts of the whole form, and a line that says when.
import { csrfHeaders, locale, say, swapHtml } from "./page";

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

async function save(draft: Draft): Promise<void> {
  if (draft.sending) {
    draft.again = true;
    return;
  }
  draft.sending = true;
  tell(draft, "saving", say("saving"));
  try {
    const response = await fetch(draft.form.dataset["autosave"] ?? "", { method: "POST", body: new FormData(draft.form), headers: csrfHeaders() });
    const text = await response.text();
    if (response.ok) {
      draft.savedAt = Date.now();
      tell(draft, "saved", say("saved_now"));
      if (text.trim()) await swapHtml(text, draft.form, "none");
    } else tell(draft, "error", say(response.status === 409 ? "save_conflict" : "save_failed"));
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
