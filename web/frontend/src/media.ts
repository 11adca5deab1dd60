// A picture, film or voice message that cannot be shown: the reason in words instead of an empty player.
import { say } from "./page";

type Media = HTMLImageElement | HTMLVideoElement | HTMLAudioElement;

function hasFailed(media: Media): boolean {
  return media instanceof HTMLImageElement ? media.complete && media.naturalWidth === 0 : media.error !== null;
}

/** Why the server does not deliver it; empty if it does and the browser cannot show it. */
async function reason(url: string): Promise<string> {
  const stop = new AbortController();
  try {
    const response = await fetch(url, { signal: stop.signal });
    return response.ok ? "" : ((await response.json()) as { detail: string }).detail;
  } catch {
    return say("network_error");
  } finally {
    stop.abort(); // only the start of the answer matters
  }
}

async function explain(media: Media): Promise<void> {
  const url = media.currentSrc || media.src;
  const note = document.createElement("span");
  note.className = "bubble-choice muted";
  note.setAttribute("role", "note");
  const said = await reason(url);
  if (said) note.textContent = said;
  else {
    const link = document.createElement("a");
    link.className = "link";
    link.href = url;
    link.download = "";
    link.textContent = say("file_unseen");
    note.append(link);
  }
  (media.closest(".bubble-media") ?? media).replaceWith(note);
}

export function watch(media: Media): void {
  if (hasFailed(media)) void explain(media);
  else media.addEventListener("error", () => void explain(media), { once: true });
}
