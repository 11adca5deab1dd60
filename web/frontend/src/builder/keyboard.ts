// The builder's keys and the clipboard, wherever the focus is on the page but in a field.
import { useEffect } from "react";
import { focusItem, useMiddle } from "./canvas";
import { beside, copied, duplicate, pasted, removeSelected } from "./commands";
import { items } from "./model";
import { flush } from "./saving";
import { current, get, itemOf, redo, select, set, undo } from "./store";
import { writes } from "./writing";

function elsewhere(target: EventTarget | null): boolean {
  return writes(target) || document.querySelector("dialog[open]") !== null;
}

/** By Ctrl or Cmd and this key; those of fields only outside of them. */
const CHORDS: Record<string, () => void> = {
  "z": undo,
  "shift+z": redo,
  "y": redo,
  "d": duplicate,
  "a": () => select(items(current()).map((item) => item.id)),
  "f": () => set({ finding: true }),
  "s": () => void flush(),
};
const EVERYWHERE = new Set(["f", "s", "z", "shift+z", "y"]);

function pressed(event: KeyboardEvent): void {
  if (event.defaultPrevented || event.isComposing || document.querySelector("dialog[open]")) return;
  const key = event.key.toLowerCase();
  const chord = event.shiftKey ? `shift+${key}` : key;
  if (event.ctrlKey || event.metaKey) {
    const run = event.altKey ? undefined : CHORDS[chord];
    // a field's own undo does not know the document: the builder's is the only one
    if (!run || (writes(event.target) && !EVERYWHERE.has(chord))) return;
    event.preventDefault();
    run();
  } else if (!writes(event.target) && (key === "delete" || key === "backspace")) {
    event.preventDefault();
    removeHere(event.target);
  } else if (key === "escape") escape(event.target);
}

const AROUND = ["ArrowLeft", "ArrowUp", "ArrowRight", "ArrowDown"] as const;

/** Remove what is selected; the focus of a step that goes moves to one beside it. */
function removeHere(target: EventTarget | null): void {
  const id = target instanceof HTMLElement ? target.dataset["id"] : undefined;
  const item = id ? itemOf(id) : undefined;
  const near = item && AROUND.map((arrow) => beside(item, arrow)).find((one) => one && !get().selected.has(one.id));
  removeSelected();
  if (near && !itemOf(item.id)) requestAnimationFrame(() => focusItem(near.id));
}

function escape(target: EventTarget | null): void {
  if (document.querySelector(".menu:popover-open")) return; // the browser closes it, and nothing more
  if (get().menu) return set({ menu: undefined });
  if (get().finding) return set({ finding: false });
  const [only] = get().selected;
  const inside = writes(target) || (target instanceof Element && target.closest("[data-inspector]") !== null);
  if (inside && only && itemOf(only)) focusItem(only);
  else select([]);
}

export function useKeyboard(): void {
  const middle = useMiddle();
  useEffect(() => {
    const copy = (event: ClipboardEvent): void => {
      const text = elsewhere(event.target) || getSelection()?.toString() ? "" : copied();
      if (!text) return;
      event.preventDefault();
      event.clipboardData?.setData("text/plain", text);
      if (event.type === "cut" && get().mayWrite) removeSelected();
    };
    const paste = (event: ClipboardEvent): void => {
      if (elsewhere(event.target) || !get().mayWrite) return;
      if (pasted(event.clipboardData?.getData("text/plain") ?? "", middle())) event.preventDefault();
    };
    document.addEventListener("keydown", pressed);
    document.addEventListener("copy", copy);
    document.addEventListener("cut", copy);
    document.addEventListener("paste", paste);
    return () => {
      document.removeEventListener("keydown", pressed);
      document.removeEventListener("copy", copy);
      document.removeEventListener("cut", copy);
      document.removeEventListener("paste", paste);
    };
  }, [middle]);
}
