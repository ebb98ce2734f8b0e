// The pages of the real window: what each shows once it is there, in which themes, and whether they break a rule.
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { setTimeout as pause } from "node:timers/promises";
import { until } from "./webdriver.mjs";

// What the pages are built and tested with is installed beside them.
const require = createRequire(new URL("../../ui/package.json", import.meta.url));
const axe = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");

export const THEMES = ["light", "dark"];

/** Everything that moves has come to rest. */
const SETTLE_MS = 600;

/** Pages that are there without data too, with what they show with some. */
export const PAGES = [
  { name: "connect", hash: "#/connect", shows: ".languages pre" },
  { name: "traces", hash: "#/traces?t=all", shows: "[role=grid] [role=rowgroup] [role=row]" },
  { name: "logs", hash: "#/logs?t=all", shows: "main h1" },
  { name: "explore", hash: "#/explore?t=all", shows: "section[aria-label=Table] tbody tr" },
  { name: "explore-events", hash: "#/explore?t=all&tab=events", shows: "section[aria-label=Events] [role=row]" },
  { name: "explore-queries", hash: "#/explore?t=all&tab=queries", shows: "section[aria-label=Queries]" },
  { name: "explore-runs", hash: "#/explore?t=all&tab=runs", shows: "section[aria-label=Runs]" },
  { name: "forward", hash: "#/forward", shows: "main h1" },
  { name: "status", hash: "#/status", shows: "main button" },
  { name: "settings", hash: "#/settings", shows: ".row label" },
];

/** Pages of one trace. */
export function pagesOf(traceId) {
  const row = "[role=treegrid] [data-place]";
  return [
    { name: "trace", hash: `#/trace/${traceId}`, shows: row },
    { name: "trace-flame", hash: `#/trace/${traceId}?look=flame`, shows: "[role=img][aria-label^='Flame graph']" },
    { name: "trace-table", hash: `#/trace/${traceId}?look=table`, shows: row },
    { name: "trace-logs", hash: `#/trace/${traceId}?look=logs`, shows: "main h1" },
    { name: "compare", hash: `#/compare/${traceId}`, shows: "[role=treegrid][aria-label=Paths] [role=row]" },
  ];
}

/** Goes to a page and waits until it stands still; `shows` as in [`PAGES`]. */
export async function goTo(window, { hash, shows }) {
  await window.execute("location.hash = arguments[0]", hash);
  await window.texts("main h1");
  if (shows !== undefined) await window.texts(shows);
  await window.executeAsync("document.fonts.ready.then(() => arguments[arguments.length - 1](true))");
  await pause(SETTLE_MS);
}

/** Chooses a theme as its user does by hand, in the file. */
export async function setTheme(window, settings, theme) {
  writeFileSync(settings, `[appearance]\ntheme = "${theme}"\n`);
  await until(`the ${theme} theme`, async () =>
    (await window.execute("return document.documentElement.dataset.theme")) === theme ? true : undefined,
  );
  // Colours move for a moment.
  await pause(SETTLE_MS);
}

/** What the page breaks of the rules of accessibility, a line each. */
export async function violations(window) {
  if (!(await window.execute("return globalThis.axe !== undefined"))) await window.execute(`${axe};globalThis.axe = axe;`);
  const found = await window.executeAsync(`
    const done = arguments[arguments.length - 1];
    globalThis.axe.run(document, { resultTypes: ["violations"] }).then(
      ({ violations }) => done(violations.map(({ id, help, nodes }) =>
        id + ": " + help + nodes.map((node) => "\\n  " + node.html + " " + node.failureSummary).join(""))),
      (error) => done([String(error)]));`);
  return found;
}

let n_asked = 1_000_000;

/** Calls a command as the page does, one that answers in JSON. */
export async function call(window, name, request) {
  n_asked += 1;
  const said = await window.executeAsync(
    `const done = arguments[arguments.length - 1];
    window.__TAURI_INTERNALS__.invoke("call", { name: arguments[0], request: arguments[1], ask: arguments[2] })
      .then((bytes) => done({ answer: new TextDecoder().decode(bytes) }), (error) => done({ error: JSON.stringify(error) }));`,
    name,
    request,
    n_asked,
  );
  if (said.error !== undefined) throw new Error(`${name}: ${said.error}`);
  return JSON.parse(said.answer);
}
