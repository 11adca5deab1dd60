// Toasts and the ten-second undo bar; the server raises one with an HX-Trigger header.
import { contextOf } from "./htmx";
import { ask, onContent, reasonIn, say, template } from "./page";

interface Toast {
  text: string;
  tone?: string;
  undo?: string;
  action?: { label: string; run: () => void };
  left?: number;
}

const PLAIN_MS = 6_000;
const UNDO_MS = 10_000;
const GAP_PX = 12;
const KEPT = "undo";

function region(): HTMLElement {
  const element = document.getElementById("toasts") as HTMLElement;
  // a popover sits in the top layer, so a toast is visible above an open dialog too
  if (element.matches(":popover-open")) element.hidePopover();
  element.showPopover();
  keepClear();
  return element;
}

/** Above the composer, however tall it is: nobody has to type blindly or wait for a toast to go. */
function keepClear(): void {
  const composer = document.querySelector(".composer-zone")?.getBoundingClientRect();
  const element = document.getElementById("toasts") as HTMLElement;
  element.style.bottom = composer?.height ? `${innerHeight - composer.top + GAP_PX}px` : "";
}

/** What can still be taken back, for the page that somebody goes to meanwhile. */
interface Kept {
  text: string;
  undo: string;
  until: number;
}

function kept(): Kept[] {
  try {
    const all = JSON.parse(sessionStorage.getItem(KEPT) ?? "[]") as Kept[];
    return all.filter(({ until }) => until > Date.now());
  } catch {
    return []; // storage is switched off: the bar stays on its page
  }
}

function keep(all: Kept[]): void {
  try {
    sessionStorage.setItem(KEPT, JSON.stringify(all));
  } catch {
    // as above
  }
}

function leave(toast: HTMLElement): void {
  const undo = toast.querySelector<HTMLElement>("[data-toast-undo]")?.dataset["toastUndo"];
  if (undo) keep(kept().filter((one) => one.undo !== undo));
  toast.dataset["leaving"] = "";
  setTimeout(() => toast.remove(), 180);
}

function expire(toast: HTMLElement, after: number): void {
  let left = after;
  const timer = setInterval(() => {
    if (!toast.isConnected) clearInterval(timer);
    else if (!toast.matches(":hover, :focus-within")) left -= 250;
    if (left > 0) return;
    clearInterval(timer);
    leave(toast);
  }, 250);
}

/** The server keeps its own time, so the toast neither waits for a hovering pointer nor offers an expired undo. */
function expireUndo(toast: HTMLElement): void {
  const left = Number(toast.dataset["left"] ?? UNDO_MS);
  const undo = toast.querySelector<HTMLElement>("[data-toast-undo]")?.dataset["toastUndo"] ?? "";
  const text = toast.querySelector("[data-toast-text]")?.textContent ?? "";
  keep([...kept().filter((one) => one.undo !== undo), { text, undo, until: Date.now() + left }]);
  toast.querySelector<HTMLElement>(".toast-timer")?.style.setProperty("animation-duration", `${left}ms`);
  setTimeout(() => leave(toast), left);
}

async function takeBack(toast: HTMLElement, button: HTMLButtonElement, url: string): Promise<void> {
  button.disabled = true;
  try {
    const response = await ask(url, { method: "POST" });
    leave(toast);
    if (!response) return;
    if (!response.ok) return showToast({ text: reasonIn(await response.text()) || say("undo_failed"), tone: "danger" });
    const said = JSON.parse(response.headers.get("HX-Trigger") ?? "{}") as { toast?: Toast };
    if (said.toast) showToast(said.toast);
    if (response.headers.get("HX-Refresh") === "true") location.reload();
  } catch {
    button.disabled = false;
    showToast({ text: say("network_error"), tone: "danger" });
  }
}

