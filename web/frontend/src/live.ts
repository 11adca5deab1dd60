// One WebSocket for each page that shows something live; elements name the rooms whose events make them refresh.
import { htmx } from "./htmx";
import { locale, meta, say, zone } from "./page";
import { settled } from "./toasts";

export interface LiveEvent {
  event: string;
  room?: string;
  user?: string;
  user_id?: string;
  activity?: string;
  done?: number;
  total?: number;
  position?: string;
}

const LEAVING_MS = 5_000; // in case it was a download and the page stays
const REFRESH_MS = 350; // at most three refreshes a second per element
const SLOWEST_RETRY_MS = 15_000;
const BANNER_AFTER_MS = 1_500;
const PING_MS = 25_000;
const SILENCE_MS = 8_000; // a hanging server does not close the connection: it just stops answering
const TYPING_MS = 6_000;
const VIEWING_MS = 60_000; // the server repeats "viewing" three times a minute
const SIGNED_OUT = 4401;

const regions = new Set<HTMLElement>();
const joined = new Map<string, number>();
let socket: WebSocket | undefined;
let attempts = 0;
let wasOpen = false;
let banner = 0;
let silence = 0;
let silent = false;
// Joining a room replays what happened after these; the older one is kept because part of the page may have been read
// before the newer one and join after it.
let position = meta("live-position");
let earlier = position;
let lastHeard = new Date(); // the page itself is as fresh as its load
const clock = new Intl.DateTimeFormat(locale, { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23", timeZone: zone });

function rooms(element: HTMLElement): string[] {
  return (element.dataset["live"] ?? element.dataset["presence"] ?? "").split(/\s+/).filter(Boolean);
}

export function send(message: Record<string, unknown>): void {
  if (socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify(message));
}

function sendJoin(room: string): void {
  send({ event: "join", room, ...(earlier && { since: earlier }) });
}

export function join(room: string): void {
  const members = joined.get(room) ?? 0;
  joined.set(room, members + 1);
  if (!socket) start();
  if (members === 0) sendJoin(room);
}

export function leave(room: string): void {
  const members = (joined.get(room) ?? 1) - 1;
  if (members > 0) {
    joined.set(room, members);
    return;
  }
  joined.delete(room);
  send({ event: "leave", room });
}

const due = new WeakMap<HTMLElement, { last: number; timer: number }>();

let leaving = 0; // a page that is navigating away must not be redirected by its own refresh
addEventListener("beforeunload", () => (leaving = Date.now() + LEAVING_MS));

/** Leading and trailing: the first event acts at once, a burst ends with one more refresh. */
function refresh(element: HTMLElement): void {
  const state = due.get(element) ?? { last: 0, timer: 0 };
  due.set(element, state);
  if (state.timer) return;
  const wait = Math.max(0, state.last + REFRESH_MS - Date.now(), leaving - Date.now());
  state.timer = window.setTimeout(() => {
    state.timer = 0;
    if (Date.now() < leaving) return refresh(element);
    state.last = Date.now();
    if (element.isConnected && !document.hidden) htmx.trigger(element, "live");
    else if (element.isConnected) element.dataset["stale"] = "";
  }, wait);
}

function wants(element: HTMLElement, { event, room }: LiveEvent): boolean {
  if (!room || !rooms(element).includes(room)) return false;
  const patterns = (element.dataset["liveEvents"] ?? "*").split(/\s+/);
  return patterns.some((pattern) => pattern === "*" || pattern === event || (pattern.endsWith("*") && event.startsWith(pattern.slice(0, -1))));
}

interface Colleague {
  name: string;
  activity: string;
  until: number;
}

const colleagues = new WeakMap<HTMLElement, Map<string, Colleague>>();

function namesOf(people: Colleague[], activity: string): string {
  const names = people.filter((person) => person.activity === activity).map((person) => person.name);
  return names.length > 0 ? say(`presence_${activity}`, { user: names.join(", ") }) : "";
}

function showPresence(element: HTMLElement): void {
  const here = colleagues.get(element);
  if (!here) return;
  for (const [id, person] of here) if (person.until < Date.now()) here.delete(id);
  const people = [...here.values()];
  const text = namesOf(people, "typing") || namesOf(people, "viewing");
  if (element.textContent !== text) element.textContent = text;
}

function noteActivity(element: HTMLElement, { user = "", user_id: id = user, activity = "left" }: LiveEvent): void {
  const here = colleagues.get(element) ?? new Map<string, Colleague>();
  colleagues.set(element, here);
  if (activity === "left") here.delete(id);
  else here.set(id, { name: user, activity, until: Date.now() + (activity === "typing" ? TYPING_MS : VIEWING_MS) });
  showPresence(element);
}

function sweep(): void {
  for (const element of regions) {
    if (element.isConnected) continue;
    regions.delete(element);
    rooms(element).forEach(leave);
  }
}

function receive(message: LiveEvent): void {
  if (message.event === "resync") {
    fillGap(); // the server dropped events for us, so everything is reloaded
    return;
  }
  sweep();
  const presence = message.event === "user_activity";
  for (const element of regions) {
    if (!wants(element, message) || presence !== (element.dataset["presence"] !== undefined)) continue;
    if (presence) noteActivity(element, message);
    else refresh(element);
  }
  document.dispatchEvent(new CustomEvent("live:event", { detail: message }));
}

function showBanner(visible: boolean): void {
  clearTimeout(banner);
  const element = document.getElementById("connection");
  if (!element) return;
  const text = element.querySelector<HTMLElement>("[data-connection-text]");
  if (visible && text) text.textContent = say("stale", { time: clock.format(lastHeard) });
  if (visible) banner = window.setTimeout(() => (element.hidden = false), BANNER_AFTER_MS);
  else element.hidden = true;
}

function opened(): void {
  if (wasOpen) settled(say("network_error"));
  attempts = 0;
  silent = false;
  showBanner(false);
  joined.forEach((_, room) => sendJoin(room));
  if (wasOpen && !earlier) fillGap();
  wasOpen = true;
}

/** Events may have been missed while disconnected, so every region asks the server once. */
function fillGap(): void {
  sweep();
  regions.forEach((element) => element.dataset["live"] !== undefined && refresh(element));
}

function closed(event: CloseEvent): void {
  if (event.code === SIGNED_OUT) {
    location.reload(); // the session ended: the server redirects to the sign-in page
    return;
  }
  clearTimeout(silence);
  if (attempts === 0 && !silent) lastHeard = new Date(); // nothing is newer than the end of the connection
  showBanner(true);
  const wait = Math.min(SLOWEST_RETRY_MS, 500 * 2 ** attempts++);
  setTimeout(connect, wait * (0.75 + Math.random() / 2));
}

/** The server must answer; until it does, the page says how old its figures are. */
function ping(): void {
  if (socket?.readyState !== WebSocket.OPEN) return;
  send({ event: "ping" });
  clearTimeout(silence);
  silence = window.setTimeout(() => {
    silent = true;
    showBanner(true);
  }, SILENCE_MS);
}

function heard(event: MessageEvent): void {
  clearTimeout(silence);
  lastHeard = new Date();
  if (silent) {
    silent = false;
    showBanner(false);
    fillGap();
  }
  const message = JSON.parse(String(event.data)) as LiveEvent & { pong?: boolean };
  if (message.pong && message.position) [earlier, position] = [position, message.position];
  receive(message);
}

function connect(): void {
  const url = new URL(meta("live-url") || "/ws", location.href);
  url.protocol = url.protocol.replace("http", "ws");
  socket = new WebSocket(url);
  socket.addEventListener("open", opened);
  socket.addEventListener("close", closed);
  socket.addEventListener("message", heard);
}

export function attach(element: HTMLElement): void {
  regions.add(element);
  rooms(element).forEach(join);
}

function start(): void {
  connect();
  setInterval(ping, PING_MS);
  setInterval(() => regions.forEach(showPresence), 2_000);
}

addEventListener("online", () => {
  if (socket && socket.readyState !== WebSocket.OPEN) attempts = 0;
});
document.addEventListener("visibilitychange", () => {
  if (document.hidden) return;
  document.querySelectorAll<HTMLElement>("[data-stale]").forEach((element) => {
    delete element.dataset["stale"];
    refresh(element);
  });
});
