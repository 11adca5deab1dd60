// Announces changes to screen readers through one live region.
import { onContent, say } from "./page";

const PAUSE_MS = 120; // a line that is replaced immediately is not read out
const MOST = 2;
const waiting: string[] = [];
let speaking = false;

function next(): void {
  const line = document.getElementById("announcer");
  const text = waiting.shift();
  speaking = text !== undefined;
  if (!line || text === undefined) return;
  line.textContent = "";
  setTimeout(() => {
    line.textContent = text;
    setTimeout(next, PAUSE_MS * 8);
  }, PAUSE_MS);
}

export function announce(text: string): void {
  if (!text || waiting.includes(text)) return;
  waiting.push(text);
  if (waiting.length > MOST) waiting.shift(); // the newest matter most; nobody listens to a minute of old messages
  if (!speaking) next();
}

const known = new Map<string, string>();

/** Announce changes of elements with data-announce; the page itself shows the first value. */
function compare(): void {
  document.querySelectorAll<HTMLElement>("[data-announce][id]").forEach(({ id, dataset }) => {
    const text = dataset["announce"] ?? "";
    const before = known.get(id);
    known.set(id, text);
    if (before !== undefined && before !== text) announce(text);
  });
}

let heard = -1;

/** Without the list on the page, the count next to Inbox announces new messages, even from the same person. */
function hear(): void {
  const badge = document.querySelector<HTMLElement>(".sidebar-nav .nav-count");
  if (!badge) return;
  const messages = Number(badge.dataset["messages"] ?? 0);
  if (heard >= 0 && messages > heard && !document.getElementById("conversations")) {
    announce(say("new_message_somewhere", { unread: parseInt(badge.textContent ?? "", 10) || 0 }));
  }
  heard = messages;
}

export function startAnnouncing(): void {
  onContent(compare);
  onContent(hear);
}
