// Messages as the customer's phone shows them: WhatsApp's formatting, buttons and lists one can tap.
import { Fragment, useState } from "react";
import type { FileKind, OwnFile } from "./files";
import { ownFile } from "./files";
import type { Content } from "./graph";
import type { IconName } from "./icons";
import { Icon } from "./icons";
import { contentText } from "./summaries";
import { t } from "./words";

const MARKS: readonly [RegExp, "strong" | "em" | "s" | "code"][] = [
  [/```([^`]+)```/, "code"], [/(?<![\w*])\*(\S(?:[^*\n]*\S)?)\*(?![\w*])/, "strong"], [/(?<![\w_])_(\S(?:[^_\n]*\S)?)_(?![\w_])/, "em"], [/(?<![\w~])~(\S(?:[^~\n]*\S)?)~(?![\w~])/, "s"],
];

/** WhatsApp's marks as formatting; `leaf` draws what stands between them. */
export function marked(text: string, leaf: (plain: string) => React.ReactNode = (plain) => plain): React.ReactNode {
  for (const [pattern, Tag] of MARKS) {
    const found = pattern.exec(text);
    if (!found) continue;
    const end = found.index + found[0].length;
    return <>{marked(text.slice(0, found.index), leaf)}<Tag>{Tag === "code" ? found[1] : marked(found[1] ?? "", leaf)}</Tag>{marked(text.slice(end), leaf)}</>;
  }
  return leaf(text);
}

export function WhatsAppText({ text }: { text: string }) {
  return <span className="bubble-text">{text.split(/(?=\n)/).map((line, at) => <Fragment key={at}>{marked(line)}</Fragment>)}</span>;
}

const FILES: Partial<Record<Content["kind"], IconName>> = { image: "image", video: "video", audio: "music", document: "file", sticker: "sticker", location: "pin", contact: "contact" };

/** A file of ours as it looks: a picture or film itself, anything else by its icon; `small` in a form. */
export function Shown({ kind, file, small = false }: { kind: FileKind; file: OwnFile; small?: boolean }) {
  if (kind === "image" || kind === "sticker") return <span className={small ? "bf-thumb" : "bubble-media"}><img src={file.url} alt={file.name} /></span>;
  if (kind === "video" && !small) return <span className="bubble-media"><video src={file.url} controls preload="metadata" aria-label={file.name} /></span>;
  if (kind === "audio" && !small) return <audio src={file.url} controls preload="metadata" aria-label={file.name} />;
  const icon = <Icon name={FILES[kind] ?? "file"} />;
  return small ? <span className="bf-thumb">{icon}</span> : <a className="bubble-file" href={file.url} download={file.name}>{icon}{file.name}</a>;
}

/** The file in the header of a template, by the values it is sent with. */
export function Header({ values }: { values: Readonly<Record<string, unknown>> | null }) {
  const [key = "", value] = Object.entries(values ?? {}).find(([name]) => name.startsWith("header.")) ?? [];
  const file = typeof value === "string" ? ownFile(value) : undefined;
  return file ? <Shown kind={key.slice("header.".length) as FileKind} file={file} /> : null;
}

function Rows({ content, tap, live }: { content: Extract<Content, { kind: "list" }>; tap: (choice: string) => void; live: boolean }) {
  const [open, setOpen] = useState(false);
  return (
    <>
      <button type="button" className="bt-choice" disabled={!live} aria-expanded={open} onClick={() => setOpen(!open)}><Icon name="list" />{content.button || t("list_button")}</button>
      {open && (
        <ul className="bt-rows">
          {content.rows.map((row) => (
            <li key={row.id}>
              <button
                type="button" disabled={!live}
                onClick={() => {
                  setOpen(false);
                  tap(row.id);
                }}
              >
                {row.title}{row.description && <small>{row.description}</small>}
              </button>
            </li>
          ))}
        </ul>
      )}
    </>
  );
}

export function Bubble({ content, tap, live }: { content: Content; tap: (choice: string) => void; live: boolean }) {
  const file = FILES[content.kind];
  const own = "caption" in content ? ownFile(content.link) : undefined;
  const text = own && "caption" in content ? content.caption : contentText(content);
  return (
    <>
      {"header" in content && content.header && <strong className="bt-title">{content.header}</strong>}
      {own && "caption" in content ? <Shown kind={content.kind} file={content.filename ? { ...own, name: content.filename } : own} /> : file && <span className="bubble-file"><Icon name={file} />{t(`content.${content.kind}`)}</span>}
      {text && <WhatsAppText text={text} />}
      {"footer" in content && content.footer && <small className="template-footer">{content.footer}</small>}
      {content.kind === "buttons" && content.buttons.map((button) => <button type="button" className="bt-choice" key={button.id} disabled={!live} onClick={() => tap(button.id)}><Icon name="reply" />{button.title}</button>)}
      {content.kind === "list" && <Rows content={content} tap={tap} live={live} />}
      {content.kind === "link" && <span className="bt-choice"><Icon name="link" />{content.label || content.url}</span>}
    </>
  );
}
