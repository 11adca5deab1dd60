// When a conversation is due: words and tone as time passes, and the list asked again when it becomes soon or late.
import { htmx } from "./htmx";
import { say } from "./page";

const MINUTE = 60_000;
const SOON = 30 * MINUTE;

function toneOf(left: number): string {
  if (left <= 0) return "danger";
  return left <= SOON ? "warning" : "neutral";
}

function span(time: number): string {
  const minutes = Math.floor(time / MINUTE);
  if (minutes < 60) return say("span_minutes", { minutes: Math.max(1, minutes) });
  if (minutes < 48 * 60) return say("span_hours", { hours: Math.floor(minutes / 60) });
  return say("span_days", { days: Math.floor(minutes / (24 * 60)) });
}

export function comeDue(element: HTMLElement): void {
  const tick = (): void => {
    if (!element.isConnected) return;
    // read again each time: an answer, or other working hours, move it
    const left = Date.parse(element.dataset["due"] ?? "") - Date.now();
    const tone = toneOf(left);
    const label = element.querySelector("[data-due-label]");
    if (label) label.textContent = say(left > 0 ? "due_in" : "due_late", { time: span(Math.abs(left)) });
    if (element.dataset["tone"] !== tone) {
      element.dataset["tone"] = tone;
      const list = element.closest("#conversations");
      if (list) htmx.trigger(list, "live");
    }
    const next = left > SOON ? left - SOON : left > 0 ? left : MINUTE;
    setTimeout(tick, Math.max(50, Math.min(next, 15_000)));
  };
  tick();
}
