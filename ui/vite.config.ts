import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig } from "vitest/config";

export default defineConfig(({ mode }) => ({
  plugins: [svelte()],
  base: "./",
  build: {
    // The oldest WebKitGTK that a supported distribution ships understands what Safari 16 does.
    target: "safari16",
    // The page's policy allows fonts from its own origin only, so nothing may become a data: address.
    assetsInlineLimit: 0,
    modulePreload: false,
  },
  server: {
    host: "127.0.0.1",
    port: 5173,
    strictPort: true,
    proxy: { "/rpc": "http://127.0.0.1:4319" },
  },
  // Without it vitest takes Svelte's server build, which cannot mount.
  ...(mode === "test" ? { resolve: { conditions: ["browser"] } } : {}),
  test: {
    // A document costs a second to make: only files that need one ask for it, in their first line.
    environment: "node",
    // Two at a time: other work may be going on, and a worker that starves is taken for dead.
    maxWorkers: 2,
    testTimeout: 30_000,
    include: ["src/**/*.test.ts"],
  },
}));
