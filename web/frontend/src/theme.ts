// Runs before the first paint as a classic script: dark class and sidebar width, so nothing flashes.
{
  const root = document.documentElement;
  const chosen = root.dataset["theme"] ?? "system";
  const dark = chosen === "dark" || (chosen === "system" && matchMedia("(prefers-color-scheme: dark)").matches);
  root.classList.toggle("dark", dark);
  try {
    root.dataset["sidebar"] = localStorage.getItem("sidebar") ?? "open";
  } catch {
    root.dataset["sidebar"] = "open"; // storage may be blocked; the page works without it
  }
}
