// Drop zone: shows the chosen file, and posts it with progress where an upload URL is given.
import { join, leave, type LiveEvent } from "./live";
import { csrfHeaders, say, sizeOf, swapHtml } from "./page";
import { showToast } from "./toasts";

function name(zone: HTMLElement, file: File | undefined): void {
  const line = zone.querySelector("[data-dropzone-file]") as HTMLElement;
  line.textContent = file ? `${file.name} · ${sizeOf(file)}` : "";
  zone.toggleAttribute("data-filled", file !== undefined);
}

async function finished(zone: HTMLElement, request: XMLHttpRequest): Promise<void> {
  (zone.querySelector("progress") as HTMLProgressElement).hidden = true;
  const redirect = request.getResponseHeader("HX-Redirect") ?? request.getResponseHeader("HX-Location");
  if (redirect) location.href = redirect;
  const wanted = request.getResponseHeader("HX-Retarget") ?? zone.dataset["uploadTarget"] ?? "";
  const target = document.querySelector(wanted) ?? zone;
  const swap = request.getResponseHeader("HX-Reswap") ?? "innerHTML";
  if (!redirect && request.responseText.trim()) await swapHtml(request.responseText, target, swap);
}

/** Shows the server's progress in reading the file, as reported in the room. */
function follow(room: string, progress: HTMLProgressElement): () => void {
  const heard = (event: Event): void => {
    const { event: name, room: where, done = 0, total = 0 } = (event as CustomEvent<LiveEvent>).detail;
    if (name !== "file_progress" || where !== room) return;
    if (done < total) progress.value = done / total;
    else progress.removeAttribute("value"); // everything is read; how long the rest takes is unknown
  };
  document.addEventListener("live:event", heard);
  join(room);
  return () => {
    leave(room);
    document.removeEventListener("live:event", heard);
  };
}

function post(zone: HTMLElement, input: HTMLInputElement, file: File): void {
  const progress = zone.querySelector("progress") as HTMLProgressElement;
  const data = input.form ? new FormData(input.form) : new FormData();
  data.set(input.name, file);
  const request = new XMLHttpRequest();
  request.open("POST", zone.dataset["uploadUrl"] ?? "");
  for (const [header, value] of Object.entries(csrfHeaders())) request.setRequestHeader(header, value);
  progress.hidden = false;
  progress.value = 0;
  request.upload.onprogress = ({ loaded, total }) => (progress.value = total ? loaded / total : 0);
  let ended = (): void => undefined;
  request.upload.onload = () => {
    const line = zone.querySelector("[data-dropzone-file]") as HTMLElement;
    line.textContent = `${line.textContent} · ${say("upload_reading")}`;
    const room = zone.dataset["uploadRoom"];
    if (!room) return;
    progress.value = 0;
    ended = follow(room, progress);
  };
  request.onload = () => void finished(zone, request);
  request.onloadend = () => ended();
  request.onerror = () => {
    progress.hidden = true;
    showToast({ text: say("upload_failed"), tone: "danger" });
  };
  request.send(data);
}

export function receive(zone: HTMLElement): void {
  const input = zone.querySelector('input[type="file"]') as HTMLInputElement;
  const over = (active: boolean) => (event: DragEvent) => {
    event.preventDefault();
    zone.toggleAttribute("data-over", active);
  };
  zone.addEventListener("dragover", over(true));
  zone.addEventListener("dragleave", over(false));
  zone.addEventListener("drop", (event) => {
    over(false)(event);
    if (!event.dataTransfer?.files.length) return;
    input.files = event.dataTransfer.files;
    input.dispatchEvent(new Event("change", { bubbles: true }));
  });
  const chosen = (): void => {
    const file = input.files?.[0];
    name(zone, file);
    if (file && zone.dataset["uploadUrl"]) post(zone, input, file);
  };
  input.addEventListener("change", chosen);
  if (zone.dataset["uploadUrl"]) {
    // A browser says nothing when the same file is chosen again.
    input.addEventListener("click", () => (input.value = ""));
    // The reading options changed: read the file just chosen again.
    input.form?.addEventListener("change", (event) => {
      if (event.target !== input && zone.isConnected && input.files?.length) chosen();
    });
  }
  if (input.files?.length) chosen(); // somebody was faster than this script
}
