// The same as browser/trace_speed.mjs in the real window, as far as WebKit tells: no trace of its threads can be had, so
// script is counted by the clock, one scroll step at a time. Prints one JSON object; times in ms, memory in MB.
import { readdirSync, readFileSync } from "node:fs";
import { open, scrollScript } from "../browser/trace_page.mjs";
import { Window } from "./webdriver.mjs";

const { SKEP_DESKTOP_BIN, SKEP_TRACE_ID: traceId, SKEP_DATA_DIR } = process.env;
const STEPS = 120;

const window = await Window.open(SKEP_DESKTOP_BIN, { SKEP_DATA_DIR, SKEP_OTLP_GRPC: "127.0.0.1:0", SKEP_OTLP_HTTP: "127.0.0.1:0" });
try {
  await window.texts('[aria-label="Traces"] [role="row"]', 2);
  const opened = [];
  for (let nth = 0; nth < 4; nth += 1) {
    opened.push(await inPage(open, `#/trace/${traceId}`));
    if (nth === 3) break;
    await window.execute('location.hash = "#/traces?t=all"');
    await window.texts('[aria-label="Traces"] [role="row"]', 2);
  }
  const [open_ms, ...again] = opened;
  const scroll = (await inPage(scrollScript, STEPS, 480)).sort((a, b) => a - b);
  process.stdout.write(
    `${JSON.stringify({
      open_ms,
      open_again_ms: again.sort((a, b) => a - b)[1],
      scroll_p95_ms: scroll[Math.floor(STEPS * 0.95)],
      memory_mb: webProcessMb(),
    })}\n`,
  );
} finally {
  await window.close();
}

/** Runs one of the page's functions and waits for what it says. */
async function inPage(run, ...args) {
  const said = await window.executeAsync(
    `const done = arguments[arguments.length - 1];
     (${run})(...[...arguments].slice(0, -1)).then((said) => done({ said }), (error) => done({ error: String(error) }));`,
    ...args,
  );
  if (said.error !== undefined) throw new Error(said.error);
  return said.said;
}

/** What the page's process holds of its own, and its share of what it holds with others: the largest, if there are several. */
function webProcessMb() {
  const kb = readdirSync("/proc").flatMap((pid) => {
    try {
      if (readFileSync(`/proc/${pid}/comm`, "utf8").trim() !== "WebKitWebProces") return [];
      return [Number(/^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, "utf8"))?.[1] ?? 0)];
    } catch {
      return [];
    }
  });
  return Math.max(0, ...kb) / 1024;
}
