// Watching the automation at work: counts on its nodes, refreshed while somebody looks, and the people behind a number.
import { useCallback, useEffect, useRef, useState } from "react";
import { timeText } from "../times";
import type { Counts, NodeCount, PersonInside } from "./api";
import { call } from "./api";
import { Dialog } from "./dialogs";
import { Icon } from "./icons";
import { NEXT } from "./model";
import { complain } from "./saving";
import type { Overlay } from "./store";
import { get, itemOf, set, useBuilder } from "./store";
import { titleOf } from "./summaries";
import { many, spoken, t } from "./words";

const EVERY_MS = 5_000;
const OVERLAYS: readonly Overlay[] = ["none", "24h", "7d", "all"];

/** What a trigger started left it by its only branch. */
function ofTrigger([node, started]: [string, number]): NodeCount {
  return { node, here: 0, passed: started, dropped: 0, failed: 0, branches: { [NEXT]: started } };
}

async function refresh(overlay: Overlay): Promise<void> {
  const found = await call<Counts>("GET", `/${get().automation.id}/counts?period=${overlay}`);
  if (get().overlay !== overlay) return; // another period was chosen meanwhile
  const counts = [...found.nodes, ...Object.entries(found.triggers).map(ofTrigger)];
  set({ counts: new Map(counts.map((count) => [count.node, count])), automation: { ...get().automation, active_runs: found.active } });
}

/** Counts while an overlay is shown and the page is looked at. */
export function useCounts(): void {
  const overlay = useBuilder((state) => state.overlay);
  useEffect(() => {
    if (overlay === "none") return undefined;
    refresh(overlay).catch(complain);
    const every = setInterval(() => document.hidden || void refresh(overlay).catch(() => undefined), EVERY_MS);
    return () => clearInterval(every);
  }, [overlay]);
}

export function OverlaySelect() {
  const overlay = useBuilder((state) => state.overlay);
  return (
    <label className="bh-overlay">
      <span className="sr-only">{t("overlay")}</span>
      <select className="select" value={overlay} onChange={(event) => set({ overlay: event.target.value as Overlay, counts: new Map() })}>
        {OVERLAYS.map((one) => <option value={one} key={one}>{t(`overlay.${one}`)}</option>)}
      </select>
    </label>
  );
}

function Inside({ person }: { person: PersonInside }) {
  const name = person.contact_name || person.contact_phone_shown || t("unnamed");
  const waits = [person.waits && t(`waits.${person.waits}`), person.until && t("until_at", { at: timeText(person.until) })].filter(Boolean).join(" ");
  const time = spoken(Math.max(60, (Date.now() - Date.parse(person.since)) / 1_000));
  return (
    <li>
      <div>
        <a className="link" href={`/automations/runs/${person.run_id}`}>{name}</a>
        <p className="muted">{[person.contact_name && person.contact_phone_shown, waits].filter(Boolean).map((part) => `${part} · `)}<time dateTime={person.since} title={t("here_since", { at: timeText(person.since) })}>{t("here_for", { time })}</time></p>
      </div>
      {person.conversation_id && <a className="btn" data-variant="ghost" data-size="icon-sm" href={`/inbox/${person.conversation_id}`} title={t("conversation")} aria-label={t("conversation_with", { name })}><Icon name="message" /></a>}
    </li>
  );
}

interface Page {
  items: PersonInside[];
  next_cursor: string | null;
}

/** The people at a step, page by page; those who came meanwhile are not shown twice. */
function usePeople(node: string) {
  const id = useBuilder((state) => state.automation.id);
  const [people, setPeople] = useState<ReadonlyMap<string, PersonInside>>();
  const [next, setNext] = useState<string | null>("");
  const asking = useRef(false);
  const load = useCallback(() => {
    if (asking.current || next === null) return;
    asking.current = true;
    const query = new URLSearchParams({ node, limit: "100", ...(next && { cursor: next }) });
    call<Page>("GET", `/${id}/people?${query}`)
      .then(({ items, next_cursor: more }) => {
        setPeople((before) => new Map([...(before ?? []), ...items.map((person) => [person.run_id, person] as const)]));
        setNext(more);
      })
      .catch(complain)
      .finally(() => (asking.current = false));
  }, [id, node, next]);
  return { people, more: next ? load : undefined, load };
}

/** Loads more as soon as it comes into sight; a button for those who do not scroll. */
function More({ load }: { load: () => void }) {
  const button = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    const seen = new IntersectionObserver((entries) => entries.some((entry) => entry.isIntersecting) && load());
    if (button.current) seen.observe(button.current);
    return () => seen.disconnect();
  }, [load]);
  return <li><button ref={button} type="button" className="btn" data-variant="outline" data-size="sm" onClick={load}>{t("more")}</button></li>;
}

export function PeopleDialog({ node }: { node: string }) {
  const automation = useBuilder((state) => state.automation.id);
  const here = useBuilder((state) => state.counts.get(node)?.here ?? 0);
  const { people, more, load } = usePeople(node);
  useEffect(() => {
    if (!people) load();
  }, [people, load]);
  const item = itemOf(node);
  const there = here > 0 ? here : (people?.size ?? 0);
  return (
    <Dialog title={t("people_at", { title: item ? titleOf(item) : t("earlier_step") })} description={there > 0 ? many("people_here", there) : undefined} close={() => set({ dialog: undefined })}>
      {!people && <p className="muted" role="status">{t("loading")}</p>}
      {people?.size === 0 && <p className="muted">{t("nobody_here")}</p>}
      {people && people.size > 0 && (
        <ul className="bd-versions bd-people" tabIndex={0} aria-label={t("people_at", { title: item ? titleOf(item) : "" })}>
          {[...people.values()].map((person) => <Inside person={person} key={person.run_id} />)}
          {more && <More load={more} />}
        </ul>
      )}
      {people && people.size > 0 && <a className="link" href={`/automations/runs?automation=${automation}&status=active&node=${node}`}>{t("runs_here")}</a>}
    </Dialog>
  );
}
