// What the installed package answers for: a link and a file are opened as a desktop opens them, by what the package
// registered, while no Skep runs. Comes after the newcomer, whose traces are there.
import assert from "node:assert/strict";
import { readFileSync, readdirSync, readlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { Window, until } from "../window/webdriver.mjs";
import { run, windowWithin } from "./within.mjs";

const { SKEP_ROOT } = process.env;
const PROGRAM = "skep-desktop";
/** Stays for as long as what it opened is looked at, since a driver ends with what it started. */
const OPENER = "/usr/local/bin/as-a-desktop";
writeFileSync(path.join(SKEP_ROOT, OPENER), '#!/bin/sh\ngio open "$1"\nexec sleep 300\n', { mode: 0o755 });

/** The windows that run in the bare system. */
function running() {
  return readdirSync("/proc").filter((pid) => {
    try {
      return readlinkSync(`/proc/${pid}/root`) === SKEP_ROOT && readFileSync(`/proc/${pid}/comm`, "utf8").trim() === PROGRAM;
    } catch {
      return false;
    }
  });
}

async function opened(what, look) {
  await until("no Skep", () => (running().length === 0 ? true : undefined));
  const window = await Window.open(OPENER, {}, windowWithin(), [what]);
  try {
    return await look(window);
  } finally {
    for (const pid of running()) process.kill(Number(pid), "SIGKILL");
    await window.close();
  }
}

test("a link leads to its trace", async () => {
  const query = "skep query 'SELECT COUNT WHERE is_root GROUP BY trace.trace_id LIMIT 1' --json";
  const [[traceId]] = JSON.parse(run(query)).rows;
  await opened(`skep://trace/${traceId}`, async (window) => {
    await window.texts("[role=treegrid] [data-place]");
    assert.ok((await window.execute("return location.hash")).startsWith(`#/trace/${traceId}`));
  });
});

test("a file is known for what it is, and taken in", async () => {
  run("skep export --out /home/newcomer/shop.otlp.jsonl");
  const says = run("gio info -a standard::content-type /home/newcomer/shop.otlp.jsonl");
  assert.match(says, /application\/x-otlp/);
  await opened("/home/newcomer/shop.otlp.jsonl", async (window) => {
    const [imports] = await window.texts("footer .imports");
    assert.match(imports, /[Ii]mport/);
  });
});

test("the control: what nobody registered opens nothing", () => {
  assert.throws(() => run("gio open nobody://trace/1"));
  assert.deepEqual(running(), []);
});
