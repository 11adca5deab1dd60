// Parts of the page that are loaded where they are used. A load that fails is tried again; one that stays away is said.
import { enhance, say } from "./page";
import { showToast } from "./toasts";

const PAUSES_MS = [400, 1_600];

async function persistently<Module>(load: () => Promise<Module>): Promise<Module> {
  for (const pause of PAUSES_MS) {
    try {
      return await load();
    } catch {
      await new Promise((resume) => setTimeout(resume, pause));
    }
  }
  return load();
}

/** The usual reason is an update under an open page: its files are no longer there. */
function tellMissing(): void {
  if (document.querySelector("#toasts [data-toast-action]")) return; // once is enough, however many parts are missing
  showToast({
    text: say("part_missing"), tone: "danger", action: { label: say("reload"), run: () => location.reload() },
  });
}

/**
 * Load a module as soon as an element of `selector` is on the page, and start it once for each of them.
 * What is returned gives the module to whoever needs it now, after it was started; undefined when it cannot be had.
 */
export function island<Module>(
  selector: string, load: () => Promise<Module>, start: (module: Module, element: HTMLElement) => void,
): () => Promise<Module | undefined> {
  const waiting = new Set<HTMLElement>();
  let loading: Promise<Module | undefined> | undefined;
  const use = async (): Promise<Module | undefined> => {
    loading ??= persistently(load).catch(() => {
      loading = undefined; // the next one who needs it tries again
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
