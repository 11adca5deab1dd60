// Toasts and the ten-second undo bar; the server raises one with an HX-Trigger header.
import { ask, onContent, reasonIn, say, template } from "./page";

interface Toast {
  text: string;
  tone?: string;
  undo?: string;
  action?: { label: string; run: () => void };
}

const PLAIN_MS = 6_000;
const UNDO_MS = 10_000;
const GAP_PX = 12;

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

function leave(toast: HTMLElement): void {
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
function stands(text: string, tone: string): boolean {
  return [...document.querySelectorAll<HTMLElement>("#toasts > .toast:not([data-leaving])")].some(
    (toast) => toast.dataset["tone"] === tone && toast.querySelector("[data-toast-text]")?.textContent === text,
  );
}

/** Close an error by itself once it is over. */
export function settled(text: string): void {
  for (const toast of document.querySelectorAll<HTMLElement>("#toasts > .toast")) {
    if (toast.querySelector("[data-toast-text]")?.textContent === text) leave(toast);
  }
}

export function showToast({ text, tone = "success", undo, action }: Toast): void {
  if (tone === "danger" && stands(text, tone)) return;
  const toast = template("toast-template");
  toast.dataset["tone"] = tone;
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

export function startToasts(): void {
  const initial = document.querySelectorAll<HTMLElement>("#toasts > .toast");
  if (initial.length > 0) region();
  initial.forEach(activate);
  onContent(keepClear);
  document.addEventListener("input", keepClear); // a composer grows while typing
  document.addEventListener("toast", (event) => showToast((event as CustomEvent<Toast>).detail));
  document.addEventListener("htmx:after:swap", () => {
    document.querySelectorAll<HTMLElement>("#toasts > .toast:not([data-live-toast])").forEach((toast) => {
      region();
      activate(toast);
    });
  });
  document.addEventListener("htmx:error", (event) => {
    const { error } = (event as CustomEvent<{ error?: unknown }>).detail;
    if (error instanceof TypeError) showToast({ text: say("network_error"), tone: "danger" });
  });
}
