// The window among the other parts of a desktop: an icon with a menu, closing to it, notifications, the session's start,
// the window's place, files that fall on it, and the command that hands it files and traces.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import path from "node:path";
import { after, before, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { Desktop } from "./desktop.mjs";
import { call } from "./pages.mjs";
import { Window, until } from "./webdriver.mjs";

const { SKEP_DESKTOP_BIN, SKEP_BIN, SKEP_STORY, SKEP_TRACE_ID, SKEP_SETTINGS, XDG_CONFIG_HOME, PATH } = process.env;
const PORTS = { SKEP_OTLP_GRPC: "127.0.0.1:0", SKEP_OTLP_HTTP: "127.0.0.1:0" };
/** Skep looks for news every 5 s; silence is believed after twice that. */
const SILENCE_MS = 12_000;

let desktop;
before(async () => {
  desktop = await Desktop.open();
});
after(() => desktop.close());

const set = (lines) => writeFileSync(SKEP_SETTINGS, lines);

/** The window, with the address that it receives at. */
async function open(lines) {
  set(lines);
  const window = await Window.open(SKEP_DESKTOP_BIN, PORTS);
  await window.execute('location.hash = "#/connect"');
  const addresses = await window.texts(".end .mono", 2);
  return { window, address: addresses[1] };
}

/** Sends a span of a service; gives back the answer's status, or nothing where nobody listens. */
async function send(address, service) {
  const ids = { traceId: "5b8efff798038103d269b633813fc60c", spanId: "eee19b7ec3c1b174" };
  const now = `${Date.now()}000000`;
  const span = { ...ids, name: service, startTimeUnixNano: now, endTimeUnixNano: now };
  const attributes = [{ key: "service.name", value: { stringValue: service } }];
  const body = JSON.stringify({ resourceSpans: [{ resource: { attributes }, scopeSpans: [{ spans: [span] }] }] });
  const headers = { "content-type": "application/json" };
  const answer = await fetch(`${address}/v1/traces`, { method: "POST", headers, body }).catch(() => undefined);
  return answer?.status;
}

function x11(...words) {
  const done = spawnSync("python3", [path.join(import.meta.dirname, "x11.py"), ...words], { encoding: "utf8", timeout: 60_000 });
  assert.equal(done.status, 0, done.stderr);
  return done.stdout.trim();
}

const ended = (address) => until("the end", async () => ((await send(address, "late")) === undefined ? true : undefined));

test("the icon says what is received, pauses it, and ends Skep", async () => {
  const { window, address } = await open("[window]\ntray = true\n");
  try {
    const icon = await desktop.icon();
    assert.equal(await icon.status(), "Active");
    const lines = (await icon.lines()).map(({ label }) => label);
    assert.deepEqual(lines, ["Listening", "Open Skep", "Pause receiving", "", "Quit"]);
    // The control: what is not paused is received.
    assert.equal(await send(address, "shop"), 200);
    await icon.click(/Pause receiving/);
    await icon.line(/^Paused/);
    assert.equal((await icon.line(/Pause receiving/)).is_checked, true);
    assert.equal(await send(address, "shop"), 503);
    await window.texts("footer", 1);
    await until("the status bar", async () => (/paused/i.test((await window.texts("footer"))[0]) ? true : undefined));
    await icon.click(/Pause receiving/);
    await icon.line(/^Listening|^Receiving/);
    assert.equal(await send(address, "shop"), 200);
    // Away at once when it is not wanted any more, and back.
    const is = (wanted) => until(wanted, async () => ((await icon.status()) === wanted ? true : undefined));
    set("[window]\ntray = false\n");
    await is("Passive");
    set("[window]\ntray = true\n");
    await is("Active");
    await icon.click(/Quit/);
    await ended(address);
  } finally {
    await window.close();
  }
});

test("closed to the tray it goes on receiving, and comes back; without an icon closing ends it", async () => {
  const n_icons = desktop.n_icons;
  const { window, address } = await open("[window]\ntray = true\nclose_to_tray = true\n");
  try {
    const icon = await desktop.icon(n_icons);
    assert.equal(x11("shown"), "yes");
    x11("close");
    await until("it is hidden", () => (x11("shown") === "no" ? true : undefined));
    assert.equal(await send(address, "shop"), 200);
    await icon.click(/Open/);
    await until("it is shown", () => (x11("shown") === "yes" ? true : undefined));
    // There would be no way back.
    set("[window]\ntray = false\nclose_to_tray = true\n");
    await until("no icon", () => icon.status().then((status) => (status === "Passive" ? true : undefined), () => true));
    x11("close");
    await ended(address);
  } finally {
    await window.close();
  }
});

test("the window's size is kept over a restart", async () => {
  const size = { width: 1111, height: 777 };
  const first = await open("");
  try {
    const { width, height } = await first.window.rect();
    assert.notDeepEqual({ width, height }, size);
    await first.window.rect({ x: 20, y: 30, ...size });
    await pause(1_000);
    x11("close");
    await ended(first.address);
  } finally {
    await first.window.close();
  }
  const { window } = await open("");
  try {
    const { width, height } = await until("the size", async () => {
      const rect = await window.rect();
      return rect.width === size.width ? rect : undefined;
    });
    assert.deepEqual({ width, height }, size);
  } finally {
    await window.close();
  }
});

test("news are told by the system's notifications, each kind until it is silenced", async () => {
  // A destination that turns everything away for good.
  const destination = createServer((_, answer) => answer.writeHead(401).end()).listen(0, "127.0.0.1");
  await once(destination, "listening");
  const { window, address } = await open("");
  const told = (title) => until(title, () => (desktop.notified.some((one) => one.includes(title)) ? true : undefined));
  try {
    // Nothing is told to whoever looks at it.
    await send(address, "looked-at");
    await pause(SILENCE_MS);
    assert.deepEqual(desktop.notified, []);
    x11("leave");
    await send(address, "first-of-all");
    await told("first-of-all sends its first spans");
    set('[storage]\ndisk_free_min = "999TiB"\n');
    await told("The disk is nearly full");
    assert.equal(await send(address, "while-full"), 503);
    set("");
    await until("space again", async () => ((await send(address, "first-of-all")) === 200 ? true : undefined));
    const save = (place) => {
      const url = `http://127.0.0.1:${destination.address().port}/${place}`;
      return call(window, "forward_save", { id: null, url, enabled: true, key: null, headers: null });
    };
    await save("first");
    await send(address, "first-of-all");
    await told("Sending on is paused");

    const n_told = desktop.notified.length;
    const silent = "[notifications]\nnew_service = false\nforward_paused = false\ndisk_low = false\n";
    set(`${silent}[storage]\ndisk_free_min = "999TiB"\n`);
    await until("no space", async () => ((await send(address, "second")) === 503 ? true : undefined));
    set(silent);
    await until("space again", async () => ((await send(address, "second")) === 200 ? true : undefined));
    await save("second");
    await send(address, "second");
    await until("both destinations paused", async () => {
      const { forward } = await call(window, "status", {});
      return forward.filter(({ state }) => state === "paused").length === 2 ? true : undefined;
    });
    await pause(SILENCE_MS);
    assert.deepEqual(desktop.notified.slice(n_told), []);
  } finally {
    await window.close();
    destination.close();
  }
});

test("it starts with the session only when its user says so", async () => {
  const entry = path.join(XDG_CONFIG_HOME, "autostart", "Skep.desktop");
  const { window } = await open("");
  try {
    await pause(1_000);
    assert.ok(!existsSync(entry));
    set("[window]\nautostart = true\n");
    await until("an entry", () => (existsSync(entry) ? true : undefined));
    assert.match(readFileSync(entry, "utf8"), /^Exec=.*skep-desktop.* --autostarted$/m);
    set("[window]\nautostart = false\n");
    await until("no entry", () => (existsSync(entry) ? undefined : true));
  } finally {
    await window.close();
  }
});

test("a file that falls on the window is taken in; `skep open` hands over files and traces", async () => {
  const { window } = await open("");
  const imports = () => window.texts("footer .imports");
  const trace = (place) => window.execute("location.hash = arguments[0]", place);
  const hand = (what) => {
    const env = { ...process.env, ...PORTS, PATH: `${path.dirname(SKEP_DESKTOP_BIN)}:${PATH}` };
    const done = spawnSync(SKEP_BIN, ["open", what], { env, encoding: "utf8", timeout: 60_000 });
    assert.equal(done.status, 0, done.stderr);
  };
  try {
    assert.equal((await window.execute('return document.querySelectorAll("footer .imports").length')), 0);
    x11("drop", SKEP_STORY);
    await imports();
    await trace(`#/trace/${SKEP_TRACE_ID}`);
    await window.texts("[role=treegrid] [data-place]", 4);
    await trace("#/traces");
    hand(SKEP_TRACE_ID);
    await until("the trace", async () => ((await window.execute("return location.hash")).includes(SKEP_TRACE_ID) ? true : undefined));
    const copy = `${SKEP_STORY}.copy.pb`;
    writeFileSync(copy, readFileSync(SKEP_STORY));
    hand(copy);
    const recent = () =>
      window.executeAsync(`
        const done = arguments[arguments.length - 1];
        window.__TAURI_INTERNALS__.invoke("recent").then(done, (error) => done(String(error)));`);
    await until("both files", async () => ((await recent()).length === 2 ? true : undefined));
  } finally {
    await window.close();
  }
});
