// Enter sends and Shift+Enter breaks the line: bound with the page, so that nothing pressed while the island loads is lost.

export function onSend(form: HTMLFormElement, send: () => void): void {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    send();
  });
  form.querySelector("textarea")?.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    send();
  });
}
