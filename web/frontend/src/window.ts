// The 24-hour window as it runs out: ring, words, and one event at zero that swaps the composer.
import { htmx } from "./htmx";
import { say } from "./page";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

function toneOf(left: number): string {
  if (left <= 0) return "neutral";
  if (left < HOUR / 2) return "danger";
  return left < 4 * HOUR ? "warning" : "success";
}

function words(left: number): string {
  if (left <= 0) return say("window_closed");
  if (left >= HOUR) return say("window_hours", { hours: Math.floor(left / HOUR) });
  return say("window_minutes", { minutes: Math.max(1, Math.ceil(left / 60_000)) });
}

function show(element: HTMLElement, left: number): void {
  element.dataset["tone"] = toneOf(left);
  const share = Math.max(0, Math.min(100, (left / DAY) * 100));
  element.querySelector(".left")?.setAttribute("stroke-dasharray", `${share.toFixed(1)} 100`);
  const label = element.querySelector("[data-window-label]");
  if (label) label.textContent = words(left);
}

export function countDown(element: HTMLElement): void {
  let wasOpen = Date.parse(element.dataset["windowExpires"] ?? "") > Date.now();
  const tick = (): void => {
    if (!element.isConnected) return;
    // read again each time: a new message from the customer moves the deadline
    const left = Date.parse(element.dataset["windowExpires"] ?? "") - Date.now();
    if (element.matches(".window-ring")) show(element, left);
    const open = left > 0;
    if (wasOpen && !open && element.hasAttribute("hx-get")) htmx.trigger(element, "window:closed");
    wasOpen = open;
    setTimeout(tick, open && left < 60_000 ? Math.max(50, Math.min(left, 1_000)) : 15_000);
  };
  tick();
}
