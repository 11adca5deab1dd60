// Ctrl/⌘+K: jump to any navigation target or action the page marks with data-palette.
import { chord } from "./keys";
import { say } from "./page";

interface Choice {
  label: string;
  element: HTMLElement;
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
  return 50 - at;
}

function option({ label, element }: Choice, index: number): HTMLElement {
  const row = document.createElement("li");
  row.className = "palette-option";
  row.role = "option";
  row.id = `palette-${index}`;
  const icon = element.querySelector("svg.icon")?.cloneNode(true);
  const text = document.createElement("span");
  text.textContent = label;
  row.append(...(icon ? [icon] : []), text);
  return row;
}

export function startPalette(): void {
  const dialog = document.getElementById("palette") as HTMLDialogElement | null;
  if (!dialog) return;
  const input = dialog.querySelector("input") as HTMLInputElement;
  const list = dialog.querySelector("ul") as HTMLElement;
  let all: Choice[] = [];
  let current: Choice[] = [];
  let chosen = 0;

  const mark = (): void => {
    [...list.children].forEach((row, index) => {
      row.setAttribute("aria-selected", String(index === chosen));
      if (index === chosen) row.scrollIntoView({ block: "nearest" });
    });
    input.setAttribute("aria-activedescendant", `palette-${chosen}`);
  };
  const draw = (): void => {
    const query = input.value.trim().toLowerCase();
    current = all
      .map((choice) => ({ choice, rank: score(choice.label, query) }))
      .filter(({ rank }) => rank >= 0)
      .sort((a, b) => (query ? b.rank - a.rank : 0))
      .map(({ choice }) => choice);
    chosen = 0;
    list.replaceChildren(...current.map(option));
    if (current.length === 0) {
      const none = document.createElement("li");
      none.className = "palette-none";
      none.textContent = say("nothing_found");
      list.append(none);
    }
    mark();
  };
  const run = (index: number): void => {
    dialog.close();
    current[index]?.element.click();
  };
  const open = (): void => {
    all = collect();
    input.value = "";
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
  input.addEventListener("input", draw);
  input.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) chosen = (chosen + step + current.length) % Math.max(1, current.length);
    else if (event.key === "Enter") run(chosen);
    else return;
    event.preventDefault();
    mark();
  });
  list.addEventListener("click", (event) => {
    const row = (event.target as Element).closest(".palette-option");
    if (row) run([...list.children].indexOf(row));
  });
}
