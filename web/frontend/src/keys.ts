// Keyboard: shortcuts declared on elements by data-key, "/" for search, "?" for the list of them.
import { say } from "./page";

function typing(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName));
}

export function chord(event: KeyboardEvent): string {
  const parts = [event.ctrlKey || event.metaKey ? "mod" : "", event.altKey ? "alt" : "", event.shiftKey && event.key.length > 1 ? "shift" : ""];
  // with Alt held, some layouts produce another letter, so letters are read from the physical key
  const key = event.altKey && event.code.startsWith("Key") ? event.code.slice(3) : event.key;
  return [...parts.filter(Boolean), key.toLowerCase()].join("+");
}

function visible(element: HTMLElement): boolean {
  return element.checkVisibility() && element.closest("[inert]") === null;
}

function fire(element: HTMLElement): void {
  if (/^(INPUT|TEXTAREA|SELECT)$/.test(element.tagName)) element.focus();
  else element.click();
}

function shown(keys: string): HTMLElement[] {
  const mac = navigator.platform.startsWith("Mac");
  return keys.split("+").map((key) => {
    const words: Record<string, string> = { mod: mac ? "⌘" : "Ctrl", alt: mac ? "⌥" : "Alt", shift: "Shift" };
    const element = document.createElement("kbd");
    element.className = "kbd";
    element.textContent = words[key] ?? (key.length === 1 ? key.toUpperCase() : key);
    return element;
  });
}

function listKeys(): void {
  const dialog = document.getElementById("keys-dialog") as HTMLDialogElement;
  const list = dialog.querySelector("dl") as HTMLElement;
  const rows = new Map<string, string>([["mod+k", say("open_palette")], ["?", say("show_keys")]]);
  document.querySelectorAll<HTMLElement>("[data-key]").forEach((element) => {
    const keys = element.dataset["key"];
    if (keys && !rows.has(keys)) rows.set(keys, element.dataset["keyLabel"] ?? element.textContent?.trim() ?? "");
  });
  list.replaceChildren(
    ...[...rows].flatMap(([keys, label]) => {
      const term = document.createElement("dt");
      term.textContent = label;
      const detail = document.createElement("dd");
      detail.append(...shown(keys));
      return [term, detail];
    }),
  );
  dialog.showModal();
}

export function startKeys(): void {
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.isComposing) return;
    const keys = chord(event);
    if (typing(event.target) && !/^(mod|alt)\+/.test(keys)) return;
    if (keys === "?" && document.querySelector("dialog[open]") === null) {
      event.preventDefault();
      listKeys();
      return;
    }
    const wanted = [...document.querySelectorAll<HTMLElement>(`[data-key="${CSS.escape(keys)}"]`)].find(visible);
    if (!wanted) return;
    event.preventDefault();
    fire(wanted);
  });
}
