// The automation builder: the one island of the product that is drawn by React, loaded on its page only.
import { ReactFlowProvider } from "@xyflow/react";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import type { Automation, Known } from "./api";
import { call } from "./api";
import { Boundary } from "./boundary";
import { Canvas, useShow } from "./canvas";
import { Find } from "./find";
import { Banners, Head } from "./header";
import { Inspector } from "./inspector";
import { useKeyboard } from "./keyboard";
import { items } from "./model";
import { DropMenu, Palette } from "./palette";
import { ProblemsPanel } from "./problems";
import { PublishDialog, StopDialog, reload } from "./publish";
import { complain, startSaving } from "./saving";
import { begin, set, useBuilder, useDocument } from "./store";
import { TestPanel } from "./testing";
import { VersionsDialog } from "./versions";
import { PeopleDialog, useCounts } from "./watching";
import { t } from "./words";

function Dialogs() {
  const dialog = useBuilder((state) => state.dialog);
  if (dialog === "publish") return <PublishDialog />;
  if (dialog === "versions") return <VersionsDialog />;
  if (dialog === "stop") return <StopDialog />;
  return typeof dialog === "object" ? <PeopleDialog node={dialog.people} /> : null;
}

function Empty() {
  const document = useDocument();
  if (document.triggers.length + document.nodes.length > 0) return null;
  return <div className="bb-empty"><strong>{t("empty")}</strong><p>{t("empty_help")}</p></div>;
}

/** Past the bars and the palette, for those who come with the Tab key. */
function Skip() {
  const document = useDocument();
  const show = useShow();
  const [first] = items(document);
  return first ? <button type="button" className="skip-link" onClick={() => show(first.id)}>{t("to_steps")}</button> : null;
}

function Builder() {
  useKeyboard();
  useCounts();
  const side = useBuilder((state) => state.side);
  const mayWrite = useBuilder((state) => state.mayWrite);
  const selected = useBuilder((state) => [...state.selected].join());
  return (
    <div className="bb" data-read-only={mayWrite ? undefined : ""}>
      <Skip />
      <Head />
      <Banners />
      <div className="bb-body">
        {mayWrite && <Palette />}
        <div className="bb-middle">
          <div className="bb-canvas"><Canvas /><Empty /><Find /><DropMenu /></div>
          <ProblemsPanel />
        </div>
        <Boundary of={`${side}:${selected}`}>{side === "test" ? <TestPanel /> : <Inspector />}</Boundary>
      </div>
      <Dialogs />
    </div>
  );
}

async function learn(): Promise<void> {
  set({ known: await call<Known>("GET", "/known") });
}

/** Draw the builder into its place on the page, for what the viewer may do. */
export async function build(element: HTMLElement): Promise<void> {
  document.documentElement.dataset["sidebar"] = "collapsed"; // on this page only: the canvas needs the room
  const phone = matchMedia("(max-width: 48rem)").matches;
  try {
    const automation = await call<Automation>("GET", `/${element.dataset["builder"]}`);
    begin(automation, { mayWrite: element.dataset["mayWrite"] !== undefined && !phone && !automation.archived_at, mayRun: element.dataset["mayRun"] !== undefined });
    startSaving();
    createRoot(element).render(<StrictMode><Boundary of=""><ReactFlowProvider><Builder /></ReactFlowProvider></Boundary></StrictMode>);
    await learn();
    addEventListener("focus", () => void Promise.all([learn(), reload()]).catch(() => undefined)); // labels, fields or templates may have changed in another tab
  } catch (reason) {
    complain(reason);
  }
}
