// The right-hand panel: facts about the customer, the network, and a few knobs.

import { ask, byId, make } from "./dom.js";

const UNREACHABLE = "131026";

function rows(list, pairs) {
  const cells = pairs.flatMap(([name, value, tone]) => [make("dt", {}, name), make("dd", { class: tone ?? "" }, String(value))]);
  list.replaceChildren(...cells);
}

export function showCustomer(customer) {
  byId("about").hidden = false;
  const minutes = Math.floor((customer.window_until * 1000 - Date.now()) / 60_000);
  rows(byId("facts"), [
    ["Name", customer.name],
    ["Phone", customer.display],
    ["User id", customer.user_id],
    ["Behaviour", customer.persona],
    ["Reply window", minutes > 0 ? `${Math.floor(minutes / 60)} h ${minutes % 60} min left` : "closed", minutes > 0 ? "good" : ""],
    ["Offers", customer.marketing_stopped ? "stopped" : "welcome", customer.marketing_stopped ? "bad" : "good"],
  ]);
}

export async function showNetwork() {
  const stats = await ask("/stats");
  const hooks = stats.webhooks;
  const healthy = hooks.callback_url && !stats.statuses.undelivered;
  rows(byId("network"), [
    ["Messages accepted", stats.accepted.toLocaleString()],
    ["Refused", stats.rejected.toLocaleString()],
    ["People reached", stats.unique_recipients.toLocaleString()],
    ["Updates delivered", stats.statuses.delivered.toLocaleString()],
    ["Updates to come", stats.statuses.pending.toLocaleString()],
    ["Webhook", hooks.callback_url ? (healthy ? "answering" : hooks.last_error ?? "waiting") : "not set", healthy ? "good" : "bad"],
  ]);
}

function percent(value) {
  return `${Math.round(value * 100)} %`;
}

function bind(id, value, change) {
  const input = byId(id);
  const output = byId(`${id}-out`);
  input.value = value;
  output.textContent = percent(value);
  input.addEventListener("input", () => { output.textContent = percent(input.value); });
  input.addEventListener("change", async () => {
    await ask("/knobs", { method: "PATCH", json: await change(Number(input.value)) });
  });
}

export async function showKnobs() {
  const knobs = await ask("/knobs");
  bind("reply_share", knobs.reply_share, (value) => ({ reply_share: value }));
  bind("read_probability", knobs.read_probability, (value) => ({ read_probability: value }));
  bind("unreachable", knobs.failures[UNREACHABLE] ?? 0, async (value) => {
    const { failures } = await ask("/knobs");
    return { failures: { ...failures, [UNREACHABLE]: value } };
  });
  const { personas } = await ask("/account");
  rows(byId("personas"), Object.entries(personas).sort());
}
