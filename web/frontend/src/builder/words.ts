// The builder's words, given by the page in the viewer's language.
import { locale } from "../page";

const words = JSON.parse(document.getElementById("builder-words")?.textContent ?? "{}") as Record<string, string>;
const plurals = new Intl.PluralRules(document.documentElement.lang || "en");
const numbers = new Intl.NumberFormat(locale);

/** A sentence by its key, with {placeholders} filled in. */
export function t(key: string, values: Record<string, string | number> = {}): string {
  return (words[key] ?? key).replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole));
}

/** The same with a number, in the language's plural form. */
export function many(key: string, count: number, values: Record<string, string | number> = {}): string {
  const form = `${key}_${plurals.select(count)}`;
  return t(form in words ? form : `${key}_other`, { count: number(count), ...values });
}

export function number(value: number): string {
  return numbers.format(value);
}

/** Whether the page has words for a key: for names that a newer server may send. */
export function known(key: string): boolean {
  return key in words;
}

/** A time that something takes, in its largest unit. */
export function spoken(seconds: number): string {
  const units: [number, string][] = [[86_400, "day"], [3_600, "hour"], [60, "minute"]];
  const [size, unit] = units.find(([least]) => seconds >= least) ?? [60, "minute"];
  return new Intl.NumberFormat(locale, { style: "unit", unit, unitDisplay: "long", maximumFractionDigits: seconds / size < 10 ? 1 : 0 }).format(seconds / size);
}
