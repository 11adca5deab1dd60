// Watching the automation at work: counts on its nodes, refreshed while somebody looks, and the people behind a number.
import { useEffect, useState } from "react";
import { timeText } from "../times";
import type { Counts, PersonInside } from "./api";
import { call } from "./api";
import { Dialog } from "./dialogs";
import { complain } from "./saving";
import type { Overlay } from "./store";
import { get, itemOf, set, useBuilder } from "./store";
import { titleOf } from "./summaries";
import { t } from "./words";

const EVERY_MS = 5_000;
const OVERLAYS: readonly Overlay[] = ["none", "24h", "7d", "all"];

async function refresh(overlay: Overlay): Promise<void> {
  const found = await call<Counts>("GET", `/${get().automation.id}/counts?period=${overlay}`);
  if (get().overlay !== overlay) return; // another period was chosen meanwhile
  set({ counts: new Map(found.nodes.map((count) => [count.node, count])), automation: { ...get().automation, active_runs: found.active } });
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

export function PeopleDialog({ node }: { node: string }) {
  const automation = useBuilder((state) => state.automation);
  const [people, setPeople] = useState<PersonInside[]>();
  const [next, setNext] = useState<string | null>(null);
  const load = (cursor: string): void => {
    const query = new URLSearchParams({ node, ...(cursor && { cursor }) });
    call<{ items: PersonInside[]; next_cursor: string | null }>("GET", `/${automation.id}/people?${query}`)
      .then(({ items, next_cursor: more }) => {
        setPeople((before) => [...(cursor ? (before ?? []) : []), ...items]);
        setNext(more);
      })
      .catch(complain);
  };
  useEffect(() => load(""), [node]);
  const item = itemOf(node);
  return (
    <Dialog title={t("people_at", { title: item ? titleOf(item) : "" })} close={() => set({ dialog: undefined })}>
      {!people && <p className="muted" role="status">{t("loading")}</p>}
      {people?.length === 0 && <p className="muted">{t("nobody_here")}</p>}
      <ul className="bd-versions">
        {people?.map((person) => (
          <li key={person.run_id}>
            <div>
              <a className="link" href={`/automations/runs/${person.run_id}`}>{person.contact_name || person.contact_phone || t("unnamed")}</a>
              <p className="muted">{[person.contact_name && person.contact_phone, person.waits && t(`waits.${person.waits}`), t("since", { at: timeText(person.since) })].filter(Boolean).join(" · ")}</p>
            </div>
          </li>
        ))}
      </ul>
      {next && <button type="button" className="btn" data-variant="outline" onClick={() => load(next)}>{t("more")}</button>}
      {people && people.length > 0 && <a className="link" href={`/automations/runs?automation=${automation.id}&status=active`}>{t("all_runs")}</a>}
    </Dialog>
  );
}
