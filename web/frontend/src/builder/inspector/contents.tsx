// The messages of a node: text, media, buttons, lists and the rest, each with WhatsApp's limits.
import { useRef } from "react";
import type { Button, Buttons, Content, Link, ListContent, Media, Row } from "../graph";
import { CONTENT_DEFAULTS, LIMITS } from "../graph";
import type { IconName } from "../icons";
import { Icon } from "../icons";
import { newId } from "../model";
import { useBuilder } from "../store";
import { t } from "../words";
import { AddButton, Check, Prefix, RemoveButton, Select, TextInput, replaced } from "./controls";
import { FileField } from "./files";
import { Text } from "./texts";

export const CONTENT_ICONS: Record<Content["kind"], IconName> = {
  text: "message", buttons: "tap", list: "list", link: "link", image: "image", video: "video", audio: "music", document: "file", sticker: "sticker", location: "pin", contact: "contact",
};
const KINDS = Object.keys(CONTENT_ICONS) as Content["kind"][];

interface Props<One> {
  value: One;
  set: (value: One) => void;
}

function MediaForm({ value, set }: Props<Media>) {
  const captioned = value.kind === "image" || value.kind === "video" || value.kind === "document";
  return (
    <>
      <FileField key={value.kind} kind={value.kind} field="link" value={value.link} set={(link) => set({ ...value, link })} />
      {captioned && <Text label={t("caption")} field="caption" rows={3} formatted value={value.caption} set={(caption) => set({ ...value, caption })} most={LIMITS.CAPTION} />}
      {value.kind === "document" && <TextInput label={t("filename")} field="filename" value={value.filename} set={(filename) => set({ ...value, filename })} />}
    </>
  );
}

function Frame<One extends Buttons | ListContent | Link>({ value, set, children }: Props<One> & { children: React.ReactNode }) {
  return (
    <>
      <Text label={t("text")} field="text" formatted value={value.text} set={(text) => set({ ...value, text })} most={value.kind === "list" ? LIMITS.LIST_TEXT : LIMITS.INTERACTIVE_TEXT} />
      {children}
      <details className="bf-more" open={Boolean(value.header || value.footer)}>
        <summary>{t("header_and_footer")}</summary>
        <div className="stack-tight">
          <Text label={t("header")} field="header" rows={1} value={value.header} set={(header) => set({ ...value, header })} most={LIMITS.HEADER} />
          <Text label={t("footer")} field="footer" rows={1} value={value.footer} set={(footer) => set({ ...value, footer })} most={LIMITS.FOOTER} />
        </div>
      </details>
    </>
  );
}

function ButtonsForm({ value, set }: Props<Buttons>) {
  const changed = (at: number, button?: Button): void => set({ ...value, buttons: replaced(value.buttons, at, button) });
  return (
    <Frame value={value} set={set}>
      {value.buttons.map((button, at) => (
        <div className="bf-line" key={button.id}>
          <Text label={t("button_number", { number: at + 1 })} field={`buttons.${at}.title`} rows={1} value={button.title} set={(title) => changed(at, { ...button, title })} most={LIMITS.BUTTON_TITLE} />
          <RemoveButton label={t("remove_named", { name: button.title || t("button_number", { number: at + 1 }) })} onClick={() => changed(at)} />
        </div>
      ))}
      <AddButton label={t("add_button")} disabled={value.buttons.length >= LIMITS.BUTTONS} onClick={() => set({ ...value, buttons: [...value.buttons, { id: newId("b"), title: "" }] })} />
    </Frame>
  );
}

function ListForm({ value, set }: Props<ListContent>) {
  const changed = (at: number, row?: Row): void => set({ ...value, rows: replaced(value.rows, at, row) });
  return (
    <Frame value={value} set={set}>
      <Text label={t("list_opens_with")} field="button" rows={1} value={value.button} set={(button) => set({ ...value, button })} most={LIMITS.BUTTON_TITLE} placeholder={t("list_button")} />
      {value.rows.map((row, at) => (
        <div className="bf-card" key={row.id}>
          <div className="bf-line">
            <Text label={t("row_number", { number: at + 1 })} field={`rows.${at}.title`} rows={1} value={row.title} set={(title) => changed(at, { ...row, title })} most={LIMITS.ROW_TITLE} />
            <RemoveButton label={t("remove_named", { name: row.title || t("row_number", { number: at + 1 }) })} onClick={() => changed(at)} />
          </div>
          <Text label={t("description")} field={`rows.${at}.description`} rows={1} value={row.description} set={(description) => changed(at, { ...row, description })} most={LIMITS.ROW_DESCRIPTION} />
        </div>
      ))}
      <AddButton label={t("add_row")} disabled={value.rows.length >= LIMITS.ROWS} onClick={() => set({ ...value, rows: [...value.rows, { id: newId("r"), title: "", description: "" }] })} />
    </Frame>
  );
}

