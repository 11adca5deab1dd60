// Composer: every message has a client id so that it is never sent twice, and its bubble appears immediately.
import { send } from "./live";
import { arrived, fail, forget, keep, pendingOf, scrollerOf, show, type Unsent } from "./outbox";
import { ask, locale, reasonIn, say, sayMany, swapHtml } from "./page";

const TYPING_MS = 3_000;
const SEND_TIMEOUT_MS = 20_000;
const COUNTED_FROM = 0.9; // of the maximum length of a message

function outboxOf(form: HTMLFormElement): HTMLElement {
  return document.querySelector(form.dataset["messages"] ?? "#messages") as HTMLElement;
}

async function settle(outbox: HTMLElement, id: string, html: string): Promise<void> {
  forget(outbox, id);
  const pending = pendingOf(outbox, id);
  // a live refresh may already have shown the stored message; then the answer adds nothing
  if (arrived(outbox, id)) pending?.remove();
  else if (pending) await swapHtml(html, pending, "outerHTML");
  else await swapHtml(html, outbox, "beforeend");
}

export async function deliver(form: HTMLFormElement, outbox: HTMLElement, entry: Unsent): Promise<void> {
  const data = new FormData(form);
  data.set("client_id", entry.id);
  data.set("text", entry.text);
  const again = (): void => void deliver(form, outbox, entry);
  try {
    const response = await ask(entry.to || (form.dataset["composer"] ?? form.action), {
      method: "POST", body: data, signal: AbortSignal.timeout(SEND_TIMEOUT_MS),
    });
    if (!response) return fail(outbox, entry.id, say("send_kept"), again); // shown again after signing in
    const html = await response.text();
    if (response.ok) await settle(outbox, entry.id, html);
    else fail(outbox, entry.id, reasonIn(html) || say("send_failed"), again);
  } catch {
    // it may have been stored: Retry sends the same client id, so it cannot be sent twice
    fail(outbox, entry.id, say("send_offline"), again);
  }
}

const lengthOf = (text: string): number => [...text].length; // like the server: code points, not UTF-16 units

/** Near the limit the count is shown; beyond it a sentence says by how much, and nothing is cut off. */
function count(form: HTMLFormElement, field: HTMLTextAreaElement): boolean {
  const most = Number(field.dataset["limit"] ?? 0);
  const line = form.querySelector<HTMLElement>("[data-counter]");
  const used = lengthOf(field.value.trim());
  const over = most > 0 && used > most;
  if (!line) return !over;
  const number = (value: number): string => value.toLocaleString(locale);
  line.hidden = most === 0 || used < most * COUNTED_FROM;
  line.toggleAttribute("data-over", over);
  line.textContent = over
    ? sayMany("text_over", used - most, { over: number(used - most), most: number(most) })
    : say("text_count", { used: number(used), most: number(most) });
  field.setAttribute("aria-invalid", String(over));
  return !over;
}

export function submit(form: HTMLFormElement): void {
  const field = form.querySelector("textarea") as HTMLTextAreaElement;
  const text = field.value.trim();
  if (!text) return;
  if (!count(form, field)) {
    field.focus();
    return;
  }
  const outbox = outboxOf(form);
  const entry = { id: crypto.randomUUID(), text, to: form.dataset["composer"] ?? "", note: form.dataset["mode"] === "note" };
  keep(outbox, entry);
  show(outbox, entry);
  const scroller = scrollerOf(outbox);
  scroller.scrollTop = scroller.scrollHeight;
  field.value = "";
  field.dispatchEvent(new Event("input", { bubbles: true }));
  field.focus();
  const room = form.dataset["typingRoom"];
  if (room) send({ event: "typing_stop", room });
  void deliver(form, outbox, entry);
}

function tellTyping(form: HTMLFormElement, field: HTMLTextAreaElement): void {
  const room = form.dataset["typingRoom"];
  let last = 0;
  if (!room) return;
  field.addEventListener("input", () => {
    if (!field.value || Date.now() - last < TYPING_MS) return;
    last = Date.now();
    send({ event: "typing_start", room });
  });
}

export function compose(form: HTMLFormElement): void {
  const field = form.querySelector("textarea") as HTMLTextAreaElement;
  count(form, field);
  field.addEventListener("input", () => count(form, field));
  tellTyping(form, field);
  const scroller = scrollerOf(outboxOf(form));
  scroller.scrollTop = scroller.scrollHeight;
}
