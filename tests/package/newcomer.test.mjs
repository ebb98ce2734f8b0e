// A newcomer, who does what the screens say and nothing else: points a Flask service at Skep, sends it requests, opens the
// slowest trace and asks why it is slow.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdirSync, openSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { Window, until } from "../window/webdriver.mjs";
import { run, windowWithin, within } from "./within.mjs";

const { SKEP_ROOT, SKEP_ARTIFACTS } = process.env;
const N_REQUESTS = 60;
const PAGE_BYTES_MIN = 20_000;

/** What the newcomer writes around the snippet: a shop whose shipping is slow for one region in one version. */
const ROUTES = `
import random, time
from flask import request

@app.get("/ship")
def ship():
    region = request.headers["x-region"]
    version = request.headers["x-version"]
    span = trace.get_current_span()
    span.set_attribute("region", region)
    span.set_attribute("version", version)
    time.sleep(0.2 if region == "eu" and version == "2" else 0.005 + random.random() / 100)
    return "ok"
`;

test("from an installed package to the reason of a slow span", async () => {
  mkdirSync(SKEP_ARTIFACTS, { recursive: true });
  const window = await Window.open("/usr/bin/skep-desktop", {}, windowWithin());
  const picture = async (name) => {
    const png = await until(`a picture of ${name}`, async () => {
      const png = await window.screenshot();
      return png.length > PAGE_BYTES_MIN ? png : undefined;
    });
    writeFileSync(path.join(SKEP_ARTIFACTS, `newcomer-${name}.png`), png);
  };
  let shop;
  try {
    assert.match((await window.texts("main h2"))[0], /Skep is listening/);
    await picture("1-connect");
    // Three steps are on the screen: packages, code, and how to start.
    const [install, code, start] = await window.texts(".languages pre", 3);
    // Whoever comes has a Flask app already.
    run("pip install --quiet flask");
    run(install);
    run("mkdir -p /opt/app");
    writeFileSync(path.join(SKEP_ROOT, "opt/app/shop.py"), `${code}\n${ROUTES}`);
    const [program, ...words] = within(["sh", "-ec", `cd /opt/app\n${start} --port 5077`]);
    const says = path.join(SKEP_ROOT, "opt/app/says");
    const out = openSync(says, "w");
    shop = spawn(program, words, { stdio: ["ignore", out, out], detached: true });
    await until("the shop", async () => {
      assert.equal(shop.exitCode, null, readFileSync(says, "utf8"));
      return (await fetch("http://127.0.0.1:5077/").catch(() => undefined)) && true;
    });
    for (let n = 0; n < N_REQUESTS; n += 1) {
      const region = ["eu", "us", "asia"][n % 3];
      const version = (Math.floor(n / 3) % 2) + 1;
      // Not in the address, which is an attribute of its own and would say both at once.
      const headers = { "x-region": region, "x-version": `${version}` };
      const answer = await fetch("http://127.0.0.1:5077/ship", { headers });
      assert.equal(answer.status, 200);
    }
    // The page turns into the list by itself.
    await window.texts("[role=grid] [role=rowgroup] [role=row]", 10);
    await until("all traces", async () => {
      const status = JSON.parse(run("skep status --json"));
      return status.spans.stored >= N_REQUESTS ? true : undefined;
    });
    await picture("2-traces");
    // The slowest first: a press on the column's title.
    await until("the column", async () => {
      const found = await window.execute(`
        const button = [...document.querySelectorAll("[role=columnheader] button")].find((one) => /^Duration/.test(one.innerText));
        button?.click();
        return button !== undefined;`);
      return found || undefined;
    });
    await until("the order", async () => (await window.execute("return location.hash")).includes("sort=duration") || undefined);
    await pause(1_000);
    await window.click("[role=grid] [role=rowgroup] [role=row] a");
    await window.texts("[role=treegrid] [data-place]", 1);
    await window.click("[role=treegrid] [data-place]");
    await until("the question", async () => {
      const asked = await window.execute(`
        const button = [...document.querySelectorAll("button")].find((one) => /Why is this span slow/.test(one.innerText));
        button?.click();
        return button !== undefined;`);
      return asked || undefined;
    });
    const said = await until("the reason", async () => {
      const [why] = await window.execute(`return [...document.querySelectorAll("p.why")].map((one) => one.innerText)`);
      return why !== undefined && /of those as slow have|Nothing sets/.test(why) ? why : undefined;
    });
    await picture("3-why");
    assert.match(said.replace(/\s+/g, " "), /have .*(region = eu|version = 2).* and .*(region = eu|version = 2)/);
    console.log(said);
  } finally {
    if (shop?.exitCode === null) process.kill(-shop.pid, "SIGKILL");
    await window.close();
  }
});
