// The seconds in which a launch can be undone; at zero the button disappears and the page refreshes by itself.
const TICK = 100;

export function countDown(element: HTMLElement): void {
  const end = Date.parse(element.dataset["countdown"] ?? "");
  const whole = Math.max(1, end - Date.now());
  const bar = element.querySelector<HTMLProgressElement>("[data-countdown-bar]");
  const words = element.querySelector("[data-countdown-left]");
  const tick = (): void => {
    if (!element.isConnected) return;
    const left = Math.max(0, end - Date.now());
    const text = String(Math.ceil(left / 1_000));
    if (words && words.textContent !== text) words.textContent = text;
    if (bar) bar.value = (100 * left) / whole;
    if (left > 0) setTimeout(tick, TICK);
    else element.querySelectorAll("button").forEach((button) => (button.disabled = true));
  };
  tick();
}
