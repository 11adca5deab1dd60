// The test: a phone beside the canvas, played by the production interpreter on the server. Nothing leaves the building.
import { memo, useCallback, useEffect, useRef, useState } from "react";
import { locale, zone } from "../page";
import { fromLocal, localTime } from "../times";
import { call } from "./api";
import { useFollow } from "./canvas";
import { ANYBODY, Customer, NAME } from "./customer";
import type { Person } from "./customer";
import type { AutomationDocument, Content, Duration } from "./graph";
import { Icon } from "./icons";
import { initials } from "./initials";
import type { Item } from "./model";
import { edgeId, isTrigger } from "./model";
import { Bubble, Header, WhatsAppText } from "./phone";
import { complain } from "./saving";
import { UNLIT, current, get, set, useBuilder, useDocument } from "./store";
import { summary, titleOf } from "./summaries";
import { known, spoken, t } from "./words";

export interface Line {
  at: string;
  side: "us" | "customer" | "event";
  kind: string;
  node: string;
  text: string;
  content: Content | null;
  template: string;
  failed: string;
  detail: Record<string, unknown> | null;
}

interface Play {
  lines: Line[];
  lit: { node: string; branch: string | null }[];
  edges: [string, string][];
  answers: Record<string, string | boolean>;
  fields: Record<string, string | boolean>;
  now: string;
  node: string;
  waits: string | null;
  until: string | null;
  window_until: string | null;
  window_open: boolean;
  ended: { ending: string; reason: string } | null;
  problems: { code: string; node: string }[];
}

type Action = { kind: "write"; text: string } | { kind: "tap"; choice: string } | { kind: "send"; what: string } | { kind: "jump"; by: Duration } | { kind: "jump_to"; moment: string } | { kind: "next_wait" };

interface Script {
  at: string;
  trigger: string;
  person: Person;
  message: string;
  answers: Record<string, string>;
  actions: Action[];
}

const BY_MESSAGE = new Set(["message", "keyword", "button", "first_message", "campaign_reply"]);
const JUMPS: readonly Duration[] = [{ amount: 1, unit: "hours" }, { amount: 1, unit: "days" }, { amount: 3, unit: "days" }];
const SENDABLE = ["image", "audio", "video", "document", "location"];
const clock = new Intl.DateTimeFormat(locale, { weekday: "short", day: "numeric", month: "short", hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone: zone });
const time = new Intl.DateTimeFormat(locale, { hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone: zone });

/** What the customer would write to start it. */
function opening(document: AutomationDocument, id: string): string {
  const trigger = document.triggers.find((one) => one.id === id);
  if (trigger?.type === "keyword") return trigger.data.words[0] ?? "";
  if (trigger?.type === "button") return trigger.data.payloads[0] ?? "";
  return trigger && BY_MESSAGE.has(trigger.type) ? t("hello") : "";
}

function light(play: Play | undefined): void {
  if (!play) return set({ lit: UNLIT });
  const triggers = play.edges.map(([source]) => source).filter((source) => current().triggers.some((trigger) => trigger.id === source));
  set({
    lit: {
      items: new Set([...triggers, ...play.lit.map((step) => step.node)]), at: play.ended ? "" : play.node,
      edges: new Set(play.edges.map(([source, branch]) => edgeId({ source, branch, target: "" }))),
    },
  });
}

function left(play: Play): string {
  const minutes = play.window_until ? Math.max(0, Math.round((Date.parse(play.window_until) - Date.parse(play.now)) / 60_000)) : 0;
  return minutes >= 60 ? t("hours_left", { hours: Math.floor(minutes / 60) }) : t("minutes_left", { minutes });
}

function Window({ play }: { play: Play }) {
  const hours = play.window_until ? (Date.parse(play.window_until) - Date.parse(play.now)) / 3_600_000 : 0;
  const tone = !play.window_open ? "neutral" : hours > 4 ? "success" : hours > 0.5 ? "warning" : "danger";
  return <span className="badge" data-tone={tone}><span className="dot" />{play.window_open ? left(play) : t("window_closed")}</span>;
}

