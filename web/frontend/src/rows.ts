// The list of conversations: Alt+J and Alt+K move through it; new messages are announced.
import { announce } from "./announce";
import { onContent, say } from "./page";

const PLACE = "inbox-place";

function rows(): HTMLElement[] {
  return [...document.querySelectorAll<HTMLElement>("[data-conversation-row]")];
}

function chosen(list: HTMLElement[]): number {
  return list.findIndex((row) => row.getAttribute("aria-current") === "true");
}

/** The position of the open conversation, even after it left the list: resolved, or assigned to somebody else. */
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
    // storage may be blocked; then start at the top
  }
}

/** While another conversation is loading, typing must not go to the one still visible. */
function hold(held: boolean): void {
  document.querySelector("#inbox .thread")?.toggleAttribute("inert", held);
}

let wanted = ""; // the selected row while its conversation is loading

function walk(by: number): void {
  const list = rows();
  const going = list.findIndex((row) => row.id === wanted);
  const at = going >= 0 ? going : chosen(list);
  const open = document.querySelector("#inbox .thread") !== null;
  // if the open one left the list, the next one has taken its place
  const place = at >= 0 ? at + by : open && remembered() >= 0 ? remembered() + Math.min(by, 0) : 0;
  const row = list[place];
  if (!row) return; // at the start or end of the list
  wanted = row.id;
  row.scrollIntoView({ block: "nearest" });
  row.click();
}

/** A list requested before switching conversations may arrive afterwards. */
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

/** Another conversation is open: announce its name, and keep keyboard focus for those using keys. */
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
  const first = address !== listed; // other filters show other rows, which are not new messages
  if (first) unread.clear();
  listed = address;
  for (const row of rows()) {
    const now = Number(row.dataset["unread"] ?? 0);
    const before = unread.get(row.id) ?? 0;
    unread.set(row.id, now);
    const open = row.getAttribute("aria-current") === "true"; // its thread announces the message itself
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
    if (event.isTrusted) wanted = ""; // somebody navigates elsewhere
    const row = (event.target as Element).closest("[data-conversation-row]");
    const here = !event.ctrlKey && !event.metaKey && !event.shiftKey;
    if (row && here && (wanted || row.getAttribute("aria-current") !== "true")) hold(true);
  });
  document.addEventListener("htmx:response:error", stay);
  document.addEventListener("htmx:error", (event) => {
    const { error } = (event as CustomEvent<{ error?: { name?: string } }>).detail;
    if (error?.name !== "AbortError") stay(); // overtaken by the next move
  });
}
