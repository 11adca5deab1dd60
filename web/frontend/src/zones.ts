// Wall-clock inputs in the viewer's zone: the server stores UTC and learns the zone from a hidden field.
import { zone } from "./page";

/** UTC to what a datetime-local input holds, in the viewer's zone. */
function wallClock(at: Date): string {
  const parts = new Intl.DateTimeFormat("sv-SE", {
    timeZone: zone, year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", hourCycle: "h23",
  }).format(at);
  return parts.replace(" ", "T");
}

export function localTime(input: HTMLInputElement): void {
  const stored = input.dataset["localTime"];
  if (stored) input.value = wallClock(new Date(stored));
  const form = input.form;
  const hidden = form?.querySelector<HTMLInputElement>("[data-zone-value]");
  const name = form?.querySelector<HTMLElement>("[data-zone-name]");
  if (hidden) hidden.value = zone;
  if (name) name.textContent = zone;
}