/** An event between the messages, in words. */
function eventText(line: Line): string {
  const detail = Object.fromEntries(Object.entries(line.detail ?? {}).map(([key, value]) => [key, String(value)]));
  if (line.kind === "jumped") return t("event.jumped", { time: spoken(Number(detail["seconds"] ?? 0)) });
  return known(`event.${line.kind}`) ? t(`event.${line.kind}`, detail) : `${t(`type.${line.kind}`)}: ${did(line)}`;
}

/** Why a message of ours was not sent. */
function whyNot(line: Line): string {
  if (line.kind === "template" && !line.template) return t("choose_template");
  return known(`reason.${line.failed}`) ? t(`reason.${line.failed}`) : t("not_sent");
}

/** What a step did, with the values it did it with. */
function did(line: Line): string {
  const { note } = line.detail ?? {};
  return summary({ type: line.kind, data: { ...line.detail, text: note } } as Item, get().known);
}

const Chat = memo(function Chat({ play, tap, live }: { play: Play | undefined; tap: (choice: string) => void; live: boolean }) {
  const end = useRef<HTMLDivElement>(null);
  const templates = useBuilder((state) => state.known?.templates);
  useEffect(() => {
    void end.current?.scrollIntoView({ block: "nearest" });
  }, [play]);
  const shown = (line: Line): string => templates?.find((one) => one.id === line.template)?.body.replace(/\{\{\s*([^}]+?)\s*\}\}/g, (whole, key: string) => String(line.detail?.[key] ?? line.detail?.[`body.${key}`] ?? whole)) ?? t("type.send_template");
  return (
    <div className="bt-chat" role="log" aria-label={t("conversation")} tabIndex={0}>
      {play?.lines.map((line, at) => {
        if (line.side === "event") return <p className="chat-event" key={at}>{eventText(line)}</p>;
        const buttons = line.template ? (templates?.find((one) => one.id === line.template)?.buttons ?? []).filter((button) => button.type.toUpperCase() === "QUICK_REPLY") : [];
        return (
          <div className="bubble-row" data-first data-direction={line.side === "customer" ? "out" : "in"} data-failed={line.failed ? "" : undefined} key={at}>
            <div className="bubble">
              {line.template && <Header values={line.detail} />}
              {line.content ? <Bubble content={line.content} tap={tap} live={live && !line.failed} /> : <WhatsAppText text={line.template ? shown(line) : line.text || t(`kind.${line.kind}`)} />}
              <span className="bubble-meta"><time dateTime={line.at}>{time.format(new Date(line.at))}</time></span>
              {line.failed && <p className="bubble-error"><Icon name="error" />{whyNot(line)}</p>}
              {buttons.map((button) => <button type="button" className="bt-choice" key={button.index} disabled={!live} onClick={() => tap(button.text)}><Icon name="reply" />{button.text}</button>)}
            </div>
          </div>
        );
      })}
      <div ref={end} />
    </div>
  );
});

function Variables({ play }: { play: Play }) {
  const all = [...Object.entries(play.answers).map(([name, value]) => [`answer.${name}`, value] as const), ...Object.entries(play.fields).map(([name, value]) => [`contact.${name}`, value] as const)];
  return (
    <details className="bf-more bt-variables" open={all.length > 0}>
      <summary>{t("variables")}</summary>
      {all.length === 0 ? <p className="muted">{t("no_variables")}</p> : <dl>{all.map(([name, value]) => <div key={name}><dt>{name}</dt><dd>{String(value)}</dd></div>)}</dl>}
    </details>
  );
}

function state(play: Play, titleAt: (id: string) => string): string {
  if (play.ended) return t(`ending.${play.ended.ending}`);
  const where = titleAt(play.node);
  if (play.waits === "reply") return play.until ? t("waits_reply_until", { title: where, at: clock.format(new Date(play.until)) }) : t("waits_reply", { title: where });
  if (play.until) return t("waits_until", { title: where, at: clock.format(new Date(play.until)) });
  return where;
}

