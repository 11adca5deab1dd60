// One or two letters that stand for a name, none of them cut in half; the same as domain/initials.py says.

const characters = new Intl.Segmenter();
const LETTERS = /\p{L}.*/u;
const PICTURE = /^\p{So}/u;

function first(text: string): string {
  return [...characters.segment(text)][0]?.segment ?? "";
}

function capital(letter: string): string {
  const found = letter.toUpperCase();
  return [...found].length === [...letter].length ? found : letter;
}

export function initials(name: string): string {
  const words = name.normalize("NFC").split(/\s+/).filter(Boolean);
  const letters = words.flatMap((word) => LETTERS.exec(word)?.[0] ?? []).map(first);
  if (letters.length > 0) return [...letters.slice(0, 1), ...letters.slice(1).slice(-1)].map(capital).join("");
  const picture = words.find((word) => PICTURE.test(word));
  return name.replace(/\P{Nd}/gu, "").slice(-2) || (picture ? first(picture) : "?");
}
