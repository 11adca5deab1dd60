// Every <time data-format>, and every time that can be typed, in the viewer's zone and words, with UTC (and the recipient's zone) on hover.
import { locale, onContent, say, zone } from "./page";

const FORMATS: Record<string, Intl.DateTimeFormatOptions> = {
  datetime: { day: "numeric", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit", hourCycle: "h23" },
  date: { day: "numeric", month: "short", year: "numeric" },
  time: { hour: "2-digit", minute: "2-digit", hourCycle: "h23" },
};
const STEPS: [number, Intl.RelativeTimeFormatUnit][] = [
  [60, "second"], [3_600, "minute"], [86_400, "hour"], [604_800, "day"],
];
const SECONDS: Partial<Record<Intl.RelativeTimeFormatUnit, number>> = { second: 1, minute: 60, hour: 3_600, day: 86_400 };
const relative = new Intl.RelativeTimeFormat(locale, { style: "short", numeric: "always" });

function inZone(at: Date, format: string, timeZone: string): string {
  const options: Intl.DateTimeFormatOptions = { ...(FORMATS[format] ?? FORMATS["datetime"]) };
  return new Intl.DateTimeFormat(locale, { ...options, timeZone }).format(at);
}

function ago(at: Date): string {
  const seconds = Math.round((at.getTime() - Date.now()) / 1_000);
  const distance = Math.abs(seconds);
  if (distance < 45) return say("just_now");
  const found = STEPS.find(([limit]) => distance < limit);
  if (!found) return inZone(at, "date", zone);
  const unit = found[1];
  return relative.format(Math.round(seconds / (SECONDS[unit] ?? 1)), unit);
}

/** A time as pages show it, for what is drawn in the browser. */
export function timeText(at: string | number): string {
  return inZone(new Date(at), "datetime", zone);
}

export function writeTime(element: HTMLTimeElement): void {
  const at = new Date(element.dateTime);
  const format = element.dataset["format"] ?? "datetime";
  const text = format === "ago" ? ago(at) : inZone(at, format, zone);
  if (element.textContent !== text) element.textContent = text;
  const recipientZone = element.dataset["zone"];
  const lines = [`${inZone(at, "datetime", "UTC")} UTC`];
  if (format === "ago") lines.unshift(inZone(at, "datetime", zone));
  if (recipientZone) lines.push(`${inZone(at, "datetime", recipientZone)} ${recipientZone}`);
  element.title = lines.join("\n");
}

const typed = new Intl.DateTimeFormat("sv-SE", {
  timeZone: zone, year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", hourCycle: "h23",
});

/** A time as fields for times have it, in the viewer's zone. */
export function localTime(at: Date): string {
  return typed.format(at).replace(" ", "T");
}

/** The time that somebody typed, in the viewer's zone. */
export function fromLocal(text: string): Date {
  const guess = Date.parse(`${text}Z`);
  return new Date(guess + (guess - Date.parse(`${localTime(new Date(guess))}Z`)));
}

/** A time as a datetime-local value in the viewer's zone; what somebody has typed in the meantime stays. */
function writeInput(input: HTMLInputElement): void {
  input.defaultValue = localTime(new Date(input.dataset["localTime"] ?? ""));
}

function writeAll(root: ParentNode): void {
  if (root instanceof HTMLTimeElement && root.dataset["format"]) writeTime(root);
  root.querySelectorAll<HTMLTimeElement>("time[data-format]").forEach(writeTime);
  root.querySelectorAll<HTMLInputElement>('input[data-local-time]:not([data-local-time=""])').forEach(writeInput);
  root.querySelectorAll("[data-here-zone]").forEach((element) => {
    if (element instanceof HTMLInputElement) element.value = zone;
    else element.textContent = zone;
  });
}

export function startTimes(): void {
  onContent(writeAll);
  setInterval(() => document.querySelectorAll<HTMLTimeElement>('time[data-format="ago"]').forEach(writeTime), 20_000);
}
