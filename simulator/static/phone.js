// The phone page: list of customers, the open chat, and live refresh.

import { draw } from "./chat.js";
import { ask, avatar, byId, make, shortTime } from "./dom.js";
import { answers, deeds } from "./deeds.js";
import { showCustomer, showKnobs, showNetwork } from "./panel.js";

const state = { phone: "", query: "", quoted: null, edited: null, customer: null, number: "", stopped: false, drawn: "", list: "" };

function say(text) {
  const toast = byId("toast");
  toast.textContent = text;
  toast.hidden = false;
  clearTimeout(say.timer);
  say.timer = setTimeout(() => { toast.hidden = true; }, 3500);
}

async function attempt(work) {
  try {
    return await work();
  } catch (error) {
    say(error.message);
    return null;
  }
}

// Customers

function chatItem(customer) {
  const last = customer.last;
  const text = last ? `${last.from === "customer" ? "You: " : ""}${last.text}` : "No messages yet";
  const line = make("span", { class: "chat-last" }, make("span", {}, text));
  if (customer.persona !== "ordinary") line.append(make("span", { class: "tag" }, customer.persona));
  if (last?.unread) line.append(make("span", { class: "dot", title: "Unread" }));
  const item = make("button", { type: "button", class: "chat", onclick: () => open(customer.phone) },
    avatar(customer.name), make("span", { class: "chat-name" }, customer.name),
    make("span", { class: "chat-time" }, last ? shortTime(last.time) : ""), line);
  item.setAttribute("aria-current", String(customer.phone === state.phone));
  item.title = customer.display;
  return make("li", {}, item);
}

async function refreshList() {
  const { customers } = await ask(`/customers?limit=60&query=${encodeURIComponent(state.query)}`);
  const print = JSON.stringify([customers, state.phone]);
  if (print === state.list) return;
  state.list = print;
  byId("chats").replaceChildren(...customers.map(chatItem));
  byId("no-chats").hidden = customers.length > 0 || state.query !== "";
}

// The open chat

async function open(phone) {
  state.phone = phone;
  state.drawn = "";
  state.edited = null;
  setQuote(null);
  document.body.dataset.view = "chat";
  history.replaceState(null, "", `/phone/${phone}`);
  byId("composer").hidden = false;
  byId("messages").replaceChildren();
  await attempt(refreshThread);
  await attempt(refreshList);
  const box = byId("messages");
  box.scrollTop = box.scrollHeight;
  if (matchMedia("(min-width: 761px)").matches) byId("text").focus();
}

function close() {
  state.phone = "";
  document.body.dataset.view = "list";
  history.replaceState(null, "", "/phone");
  attempt(refreshList);
}

function emptyThread() {
  return make("div", { class: "welcome" }, make("img", { class: "welcome-mark", src: "/_sim/static/icon.svg", alt: "" }),
    make("p", {}, make("strong", {}, "Say hello")), make("p", {}, "The business sees you once you write."));
}

async function refreshThread() {
  const phone = state.phone;
  if (!phone) return;
  const { customer, messages, typing } = await ask(`/customers/${phone}/thread?limit=120`);
  if (phone !== state.phone) return;
  showPresence(customer, typing);
  const print = JSON.stringify(messages);
  if (print !== state.drawn) {
    state.drawn = print;
    if (messages.length) draw(byId("messages"), messages, actions);
    else byId("messages").replaceChildren(emptyThread());
  }
  state.number = messages.at(-1)?.number ?? "";
  const unread = messages.some((item) => item.from === "business" && item.state === "delivered");
  if (unread && document.visibilityState === "visible") {
    await ask(`/customers/${phone}/read`, { method: "POST" });
  }
}

function showPresence(customer, typing) {
  state.customer = customer;
  const presence = byId("presence");
  presence.textContent = typing ? "typing…" : "Business account";
  presence.classList.toggle("typing", typing);
  byId("who").hidden = false;
  byId("who").replaceChildren("You are ", make("strong", {}, customer.name), ` · ${customer.display}`);
  state.stopped = customer.marketing_stopped;
  byId("toggle-marketing").textContent = state.stopped ? "Welcome offers again" : "Stop offers";
  showCustomer(customer);
}

async function write(message) {
  const sent = await attempt(() => ask(`/customers/${state.phone}/messages`, {
    method: "POST", json: { number: state.number, ...message },
  }));
  if (sent) {
    setQuote(null);
    await refreshThread();
    const box = byId("messages");
    box.scrollTop = box.scrollHeight;
  }
  return sent;
}

function setQuote(message) {
  state.quoted = message?.id ?? null;
  byId("quote").hidden = !message;
  byId("quote-text").textContent = message ? message.body || message.kind : "";
  if (message) byId("text").focus();
}

