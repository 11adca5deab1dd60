// Entry of every page: htmx with our CSRF header, the frame, and islands loaded only where used.
import { startAnnouncing } from "./announce";
import { contextOf } from "./htmx";
import { startDialogs } from "./dialogs";
import { onSend } from "./enter";
import { startKeys } from "./keys";
import { startMenus } from "./menus";
import { enhance, meta } from "./page";
import { startPalette } from "./palette";
import { startShell } from "./shell";
import { startTimes } from "./times";
import { startTips } from "./tips";
import { startToasts } from "./toasts";

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

enhance("[data-live], [data-presence]", (element) => void import("./live").then(({ attach }) => attach(element)));
enhance("[data-chart]", (element) => void import("./chart").then(({ draw }) => draw(element)));
enhance("[data-autosave]", (element) => void import("./wizard").then(({ autosave }) => autosave(element as HTMLFormElement)));
enhance("[data-composer]", (element) => {
  const form = element as HTMLFormElement;
  const island = import("./inbox");
  void island.then(({ compose }) => compose(form));
  onSend(form, () => void island.then(({ submit }) => submit(form)));
});
enhance("[data-thread]", (element) => void import("./thread").then(({ follow }) => follow(element)));
enhance("[data-conversation-row]", () => void import("./rows").then(({ walkRows }) => walkRows()));
enhance("[data-file]", (element) => void import("./media").then(({ watch }) => watch(element as HTMLImageElement)));
enhance("[data-window-expires]", (element) => void import("./window").then(({ countDown }) => countDown(element)));
enhance("[data-countdown]", (element) => void import("./countdown").then(({ countDown }) => countDown(element)));
enhance("[data-dropzone]", (element) => void import("./upload").then(({ receive }) => receive(element)));
enhance("[data-local-time]", (element) => void import("./zones").then(({ localTime }) => localTime(element as HTMLInputElement)));
