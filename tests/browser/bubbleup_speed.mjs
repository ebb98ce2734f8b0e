// How long BubbleUp takes in a page: from the end of a drag over the slowest spans to the first ranking painted. Prints one
// JSON object; times in ms. `first_ms` is of a store that nobody asked yet but for what the page shows before, `again_ms`
// the median of other boxes after it; `engine_…` is what the engine says of the same answers. SKEP_UNIT is what is counted.
import { launch } from "./launch.mjs";

const { SKEP_UI: home, SKEP_UNIT: unit } = process.env;
/** Boxes after the first one: as high, from elsewhere in the time. */
const AGAIN = 7;

const browser = await launch();
try {
  process.stdout.write(`${JSON.stringify(await measure())}\n`);
} finally {
  await browser.close();
}

async function measure() {
  const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
  const engine = [];
  page.on("response", async (response) => {
    if (response.url().endsWith("/rpc/bubbleup")) engine.push((await response.json()).elapsed_ms);
  });
  await page.goto(home);
  await page.goto(new URL(`#/explore?t=all&unit=${unit}`, page.url()).href);
  const canvas = page.getByRole("region", { name: "Heatmap" }).locator("canvas");
  await canvas.waitFor({ timeout: 120_000 });
  // What the page shows by itself is there before anybody drags.
  await page.getByRole("region", { name: "Table" }).getByRole("row").nth(1).waitFor({ timeout: 120_000 });
  await page.getByRole("region", { name: "Over time" }).getByRole("slider").nth(1).waitFor({ timeout: 120_000 });
  const times = [];
  for (let nth = 0; nth <= AGAIN; nth += 1) {
    const at = await canvas.boundingBox();
    const from = nth / (AGAIN + 1) / 2;
    await page.mouse.move(at.x + at.width * from, at.y + 2);
    await page.mouse.down();
    await page.mouse.move(at.x + at.width * (from + 0.45), at.y + at.height * 0.3, { steps: 5 });
    await page.evaluate(watchRanking);
    await page.mouse.up();
    times.push(await page.evaluate(() => globalThis.ranked_ms));
    await page.keyboard.press("x");
    await page.getByRole("complementary", { name: "BubbleUp" }).waitFor({ state: "detached" });
    // The heatmap is as wide as before again.
    await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
  }
  const [first_ms, ...again] = times;
  const [engine_first_ms, ...engine_again] = engine;
  return { first_ms, again_ms: median(again), engine_first_ms, engine_again_ms: median(engine_again), n: times.length };
}

/** In the page: promises how long after the pointer is let go the first ranking is on the screen. */
function watchRanking() {
  globalThis.ranked_ms = new Promise((done, failed) => {
    let up_ms;
    const late = setTimeout(() => failed(new Error("no ranking in a minute")), 60_000);
    const watch = new MutationObserver(() => {
      const panel = document.querySelector('aside[aria-label="BubbleUp"]');
      if (up_ms === undefined || !panel?.querySelector("article, .none, .sentence")) return;
      watch.disconnect();
      clearTimeout(late);
      // A frame is done when what was put off to after it runs.
      requestAnimationFrame(() => {
        const { port1, port2 } = new MessageChannel();
        port1.onmessage = () => done(performance.now() - up_ms);
        port2.postMessage(undefined);
      });
    });
    // When the event was made, not when it was handled.
    addEventListener("pointerup", (event) => (up_ms = event.timeStamp), { capture: true, once: true });
    watch.observe(document.body, { childList: true, subtree: true });
  });
}

function median(values) {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
}
