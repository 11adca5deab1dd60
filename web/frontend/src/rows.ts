// The list of conversations: Alt+J and Alt+K go on from where one was; who wrote is said aloud.
import { announce } from "./announce";
import { onContent, say } from "./page";

const PLACE = "inbox-place";

function rows(): HTMLElement[] {
  return [...document.querySelectorAll<HTMLElement>("[data-conversation-row]")];
}

function chosen(list: HTMLElement[]): number {
  return list.findIndex((row) => row.getAttribute("aria-current") === "true");
}

/** Where the open conversation stood, also after it left the list: resolved, or given to somebody else. */
function remembered(): number {
  try {
    return Number(sessionStorage.getItem(PLACE) ?? -1);
  } catch {
    return -1;
  }
}

function remember(): void {
  const at = chosen(rows());
  if (at < 0) return;
  try {
    sessionStorage.setItem(PLACE, String(at));
  } catch {
    // storage may be blocked; one then begins at the top
  }
}

function walk(by: number): void {
  const list = rows();
  const at = chosen(list);
  const open = document.querySelector("#inbox .thread") !== null;
  // the next one has taken the place of the one that left
  const place = at >= 0 ? at + by : open && remembered() >= 0 ? remembered() + Math.min(by, 0) : 0;
  const row = list[Math.max(0, Math.min(list.length - 1, place))];
  if (!row || row === list[at]) return;
  row.scrollIntoView({ block: "nearest" });
  row.click();
}

const unread = new Map<string, number>();
let listed = "";

function listen(): void {
  const address = document.getElementById("conversations")?.getAttribute("hx-get")?.replace(/[?&]selected=[^&]*/, "") ?? "";
  const first = address !== listed; // other filters show other rows, which is no news
  if (first) unread.clear();
  listed = address;
  for (const row of rows()) {
    const now = Number(row.dataset["unread"] ?? 0);
    const before = unread.get(row.id) ?? 0;
    unread.set(row.id, now);
    const open = row.getAttribute("aria-current") === "true"; // its thread reads the message itself
    if (!first && !open && now > before) announce(say("new_message_from", { name: row.querySelector("strong")?.textContent ?? "" }));
  }
}

let walking = false;

export function walkRows(): void {
  if (walking) return;
  walking = true;
  onContent(remember);
  onContent(listen);
  document.addEventListener("keydown", (event) => {
    const by = event.altKey ? { KeyJ: 1, KeyK: -1 }[event.code] : undefined;
    if (!by) return;
    event.preventDefault();
    walk(by);
  });
}
