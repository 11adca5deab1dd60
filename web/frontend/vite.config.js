// Builds the entries into web/static/dist with hashed names and a manifest that Python reads.
import path from "node:path";
import tailwindcss from "@tailwindcss/vite";
import { defineConfig } from "vite";
import { usedIcons } from "./build/icons.js";
import { writeStylePack } from "./build/style-pack.js";

const here = import.meta.dirname;
const web = path.resolve(here, "..");

writeStylePack(here);

export default defineConfig({
  root: here,
  base: "/static/dist/",
  publicDir: false,
  plugins: [tailwindcss(), usedIcons(here, [web])],
  build: {
    outDir: path.join(web, "static", "dist"),
    emptyOutDir: true,
    manifest: "manifest.json",
    modulePreload: { polyfill: false },
    target: "es2023",
    // popovers, subgrid, nesting and @starting-style are needed anyway, so no fallbacks for older ones
    cssTarget: ["chrome125", "firefox129", "safari18"],
    assetsInlineLimit: 0,
    reportCompressedSize: false,
    chunkSizeWarningLimit: 700, // the builder, which has React in it; a test keeps its compressed size
    rolldownOptions: {
      checks: { pluginTimings: false, moduleLevelDirective: false },
      input: [
        path.join(here, "src/theme.ts"),
        path.join(here, "src/app.ts"),
        path.join(here, "styles/app.css"),
        path.join(here, "styles/builder.css"),
      ],
      output: {
        entryFileNames: "[name]-[hash].js",
        chunkFileNames: "[name]-[hash].js",
        assetFileNames: "[name]-[hash][extname]",
      },
    },
  },
});
