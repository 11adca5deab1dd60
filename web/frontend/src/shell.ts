// The frame's small switches: theme, sidebar, copy buttons, self-submitting filters, select-all.
import { enhance, locale, say } from "./page";
import { showToast } from "./toasts";

function setTheme(choice: string): void {
  const root = document.documentElement;
  root.dataset["theme"] = choice;
  const secure = location.protocol === "https:" ? "; Secure" : "";
  document.cookie = `theme=${choice}; Path=/; Max-Age=31536000; SameSite=Lax${secure}`;
  applyTheme();
}

function applyTheme(): void {
  const root = document.documentElement;
  const choice = root.dataset["theme"];
  const dark = choice === "dark" || (choice === "system" && matchMedia("(prefers-color-scheme: dark)").matches);
  root.classList.toggle("dark", dark);
  document.querySelectorAll("[data-theme-choice]").forEach((item) => {
    item.setAttribute("aria-checked", String((item as HTMLElement).dataset["themeChoice"] === choice));
  });
  document.dispatchEvent(new CustomEvent("themechange"));
}

function toggleSidebar(): void {
  const root = document.documentElement;
  root.dataset["sidebar"] = root.dataset["sidebar"] === "collapsed" ? "open" : "collapsed";
  try {
    localStorage.setItem("sidebar", root.dataset["sidebar"]);
  } catch {
    // storage may be blocked; the choice then lasts for this page only
  }
}

/** Signing out removes everything the person wrote from the browser. */
function forgetWriting(): void {
  for (const storage of [localStorage, sessionStorage]) {
    for (const key of Object.keys(storage)) if (/^(unsent|draft):/.test(key)) storage.removeItem(key);
  }
}

async function copy(text: string): Promise<void> {
  await navigator.clipboard.writeText(text);
  showToast({ text: say("copied") });
}

export function startShell(): void {
  applyTheme();
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", applyTheme);
  // on a phone the tabs scroll sideways: keep the current one visible
  document.querySelector(".tab-links [aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });
  document.addEventListener("click", (event) => {
    const clicked = event.target as Element;
    const theme = clicked.closest<HTMLElement>("[data-theme-choice]")?.dataset["themeChoice"];
    if (theme) setTheme(theme);
    if (clicked.closest("[data-sidebar-toggle]")) toggleSidebar();
    const copied = clicked.closest<HTMLElement>("[data-copy]")?.dataset["copy"];
    if (copied !== undefined) void copy(copied);
  });
  document.addEventListener("submit", (event) => {
    if ((event.target as HTMLFormElement).getAttribute("action") === "/logout") forgetWriting();
  });
  enhance("[data-autosubmit]", (element) => {
    element.addEventListener("change", () => element.closest("form")?.requestSubmit());
  });
  enhance("[data-selected]", (element) => {
    const form = element.closest("form");
    const boxes = (): HTMLInputElement[] => [...(form?.querySelectorAll<HTMLInputElement>(`input[type="checkbox"][name="${CSS.escape(element.dataset["selected"] ?? "")}"]`) ?? [])];
    const tell = (): void => {
      const all = form?.querySelector<HTMLInputElement>('input[type="checkbox"][name="all"]');
      const ticked = boxes().filter((box) => box.checked).length;
      const many = all?.checked && ticked > 0 ? Number(element.dataset["all"] ?? ticked) : ticked;
      element.textContent = say("selected", { count: many.toLocaleString(locale) });
      const every = form?.querySelector<HTMLInputElement>("[data-select-all]");
      if (!every) return;
      every.checked = ticked > 0 && ticked === boxes().length;
      every.indeterminate = ticked > 0 && !every.checked;
    };
    form?.addEventListener("change", (event) => {
      const all = form.querySelector<HTMLInputElement>('input[type="checkbox"][name="all"]');
      const box = event.target as HTMLInputElement;
      if (all?.checked && boxes().includes(box) && !box.checked) all.checked = false; // all but one is not all
      tell();
    });
    tell();
  });
  enhance("[data-select-all]", (element) => {
    const name = CSS.escape(element.dataset["selectAll"] ?? "");
    element.addEventListener("change", () => {
      const { checked } = element as HTMLInputElement; // it follows the rows as they change one by one
      document.querySelectorAll<HTMLInputElement>(`input[type="checkbox"][name="${name}"]`).forEach((box) => {
        box.checked = checked;
        box.dispatchEvent(new Event("change", { bubbles: true }));
      });
    });
  });
}
