// Composer: Enter sends, every message has a client id so it never doubles, its bubble shows at once.
import { csrfHeaders, say, swapHtml } from "./page";
import { send } from "./live";

const TYPING_MS = 3_000;
const SEND_TIMEOUT_MS = 20_000;

function messagesOf(form: HTMLFormElement): HTMLElement {
  return document.querySelector(form.dataset["messages"] ?? "#messages") as HTMLElement;
}

function bubbleFor(form: HTMLFormElement, text: string, clientId: string): HTMLElement {
  const source = form.querySelector("template[data-bubble]") as HTMLTemplateElement;
  const bubble = (source.content.firstElementChild as HTMLElement).cloneNode(true) as HTMLElement;
  bubble.dataset["clientId"] = clientId;
  if (form.dataset["mode"] === "note") bubble.dataset["direction"] = "note";
  (bubble.querySelector(".bubble-text") as HTMLElement).textContent = text;
  return bubble;
}

function known(form: HTMLFormElement, clientId: string): HTMLElement[] {
  return [...messagesOf(form).querySelectorAll<HTMLElement>(`[data-client-id="${CSS.escape(clientId)}"]`)];
}

function fail(form: HTMLFormElement, clientId: string, data: FormData, reason: string): void {
  for (const bubble of known(form, clientId)) {
    bubble.dataset["failed"] = "";
    const line = bubble.querySelector("[data-bubble-error]") as HTMLElement;
    line.hidden = false;
    (line.querySelector("[data-bubble-reason]") as HTMLElement).textContent = reason;
    const retry = line.querySelector("button") as HTMLButtonElement;
    retry.onclick = () => {
      delete bubble.dataset["failed"];
      line.hidden = true;
      void deliver(form, clientId, data);
    };
  }
}

async function settle(form: HTMLFormElement, clientId: string, html: string): Promise<void> {
  const [pending, ...others] = known(form, clientId);
  // a live refresh may have brought the stored message already; then the answer adds nothing
  if (pending?.dataset["pending"] !== undefined && others.length === 0) await swapHtml(html, pending, "outerHTML");
  else if (!pending) await swapHtml(html, messagesOf(form), "beforeend");
  known(form, clientId).slice(1).forEach((extra) => extra.dataset["pending"] !== undefined && extra.remove());
}

function reasonIn(html: string): string {
  const parsed = new DOMParser().parseFromString(html, "text/html");
  return parsed.querySelector("[data-error-message]")?.textContent?.trim() || say("send_failed");
}

async function deliver(form: HTMLFormElement, clientId: string, data: FormData): Promise<void> {
  try {
    const response = await fetch(form.dataset["composer"] ?? form.action, {
      method: "POST", body: data, headers: csrfHeaders(), signal: AbortSignal.timeout(SEND_TIMEOUT_MS),
    });
    const html = await response.text();
    if (response.ok) await settle(form, clientId, html);
    else fail(form, clientId, data, reasonIn(html));
  } catch {
    fail(form, clientId, data, say("send_offline"));
  }
}

function submit(form: HTMLFormElement): void {
  const field = form.querySelector("textarea") as HTMLTextAreaElement;
  const text = field.value.trim();
  if (!text) return;
  const clientId = crypto.randomUUID();
  const data = new FormData(form);
  data.set("client_id", clientId);
  data.set("text", text);
  const messages = messagesOf(form);
  messages.append(bubbleFor(form, text, clientId));
  messages.scrollTop = messages.scrollHeight;
  field.value = "";
  field.dispatchEvent(new Event("input", { bubbles: true }));
  field.focus();
  void deliver(form, clientId, data);
}

function tellTyping(form: HTMLFormElement): void {
  const room = form.dataset["typingRoom"];
  let last = 0;
  if (!room) return;
  form.addEventListener("input", () => {
    const empty = !form.querySelector("textarea")?.value;
    if (!empty && Date.now() - last < TYPING_MS) return;
    last = empty ? 0 : Date.now();
    send({ event: empty ? "typing_stop" : "typing_start", room });
  });
}

export function compose(form: HTMLFormElement): void {
  const field = form.querySelector("textarea") as HTMLTextAreaElement;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    submit(form);
  });
  field.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    submit(form);
  });
  tellTyping(form);
  const messages = messagesOf(form);
  messages.scrollTop = messages.scrollHeight;
}

let walking = false;

/** Alt+J and Alt+K go to the next and the previous conversation of the list. */
export function walkRows(): void {
  if (walking) return;
  walking = true;
  document.addEventListener("keydown", (event) => {
    const by = event.altKey ? { KeyJ: 1, KeyK: -1 }[event.code] : undefined;
    if (!by) return;
    event.preventDefault();
    const rows = [...document.querySelectorAll<HTMLElement>("[data-conversation-row]")];
    const at = rows.findIndex((row) => row.getAttribute("aria-current") === "true");
    rows[Math.max(0, Math.min(rows.length - 1, at + by))]?.click();
  });
}
