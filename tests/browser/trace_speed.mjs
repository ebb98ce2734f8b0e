// What opening, scrolling, zooming and folding a trace costs its page. Prints one JSON object; times in ms, memory in MB.
// Script is counted by the main thread's CPU time, frame by frame: what others do on the machine disturbs that least.
import { readFileSync } from "node:fs";
import { launch } from "./launch.mjs";
import { jump, open } from "./trace_page.mjs";

const { SKEP_UI: home, SKEP_TRACE_ID: traceId } = process.env;
const STEPS = 120;
/** Events of the trace that are script, or what script causes. */
const SCRIPT = new Set(["FunctionCall", "EvaluateScript", "RunMicrotasks", "V8.GC_MC_BACKGROUND_MARKING", "MinorGC", "MajorGC"]);

const browser = await launch();
try {
  process.stdout.write(`${JSON.stringify(await measure())}\n`);
} finally {
  await browser.close();
}

async function measure() {
  const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
  await page.goto(home);
  await page.getByRole("grid", { name: "Traces" }).getByRole("row").nth(1).waitFor({ timeout: 120_000 });
  const opened = [];
  for (let nth = 0; nth < 4; nth += 1) {
    opened.push(await page.evaluate(open, `#/trace/${traceId}`));
    if (nth === 3) break;
    await page.evaluate(() => (location.hash = "#/traces?t=all"));
    await page.getByRole("grid", { name: "Traces" }).waitFor();
  }
  const [open_ms, ...again] = opened;
  const acts = {
    scroll: () => page.mouse.wheel(0, 480),
    jump: (nth) => page.evaluate(jump, nth / STEPS),
    zoom: (nth) => zoom(page, nth < STEPS / 2 ? -120 : 120),
    fold: (nth) => page.keyboard.press(["ArrowLeft", "ArrowLeft", "ArrowRight", "j"][nth % 4]),
    fold_all: (nth) => page.keyboard.press(nth % 2 === 0 ? "[" : "]"),
  };
  await page.mouse.move(900, 600);
  const frames = {};
  for (const [name, act] of Object.entries(acts)) {
    // Each begins with the trace as it is opened, and a line that keys can act on.
    await page.evaluate(() => (location.hash = "#/traces?t=all"));
    await page.getByRole("grid", { name: "Traces" }).waitFor();
    await page.evaluate(open, `#/trace/${traceId}`);
    await page.keyboard.press("j");
    await page.waitForTimeout(500);
    frames[name] = await scriptOf(page, act, name === "fold_all" ? 12 : STEPS);
  }
  return { open_ms, open_again_ms: median(again), frames, memory_mb: await rendererMb() };
}

async function zoom(page, delta) {
  await page.keyboard.down("Control");
  await page.mouse.wheel(0, delta);
  await page.keyboard.up("Control");
}

/** The script's CPU time of each frame while `act` is done again and again. */
async function scriptOf(page, act, n) {
  await browser.startTracing(page, { categories: ["devtools.timeline", "disabled-by-default-devtools.timeline", "v8.execute"] });
  for (let nth = 0; nth < n; nth += 1) {
    await act(nth);
    await page.waitForTimeout(16);
  }
  await page.waitForTimeout(300);
  const { traceEvents } = JSON.parse((await browser.stopTracing()).toString());
  return summary(scriptByFrame(traceEvents));
}

/** Of the busiest main thread: its outermost script events, put together between one frame and the next. */
function scriptByFrame(events) {
  const threads = new Map();
  for (const event of events) {
    if (event.ph !== "X" || !SCRIPT.has(event.name)) continue;
    const thread = `${event.pid}/${event.tid}`;
    threads.set(thread, [...(threads.get(thread) ?? []), event]);
  }
  const costs = [...threads.values()].map((one) => ({ one, us: one.reduce((sum, event) => sum + costOf(event), 0) }));
  const busiest = costs.sort((a, b) => b.us - a.us)[0]?.one ?? [];
  const { pid, tid } = busiest[0] ?? {};
  const frames = events
    .filter((event) => event.pid === pid && event.tid === tid && event.name === "BeginCommitCompositorFrame")
    .map((event) => event.ts)
    .sort((a, b) => a - b);
  const script_ms = new Array(frames.length + 1).fill(0);
  let end = 0;
  for (const event of busiest.toSorted((a, b) => a.ts - b.ts)) {
    if (event.ts < end) continue;
    end = event.ts + event.dur;
    let frame = frames.findIndex((ts) => ts > event.ts);
    if (frame < 0) frame = frames.length;
    script_ms[frame] += costOf(event) / 1000;
  }
  return script_ms.filter((ms) => ms > 0);
}

function costOf(event) {
  return event.tdur ?? event.dur ?? 0;
}

function summary(script_ms) {
  const sorted = script_ms.toSorted((a, b) => a - b);
  const at = (share) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
  return { n: sorted.length, p50_ms: at(0.5), p95_ms: at(0.95), max_ms: sorted.at(-1) ?? 0 };
}

function median(values) {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
}

/** What the page's process holds of its own, and its share of what it holds with others. */
async function rendererMb() {
  const session = await browser.newBrowserCDPSession();
  const { processInfo } = await session.send("SystemInfo.getProcessInfo");
  const kb = processInfo
    .filter((one) => one.type === "renderer")
    .map((one) => Number(/^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${one.id}/smaps_rollup`, "utf8"))?.[1] ?? 0));
  return Math.max(...kb) / 1024;
}
