// Saves the draft as it changes, one request at a time; a conflict or a lost connection never loses what was drawn.
import { say } from "../page";
import { showToast } from "../toasts";
import type { Automation, Draft, Problem } from "./api";
import { Offline, Refused, call } from "./api";
import type { AutomationDocument } from "./graph";
import * as histories from "./history";
import { complete } from "./model";
import { current, get, set, subscribe } from "./store";
import { t } from "./words";

const QUIET_MS = 600;
const AGAIN_MS = 4_000;
const MOST_KEEPALIVE = 60_000; // what browsers send after a page is gone

let timer = 0;
let running: Promise<void> | undefined;

function path(): string {
  return `/${get().automation.id}`;
}

export function isDirty(): boolean {
  return current() !== get().savedDocument;
}

async function put(): Promise<void> {
  const document = current();
  set({ saving: "saving" });
  try {
    const answer = await call<{ revision: number; problems: Problem[] }>("PUT", `${path()}/draft`, { revision: get().revision, document });
    set({ revision: answer.revision, problems: answer.problems, savedDocument: document, saving: "saved", savedAt: Date.now(), automation: { ...get().automation, changed: true } });
  } catch (reason) {
    if (reason instanceof Refused && reason.code === "draft_changed") set({ saving: "conflict", refusal: reason.message, dialog: "conflict" });
    else if (reason instanceof Refused && reason.status < 500) set({ saving: "refused", refusal: reason.message });
    else {
      set({ saving: "offline" });
      plan(AGAIN_MS);
    }
  }
}

function plan(wait: number): void {
  clearTimeout(timer);
  timer = window.setTimeout(() => void flush(), wait);
}

/** Save now; resolves to whether everything is saved. */
export async function flush(): Promise<boolean> {
  clearTimeout(timer);
  while (isDirty() && get().saving !== "conflict") {
    running ??= put().finally(() => (running = undefined));
    await running;
    if (get().saving !== "saved") return false;
  }
  return !isDirty();
}

/** Save before something that needs it; tells the person what stands in the way. */
export async function settle(): Promise<boolean> {
  if (await flush()) return true;
  const { saving, refusal } = get();
  if (saving === "conflict") set({ dialog: "conflict" });
  else showToast({ text: saving === "refused" ? t("save.refused", { reason: refusal }) : say("network_error"), tone: "danger" });
  return false;
}

function begin(draft: Draft): void {
  const document = complete(draft.document);
  set({
    history: histories.begin(document), savedDocument: document, revision: draft.revision, problems: draft.problems,
    saving: "saved", savedAt: Date.parse(draft.saved_at), refusal: "", selected: new Set(), edge: "", dialog: undefined,
  });
}

/** Show what is saved in place of what is drawn here. */
export async function loadTheirs(): Promise<void> {
  begin(await call<Draft>("GET", `${path()}/draft`));
}

/** Save what is drawn here as an automation of its own, and go there. */
export async function keepAsCopy(): Promise<void> {
  const name = t("copy_of", { name: get().automation.name });
  const made = await call<Automation>("POST", "", { name, document: current() });
  sessionStorage.removeItem(stashKey());
  set({ savedDocument: current() });
  location.assign(`/automations/${made.id}`);
}

export async function restore(version: number): Promise<void> {
  begin(await call<Draft>("POST", `${path()}/versions/${version}/restore`, { revision: get().revision }));
}

/** Replace the document by the server's change of it: an arrangement or the fix of a problem. */
export async function ask(change: "arrange" | "fix", more: Record<string, string> = {}): Promise<void> {
  const before = current();
  const answer = await call<{ document: AutomationDocument }>("POST", `/${change}`, { document: before, ...more });
  if (current() !== before) return; // it was changed meanwhile: the answer is about something else
  set({ history: histories.commit(get().history, complete(answer.document), "", Date.now()), overview: change === "arrange" });
  plan(0); // its problems come with the save
}

/** Tell the person why something was not done. */
export function complain(reason: unknown): void {
  const text = reason instanceof Offline ? say("network_error") : reason instanceof Error ? reason.message : String(reason);
  showToast({ text, tone: "danger" });
}

const stashKey = (): string => `builder:${get().automation.id}`;

function leave(): void {
  if (!isDirty() || get().saving === "conflict") return;
  const body = { revision: get().revision, document: current() };
  const text = JSON.stringify(body);
  sessionStorage.setItem(stashKey(), text);
  if (text.length < MOST_KEEPALIVE && !running) void call("PUT", `${path()}/draft`, body, true).catch(() => undefined);
}

/** What was drawn before a reload that could not be saved then. */
function takeUp(): void {
  const left = sessionStorage.getItem(stashKey());
  sessionStorage.removeItem(stashKey());
  if (!left) return;
  const { revision, document } = JSON.parse(left) as { revision: number; document: AutomationDocument };
  if (revision !== get().revision) return; // saved as the page left, or changed by somebody since
  set({ history: histories.commit(get().history, complete(document), "", Date.now()) });
}

export function startSaving(): void {
  let seen = current();
  subscribe(() => {
    if (current() === seen) return;
    seen = current();
    if (get().saving === "conflict" || !get().mayWrite) return;
    if (isDirty()) set({ saving: running ? "saving" : "unsaved" });
    else if (!running) set({ saving: "saved", refusal: "" }); // undone to what is saved
    plan(QUIET_MS);
  });
  addEventListener("online", () => void flush());
  addEventListener("pagehide", leave);
  addEventListener("beforeunload", (event) => {
    if (isDirty() && get().saving !== "unsaved" && get().saving !== "saving") event.preventDefault();
  });
  if (get().mayWrite) takeUp();
}