/** What the test could not do as it will be done in earnest, each said once. */
function remarks(play: Play, titleAt: (id: string) => string): string[] {
  return [...new Set(play.problems.map(({ code, node }) => (known(`play.${code}`) ? t(`play.${code}`, { title: titleAt(node) }) : code)))];
}

/** The play of a script against what is drawn now: both changed, it plays again from the start. */
function usePlay(script: Script | undefined): Play | undefined {
  const document = useDocument();
  const [play, setPlay] = useState<Play>();
  useEffect(() => {
    if (!script) return setPlay(undefined);
    let current = true;
    const later = setTimeout(() => {
      call<Play>("POST", "/play", { document, play: script }).then((found) => current && setPlay(found)).catch((reason: unknown) => current && complain(reason));
    }, 30);
    return () => {
      current = false;
      clearTimeout(later);
    };
  }, [document, script]);
  useEffect(() => light(play), [play]);
  useEffect(() => () => light(undefined), []);
  return play;
}

function Starter({ begin, person, describe }: { begin: (script: Script) => void; person: Person; describe: (person: Person) => void }) {
  const document = useDocument();
  const first = document.triggers.find((trigger) => get().selected.has(trigger.id)) ?? document.triggers[0];
  const [trigger, setTrigger] = useState(first?.id ?? "");
  const [message, setMessage] = useState(opening(document, trigger));
  const [values, setValues] = useState<Record<string, string>>({});
  if (document.triggers.length === 0) return <p className="bt-empty">{t("test_needs_trigger")}</p>;
  const chosen = document.triggers.find((one) => one.id === trigger);
  const brought = chosen?.type === "webhook" ? [...new Set(chosen.data.values.map((value) => value.save_as).filter(Boolean))] : [];
  const start = (event: React.FormEvent): void => {
    event.preventDefault();
    begin({ at: new Date().toISOString(), trigger, person, message: chosen && BY_MESSAGE.has(chosen.type) ? message : "", answers: Object.fromEntries(brought.flatMap((name) => (values[name] ? [[name, values[name]]] : []))), actions: [] });
  };
  return (
    <form className="bt-start" onSubmit={start}>
      <label className="form-field"><span className="form-label">{t("starts_by")}</span>
        <select
          className="select" value={trigger}
          onChange={(event) => {
            setTrigger(event.target.value);
            setMessage(opening(document, event.target.value));
          }}
        >
          {document.triggers.filter((one) => isTrigger(one.type)).map((one) => <option value={one.id} key={one.id}>{titleOf(one)}</option>)}
        </select>
      </label>
      {chosen && BY_MESSAGE.has(chosen.type) && <label className="form-field"><span className="form-label">{t("customer_writes")}</span><input className="input" value={message} onChange={(event) => setMessage(event.target.value)} /></label>}
      {brought.map((name) => <label className="form-field" key={name}><span className="form-label bf-mono">{name}</span><input className="input" value={values[name] ?? ""} autoComplete="off" onChange={(event) => setValues({ ...values, [name]: event.target.value })} /></label>)}
      <Customer person={person} set={describe} />
      <button type="submit" className="btn" data-variant="primary"><Icon name="play" />{t("start_test")}</button>
      <p className="form-help">{t("test_help")}</p>
    </form>
  );
}

const local = (moment: string): string => localTime(new Date(moment));

