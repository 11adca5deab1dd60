// Messages being sent: kept in the browser until the server has them, so that a reload loses none.
import { say } from "./page";

export interface Unsent {
  id: string;
  text: string;
  to: string; // a note to the team must never be retried as a reply
  note: boolean;
}

const KEPT = 50;

/** Where pending bubbles are shown: apart from the stored ones, which a live refresh replaces. */
export function scrollerOf(outbox: HTMLElement): HTMLElement {
  return outbox.closest<HTMLElement>(".messages") ?? outbox;
}

function read(outbox: HTMLElement): Unsent[] {
  try {
    return JSON.parse(localStorage.getItem(outbox.dataset["unsent"] ?? "") ?? "[]") as Unsent[];
  } catch {
    return []; // storage may be blocked or contain something else
  }
}

function write(outbox: HTMLElement, entries: Unsent[]): void {
  const key = outbox.dataset["unsent"];
  if (!key) return;
  try {
    if (entries.length > 0) localStorage.setItem(key, JSON.stringify(entries.slice(-KEPT)));
    else localStorage.removeItem(key);
  } catch {
    // blocked or full: the message then lasts as long as the page
  }
}

export function keep(outbox: HTMLElement, entry: Unsent): void {
  write(outbox, [...read(outbox).filter(({ id }) => id !== entry.id), entry]);
}

export function forget(outbox: HTMLElement, id: string): void {
  write(outbox, read(outbox).filter((entry) => entry.id !== id));
}

function known(outbox: HTMLElement, id: string): HTMLElement[] {
  return [...scrollerOf(outbox).querySelectorAll<HTMLElement>(`[data-client-id="${CSS.escape(id)}"]`)];
}

export function pendingOf(outbox: HTMLElement, id: string): HTMLElement | undefined {
  return known(outbox, id).find((bubble) => bubble.dataset["pending"] !== undefined);
}

export function arrived(outbox: HTMLElement, id: string): boolean {
  return known(outbox, id).some((bubble) => bubble.dataset["pending"] === undefined);
}

export function show(outbox: HTMLElement, { id, text, note }: Unsent): HTMLElement {
  const source = document.querySelector("template[data-bubble]") as HTMLTemplateElement;
  const bubble = (source.content.firstElementChild as HTMLElement).cloneNode(true) as HTMLElement;
  bubble.dataset["clientId"] = id;
  if (note) bubble.dataset["direction"] = "note";
  (bubble.querySelector(".bubble-text") as HTMLElement).textContent = text;
  outbox.append(bubble);
  return bubble;
}

/** Show on the bubble why it was not sent, with buttons to retry or discard it. */
export function fail(outbox: HTMLElement, id: string, reason: string, retry: () => void): void {
  const bubble = pendingOf(outbox, id);
  if (!bubble) return; // a live refresh has shown that it arrived after all
  bubble.dataset["failed"] = "";
  const line = bubble.querySelector("[data-bubble-error]") as HTMLElement;
  line.hidden = false;
  (line.querySelector("[data-bubble-reason]") as HTMLElement).textContent = reason;
  const [again, drop] = [...line.querySelectorAll("button")];
  if (again) {
    again.onclick = () => {
      delete bubble.dataset["failed"];
      line.hidden = true;
      retry();
    };
  }
  if (drop) {
    drop.onclick = () => {
      forget(outbox, id);
      bubble.remove();
    };
  }
}

/** Remove a pending bubble once it is among the stored ones. */
export function dropArrived(outbox: HTMLElement): void {
  outbox.querySelectorAll<HTMLElement>("[data-client-id]").forEach((bubble) => {
    const id = bubble.dataset["clientId"] ?? "";
    if (!known(outbox, id).some((other) => !outbox.contains(other))) return;
    forget(outbox, id);
    bubble.remove();
  });
}

/** Show again what an earlier page could not send; the same id sent twice is one message. */
export function restore(outbox: HTMLElement, retry: (entry: Unsent) => void): void {
  for (const entry of read(outbox)) {
    if (arrived(outbox, entry.id)) forget(outbox, entry.id);
    else if (!pendingOf(outbox, entry.id)) {
      show(outbox, entry);
      fail(outbox, entry.id, say("send_kept"), () => retry(entry));
    }
  }
}
