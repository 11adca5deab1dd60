// Keeps what was typed into an autosaving form in this tab until the server has it: across reloads, lost connections
// and sign-ins.
import { csrfHeaders, meta, say } from "./page";
import { showToast } from "./toasts";

const OUTLIVES = 60_000; // for a request that outlives its page; browsers allow 64 KiB

const prefix = (): string => `draft:${meta("user")}:form:`;
const keyOf = (form: HTMLFormElement): string => prefix() + (form.dataset["autosave"] ?? "");

/** Everything a form would post, without files. */
export function contents(form: HTMLFormElement): URLSearchParams {
  return new URLSearchParams([...new FormData(form)].filter((entry): entry is [string, string] => typeof entry[1] === "string"));
}

export function outlives(typed: URLSearchParams): boolean {
  return typed.toString().length < OUTLIVES;
}

/** Keep the form's contents; `ahead` is how many saves were in progress when it was typed. */
export function stash(form: HTMLFormElement, ahead = 0): URLSearchParams {
  const typed = contents(form);
  typed.set("revision", String(Number(typed.get("revision")) + ahead));
  try {
    sessionStorage.setItem(keyOf(form), typed.toString());
  } catch {
    // storage may be blocked or full; the draft is then safe once it is saved
  }
  return typed;
}

export function unstash(form: HTMLFormElement): void {
  try {
    sessionStorage.removeItem(keyOf(form));
  } catch {
    // blocked: there is nothing
  }
}

function fill(control: Element, typed: URLSearchParams): void {
  if (control instanceof HTMLSelectElement) {
    for (const option of control.options) option.selected = typed.getAll(control.name).includes(option.value);
  } else if (control instanceof HTMLInputElement && /^(checkbox|radio)$/.test(control.type)) {
    control.checked = typed.getAll(control.name).includes(control.value);
  } else if (control instanceof HTMLInputElement || control instanceof HTMLTextAreaElement) {
    control.value = typed.get(control.name) ?? control.value;
  }
}

/** Restore what an earlier page in this tab could not confirm as saved, on its revision: saving twice is harmless. */
export function resume(form: HTMLFormElement): boolean {
  let kept: string | null = null;
  try {
    kept = sessionStorage.getItem(keyOf(form));
  } catch {
    // blocked: nothing was kept
  }
  if (kept === null) return false;
  const typed = new URLSearchParams(kept);
  for (const control of form.elements) if ("name" in control && !/^csrf/.test(String(control.name))) fill(control, typed);
  return true;
}

function chosenOtherwise(list: HTMLSelectElement): boolean {
  const options = [...list.options];
  if (options.some((option) => option.defaultSelected)) return options.some((option) => option.selected !== option.defaultSelected);
  return list.multiple ? list.selectedIndex >= 0 : list.selectedIndex !== options.findIndex((option) => !option.disabled);
}

/** Whether the form differs from what the server rendered. */
export function differs(form: HTMLFormElement): boolean {
  return [...form.elements].some((control) => {
    if (control instanceof HTMLSelectElement) return chosenOtherwise(control);
    if (control instanceof HTMLTextAreaElement) return control.value !== control.defaultValue;
    if (!(control instanceof HTMLInputElement) || control.type === "hidden") return false;
    return /^(checkbox|radio)$/.test(control.type) ? control.checked !== control.defaultChecked : control.value !== control.defaultValue;
  });
}

/** Send the server what an earlier page kept and this page has no form for, before it becomes outdated. */
export function deliverLeft(): void {
  if (!meta("user")) return;
  let keys: string[] = [];
  try {
    keys = Object.keys(sessionStorage).filter((key) => key.startsWith(prefix()));
  } catch {
    // storage may be blocked
  }
  for (const key of keys) {
    const url = key.slice(prefix().length);
    if (document.querySelector(`form[data-autosave="${CSS.escape(url)}"]`)) continue;
    const body = new URLSearchParams(sessionStorage.getItem(key) ?? "");
    const answer = fetch(url, { method: "POST", body, headers: csrfHeaders(), redirect: "manual" });
    // a refusal is final: somebody has changed or launched the draft
    void answer.then(({ status }) => {
      if (status < 500) sessionStorage.removeItem(key);
      if (status >= 400 && status < 500) showToast({ text: say("left_refused"), tone: "danger" });
    }, () => undefined);
  }
}
