// Loads parts of the page where they are used. A failed load is retried; if it keeps failing, the page says so.
// A part imports nothing but what the entry has loaded: a retry asks for its file under another address, but not for what that imports.
import { enhance, say } from "./page";
import { showToast } from "./toasts";

const PAUSES_MS = [400, 1_600];
const ADDRESS = /https?:\/\/\S+\.js/;

/** A browser that failed to fetch a module fails for the same address ever after (Chromium 150), so a retry asks another. */
async function persistently<Module>(load: () => Promise<Module>): Promise<Module> {
  let next = load;
  for (const pause of PAUSES_MS) {
    try {
      return await next();
    } catch (error) {
      await new Promise((resume) => setTimeout(resume, pause));
      const [address] = ADDRESS.exec(String(error)) ?? [];
      next = address ? () => import(/* @vite-ignore */ `${address}?${Date.now()}`) as Promise<Module> : load;
    }
  }
  return next();
}

/** Usually an update replaced the files of an open page. */
function tellMissing(): void {
  if (document.querySelector("#toasts [data-toast-action]")) return; // once is enough, however many parts are missing
  showToast({
    text: say("part_missing"), tone: "danger", action: { label: say("reload"), run: () => location.reload() },
  });
}

/**
 * Load a module once an element matching `selector` is on the page, and start it once per element.
 * Returns a function that resolves to the started module, or undefined if it cannot be loaded.
 */
export function island<Module>(
  selector: string, load: () => Promise<Module>, start: (module: Module, element: HTMLElement) => void,
): () => Promise<Module | undefined> {
  const waiting = new Set<HTMLElement>();
  let loading: Promise<Module | undefined> | undefined;
  const use = async (): Promise<Module | undefined> => {
    loading ??= persistently(load).catch(() => {
      loading = undefined; // the next caller tries again
      tellMissing();
      return undefined;
    });
    const module = await loading;
    if (!module) return undefined;
    for (const element of waiting) {
      waiting.delete(element);
      start(module, element);
    }
    return module;
  };
  enhance(selector, (element) => {
    waiting.add(element);
    void use();
  });
  addEventListener("online", () => waiting.size > 0 && void use());
  return use;
}
