// The window's manners: a link and a file at a cold start, a second start that hands over, settings that are followed,
// closing into the tray's keeping.
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { Window, until } from "./webdriver.mjs";

const { SKEP_DESKTOP_BIN, SKEP_BIN, SKEP_STORY, SKEP_TRACE_ID, SKEP_ARTIFACTS, SKEP_SETTINGS, SKEP_DATA_DIR } = process.env;
const PORTS = { SKEP_OTLP_GRPC: "127.0.0.1:0", SKEP_OTLP_HTTP: "127.0.0.1:0" };
const LINK = `skep://trace/${SKEP_TRACE_ID}`;

const hash = (window) => window.execute("return location.hash");

test("a link and a file of a cold start: the file is taken in, the link leads to its trace", async () => {
  const window = await Window.open(SKEP_DESKTOP_BIN, PORTS, [], [SKEP_STORY, LINK]);
  try {
    await window.texts("[role=treegrid] [data-place]", 4);
    assert.match(await hash(window), new RegExp(`^#/trace/${SKEP_TRACE_ID}`));
    // It was in before there was a page to tell; the status bar knows of it.
    await window.texts("footer .imports", 1);
    // A file that was opened can be opened again from the list of commands.
    const recent = await window.executeAsync(`
      const done = arguments[arguments.length - 1];
      window.__TAURI_INTERNALS__.invoke("recent").then(done, (error) => done(String(error)));`);
    assert.deepEqual(recent, [path.basename(SKEP_STORY)]);
  } finally {
    await window.close();
  }
});

test("a link alone, of a cold start, leads to its trace; one that is no page leads nowhere", async () => {
  for (const [link, page] of [
    [LINK, new RegExp(`^#/trace/${SKEP_TRACE_ID}`)],
    ["skep://nowhere/at-all", /^(#\/traces.*)?$/],
  ]) {
    const window = await Window.open(SKEP_DESKTOP_BIN, PORTS, [], [link]);
    try {
      await window.texts("main h1");
      await until(`the page of ${link}`, async () => (page.test(await hash(window)) ? true : undefined));
      // Whatever a link says, the page knows that it is there by now.
      await pause(500);
      assert.match(await hash(window), page);
    } finally {
      await window.close();
    }
  }
});

test("a second start hands over what it was asked for and ends", async (t) => {
  if (!process.env.DBUS_SESSION_BUS_ADDRESS) return t.skip("there is no session bus here");
  const window = await Window.open(SKEP_DESKTOP_BIN, PORTS);
  try {
    await window.texts("main h1");
    const second = spawn(SKEP_DESKTOP_BIN, [`${LINK}?span=0`], { env: { ...process.env, ...PORTS }, stdio: "ignore" });
    const [code] = await once(second, "exit");
    assert.equal(code, 0);
    await until("the trace", async () => ((await hash(window)).startsWith(`#/trace/${SKEP_TRACE_ID}`) ? true : undefined));
    // What is no page leads nowhere.
    spawnSync(SKEP_DESKTOP_BIN, ["skep://nowhere/at-all"], { env: { ...process.env, ...PORTS }, timeout: 30_000 });
    await pause(500);
    assert.ok((await hash(window)).startsWith(`#/trace/${SKEP_TRACE_ID}`));
  } finally {
    await window.close();
  }
});

test("settings: written by the page, followed from the file, kept with their comments", async () => {
  writeFileSync(SKEP_SETTINGS, '# mine\n[appearance]\ntheme = "dark" # at night\n');
  const window = await Window.open(SKEP_DESKTOP_BIN, PORTS);
  const theme = () => window.execute("return document.documentElement.dataset.theme");
  try {
    await until("the dark theme of the file", async () => ((await theme()) === "dark" ? true : undefined));
    await window.execute('location.hash = "#/settings"');
    await window.texts(".row label", 10);
    // The picture is a frame or two behind.
    await pause(1_000);
    writeFileSync(path.join(SKEP_ARTIFACTS, "window-settings.png"), await window.screenshot());
    // By hand, while it runs.
    writeFileSync(SKEP_SETTINGS, readFileSync(SKEP_SETTINGS, "utf8").replace("dark", "light"));
    await until("the light theme", async () => ((await theme()) === "light" ? true : undefined));
    await window.execute('[...document.querySelectorAll("[role=radio]")].find((one) => one.innerText === "Dark").click()');
    await until("the file", async () => (readFileSync(SKEP_SETTINGS, "utf8").includes('theme = "dark" # at night') ? true : undefined));
    assert.match(readFileSync(SKEP_SETTINGS, "utf8"), /^# mine\n/);
    // Text is larger at once: the window has fewer of its own pixels.
    const width = () => window.execute("return innerWidth");
    const before = await width();
    const larger = spawnSync(SKEP_BIN, ["settings", "appearance.text_size", "150"], { encoding: "utf8" });
    assert.equal(larger.status, 0, larger.stderr);
    await until("larger text", async () => ((await width()) < before * 0.8 ? true : undefined));
  } finally {
    await window.close();
  }
});

test("a log is kept as lines of JSON, and says nothing of what was received", () => {
  const dir = path.join(process.env.XDG_STATE_HOME, "dev.skep.desktop", "logs");
  const listed = spawnSync("sh", ["-c", `cat ${dir}/skep.*.jsonl`], { encoding: "utf8" });
  assert.equal(listed.status, 0, listed.stderr);
  const lines = listed.stdout.trim().split("\n").map((line) => JSON.parse(line));
  assert.ok(lines.some((line) => line.fields.message === "receiving"), listed.stdout);
  assert.doesNotMatch(listed.stdout, /SELECT items|checkout/);
  assert.ok(existsSync(SKEP_DATA_DIR));
});
