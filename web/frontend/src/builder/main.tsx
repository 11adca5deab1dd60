// The automation builder: the one island of the product that is drawn by React, loaded on its page only.
import { ReactFlowProvider } from "@xyflow/react";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import type { Automation, Known } from "./api";
import { call } from "./api";
import { Canvas } from "./canvas";
import { Find } from "./find";
import { Banners, Head } from "./header";
import { Inspector } from "./inspector";
import { useKeyboard } from "./keyboard";
import { DropMenu, Palette } from "./palette";
import { ProblemsPanel } from "./problems";
import { PublishDialog, StopDialog } from "./publish";
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

function Builder() {
  useKeyboard();
  useCounts();
  const side = useBuilder((state) => state.side);
  const mayWrite = useBuilder((state) => state.mayWrite);
  return (
    <div className="bb" data-read-only={mayWrite ? undefined : ""}>
      <Head />
      <Banners />
      <div className="bb-body">
        {mayWrite && <Palette />}
        <div className="bb-middle">
          <div className="bb-canvas"><Canvas /><Empty /><Find /><DropMenu /></div>
          <ProblemsPanel />
        </div>
        {side === "test" ? <TestPanel /> : <Inspector />}
      </div>
      <Dialogs />
    </div>
  );
}

/** Draw the builder into its place on the page, from what the page says about the automation and the viewer. */
export function build(element: HTMLElement): void {
  const automation = JSON.parse(document.getElementById("builder-automation")?.textContent ?? "{}") as Automation;
  const phone = matchMedia("(max-width: 48rem)").matches;
  begin(automation, { mayWrite: element.dataset["mayWrite"] !== undefined && !phone && !automation.archived_at, mayRun: element.dataset["mayRun"] !== undefined });
  startSaving();
  createRoot(element).render(<StrictMode><ReactFlowProvider><Builder /></ReactFlowProvider></StrictMode>);
  call<Known>("GET", "/known").then((known) => set({ known })).catch(complain);
}