function activate(toast: HTMLElement): void {
  if (toast.dataset["liveToast"] !== undefined) return; // one click undoes once
  toast.dataset["liveToast"] = "";
  toast.querySelector("[data-toast-close]")?.addEventListener("click", () => leave(toast));
  const undo = toast.querySelector<HTMLButtonElement>("[data-toast-undo]");
  const url = undo?.dataset["toastUndo"];
  if (undo && url) undo.addEventListener("click", () => void takeBack(toast, undo, url));
  if (undo && url) expireUndo(toast);
  else if (toast.dataset["tone"] !== "danger") expire(toast, PLAIN_MS);
}

/** Do not repeat a visible toast: a page whose server is down asks again and again. */
function stands(text: string, tone: string, but?: HTMLElement): boolean {
  return [...document.querySelectorAll<HTMLElement>("#toasts > .toast:not([data-leaving])")].some(
    (toast) => toast !== but && toast.dataset["tone"] === tone && toast.querySelector("[data-toast-text]")?.textContent === text,
  );
}

const asked = new WeakMap<HTMLElement, Element>();

/** Close the error of a part of the page that has its answer now: a deleted contact came back. */
function answered(asking: Element): void {
  for (const toast of document.querySelectorAll<HTMLElement>("#toasts > .toast")) if (asked.get(toast) === asking) leave(toast);
}

/** Close an error by itself once it is over. */
export function settled(text: string): void {
  for (const toast of document.querySelectorAll<HTMLElement>("#toasts > .toast")) {
    if (toast.querySelector("[data-toast-text]")?.textContent === text) leave(toast);
  }
}

export function showToast({ text, tone = "success", undo, action, left }: Toast): void {
  if (tone === "danger" && stands(text, tone)) return;
  const toast = template("toast-template");
  toast.dataset["tone"] = tone;
  if (left !== undefined) toast.dataset["left"] = String(left);
  if (tone === "danger") toast.role = "alert";
  toast.querySelectorAll(":scope > .icon").forEach((icon) => {
    if (!icon.classList.contains(`toast-icon-${tone}`)) icon.remove();
  });
  (toast.querySelector("[data-toast-text]") as HTMLElement).textContent = text;
  const button = toast.querySelector<HTMLElement>("[data-toast-undo]");
  if (undo && button) button.dataset["toastUndo"] = undo;
  else toast.querySelector(".toast-timer")?.remove();
  if (action && button) {
    button.dataset["toastAction"] = "";
    delete button.dataset["toastUndo"];
    button.textContent = action.label;
    button.addEventListener("click", action.run);
  } else if (!undo) button?.remove();
  region().append(toast);
  activate(toast);
}

/** The bar of the page before, as long as there is time; what this page says itself is not said twice. */
function bringAlong(): void {
  if (!document.getElementById("toast-template")) return; // nobody is signed in here
  for (const { text, undo, until } of kept()) {
    const there = document.querySelector(`#toasts [data-toast-undo="${CSS.escape(undo)}"]`);
    if (!there) showToast({ text, undo, left: until - Date.now() });
  }
}

export function startToasts(): void {
  const initial = document.querySelectorAll<HTMLElement>("#toasts > .toast");
  if (initial.length > 0) region();
  initial.forEach(activate);
  bringAlong();
  onContent(keepClear);
  document.addEventListener("input", keepClear); // a composer grows while typing
  document.addEventListener("toast", (event) => showToast((event as CustomEvent<Toast>).detail));
  document.addEventListener("htmx:after:swap", (event) => {
    const asking = contextOf(event).sourceElement;
    const arrived = document.querySelectorAll<HTMLElement>("#toasts > .toast:not([data-live-toast])");
    if (arrived.length === 0) answered(asking);
    arrived.forEach((toast) => {
      const text = toast.querySelector("[data-toast-text]")?.textContent ?? "";
      if (toast.dataset["tone"] === "danger" && stands(text, "danger", toast)) return toast.remove();
      asked.set(toast, asking);
      region();
      activate(toast);
    });
  });
  document.addEventListener("htmx:error", (event) => {
    const { error } = (event as CustomEvent<{ error?: unknown }>).detail;
    if (error instanceof TypeError) showToast({ text: say("network_error"), tone: "danger" });
  });
}
