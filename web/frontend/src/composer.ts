// The composer from the start: keeps what is typed, and Enter and Send wait until the rest has loaded.
import { meta } from "./page";

/** Enter sends, Shift+Enter breaks the line. */
function onSend(form: HTMLFormElement, field: HTMLTextAreaElement, send: () => void): void {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    send();
  });
  field.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    send();
  });
}

/** What was typed survives switching conversations and reloading; nobody else can read it. */
function keepDraft(form: HTMLFormElement, field: HTMLTextAreaElement): void {
  const key = `draft:${meta("user")}:${form.dataset["composer"] ?? ""}`;
  try {
    if (!field.value) field.value = sessionStorage.getItem(key) ?? "";
  } catch {
    return; // storage may be blocked; a draft then lasts as long as the field
  }
  field.addEventListener("input", () => {
    if (field.value) sessionStorage.setItem(key, field.value);
    else sessionStorage.removeItem(key);
  });
}

export function openComposer(form: HTMLFormElement, send: () => void): void {
  const field = form.querySelector("textarea") as HTMLTextAreaElement;
  keepDraft(form, field);
  onSend(form, field, send);
}
