import { createHash } from "node:crypto";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

import react from "@vitejs/plugin-react";
import type { Plugin } from "vite";
import { defineConfig } from "vitest/config";

const NODE = "http://127.0.0.1:8080";

/** At the root and without a hash: a service worker is asked for by the name that it always had. */
const WORKER = "shell_worker";

/** Tells the service worker which files there are, and by their digest when any of them or the page has changed. */
function keptFiles(): Plugin {
  return {
    name: "kept-files",
    apply: "build",
    async writeBundle({ dir }) {
      if (dir === undefined) throw new Error("the build has no folder");
      const files = (await readdir(join(dir, "assets"))).sort().map((name) => `assets/${name}`);
      const digest = createHash("sha256");
      for (const name of [...files, "index.html", `${WORKER}.js`]) {
        digest.update(name).update(await readFile(join(dir, name)));
      }
      const worker = join(dir, `${WORKER}.js`);
      const known = {
        FILES: files.map((name) => `/${name}`),
        VERSION: digest.digest("hex").slice(0, 16),
      };
      const lines = Object.entries(known).map(
        ([name, value]) => `const ${name} = ${JSON.stringify(value)};\n`,
      );
      await writeFile(worker, lines.join("") + (await readFile(worker, "utf8")));
    },
  };
}

export default defineConfig({
  plugins: [react(), keptFiles()],
  build: {
    target: "es2023",
    // Nothing is inlined: the content security policy allows no data: scripts and no inline styles.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    sourcemap: false,
    rolldownOptions: {
      input: { index: "index.html", [WORKER]: "src/shell/shell_worker.ts" },
      output: { entryFileNames: ({ name }) => (name === WORKER ? "[name].js" : "assets/[name]-[hash].js") },
    },
  },
  server: { proxy: { "/api": NODE, "/socket.io": { target: NODE, ws: true } } },
  test: { environment: "happy-dom", include: ["tests/**/*.test.{ts,tsx}"] },
});
