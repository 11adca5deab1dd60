// Says aloud, for whoever does not see it, what changed without them: one line that screen readers listen to.
import { onContent, say } from "./page";

const PAUSE_MS = 120; // a line that is replaced at once is not read
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
  if (waiting.length > MOST) waiting.shift(); // what is newest counts; nobody listens to a minute of old news
  if (!speaking) next();
}

const known = new Map<string, string>();

/** Elements with data-announce tell it when it changes; its first value is what the page says anyway. */
function compare(): void {
  document.querySelectorAll<HTMLElement>("[data-announce][id]").forEach(({ id, dataset }) => {
    const text = dataset["announce"] ?? "";
    const before = known.get(id);
    known.set(id, text);
    if (before !== undefined && before !== text) announce(text);
  });
}

let heard = -1;

/** Where no list of conversations is on the page, the number beside Inbox tells that somebody wrote, also who had written before. */
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
