import { defineConfig } from "vitest/config";
import { leanDecoder } from "./app/frontend/lean-decoder.ts";

/**
 * Builds the front end into `app/frontend/dist`, which the web server offers under `/static/`.
 *
 * Nothing is inlined as a `data:` address, because the pages' content security policy allows only our own origin.
 */
export default defineConfig({
  root: "app/frontend",
  base: "/static/",
  publicDir: "public",
  cacheDir: "../../node_modules/.vite",
  build: {
    outDir: "dist",
    emptyOutDir: true,
    manifest: "manifest.json",
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: true,
    rolldownOptions: {
      input: ["src/app.ts", "src/board.ts", "src/enrol.ts", "src/gate.ts", "src/sw.ts", "src/room.ts", "src/register.ts", "src/page/passkey.ts", "src/page/sheet.ts"].map((file) => `app/frontend/${file}`),
    },
  },
  worker: { format: "es", plugins: () => [leanDecoder()] },
  test: { include: ["tests/**/*.test.ts"], environment: "node", css: true, setupFiles: ["tests/setup.ts"] },
});
