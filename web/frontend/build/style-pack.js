// Cuts basecoat's "nova" pack down to the components our macros use, in one file for styles/app.css.
// Its ".field > input" twins go too (our fields are .form-field), and its list of input types becomes
// one selector: together they were a third of the stylesheet.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";

const KEPT = [
  "Avatar", "Badge", "Breadcrumb", "Button", "Card", "Checkbox", "Input", "Kbd",
  "Native Select", "Radio", "Skeleton", "Switch", "Table", "Textarea",
];
const TWIN_LINE = /^ *\.field > .*,\n/gm;
const TWIN = /\.field > (?:input(?:\[[^\]]*\]|:not\(\[[^\]]*\]\))*|select|textarea), /g;

const TYPES = /(?: *\.input\[type='[a-z-]+'\],\n)+ *\.input:not\(\[type\]\) \{/g;
const ANY_TEXT = "  .input:not([type='checkbox'], [type='radio']) {";

export function writeStylePack(here) {
  const pack = path.join(here, "node_modules/basecoat-css/dist");
  const nova = readFileSync(path.join(pack, "styles/nova.css"), "utf8");
  const body = nova.slice(nova.indexOf("{") + 1, nova.lastIndexOf("}"));
  const sections = body
    .split(/^ {2}(?=\/\* [A-Z])/m)
    .filter((section) => KEPT.includes(/^\/\* (.+?) \*\//.exec(section)?.[1] ?? ""));
  if (sections.length !== KEPT.length) throw new Error("basecoat's nova pack changed its sections");
  const structure = KEPT.map((name) => {
    const file = `${name.toLowerCase().replace(" ", "-")}.css`;
    return readFileSync(path.join(pack, "components", file), "utf8");
  });
  const styles = `${structure.join("")}@layer components {\n${sections.join("")}}\n`;
  const folder = path.join(here, "node_modules/.whatsway");
  mkdirSync(folder, { recursive: true });
  const cut = styles.replace(TWIN_LINE, "").replace(TWIN, "").replace(TYPES, ANY_TEXT);
  writeFileSync(path.join(folder, "nova.css"), cut);
}
