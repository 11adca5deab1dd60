// The JSON API of automations as the builder calls it: answers typed, refusals as errors with their code.
import { csrfHeaders } from "../page";
import type { AutomationDocument } from "./graph";

export interface Problem {
  at: string;
  field: string;
  code: string;
  text: string;
  severity: "error" | "warning";
  fix: string | null;
  fix_label: string | null;
}

export interface Draft {
  revision: number;
  saved_at: string;
  saved_by: string | null;
  document: AutomationDocument;
  problems: Problem[];
}

export type Status = "draft" | "live" | "paused";

export interface Automation {
  id: string;
  name: string;
  status: Status;
  version: number | null;
  archived_at: string | null;
  active_runs: number;
  changed: boolean;
  halted: { guard: string; text: string; at: string; contacts: number; people?: Named[] } | null; // whom it concerns: the first of them
  missed_starts: { trigger_id: string; title: string; due: string }[];
  runs_inside: { version: number; runs: number }[];
  draft: Draft;
}

export interface Template {
  id: string;
  name: string;
  category: string;
  language: string;
  languages: string[];
  status: string;
  problem: string | null; // why it cannot be sent
  body: string;
  slots: { key: string; label: string; example: string; media: string | null }[];
  buttons: { index: number; type: string; text: string }[];
}

interface Named {
  id: string;
  name: string;
}

export interface Known {
  templates: Template[];
  fields: { key: string; name: string; type: string; options: string[] }[];
  labels: (Named & { color: string })[];
  groups: (Named & { members: number })[];
  users: Named[];
  channels: (Named & { phone: string })[];
  automations: (Named & { status: string })[];
  campaigns: Named[];
  calendars: Named[];
  secrets: string[];
  zone: string;
}

export interface Change {
  kind: "added" | "removed" | "changed";
  what: "node" | "trigger" | "edge" | "settings";
  id: string;
  title: string;
  text: string;
  edits: Edit[];
}

export type Value = string | number | boolean | null;

export interface Edit {
  field: string;
  name: string;
  old: Value;
  new: Value;
}

export interface Version {
  version: number;
  published_at: string;
  published_by: string | null;
  live: boolean;
  active_runs: number;
}

export interface NodeCount {
  node: string;
  here: number;
  passed: number;
  dropped: number;
  failed: number;
  branches: Record<string, number>;
}

export interface Counts {
  nodes: NodeCount[];
  triggers: Record<string, number>;
  entered: number;
  active: number;
}

export interface PersonInside {
  run_id: string;
  contact_id: string;
  contact_name: string | null;
  contact_phone_shown: string | null;
  conversation_id: string | null;
  node: string;
  waits: string | null;
  until: string | null;
  since: string;
}

export interface Hook {
  trigger_id: string;
  url: string | null;
  called_at: string | null;
  sample: unknown;
  live: boolean;
}

/** The server refused; `code` is stable, `message` can be shown. */
export class Refused extends Error {
  constructor(readonly status: number, readonly code: string, message: string, readonly fields: Record<string, string>) {
    super(message);
  }
}

/** No answer at all. */
export class Offline extends Error {}

const PATIENCE_MS = 20_000;

export async function call<Answer>(method: string, path: string, body?: unknown, keepalive = false): Promise<Answer> {
  let response: Response;
  try {
    response = await fetch(`/api/automations${path}`, {
      method, keepalive, signal: AbortSignal.timeout(PATIENCE_MS),
      headers: { "X-CSRF-Token": csrfHeaders()["X-CSRF-Token"] ?? "", Accept: "application/json", "Content-Type": "application/json" },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
  } catch (reason) {
    throw new Offline(String(reason));
  }
  if (response.status === 401) location.reload(); // the session ended: the server shows the sign-in page
  if (response.status === 204) return undefined as Answer;
  const answer: unknown = await response.json().catch(() => ({}));
  if (response.ok) return answer as Answer;
  const { code = "", detail = "", title = "", fields = {} } = answer as Partial<Record<"code" | "detail" | "title", string>> & { fields?: Record<string, string> };
  throw new Refused(response.status, code, detail || title || String(response.status), fields);
}
