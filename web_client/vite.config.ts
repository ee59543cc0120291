import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

const NODE = "http://127.0.0.1:8080";

export default defineConfig({
  plugins: [react()],
  // Nothing is inlined: the content security policy allows no data: scripts and no inline styles.
  build: { target: "es2023", assetsInlineLimit: 0, modulePreload: { polyfill: false }, sourcemap: false },
  server: { proxy: { "/api": NODE, "/socket.io": { target: NODE, ws: true } } },
  test: { environment: "happy-dom", include: ["tests/**/*.test.{ts,tsx}"] },
});
