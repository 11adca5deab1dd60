// Reading a thread: day separators, the newest message in view, and a button to jump to new ones.
import { announce } from "./announce";
import { dropArrived, fail, restore, type Unsent } from "./outbox";
import { deliver } from "./inbox";
import { locale, say, zone } from "./page";
import { writeTime } from "./times";

const NEAR_BOTTOM_PX = 120;
const NEAR_TOP_PX = 80;
const READ_ALOUD = 300;
const day = new Intl.DateTimeFormat(locale, { timeZone: zone, dateStyle: "short" });

function separator(at: string): HTMLElement {
  const line = document.createElement("div");
  line.className = "day-separator";
  line.role = "separator";
  const time = document.createElement("time");
  time.dateTime = at;
  time.dataset["format"] = "date";
  line.append(time);
  writeTime(time);
  return line;
}

/** One separator per day in the viewer's zone, which the server may not know, across pages of older messages. */
function drawDays(scroller: HTMLElement): void {
  let last = "";
  let line: HTMLElement | undefined;
  for (const element of [...scroller.querySelectorAll<HTMLElement>(".day-separator, .bubble-row")]) {
    if (element.matches(".day-separator")) {
      line?.remove();
      line = element;
      continue;
    }
    const at = element.querySelector<HTMLTimeElement>(".bubble-meta time")?.dateTime;
    if (!at) continue; // still being sent
    const today = day.format(new Date(at));
    if (today === last) line?.remove();
    else if (!line) element.before(separator(at));
    line = undefined;
    last = today;
  }
  line?.remove();
}

function newestOf(scroller: HTMLElement): HTMLElement | undefined {
  return [...scroller.querySelectorAll<HTMLElement>('.bubble-row[data-direction="in"]')].at(-1);
}

/** The kind in words, then its text, as a picture only has a time to read out. */
function spoken(bubble: HTMLElement): string {
  const text = bubble.querySelector<HTMLElement>(".bubble-text")?.innerText.trim() ?? "";
  const said = [bubble.dataset["said"], text].filter(Boolean).join(": ") || say("new_message_unnamed");
  return say("new_message_text", { text: said.replace(/\s+/g, " ").slice(0, READ_ALOUD) });
}

function fetchEarlier(scroller: HTMLElement): void {
  const button = scroller.querySelector<HTMLElement>("[data-earlier]:not([data-asked])");
  if (!button) return;
  button.dataset["asked"] = "";
  button.click();
}

/** The browser keeps the reader's place when content grows above, but not at the very top. */
function keepPlace(scroller: HTMLElement, before: number): void {
  if (scroller.scrollTop < 1) scroller.scrollTop = scroller.scrollHeight - before;
}

function showKept(outbox: HTMLElement): void {
  const retry = (entry: Unsent): void => {
    const form = document.querySelector<HTMLFormElement>(`[data-composer][data-messages="#${outbox.id}"]`);
    if (form) void deliver(form, outbox, entry);
    else fail(outbox, entry.id, say("send_closed"), () => retry(entry));
  };
  restore(outbox, retry);
}

/** Keep the newest message in view while the reader is at the end; otherwise offer a button to new ones. */
export function follow(scroller: HTMLElement): void {
  const down = scroller.parentElement?.querySelector<HTMLElement>("[data-jump-down]");
  const outbox = scroller.querySelector<HTMLElement>("[data-outbox]");
  let atEnd = true;
  let height = scroller.scrollHeight;
  let newest = newestOf(scroller)?.id;
  const toEnd = (): void => {
    scroller.scrollTop = scroller.scrollHeight;
  };
  const arrivals = (): boolean => {
    const bubble = newestOf(scroller);
    if (!bubble || bubble.id === newest) return false;
    const later = !newest || bubble.id > newest; // ids are in chronological order
    newest = bubble.id;
    if (later) announce(spoken(bubble));
    return later;
  };
  scroller.addEventListener("scroll", () => {
    atEnd = scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < NEAR_BOTTOM_PX;
    if (atEnd && down) down.hidden = true;
    else if (!atEnd && scroller.scrollTop < NEAR_TOP_PX) fetchEarlier(scroller);
  }, { passive: true });
  const grown = new ResizeObserver(() => atEnd && toEnd()); // pictures enlarge it, the composer shrinks it
  const watchSizes = (): void => [scroller, ...scroller.children].forEach((element) => grown.observe(element));
  down?.addEventListener("click", toEnd);
  if (outbox) showKept(outbox);
  drawDays(scroller);
  new MutationObserver((changes) => {
    if (outbox) dropArrived(outbox);
    drawDays(scroller);
    const isNew = arrivals();
    const older = changes.every((change) => change.target === scroller);
    if (atEnd) toEnd();
    else if (older) keepPlace(scroller, height);
    else if (down && isNew) down.hidden = false;
    height = scroller.scrollHeight;
    watchSizes();
  }).observe(scroller, { childList: true, subtree: true });
  watchSizes();
  toEnd();
}
