// Composer and thread: Enter sends, every message has a client id so it never doubles, its bubble shows at once.
import { csrfHeaders, say, swapHtml } from "./page";
import { send } from "./live";

const TYPING_MS = 3_000;
const SEND_TIMEOUT_MS = 20_000;
const NEAR_BOTTOM_PX = 120;
const NEAR_TOP_PX = 80;

/** Where bubbles on their way are kept: apart from the stored ones, which a live refresh replaces. */
function outboxOf(form: HTMLFormElement): HTMLElement {
  return document.querySelector(form.dataset["messages"] ?? "#messages") as HTMLElement;
}

function scrollerOf(form: HTMLFormElement): HTMLElement {
  const outbox = outboxOf(form);
  return outbox.closest<HTMLElement>(".messages") ?? outbox;
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
  return [...scrollerOf(form).querySelectorAll<HTMLElement>(`[data-client-id="${CSS.escape(clientId)}"]`)];
}

function pendingOf(form: HTMLFormElement, clientId: string): HTMLElement | undefined {
  return known(form, clientId).find((bubble) => bubble.dataset["pending"] !== undefined);
}

function fail(form: HTMLFormElement, clientId: string, data: FormData, reason: string): void {
  const bubble = pendingOf(form, clientId);
  if (!bubble) return; // a live refresh has shown that it arrived after all
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

async function settle(form: HTMLFormElement, clientId: string, html: string): Promise<void> {
  const bubbles = known(form, clientId);
  const pending = pendingOf(form, clientId);
  // a live refresh may have brought the stored message already; then the answer adds nothing
  if (bubbles.length === 0) await swapHtml(html, outboxOf(form), "beforeend");
  else if (pending && bubbles.length > 1) pending.remove();
  else if (pending) await swapHtml(html, pending, "outerHTML");
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
    // it may have been kept: Retry sends the same client id, so it cannot double
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
  outboxOf(form).append(bubbleFor(form, text, clientId));
  const scroller = scrollerOf(form);
  scroller.scrollTop = scroller.scrollHeight;
  field.value = "";
  field.dispatchEvent(new Event("input", { bubbles: true }));
  field.focus();
  const room = form.dataset["typingRoom"];
  if (room) send({ event: "typing_stop", room });
  void deliver(form, clientId, data);
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

/** What was typed survives a look at another conversation and the closing of the window. */
function keepDraft(form: HTMLFormElement, field: HTMLTextAreaElement): void {
  const key = `draft:${form.dataset["composer"] ?? ""}`;
  try {
    if (!field.value) field.value = sessionStorage.getItem(key) ?? "";
    field.addEventListener("input", () => {
      if (field.value) sessionStorage.setItem(key, field.value);
      else sessionStorage.removeItem(key);
    });
  } catch {
    // storage may be blocked; a draft then lasts as long as the field
  }
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
  keepDraft(form, field);
  tellTyping(form, field);
  const scroller = scrollerOf(form);
  scroller.scrollTop = scroller.scrollHeight;
}

/** A bubble that was on its way and is now among the stored ones is shown once. */
function dropArrived(scroller: HTMLElement): void {
  scroller.querySelectorAll<HTMLElement>("[data-outbox] [data-client-id]").forEach((waiting) => {
    const id = CSS.escape(waiting.dataset["clientId"] ?? "");
    if (scroller.querySelector(`.message-list:not([data-outbox]) [data-client-id="${id}"]`)) waiting.remove();
  });
}

function fetchEarlier(scroller: HTMLElement): void {
  const button = scroller.querySelector<HTMLElement>("[data-earlier]:not([data-asked])");
  if (!button) return;
  button.dataset["asked"] = "";
  button.click();
}

/** The browser holds the reader's place when content grows above, but not at the very top. */
function keepPlace(scroller: HTMLElement, before: number): void {
  if (scroller.scrollTop < 1) scroller.scrollTop = scroller.scrollHeight - before;
}

/** Keep the newest message in view while the reader is at the end; else offer the way down. */
export function follow(scroller: HTMLElement): void {
  const down = scroller.parentElement?.querySelector<HTMLElement>("[data-jump-down]");
  let atEnd = true;
  let height = scroller.scrollHeight;
  const toEnd = (): void => {
    scroller.scrollTop = scroller.scrollHeight;
  };
  scroller.addEventListener("scroll", () => {
    atEnd = scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < NEAR_BOTTOM_PX;
    if (atEnd && down) down.hidden = true;
    else if (!atEnd && scroller.scrollTop < NEAR_TOP_PX) fetchEarlier(scroller);
  }, { passive: true });
  scroller.addEventListener("load", () => atEnd && toEnd(), { capture: true }); // pictures grow the thread
  down?.addEventListener("click", toEnd);
  new MutationObserver((changes) => {
    dropArrived(scroller);
    const older = changes.every((change) => change.target === scroller);
    if (atEnd) toEnd();
    else if (older) keepPlace(scroller, height);
    else if (down && scroller.scrollHeight > height) down.hidden = false;
    height = scroller.scrollHeight;
  }).observe(scroller, { childList: true, subtree: true });
  toEnd();
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