function Body({ value, set }: Props<Content>) {
  switch (value.kind) {
    case "text":
      return (
        <>
          <Text label={t("text")} field="text" rows={5} formatted value={value.text} set={(text) => set({ ...value, text })} most={LIMITS.TEXT} />
          {/https?:\/\//.test(value.text) && <Check label={t("link_preview")} value={value.preview} set={(preview) => set({ ...value, preview })} />}
        </>
      );
    case "buttons": return <ButtonsForm value={value} set={set} />;
    case "list": return <ListForm value={value} set={set} />;
    case "link":
      return (
        <Frame value={value} set={set}>
          <Text label={t("button")} field="label" rows={1} value={value.label} set={(label) => set({ ...value, label })} most={LIMITS.BUTTON_TITLE} />
          <Text label={t("opens_address")} field="url" rows={1} value={value.url} set={(url) => set({ ...value, url })} placeholder="https://" />
        </Frame>
      );
    case "location":
      return (
        <>
          <div className="bf-pair">
            <TextInput label={t("latitude")} field="latitude" value={value.latitude} set={(latitude) => set({ ...value, latitude })} placeholder="41.3874" />
            <TextInput label={t("longitude")} field="longitude" value={value.longitude} set={(longitude) => set({ ...value, longitude })} placeholder="2.1686" />
          </div>
          <TextInput label={t("place_name")} field="name" value={value.name} set={(name) => set({ ...value, name })} />
          <TextInput label={t("address")} field="address" value={value.address} set={(address) => set({ ...value, address })} />
        </>
      );
    case "contact":
      return (
        <>
          <TextInput label={t("name")} field="name" value={value.name} set={(name) => set({ ...value, name })} />
          <TextInput label={t("phone")} field="phone" value={value.phone} set={(phone) => set({ ...value, phone })} placeholder="+34 600 000 000" />
          <TextInput label={t("email")} field="email" value={value.email} set={(email) => set({ ...value, email })} />
          <TextInput label={t("organization")} field="organization" value={value.organization} set={(organization) => set({ ...value, organization })} />
        </>
      );
    default: return <MediaForm value={value} set={set} />;
  }
}

/** Another kind of the same message; its text goes along. */
function turned(value: Content, kind: Content["kind"]): Content {
  const fresh = structuredClone(CONTENT_DEFAULTS[kind]);
  if ("text" in fresh && "text" in value) fresh.text = value.text;
  if (fresh.kind === "buttons") fresh.buttons = [{ id: newId("b"), title: "" }];
  if (fresh.kind === "list") Object.assign(fresh, { button: t("list_button"), rows: [{ id: newId("r"), title: "", description: "" }] });
  if ("link" in fresh && "link" in value) Object.assign(fresh, { link: value.link, caption: value.caption });
  return fresh;
}

export function ContentForm({ value, set }: Props<Content>) {
  return (
    <>
      <Select label={t("kind_of_message")} value={value.kind} set={(kind) => kind !== value.kind && set(turned(value, kind))} options={KINDS.map((kind) => [kind, t(`content.${kind}`)])} />
      <Body value={value} set={set} />
    </>
  );
}

/** A name for each member of a list, which goes along when the member is moved: a file that is being uploaded stays with its message. */
function useKeys(length: number): number[] {
  const keys = useRef<number[]>([]);
  const next = useRef(0);
  while (keys.current.length < length) keys.current.push(next.current++);
  keys.current.length = length;
  return keys.current;
}

/** Up to five messages in sequence. */
export function MessagesEditor({ value, set }: Props<Content[]>) {
  const mayWrite = useBuilder((state) => state.mayWrite);
  const keys = useKeys(value.length);
  const moved = (at: number, by: number): void => {
    const all = [...value];
    for (const list of [all, keys] as unknown[][]) list.splice(at + by, 0, ...list.splice(at, 1));
    set(all);
  };
  const removed = (at: number): void => {
    keys.splice(at, 1);
    set(replaced(value, at));
  };
  return (
    <div className="stack-tight">
      {value.map((content, at) => (
        <section className="bf-card" key={keys[at]} aria-label={t("message_number", { number: at + 1 })}>
          <div className="bf-card-head">
            <Icon name={CONTENT_ICONS[content.kind]} /><strong>{t("message_number", { number: at + 1 })}</strong>
            {mayWrite && (
              <span className="bf-card-tools">
                <button type="button" className="btn" data-variant="ghost" data-size="icon-xs" disabled={at === 0} aria-label={t("move_up")} onClick={() => moved(at, -1)}><Icon name="arrowUp" /></button>
                <button type="button" className="btn" data-variant="ghost" data-size="icon-xs" disabled={at === value.length - 1} aria-label={t("move_down")} onClick={() => moved(at, 1)}><Icon name="arrowDown" /></button>
                <RemoveButton label={t("remove_message")} onClick={() => removed(at)} />
              </span>
            )}
          </div>
          <Prefix value={`messages.${at}.`}><ContentForm value={content} set={(changed) => set(replaced(value, at, changed))} /></Prefix>
        </section>
      ))}
      <AddButton label={t("add_message")} disabled={value.length >= LIMITS.MESSAGES} onClick={() => set([...value, structuredClone(CONTENT_DEFAULTS.text)])} />
    </div>
  );
}
