// Pictures of every page of the real window, to be looked at: with no data, little and much, in light and dark, at 1024 and
// 1920 px. Usage: xvfb-run -a -s "-screen 0 1920x1200x24" node pictures.mjs PROGRAM FOLDER [none|little|much]...
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { PAGES, THEMES, call, goTo, pagesOf, setTheme } from "./pages.mjs";
import { LARGE_TRACE_ID, requests } from "./shop.mjs";
import { Window, until } from "./webdriver.mjs";

const [program, folder, ...wanted] = process.argv.slice(2);
const SIZES = [
  { width: 1024, height: 768 },
  { width: 1920, height: 1080 },
];
const N_SPANS = 100_000;
/** Keys without a character, as WebDriver writes them. */
const [ESCAPE, CONTROL] = ["\uE00C", "\uE009"];

/** Further down on a long page. */
const SECTIONS = ["window", "shortcuts"].map((id) => ({ name: `settings-${id}`, hash: `#/settings?section=${id}` }));

/** What is sent before the pictures are taken; gives back a trace to show. */
const AMOUNTS = {
  none: async () => undefined,
  little: async (window) => {
    await call(window, "demo", {});
    await goTo(window, { ...PAGES[1], hash: "#/traces?t=all&sort=duration" });
    const script = 'return document.querySelector("[role=grid] a[href^=\'#/trace/\']")?.getAttribute("href")';
    const href = await until("a trace", async () => (await window.execute(script)) ?? undefined);
    return /[0-9a-f]{32}/.exec(href)[0];
  },
  much: async (window, address) => {
    for (const body of requests(N_SPANS, Date.now())) {
      const headers = { "content-type": "application/json" };
      const answer = await fetch(`${address}/v1/traces`, { method: "POST", headers, body });
      if (answer.status !== 200) throw new Error(`${answer.status}: ${await answer.text()}`);
    }
    return LARGE_TRACE_ID;
  },
};

mkdirSync(folder, { recursive: true });
// A destination that is not ready, so that its page has something to tell.
const destination = createServer((_, answer) => answer.writeHead(503).end()).listen(0, "127.0.0.1");
for (const amount of wanted.length > 0 ? wanted : Object.keys(AMOUNTS)) await pictureAll(amount);
destination.close();

async function pictureAll(amount) {
  const dir = mkdtempSync(path.join(tmpdir(), "pictures-"));
  const settings = path.join(dir, "settings.toml");
  const env = { SKEP_OTLP_GRPC: "127.0.0.1:0", SKEP_OTLP_HTTP: "127.0.0.1:0", SKEP_DATA_DIR: path.join(dir, "data"), SKEP_SETTINGS: settings };
  for (const name of ["CONFIG", "DATA", "CACHE", "STATE"]) env[`XDG_${name}_HOME`] = path.join(dir, name);
  const window = await Window.open(program, env);
  try {
    await window.execute('location.hash = "#/connect"');
    const [, address] = await window.texts(".end .mono", 2);
    if (amount === "much") {
      const url = `http://127.0.0.1:${destination.address().port}`;
      await call(window, "forward_save", { id: null, url, enabled: true, key: null, headers: null });
    }
    const traceId = await AMOUNTS[amount](window, address);
    const pages = traceId === undefined ? PAGES.map(({ name, hash }) => ({ name, hash })) : [...PAGES, ...pagesOf(traceId)];
    for (const size of SIZES) {
      await window.rect({ x: 0, y: 0, ...size });
      await until("the size", async () => ((await window.execute("return innerWidth")) === size.width ? true : undefined));
      for (const theme of THEMES) {
        await setTheme(window, settings, theme);
        const picture = async (name) => {
          const file = `${amount}-${name}-${theme}-${size.width}.png`;
          writeFileSync(path.join(folder, file), await window.screenshot());
        };
        for (const page of [...pages, ...SECTIONS]) {
          await goTo(window, page);
          await picture(page.name);
          if (page.name === "trace") await pictureSpan(window, picture);
          if (page.name === "explore" && traceId !== undefined) await pictureBox(window, picture);
        }
        await goTo(window, pages[1]);
        await window.press("?");
        await window.texts("dialog[open]");
        await pause(300);
        await picture("keys");
        await window.press(ESCAPE);
        await window.chord(CONTROL, "k");
        await window.texts("[role=combobox][aria-label=Command]");
        await pause(300);
        await picture("commands");
        await window.press(ESCAPE);
      }
    }
  } finally {
    await window.close();
    rmSync(dir, { recursive: true, force: true });
  }
}

/** A span further down, with its detail and why it is slow. */
async function pictureSpan(window, picture) {
  await window.execute('document.querySelectorAll("[role=treegrid] [data-place]")[3]?.click()');
  await window.texts("aside[aria-label='The picked span'] h2");
  await pause(500);
  await picture("trace-span");
}

/** A box over the upper part of the heatmap. */
async function pictureBox(window, picture) {
  const [left, top, width, height] = await until("the heatmap", async () => {
    const script = `const at = document.querySelector("section[aria-label='Heatmap'] canvas")?.getBoundingClientRect();
      return at && [at.x, at.y, at.width, at.height]`;
    return (await window.execute(script)) ?? undefined;
  });
  await window.drag([left + width * 0.02, top + 2], [left + width * 0.98, top + height * 0.3]);
  await window.texts("aside[aria-label='BubbleUp']");
  await pause(1_500);
  await picture("explore-box");
}