const actions = {
  quote: setQuote,
  react: (message, emoji) => write({ type: "reaction", reaction: { message_id: message.id, emoji } }),
  revoke: (message) => write({ type: "revoke", revoke: { original_message_id: message.id } }),
  edit(message) {
    state.edited = message.id;
    setQuote(null);
    byId("text").value = message.body;
    byId("text").focus();
  },
  copy: () => say("Copied"),
  tap(message, item) {
    const quoted = message.id;
    if (item.kind in answers) return write({ ...answers[item.kind](item, state.customer), quoted });
    if (item.kind === "quick_reply") {
      return write({ type: "button", button: { payload: item.id, text: item.title }, quoted });
    }
    const name = item.kind === "list" ? "list_reply" : "button_reply";
    const reply = { id: item.id, title: item.title };
    if (item.description) reply.description = item.description;
    return write({ type: "interactive", interactive: { type: name, [name]: reply }, quoted });
  },
};

async function sendText(event) {
  event.preventDefault();
  const field = byId("text");
  const body = field.value.trim();
  if (!body || !state.phone) return;
  field.value = "";
  const edit = { type: "edit", edit: { original_message_id: state.edited, body } };
  const sent = await write(state.edited ? edit : { type: "text", text: { body }, quoted: state.quoted });
  if (sent) state.edited = null;
  else field.value = body;
}

async function sendFile(input, extra) {
  byId("menu").open = false;
  const [file] = input.files;
  input.value = "";
  if (!file) return;
  const form = new FormData();
  form.append("file", file);
  const media = await attempt(() => ask("/media", { method: "POST", body: form }));
  if (!media) return;
  const value = { id: media.id, ...extra };
  if (["image", "video", "document"].includes(media.kind)) { // sounds and stickers have no caption
    value.caption = byId("text").value.trim();
    value.filename = file.name;
    byId("text").value = "";
  }
  await write({ type: media.kind, [media.kind]: value });
}

// Everything else a customer can do: an entry of the menu each.
function fillMenu() {
  const entries = deeds.map((deed) => make("button", {
    type: "button",
    onclick: async () => {
      byId("menu").open = false;
      const message = await deed.make(state.customer);
      if (message && await write(message) && deed.moves) await open(message.system.phone.replace(/\D/g, ""));
    },
  }, deed.title));
  byId("deeds").replaceChildren(...entries);
}

async function toggleMarketing() {
  byId("menu").open = false;
  const stopped = !state.stopped;
  await attempt(() => ask(`/customers/${state.phone}/marketing`, { method: "POST", json: { stopped } }));
  say(stopped ? "Offers from this business are stopped" : "Offers are welcome again");
  await attempt(refreshThread);
}

// A link to a number nobody has used yet starts that customer.
async function openAddress(phone) {
  const { customers } = await ask(`/customers?limit=5&query=${phone}`);
  if (!customers.some((customer) => customer.phone === phone)) {
    await ask(`/customers/${phone}`, { method: "PUT", json: {} });
  }
  await open(phone);
}

// Starting as a new customer

function invite() {
  byId("new-problem").hidden = true;
  byId("dialog").showModal();
}

async function create(event) {
  event.preventDefault();
  const phone = byId("new-phone").value.replace(/\D/g, "");
  try {
    const customer = await ask(`/customers/${phone || "0"}`, { method: "PUT", json: { name: byId("new-name").value } });
    byId("dialog").close();
    byId("new-form").reset();
    await open(customer.phone);
  } catch {
    byId("new-problem").textContent = "Write the number with its country code, like +34 600 123 456.";
    byId("new-problem").hidden = false;
  }
}

// Live

function throttled(work, pause) {
  let busy = false;
  let again = false;
  return async function run() {
    if (busy) { again = true; return; }
    busy = true;
    try { await work(); } catch { /* the next tick tries again */ }
    setTimeout(() => { busy = false; if (again) { again = false; run(); } }, pause);
  };
}

function listen() {
  const tasks = [throttled(refreshThread, 250), throttled(refreshList, 900), throttled(showNetwork, 1500)];
  new EventSource("/_sim/events").addEventListener("message", () => tasks.forEach((task) => task()));
  document.addEventListener("visibilitychange", tasks[0]);
}

function tellTime() {
  byId("clock").textContent = new Date().toLocaleTimeString([], { hour: "numeric", minute: "2-digit" });
}

function start() {
  byId("composer").addEventListener("submit", sendText);
  byId("text").addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) sendText(event);
  });
  byId("file").addEventListener("change", () => sendFile(byId("file"), {}));
  byId("voice").addEventListener("change", () => sendFile(byId("voice"), { voice: true }));
  fillMenu();
  byId("toggle-marketing").addEventListener("click", toggleMarketing);
  byId("quote-cancel").addEventListener("click", () => setQuote(null));
  byId("back").addEventListener("click", close);
  byId("new-customer").addEventListener("click", invite);
  byId("first-customer").addEventListener("click", invite);
  byId("new-cancel").addEventListener("click", () => byId("dialog").close());
  byId("new-form").addEventListener("submit", create);
  byId("search").addEventListener("input", (event) => {
    state.query = event.target.value;
    attempt(refreshList);
  });
  tellTime();
  setInterval(tellTime, 20_000);
  listen();
  attempt(showKnobs);
  const initial = document.body.dataset.initial.replace(/\D/g, "");
  if (initial) attempt(() => openAddress(initial));
}

start();
