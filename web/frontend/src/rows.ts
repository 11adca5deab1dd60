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

/** While another conversation is on its way, nothing that is typed goes to the one still in sight. */
function hold(held: boolean): void {
  document.querySelector("#inbox .thread")?.toggleAttribute("inert", held);
}

let wanted = ""; // the row that was walked to, while its conversation is on its way

function walk(by: number): void {
  const list = rows();
  const going = list.findIndex((row) => row.id === wanted);
  const at = going >= 0 ? going : chosen(list);
  const open = document.querySelector("#inbox .thread") !== null;
  // where the open one left the list, the next one has taken its place
  const place = at >= 0 ? at + by : open && remembered() >= 0 ? remembered() + Math.min(by, 0) : 0;
  const row = list[place];
  if (!row) return; // nothing precedes, or follows
  wanted = row.id;
  row.scrollIntoView({ block: "nearest" });
  row.click();
}

/** A list that was asked for before the way to another conversation may arrive after it. */
function keepChosen(): void {
  const open = document.querySelector("#inbox .thread")?.id.replace("thread-", "");
  if (!open) return;
  for (const row of rows()) {
    if (row.id === `row-${open}`) row.setAttribute("aria-current", "true");
    else row.removeAttribute("aria-current");
  }
  const list = document.getElementById("conversations");
  const address = list?.getAttribute("hx-get");
  if (address) list?.setAttribute("hx-get", address.replace(/([?&]selected=)[^&]*/, `$1${open}`));
}

let shown = document.querySelector("#inbox .thread")?.id;

/** Another conversation is open: its name is said, and whoever came by keys can read on by keys. */
function arrive(): void {
  const thread = document.querySelector("#inbox .thread");
  const walked = wanted !== "" && thread?.id === wanted.replace("row-", "thread-");
  if (walked) wanted = "";
  if (walked || thread?.id !== shown) hold(false);
  if (!thread || thread.id === shown) return;
  shown = thread.id;
  announce(thread.ariaLabel ?? "");
  if (walked || document.activeElement === document.body) thread.querySelector<HTMLElement>("[data-thread]")?.focus({ preventScroll: true });
}

function stay(): void {
  wanted = "";
  hold(false);
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
  onContent(keepChosen);
  onContent(remember);
  onContent(arrive);
  onContent(listen);
  document.addEventListener("keydown", (event) => {
    const by = event.altKey ? { KeyJ: 1, KeyK: -1 }[event.code] : undefined;
    if (!by) return;
    event.preventDefault();
    walk(by);
  });
  document.addEventListener("click", (event) => {
    if (event.isTrusted) wanted = ""; // somebody goes another way
    const row = (event.target as Element).closest("[data-conversation-row]");
    const here = !event.ctrlKey && !event.metaKey && !event.shiftKey;
    if (row && here && (wanted || row.getAttribute("aria-current") !== "true")) hold(true);
  });
  document.addEventListener("htmx:response:error", stay);
  document.addEventListener("htmx:error", (event) => {
    const { error } = (event as CustomEvent<{ error?: { name?: string } }>).detail;
    if (error?.name !== "AbortError") stay(); // overtaken by the next walk
  });
}