function Clock({ play, act }: { play: Play; act: (action: Action) => void }) {
  const over = play.ended !== null;
  return (
    <div className="bt-clock" role="group" aria-label={t("clock")}>
      <label className="bt-now">
        <Icon name="clock" /><span className="sr-only">{t("set_clock")}</span>
        <input
          key={play.now} type="datetime-local" defaultValue={local(play.now)} min={local(play.now)}
          onBlur={(event) => event.target.value > local(play.now) && act({ kind: "jump_to", moment: fromLocal(event.target.value).toISOString() })}
          onKeyDown={(event) => event.key === "Enter" && event.currentTarget.blur()}
        />
      </label>
      {JUMPS.map((by) => <button type="button" className="btn" data-variant="outline" data-size="xs" key={`${by.amount}${by.unit}`} onClick={() => act({ kind: "jump", by })}>+{by.amount} {t(`short.${by.unit}`)}</button>)}
      <button type="button" className="btn" data-variant="outline" data-size="xs" disabled={over || !play.until} onClick={() => act({ kind: "next_wait" })}><Icon name="forward" />{t("next_wait")}</button>
    </div>
  );
}

function Writer({ act, disabled }: { act: (action: Action) => void; disabled: boolean }) {
  const [text, setText] = useState("");
  const send = (event: React.FormEvent): void => {
    event.preventDefault();
    if (text.trim()) act({ kind: "write", text });
    setText("");
  };
  return (
    <form className="bt-write" onSubmit={send}>
      <select className="select" aria-label={t("send_other")} value="" disabled={disabled} onChange={(event) => act({ kind: "send", what: event.target.value })}>
        <option value="">+</option>
        {SENDABLE.map((what) => <option value={what} key={what}>{t(`kind.${what}`)}</option>)}
      </select>
      <input className="input" value={text} aria-label={t("write_as_customer")} placeholder={t("write_as_customer")} autoComplete="off" onChange={(event) => setText(event.target.value)} />
      <button type="submit" className="btn" data-variant="primary" data-size="icon" aria-label={t("send")}><Icon name="send" /></button>
    </form>
  );
}

export const TestPanel = memo(function TestPanel() {
  const [script, setScript] = useState<Script>();
  const [person, setPerson] = useState(ANYBODY); // stays the same when the test starts over
  const document = useDocument();
  const play = usePlay(script);
  useFollow((play?.ended ? play.lit.at(-1)?.node : play?.node) ?? "");
  const act = useCallback((action: Action) => setScript((before) => before && { ...before, actions: [...before.actions, action] }), []);
  const tap = useCallback((choice: string) => act({ kind: "tap", choice }), [act]);
  const name = String(person.fields[NAME] ?? "").trim() || t("customer");
  const titleAt = (id: string): string => {
    const node = document.nodes.find((one) => one.id === id);
    return node ? titleOf(node) : "";
  };
  return (
    <aside className="bt" aria-label={t("test")}>
      <header className="bi-head">
        <span className="bn-icon"><Icon name="phone" /></span><h2>{t("test")}</h2>
        {script && <button type="button" className="btn" data-variant="ghost" data-size="sm" onClick={() => setScript(undefined)}><Icon name="restart" />{t("start_again")}</button>}
        <button type="button" className="btn" data-variant="ghost" data-size="icon-sm" aria-label={t("close_test")} onClick={() => set({ side: "inspector" })}><Icon name="x" /></button>
      </header>
      <div className="bt-phone">
        <div className="bt-head"><span className="bt-face" aria-hidden="true">{initials(name)}</span><span className="bt-who"><span>{name}</span><small>{t("test_phone")}</small></span>{play && <Window play={play} />}</div>
        {script ? <Chat play={play} tap={tap} live={!play?.ended} /> : <Starter begin={setScript} person={person} describe={setPerson} />}
        {script && <Writer act={act} disabled={!play} />}
      </div>
      {play && (
        <div className="bt-foot">
          <p className="bt-state" role="status" data-over={play.ended ? "" : undefined}>{state(play, titleAt)}</p>
          <Clock play={play} act={act} />
          {remarks(play, titleAt).map((remark) => <p className="bt-remark" key={remark}><Icon name="alert" />{remark}</p>)}
          <Variables play={play} />
        </div>
      )}
    </aside>
  );
});
