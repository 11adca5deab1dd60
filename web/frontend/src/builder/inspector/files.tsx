// The file of a message: chosen, dropped or pasted, and kept here; or a link to one on the web.
import { useEffect, useId, useRef, useState } from "react";
import { say } from "../../page";
import { Offline } from "../api";
import type { FileKind, OwnFile } from "../files";
import { linkText, ownFile, takes, upload } from "../files";
import { FILES } from "../graph";
import { Icon } from "../icons";
import { Shown } from "../phone";
import { useBuilder } from "../store";
import { t } from "../words";
import { Field } from "./controls";
import { Text } from "./texts";

interface Sending {
  name: string;
  share: number;
}

/** Sends one file at a time; leaving the form cancels it. `take` gets the link, in the form as it is then. */
function useUpload(kind: FileKind, take: (link: string) => void) {
  const [sending, setSending] = useState<Sending>();
  const [refused, setRefused] = useState("");
  const latest = useRef(take);
  const running = useRef<() => void>(undefined);
  useEffect(() => {
    latest.current = take;
  });
  const cancel = (): void => running.current?.();
  useEffect(() => cancel, []);
  const send = (file: File): void => {
    cancel();
    const { name } = file;
    const began = upload(file, kind, (share) => setSending({ name, share }));
    running.current = began.cancel;
    setRefused("");
    setSending({ name, share: 0 });
    began.done
      .then(({ link }) => latest.current(link))
      .catch((reason: unknown) => reason !== undefined && setRefused(reason instanceof Offline ? say("network_error") : (reason as Error).message))
      .finally(() => {
        if (running.current !== began.cancel) return; // another one took its place
        running.current = undefined;
        setSending(undefined);
      });
  };
  return { sending, refused, send, cancel };
}

function Chosen({ file, kind, replace, remove }: { file: OwnFile; kind: FileKind; replace: (() => void) | undefined; remove: () => void }) {
  return (
    <div className="bf-chosen-file">
      <Shown kind={kind} file={file} small />
      <a className="link" title={file.name} href={file.url} target="_blank" rel="noreferrer" download={kind === "document" ? file.name : undefined}>{file.name}</a>
      {replace && (
        <span className="bf-card-tools">
          <button type="button" className="btn" data-variant="outline" data-size="xs" onClick={replace}>{t("replace_file")}</button>
          <button type="button" className="btn" data-variant="ghost" data-size="icon-xs" aria-label={t("remove_named", { name: file.name })} title={t("remove_named", { name: file.name })} onClick={remove}><Icon name="trash" /></button>
        </span>
      )}
    </div>
  );
}

function Progress({ sending, cancel }: { sending: Sending; cancel: () => void }) {
  return (
    <div className="bf-sending" role="status">
      <span>{t(sending.share < 1 ? "uploading" : "upload_checking", { name: sending.name })}</span>
      <button type="button" className="btn" data-variant="ghost" data-size="xs" onClick={cancel}>{t("cancel")}</button>
      <progress className="bar" max={1} value={sending.share} aria-label={t("uploading", { name: sending.name })} />
    </div>
  );
}

interface Props {
  label?: string;
  kind: FileKind;
  field: string;
  value: string;
  set: (link: string) => void;
}

export function FileField({ label = t("file"), kind, field, value, set }: Props) {
  const mayWrite = useBuilder((state) => state.mayWrite);
  const [over, setOver] = useState(false);
  const input = useRef<HTMLInputElement>(null);
  const box = useRef<HTMLDivElement>(null);
  const group = useId();
  const { sending, refused, send, cancel } = useUpload(kind, set);
  const own = ownFile(value);
  const choose = (): void => input.current?.click();
  /** Whether it was a file. */
  const take = (files: FileList | undefined): boolean => {
    const file = mayWrite ? files?.[0] : undefined;
    if (file) send(file);
    return file !== undefined;
  };
  const remove = (): void => {
    set("");
    requestAnimationFrame(() => box.current?.querySelector("button")?.focus());
  };
  return (
    <div
      ref={box} className="bf-file" role="group" aria-labelledby={group} data-over={over || undefined}
      onDragOver={(event) => {
        if (!mayWrite || !event.dataTransfer.types.includes("Files")) return;
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={(event) => !event.currentTarget.contains(event.relatedTarget as Node | null) && setOver(false)}
      onDrop={(event) => {
        setOver(false);
        if (take(event.dataTransfer.files)) event.preventDefault();
      }}
      onPaste={(event) => {
        if (!take(event.clipboardData.files)) return;
        event.preventDefault();
        event.stopPropagation(); // the canvas would paste steps
      }}
    >
      <span className="sr-only" id={group}>{label}</span>
      <input
        ref={input} type="file" hidden accept={FILES[kind].endings.join(",")} data-file={field}
        onChange={(event) => {
          take(event.target.files ?? undefined);
          event.target.value = ""; // the same one can be chosen again
        }}
      />
      <Field label={label} help={takes(kind)} field={own ? field : undefined}>
        {(id, described) =>
          sending ? <Progress sending={sending} cancel={cancel} />
          : own ? <Chosen file={own} kind={kind} replace={mayWrite ? choose : undefined} remove={remove} />
          : (
            <div className="bf-drop">
              <button type="button" id={id} className="btn" data-variant="outline" data-size="sm" disabled={!mayWrite} aria-label={t("choose_file")} aria-describedby={described} onClick={choose}><Icon name="upload" />{t("choose_file")}</button>
              <span className="form-help">{t("drop_or_paste")}</span>
            </div>
          )}
      </Field>
      {refused && <p className="form-error" role="alert"><Icon name="error" /><span>{refused}</span></p>}
      {!own && !sending && <Text label={t("link_to_file")} field={field} rows={1} value={linkText(value)} set={set} placeholder="https://" />}
    </div>
  );
}
