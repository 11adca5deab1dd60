// One tooltip for the whole page, for anything with data-tip, on hover and on keyboard focus.
import { place } from "./menus";

let bubble: HTMLElement | undefined;
let timer = 0;

function show(anchor: HTMLElement): void {
  const open = anchor.closest("dialog[open]") ?? document.body;
  bubble ??= Object.assign(document.createElement("div"), { className: "tooltip", popover: "manual", id: "tooltip" });
  bubble.role = "tooltip";
  bubble.textContent = anchor.dataset["tip"] ?? "";
  open.append(bubble);
  bubble.showPopover();
  place(bubble, anchor, "center");
}

function hide(): void {
  clearTimeout(timer);
  if (bubble?.matches(":popover-open")) bubble.hidePopover();
}

function anchorOf(event: Event): HTMLElement | null {
  return event.target instanceof Element ? event.target.closest<HTMLElement>("[data-tip]") : null;
}

export function startTips(): void {
  document.addEventListener("pointerover", (event) => {
    const anchor = anchorOf(event);
    hide();
    if (anchor && event.pointerType !== "touch") timer = window.setTimeout(() => show(anchor), 250);
  });
  document.addEventListener("focusin", (event) => {
    const anchor = anchorOf(event);
    hide();
    // later, because focus also moves while a popover opens, and two cannot open inside each other
    if (anchor?.matches(":focus-visible")) timer = window.setTimeout(() => show(anchor));
  });
  document.addEventListener("click", (event) => {
    const anchor = anchorOf(event);
    hide();
    if (anchor?.matches(".tip")) show(anchor);
  });
  document.addEventListener("focusout", hide);
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") hide();
  });
}
