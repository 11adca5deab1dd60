// Ctrl/⌘+K: jump to any navigation target or action marked with data-palette, or to a search result from the server.
import { chord } from "./keys";
import { ask } from "./page";

const PAUSE_MS = 150;
const PATIENCE_MS = 8_000; // a server that never answers is a failure, not an empty list
const SCATTERED = 50;

interface Choice {
  label: string;
  element: HTMLElement;
  about?: string;
}

function collect(): Choice[] {
  const seen = new Set<string>();
  return [...document.querySelectorAll<HTMLElement>("[data-palette]")].flatMap((element) => {
    const label = element.dataset["palette"] || element.textContent?.trim() || "";
    if (seen.has(label)) return [];
    seen.add(label);
    return [{ label, element }];
  });
}

/** Letters in order, better the closer together and the nearer to a word's start; -1 when absent. */
function score(label: string, query: string): number {
  const text = label.toLowerCase();
  const direct = text.indexOf(query);
  if (direct >= 0) return 100 - direct;
  let at = -1;
  for (const letter of query) {
    at = text.indexOf(letter, at + 1);
    if (at < 0) return -1;
  }
  return SCATTERED - at;
}

/** People, campaigns and templates that hold the words; null where nobody could say. */
async function destinations(from: string, query: string, signal: AbortSignal): Promise<Choice[] | null> {
  try {
    const response = await ask(`${from}?${new URLSearchParams({ q: query })}`, { signal: AbortSignal.any([signal, AbortSignal.timeout(PATIENCE_MS)]) });
    if (!response?.ok) return null;
    const found = new DOMParser().parseFromString(await response.text(), "text/html");
    return [...found.querySelectorAll<HTMLElement>("[data-destination]")].map((element) => ({
      label: element.dataset["destination"] ?? "", element, about: element.querySelector("small")?.textContent ?? "",
    }));
  } catch {
    return null; // overtaken by the next letter, or no connection
  }
}

function option({ label, element, about }: Choice, index: number): HTMLElement {
  const row = document.createElement("li");
  row.className = "palette-option";
  row.role = "option";
  row.id = `palette-${index}`;
  const icon = element.querySelector("svg.icon")?.cloneNode(true);
  const text = document.createElement("span");
  text.textContent = label;
  row.append(...(icon ? [icon] : []), text);
  if (about) {
    const small = document.createElement("small");
    small.className = "muted palette-about";
    small.textContent = about;
    row.append(small);
  }
  return row;
}

export function startPalette(): void {
  const dialog = document.getElementById("palette") as HTMLDialogElement | null;
  if (!dialog) return;
  const input = dialog.querySelector("input") as HTMLInputElement;
  const list = dialog.querySelector("ul") as HTMLElement;
  const none = dialog.querySelector("[data-palette-none]") as HTMLElement;
  const searching = dialog.querySelector("[data-palette-searching]") as HTMLElement;
  const failed = dialog.querySelector("[data-palette-failed]") as HTMLElement;
  let all: Choice[] = [];
  let found: Choice[] = [];
  let asking = new AbortController();
  let current: Choice[] = [];
  let chosen = 0;
  let moved = false; // by arrow keys: the choice stays chosen, wherever results move it
  let entered = false; // before the results arrived
  let waiting = false;

  const named = (): boolean => score(current[0]?.label ?? "", input.value.trim().toLowerCase()) > SCATTERED;
  const mark = (): void => {
    [...list.children].forEach((row, index) => {
      row.setAttribute("aria-selected", String(index === chosen));
      if (index === chosen) row.scrollIntoView({ block: "nearest" });
    });
    input.setAttribute("aria-activedescendant", current.length > 0 ? `palette-${chosen}` : "");
  };
  const draw = (): void => {
    const query = input.value.trim().toLowerCase();
    const ranked = all
      .map((choice) => ({ choice, rank: score(choice.label, query) }))
      .filter(({ rank }) => rank >= 0)
      .sort((a, b) => (query ? b.rank - a.rank : 0));
    // exact word matches come before pages that merely contain the letters
    const near = ranked.filter(({ rank }) => query === "" || rank > SCATTERED).map(({ choice }) => choice);
    const far = ranked.filter(({ choice }) => !near.includes(choice)).map(({ choice }) => choice);
    const kept = moved ? current[chosen]?.element : undefined;
    current = [...near, ...found, ...far];
    chosen = Math.max(0, current.findIndex(({ element }) => element === kept));
    list.replaceChildren(...current.map(option));
    // an empty list of options is not a listbox
    const empty = current.length === 0;
    list.hidden = empty;
    none.hidden = !empty || waiting || !failed.hidden;
    searching.hidden = !empty || !waiting;
    input.setAttribute("aria-expanded", String(!empty));
    mark();
  };
  const look = async (): Promise<void> => {
    asking.abort(); // which also ends its query on the server
    const mine = (asking = new AbortController());
    const query = input.value.trim();
    await new Promise((resume) => setTimeout(resume, PAUSE_MS));
    if (mine.signal.aborted) return;
    const answer = waiting ? await destinations(dialog.dataset["destinations"] ?? "", query, mine.signal) : [];
    if (mine.signal.aborted) return;
    [found, waiting, failed.hidden] = [answer ?? [], false, answer !== null];
    draw();
    if (entered) run(chosen);
  };
  const run = (index: number): void => {
    entered = false;
    const choice = current[index];
    if (!choice) return; // it only says that nothing was found
    dialog.close();
    // a result's link is in a separate document, where a click does nothing
    if (choice.element instanceof HTMLAnchorElement && choice.element.ownerDocument !== document) location.assign(choice.element.getAttribute("href") ?? "/");
    else choice.element.click();
  };
  const open = (): void => {
    all = collect();
    input.value = "";
    [chosen, found, moved, entered, waiting, failed.hidden] = [0, [], false, false, false, true];
    draw();
    dialog.showModal();
    input.focus();
  };

  document.querySelectorAll("[data-palette-open]").forEach((button) => button.addEventListener("click", open));
  document.addEventListener("keydown", (event) => {
    if (chord(event) !== "mod+k") return;
    event.preventDefault();
    if (dialog.open) dialog.close();
    else open();
  });
  input.addEventListener("input", () => {
    // what was found for other words is gone with them
    [chosen, found, moved, entered, waiting, failed.hidden] = [0, [], false, false, input.value.trim().length > 1, true];
    draw();
    void look();
  });
  dialog.addEventListener("close", () => asking.abort());
  input.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step && event.key !== "Enter") return;
    event.preventDefault();
    if (step) [chosen, moved, entered] = [(chosen + step + current.length) % Math.max(1, current.length), true, false];
    else if (waiting && !moved && !named()) entered = true; // someone who knows the name does not wait for the list
    else run(chosen);
    mark();
  });
  list.addEventListener("click", (event) => {
    const row = (event.target as Element).closest(".palette-option");
    if (row) run([...list.children].indexOf(row));
  });
}
