// Collects the lucide icons that templates and Python name, so that pages inline them without Node.
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";

const QUOTED = /["']([a-z][a-z0-9]*(?:-[a-z0-9]+)*)["']/g;
const SKIPPED = new Set(["frontend", "static", "locales", "__pycache__"]);

function* sources(folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const full = path.join(folder, entry.name);
    if (entry.isDirectory()) {
      if (!SKIPPED.has(entry.name)) yield* sources(full);
    } else if (/\.(html|py)$/.test(entry.name)) {
      yield full;
    }
  }
}

function shapes(file) {
  const svg = readFileSync(file, "utf8");
  return svg.slice(svg.indexOf(">", svg.indexOf("<svg")) + 1, svg.lastIndexOf("</svg>")).replace(/>\s+</g, "><").trim();
}

export function usedIcons(here, folders) {
  return {
    name: "used-icons",
    generateBundle() {
      // one file per name, old names included; the package's JSON has the new names only
      const icons = path.join(here, "node_modules/lucide-static/icons");
      const known = new Set(readdirSync(icons).map((file) => path.basename(file, ".svg")));
      const found = {};
      for (const folder of folders) {
        for (const file of sources(folder)) {
          for (const [, name] of readFileSync(file, "utf8").matchAll(QUOTED)) {
            if (known.has(name)) found[name] ??= shapes(path.join(icons, `${name}.svg`));
          }
        }
      }
      const sorted = Object.fromEntries(Object.entries(found).sort(([a], [b]) => (a < b ? -1 : 1)));
      this.emitFile({ type: "asset", fileName: "icons.json", source: JSON.stringify(sorted) });
    },
  };
}
