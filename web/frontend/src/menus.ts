// Menus are native popovers; this places them next to their button and adds arrow keys.
import { onContent } from "./page";

const GAP = 6;
const EDGE = 8;

export function place(box: HTMLElement, anchor: Element, align: string): void {
  const from = anchor.getBoundingClientRect();
  const { offsetWidth: width, offsetHeight: height } = box;
  const left = align === "end" ? from.right - width : align === "center" ? from.left + (from.width - width) / 2 : from.left;
  const below = from.bottom + GAP;
  const top = below + height > innerHeight - EDGE && from.top - GAP - height > EDGE ? from.top - GAP - height : below;
  box.style.left = `${Math.max(EDGE, Math.min(left, innerWidth - width - EDGE))}px`;
  box.style.top = `${Math.max(EDGE, Math.min(top, innerHeight - height - EDGE))}px`;
}

function items(menu: Element): HTMLElement[] {
  return [...menu.querySelectorAll<HTMLElement>('[role^="menuitem"]:not(:disabled)')];
}

function step(menu: Element, by: number): void {
  const all = items(menu);
  const at = all.indexOf(document.activeElement as HTMLElement);
  all[(at + by + all.length) % all.length]?.focus();
}

function onKey(event: KeyboardEvent): void {
  const menu = (event.target as Element).closest?.(".menu");
  if (!menu) return;
  const moves: Record<string, () => void> = {
    ArrowDown: () => step(menu, 1),
    ArrowUp: () => step(menu, -1),
    Home: () => items(menu)[0]?.focus(),
    End: () => items(menu).at(-1)?.focus(),
  };
  const move = moves[event.key];
  if (!move) return;
  event.preventDefault();
  move();
}

function settle(menu: HTMLElement, opened: boolean): void {
  const button = document.querySelector(`[popovertarget="${menu.id}"]`);
  button?.setAttribute("aria-expanded", String(opened));
  if (opened && button) place(menu, button, menu.dataset["align"] ?? "end");
}

function onToggle(event: Event): void {
  const menu = event.target as HTMLElement;
  if (!menu.matches?.(".menu")) return;
  const opened = (event as ToggleEvent).newState === "open";
  settle(menu, opened);
  if (opened) items(menu)[0]?.focus({ preventScroll: true });
}

export function startMenus(): void {
  // A list re-rendered under an open menu does not know its position.
  onContent(() => document.querySelectorAll<HTMLElement>(".menu:popover-open").forEach((menu) => settle(menu, true)));
  // toggle does not bubble, so it is caught on the way down
  document.addEventListener("toggle", onToggle, { capture: true });
  document.addEventListener("keydown", onKey);
  document.addEventListener("click", (event) => {
    const item = (event.target as Element).closest(".menu-item");
    if (item) (item.closest(".menu") as HTMLElement | null)?.hidePopover();
  });
}
