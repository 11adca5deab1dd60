// Toasts and the ten-second undo bar; the server raises one with an HX-Trigger header.
import { htmx } from "./htmx";
import { say, template } from "./page";

interface Toast {
  text: string;
  tone?: string;
  undo?: string;
}

const PLAIN_MS = 6_000;
const UNDO_MS = 10_000;

function region(): HTMLElement {
  const element = document.getElementById("toasts") as HTMLElement;
  // a popover sits in the top layer, so a toast is visible above an open dialog too
  if (element.matches(":popover-open")) element.hidePopover();
  element.showPopover();
  return element;
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

function activate(toast: HTMLElement): void {
  if (toast.dataset["liveToast"] !== undefined) return; // one click undoes once
  toast.dataset["liveToast"] = "";
  toast.querySelector("[data-toast-close]")?.addEventListener("click", () => leave(toast));
  const undo = toast.querySelector<HTMLElement>("[data-toast-undo]");
  const url = undo?.dataset["toastUndo"];
  undo?.addEventListener("click", () => {
    leave(toast);
    if (url) void htmx.ajax("POST", url, { target: document.body, swap: "none" });
  });
  if (toast.dataset["tone"] !== "danger") expire(toast, url ? UNDO_MS : PLAIN_MS);
}

export function showToast({ text, tone = "success", undo }: Toast): void {
  const toast = template("toast-template");
  toast.dataset["tone"] = tone;
  (toast.querySelector("[data-toast-text]") as HTMLElement).textContent = text;
  const button = toast.querySelector<HTMLElement>("[data-toast-undo]");
  if (undo && button) button.dataset["toastUndo"] = undo;
  else {
    button?.remove();
    toast.querySelector(".toast-timer")?.remove();
  }
  region().append(toast);
  activate(toast);
}

export function startToasts(): void {
  const initial = document.querySelectorAll<HTMLElement>("#toasts > .toast");
  if (initial.length > 0) region();
  initial.forEach(activate);
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
