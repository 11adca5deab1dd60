// Files of this installation: how documents name them, what may be sent as what, and how one is uploaded.
import { csrfHeaders, sizeOf } from "../page";
import { Offline, Refused } from "./api";
import type { Media } from "./graph";
import { FILES } from "./graph";
import { t } from "./words";

export type FileKind = Media["kind"];

export interface OwnFile {
  name: string;
  url: string;
}

/** The file that stands where a link could; undefined for an address. */
export function ownFile(link: string): OwnFile | undefined {
  const [, hash, name] = /^file:([0-9a-f]{64})\/([^/\s{}]*)$/.exec(link) ?? [];
  if (!hash || name === undefined) return undefined;
  return { name: readable(name), url: `/api/automations/files/${hash}` };
}

function readable(name: string): string {
  try {
    return decodeURIComponent(name);
  } catch {
    return name; // written by hand
  }
}

/** A link as people read it. */
export function linkText(link: string): string {
  return ownFile(link)?.name ?? link;
}

/** What a kind takes, in words. */
export function takes(kind: FileKind): string {
  const { limit, endings } = FILES[kind];
  return t("file_takes", { types: endings.map((ending) => ending.slice(1).toUpperCase()).join(", "), size: sizeOf({ size: limit }) });
}

export interface Uploaded {
  link: string;
  size: number;
}

/** Send a file; `progress` hears the share that has left. Rejects like `call` does; `cancel` makes it reject with undefined. */
export function upload(file: File, kind: FileKind, progress: (share: number) => void): { done: Promise<Uploaded>; cancel: () => void } {
  const request = new XMLHttpRequest();
  const done = new Promise<Uploaded>((resolve, reject) => {
    const { limit } = FILES[kind];
    if (file.size > limit) return reject(new Refused(422, "file_large", t("file_large", { most: sizeOf({ size: limit }), size: sizeOf(file) }), {}));
    const form = new FormData();
    form.set("kind", kind);
    form.set("file", file, file.name);
    request.open("POST", "/api/automations/files");
    request.responseType = "json";
    request.setRequestHeader("X-CSRF-Token", csrfHeaders()["X-CSRF-Token"] ?? "");
    request.setRequestHeader("Accept", "application/json");
    request.upload.onprogress = ({ loaded, total }) => progress(total ? loaded / total : 0);
    request.onerror = () => reject(new Offline());
    request.onabort = () => reject(undefined);
    request.onload = () => {
      if (request.status === 401) location.reload();
      const answer = (request.response ?? {}) as Uploaded & { code?: string; detail?: string };
      if (request.status < 300) resolve(answer);
      else reject(new Refused(request.status, answer.code ?? "", answer.detail ?? String(request.status), {}));
    };
    request.send(form);
  });
  return { done, cancel: () => request.abort() };
}
