// Native dialogs opened by attribute, and our own confirm instead of the browser's.
import { contextOf } from "./htmx";
import { enhance } from "./page";

function open(dialog: HTMLDialogElement): void {
  if (!dialog.open) dialog.showModal();
}

function closeOnBackdrop(dialog: HTMLDialogElement): void {
  dialog.addEventListener("click", (event) => {
    if (event.target !== dialog) return;
    const box = dialog.getBoundingClientRect();
    const inside =
      event.clientX >= box.left && event.clientX <= box.right &&
      event.clientY >= box.top && event.clientY <= box.bottom;
    if (!inside) dialog.close();
  });
}

/** Ask in the page's own dialog; resolves to whether the person agreed. */
export function ask(question: string): Promise<boolean> {
  const dialog = document.getElementById("confirm-dialog") as HTMLDialogElement;
  (dialog.querySelector("[data-confirm-text]") as HTMLElement).textContent = question;
  dialog.returnValue = "";
  open(dialog);
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes"), { once: true });
  });
}

function confirmRequests(event: Event): void {
  const question = contextOf(event).confirm;
  if (!question) return;
  event.preventDefault();
  const detail = (event as CustomEvent<{ issueRequest(): void; dropRequest(): void }>).detail;
  void ask(question).then((agreed) => (agreed ? detail.issueRequest() : detail.dropRequest()));
}

function confirmForms(event: SubmitEvent): void {
  const form = event.target as HTMLFormElement;
  const question = event.submitter?.dataset["confirm"] ?? form.dataset["confirm"];
  if (!question || form.dataset["confirmed"] !== undefined) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  const submitter = event.submitter;
  void ask(question).then((agreed) => {
    if (!agreed) return;
    form.dataset["confirmed"] = "";
    form.requestSubmit(submitter);
    delete form.dataset["confirmed"];
  });
}

export function startDialogs(): void {
  enhance("dialog", (element) => {
    const dialog = element as HTMLDialogElement;
    closeOnBackdrop(dialog);
    if (dialog.dataset["autoOpen"] !== undefined) open(dialog);
  });
  document.addEventListener("click", (event) => {
    const clicked = event.target as HTMLElement;
    const opener = clicked.closest<HTMLElement>("[data-dialog-open]");
    const wanted = opener && document.getElementById(opener.dataset["dialogOpen"] ?? "");
    if (wanted instanceof HTMLDialogElement) open(wanted);
    if (clicked.closest("[data-dialog-close]")) clicked.closest("dialog")?.close();
  });
  document.addEventListener("htmx:confirm", confirmRequests);
  document.addEventListener("submit", confirmForms, { capture: true });
}
