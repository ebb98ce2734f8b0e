// A browser for the tests of the pages, and pages that keep what went wrong in them.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { after, before } from "node:test";
import { launch } from "./launch.mjs";

// What the pages are built and tested with is installed beside them.
const require = createRequire(new URL("../../ui/package.json", import.meta.url));
const axe = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");

export const home = process.env.SKEP_UI;
export const artifacts = process.env.SKEP_ARTIFACTS;
export const traceId = process.env.SKEP_TRACE_ID;
export const otlp = process.env.SKEP_OTLP;
export const n_traces = Number(process.env.SKEP_TRACES);

/** The waterfall's lines, without its head. */
export function spanRows(page) {
  return page.getByRole("treegrid", { name: "Spans" }).locator("[data-place]");
}

export const SIZES = [
  { name: "", width: 1440, height: 900 },
  { name: "-narrow", width: 1024, height: 768 },
];

let browser;

before(async () => {
  browser = await launch();
});

after(() => browser?.close());

/** A browser of its own, without what the others were given. */
export function newContext() {
  return browser.newContext();
}

/** A page that keeps what went wrong in it; `end` fails when anything did but what is `meant` to. */
export async function openPage(hash, options = {}, at = home, meant = /(?!)/) {
  const context = await browser.newContext({ viewport: SIZES[0], ...options });
  const page = await context.newPage();
  const errors = [];
  page.on("pageerror", (error) => errors.push(`uncaught: ${error.stack ?? error}`));
  page.on("console", (message) => {
    if (message.type() === "error") errors.push(`console: ${message.text()}`);
  });
  page.on("requestfailed", (request) => {
    // The line to the live state ends with its page, and a question that another one overtakes is stopped.
    const why = request.failure()?.errorText;
    // So is a file that is stopped; and what becomes a download is no page any more.
    const isStopped = /\/(rpc|import|export)[/?]/.test(request.url()) && why === "net::ERR_ABORTED";
    if (!isStopped) errors.push(`failed: ${request.url()} ${why}`);
  });
  page.on("request", (request) => {
    if (new URL(request.url()).origin !== new URL(at).origin) errors.push(`left the machine: ${request.url()}`);
  });
  await page.goto(at);
  await page.goto(new URL(hash, page.url()).href);
  const end = async () => {
    await context.close();
    assert.deepEqual(
      errors.filter((error) => !meant.test(error)),
      [],
    );
  };
  return { page, end };
}

export async function violations(page) {
  await page.evaluate(axe);
  const found = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ["violations"] }));
  return found.violations.map(({ id, help, nodes }) => `${id}: ${help}\n  ${nodes.map((node) => `${node.html} ${node.failureSummary}`).join("\n  ")}`);
}
