// One customer's thread: bubbles, buttons that can be tapped, ticks.

import { clock, day, make, marked } from "./dom.js";

const EMOJI = /^\p{Extended_Pictographic}(\u200d\p{Extended_Pictographic}|\ufe0f|\p{Emoji_Modifier})*$/u;
const ON_THE_WAY = new Set(["accepted", "sent"]);

function picture(url) {
  const image = make("img", { class: "picture", src: url, alt: "Picture", loading: "lazy" });
  image.addEventListener("error", () => {
    image.replaceWith(make("div", { class: "picture broken" }, "Picture at an outside address"));
  });
  return image;
}

function header(part) {
  if (!part || part.kind === "text") return null;
  if (part.kind === "image" || part.kind === "sticker") return picture(part.url);
  if (part.kind === "location") {
    const label = make("span", {}, make("strong", {}, part.name ?? "Location"), ` ${part.address ?? ""}`);
    return make("div", { class: "file" }, make("span", { "aria-hidden": "true" }, "📍"), label);
  }
  if (part.kind === "audio") return make("audio", { controls: true, src: part.url });
  if (part.kind === "video" || part.kind === "gif") return make("video", { class: "picture", controls: true, src: part.url });
  const name = part.filename || part.kind;
  return make("a", { class: "file", href: part.url, target: "_blank", rel: "noopener" }, "📄 ", name);
}

function listButton(message, rows, actions, tapped) {
  const items = rows.map((row) => {
    const detail = row.description ? make("small", {}, row.description) : null;
    const choose = () => actions.tap(message, { kind: "list", id: row.id, title: row.title, description: row.description });
    return make("li", {}, make("button", { type: "button", onclick: choose, disabled: tapped }, row.title, detail));
  });
  const summary = make("summary", {}, `☰ ${rows[0].label}`);
  return make("details", {}, summary, make("ul", { class: "rows" }, ...items));
}

const ANSWERED = {
  quick_reply: "↩", reply: "↩", flow: "☷", send_location: "📍", share_contact: "👤", call_reply: "📞", order: "🛍", address: "🏠",
};

function button(message, item, actions, tapped) {
  if (item.kind in ANSWERED) {
    const tap = () => actions.tap(message, item);
    return make("button", { type: "button", onclick: tap, disabled: tapped }, `${ANSWERED[item.kind]} ${item.title}`);
  }
  if (item.url) {
    const mark = item.kind === "phone_number" ? "📞" : "↗";
    return make("a", { href: item.url, target: "_blank", rel: "noopener noreferrer" }, `${mark} ${item.title}`);
  }
  return make("button", { type: "button", onclick: () => actions.copy(message) }, `⧉ ${item.title}`);
}

function taps(message, actions, tapped) {
  const buttons = message.buttons ?? [];
  if (!buttons.length) return null;
  const rows = buttons.filter((item) => item.kind === "list");
  const others = buttons.filter((item) => item.kind !== "list");
  const shown = others.map((item) => button(message, item, actions, tapped));
  if (rows.length) shown.push(listButton(message, rows, actions, tapped));
  return make("div", { class: "taps" }, ...shown);
}

function meta(message, mine) {
  const time = make("span", { class: "meta" });
  if (mine) {
    const read = message.state === "read";
    time.append(make("span", { class: `tick${read ? " read" : ""}`, title: read ? "Read" : "Delivered" }, "✓✓"));
  }
  time.append(clock(message.time));
  return time;
}

function tool(sign, name, act) {
  return make("button", { type: "button", onclick: act, "aria-label": name, title: name }, sign);
}

function tools(message, actions) {
  const react = message.reaction
    ? tool("✕", "Take the reaction back", () => actions.react(message, ""))
    : tool("👍", "Thumbs up", () => actions.react(message, "👍"));
  return make("div", { class: "tools" }, tool("↩", "Reply to this", () => actions.quote(message)), react);
}

function ownTools(message, actions) {
  if (message.deleted || message.kind === "system") return null;
  const edit = message.kind === "text" ? tool("✎", "Edit this", () => actions.edit(message)) : null;
  return make("div", { class: "tools" }, edit, tool("🗑", "Delete this", () => actions.revoke(message)));
}

function cards(message, actions, tapped) {
  if (!message.cards?.length) return null;
  const shown = message.cards.map((card) => make("li", { class: "card-of-many" },
    header(card.header), make("span", { class: "body" }, ...marked(card.body ?? "")),
    taps({ ...card, id: message.id }, actions, tapped)));
  return make("ol", { class: "cards" }, ...shown);
}

function lost(message) {
  const cause = `Not delivered: ${message.error.title} (${message.error.code})`;
  return make("div", { class: "lost" }, cause, make("span", {}, message.body || message.kind));
}

function bubble(message, actions, tapped) {
  if (message.error) return lost(message);
  const mine = message.from === "customer";
  if (message.kind === "system") return make("span", { class: "day notice" }, message.body);
  const classes = ["bubble", message.kind];
  if (mine) classes.push("mine");
  if (!mine && ON_THE_WAY.has(message.state)) classes.push("way");
  if (EMOJI.test(message.body ?? "") && message.kind === "text") classes.push("big");
  if (message.reaction) classes.push("reacted");
  if (message.deleted) classes.push("deleted");
  const inside = make("div", { class: "inside" });
  if (message.note) inside.append(make("span", { class: "note" }, message.note));
  if (message.quoted?.text) inside.append(make("span", { class: "quoted" }, message.quoted.text));
  if (message.header?.kind === "text") inside.append(make("strong", { class: "headline" }, message.header.text));
  if (message.body) inside.append(make("span", { class: "body" }, ...marked(message.body)));
  if (message.footer) inside.append(make("span", { class: "footer" }, message.footer));
  if (message.edited) inside.append(make("span", { class: "footer" }, "edited"));
  inside.append(meta(message, mine));
  return make("article", { class: classes.join(" "), title: mine ? "" : message.state },
    header(message.header), inside, cards(message, actions, tapped), taps(message, actions, tapped),
    message.reaction ? make("span", { class: "reaction" }, message.reaction) : null,
    mine ? ownTools(message, actions) : tools(message, actions));
}

export function draw(box, messages, actions) {
  const answered = new Set(messages.filter((item) => item.kind === "button" || item.kind === "interactive")
    .map((item) => item.from === "customer" && item.quoted?.id));
  const shown = [];
  let last = "";
  for (const message of messages) {
    const label = day(message.time);
    if (label !== last) shown.push(make("span", { class: "day" }, label));
    last = label;
    shown.push(bubble(message, actions, answered.has(message.id)));
  }
  const atEnd = box.scrollHeight - box.scrollTop - box.clientHeight < 120;
  box.replaceChildren(...shown);
  if (atEnd) box.scrollTop = box.scrollHeight;
}
