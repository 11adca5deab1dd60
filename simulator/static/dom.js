// Small helpers: elements without inner HTML, requests, times and WhatsApp's text marks.

export const byId = (id) => document.getElementById(id);

export function make(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name === "class") element.className = value;
    else if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value != null) element.setAttribute(name, value);
  }
  element.append(...children.filter((child) => child != null));
  return element;
}

export async function ask(path, options = {}) {
  const { json, ...rest } = options;
  if (json !== undefined) {
    rest.body = JSON.stringify(json);
    rest.headers = { "content-type": "application/json" };
  }
  const response = await fetch(`/_sim${path}`, rest);
  const data = await response.json();
  if (!response.ok) throw new Error(data.error || "That did not work.");
  return data;
}

export function clock(seconds) {
  return new Date(seconds * 1000).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
}

export function day(seconds) {
  const date = new Date(seconds * 1000);
  const days = Math.round((new Date().setHours(0, 0, 0, 0) - new Date(date).setHours(0, 0, 0, 0)) / 864e5);
  if (days === 0) return "Today";
  if (days === 1) return "Yesterday";
  return date.toLocaleDateString([], { day: "numeric", month: "long" });
}

export function shortTime(seconds) {
  return day(seconds) === "Today" ? clock(seconds) : day(seconds);
}

const CHARACTERS = new Intl.Segmenter(); // as people see them: an emoji is one

export function initials(name) {
  const [first = "?", ...others] = name.split(/\s+/).filter(Boolean).map((word) => [...CHARACTERS.segment(word)][0].segment);
  return (first + (others.at(-1) ?? "")).toUpperCase();
}

export function avatar(name) {
  let sum = 0;
  for (const letter of name) sum = (sum * 31 + letter.codePointAt(0)) % 997;
  return make("span", { class: `avatar hue-${sum % 8}`, "aria-hidden": "true" }, initials(name));
}

const MARKS = [
  ["```", "```", "code"],
  ["*", "\\*", "strong"],
  ["_", "_", "em"],
  ["~", "~", "s"],
];
const LINK = /https?:\/\/[^\s<>"]+[^\s<>".,;:!?)]/;

// Bold, italic, struck and monospaced text plus links, the way a chat shows them.
export function marked(text) {
  const link = LINK.exec(text);
  if (link) {
    const anchor = make("a", { href: link[0], target: "_blank", rel: "noopener noreferrer" }, link[0]);
    const before = text.slice(0, link.index);
    return [...marked(before), anchor, ...marked(text.slice(link.index + link[0].length))];
  }
  for (const [mark, quoted, tag] of MARKS) {
    const found = new RegExp(`(^|[\\s({])${quoted}(\\S(?:.*?\\S)?)${quoted}(?=$|[\\s.,;:!?)}])`, "u").exec(text);
    if (found) {
      const start = found.index + found[1].length;
      const end = found.index + found[0].length;
      const inner = mark === "```" ? [found[2]] : marked(found[2]);
      return [...marked(text.slice(0, start)), make(tag, {}, ...inner), ...marked(text.slice(end))];
    }
  }
  return text ? [text] : [];
}
