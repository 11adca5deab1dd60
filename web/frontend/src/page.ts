// What the server told this page (token, words, zone) and how behaviours attach to its elements.
import { htmx } from "./htmx";

const words: Record<string, string> = JSON.parse(
  document.getElementById("strings")?.textContent ?? "{}",
) as Record<string, string>;

/** A translated sentence from the page, with {placeholders} filled in. */
export function say(key: string, values: Record<string, string | number> = {}): string {
  return (words[key] ?? key).replace(/\{(\w+)\}/g, (_, name: string) => String(values[name] ?? ""));
}

/** The same with a number, in the language's plural form. */
export function sayMany(key: string, count: number, values: Record<string, string | number> = {}): string {
  const form = `${key}_${plurals.select(count)}`;
  return say(form in words ? form : `${key}_other`, values);
}

export function meta(name: string): string {
  return document.querySelector<HTMLMetaElement>(`meta[name="${name}"]`)?.content ?? "";
}

export function csrfHeaders(): Record<string, string> {
  return { "X-CSRF-Token": meta("csrf-token"), "HX-Request": "true", "HX-Current-URL": location.href };
}

/** Request from the server like htmx. Undefined if it redirects the page: signed out, or done by somebody else. */
export async function ask(url: string, options: RequestInit = {}): Promise<Response | undefined> {
  const response = await fetch(url, { ...options, headers: { ...csrfHeaders(), ...(options.headers as Record<string, string>) } });
  const away = response.headers.get("HX-Redirect");
  if (!away) return response;
  location.assign(away);
  return undefined;
}

/** What an error for htmx says, without its frame. */
export function reasonIn(html: string): string {
  return new DOMParser().parseFromString(html, "text/html").querySelector("[data-error-message]")?.textContent?.trim() ?? "";
}

/** The viewer's zone: from the profile, or else the browser's. */
export const zone =
  document.documentElement.dataset["timezone"] || Intl.DateTimeFormat().resolvedOptions().timeZone;

const language = document.documentElement.lang || "en";
const plurals = new Intl.PluralRules(language);
export const locale = language === "en" ? "en-GB" : language;

type Setup = (element: HTMLElement) => void;
const setups: { selector: string; setup: Setup; seen: WeakSet<Element> }[] = [];

function apply(root: ParentNode): void {
  for (const { selector, setup, seen } of setups) {
    const own = root instanceof HTMLElement && root.matches(selector) ? [root] : [];
    for (const element of [...own, ...root.querySelectorAll<HTMLElement>(selector)]) {
      if (seen.has(element)) continue;
      seen.add(element);
      setup(element);
    }
  }
}

/** Run `setup` once for each matching element, now and whenever htmx brings new ones. */
export function enhance(selector: string, setup: Setup): void {
  setups.push({ selector, setup, seen: new WeakSet() });
  apply(document);
}

/** Run `action` on every freshly inserted or morphed part of the page, and on the whole page now. */
export function onContent(action: (root: ParentNode) => void): void {
  action(document);
  document.addEventListener("htmx:after:process", (event) => action(event.target as ParentNode));
}

onContent(apply);

export function template(id: string): HTMLElement {
  const source = document.getElementById(id) as HTMLTemplateElement;
  return (source.content.firstElementChild as HTMLElement).cloneNode(true) as HTMLElement;
}

/** Swap server HTML into the page by htmx's own rules (out-of-band parts included). */
export async function swapHtml(text: string, target: Element, swap: string): Promise<void> {
  await htmx.swap({ text, target, swap, sourceElement: target });
}

/** A file's size as people say it. */
export function sizeOf({ size }: { size: number }): string {
  const units = ["B", "KB", "MB", "GB"];
  const step = size > 0 ? Math.min(3, Math.floor(Math.log(size) / Math.log(1024))) : 0;
  return `${(size / 1024 ** step).toFixed(step > 1 && size % 1024 ** step !== 0 ? 1 : 0)} ${units[step]}`;
}
