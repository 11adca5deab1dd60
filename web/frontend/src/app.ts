// Entry of every page: htmx with our CSRF header, the frame, and islands loaded only where used.
import { startAnnouncing } from "./announce";
import { openComposer } from "./composer";
import { countDown } from "./countdown";
import { contextOf } from "./htmx";
import { startDialogs } from "./dialogs";
import { deliverLeft } from "./drafts";
import { island } from "./islands";
import { startKeys } from "./keys";
import { attach } from "./live";
import { startMenus } from "./menus";
import { enhance, meta } from "./page";
import { startPalette } from "./palette";
import { startShell } from "./shell";
import { startTimes } from "./times";
import { startTips } from "./tips";
import { startToasts } from "./toasts";
import { autosave } from "./wizard";

document.addEventListener("htmx:config:request", (event) => {
  contextOf(event).request.headers["X-CSRF-Token"] = meta("csrf-token");
});

startToasts();
startDialogs();
startMenus();
startTips();
startTimes();
startKeys();
startPalette();
startShell();
startAnnouncing();

deliverLeft();
enhance("[data-autosave]", (element) => autosave(element as HTMLFormElement));
enhance("[data-countdown]", countDown);
enhance("[data-live], [data-presence]", attach);

island("[data-chart]", () => import("./chart"), ({ draw }, element) => draw(element));
island("[data-thread]", () => import("./conversation"), ({ follow }, element) => follow(element));
island("[data-conversation-row]", () => import("./rows"), ({ walkRows }) => walkRows());
island("[data-file]", () => import("./media"), ({ watch }, element) => watch(element as HTMLImageElement));
island("[data-due]", () => import("./due"), ({ comeDue }, element) => comeDue(element));
island("[data-window-expires]", () => import("./window"), ({ countDown: runOut }, element) => runOut(element));
island("[data-builder]", () => import("./builder/main"), ({ build }, element) => void build(element));
island("[data-dropzone]", () => import("./upload"), ({ receive }, element) => receive(element));
const composer = island("[data-composer]", () => import("./conversation"), ({ compose }, element) => compose(element as HTMLFormElement));
enhance("[data-composer]", (element) => {
  const form = element as HTMLFormElement;
  openComposer(form, () => void composer().then((island) => island?.submit(form)));
});
