// The real window: it receives on its own ports, shows what came, and opens it.
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { Window, until } from "./webdriver.mjs";

/** An empty page is a PNG of 11,000 bytes. */
const PAGE_BYTES_MIN = 20_000;

const { SKEP_DESKTOP_BIN, SKEP_STORY, SKEP_ARTIFACTS } = process.env;

test("spans sent to the window's port become a trace that opens", async () => {
  const window = await Window.open(SKEP_DESKTOP_BIN, { SKEP_OTLP_GRPC: "127.0.0.1:0", SKEP_OTLP_HTTP: "127.0.0.1:0" });
  const picture = async (name) => {
    // The text can be there a frame before the picture; a page of the frame alone is half as large.
    const png = await until(`a picture of ${name}`, async () => {
      const png = await window.screenshot();
      return png.length > PAGE_BYTES_MIN ? png : undefined;
    });
    writeFileSync(path.join(SKEP_ARTIFACTS, `window-${name}.png`), png);
  };
  try {
    const [heading] = await window.texts("main h2");
    assert.match(heading, /Skep is listening/);
    const addresses = await window.texts(".end .mono", 2);
    await picture("connect");

    const answer = await fetch(`${addresses[1]}/v1/traces`, {
      method: "POST",
      headers: { "content-type": "application/x-protobuf" },
      body: readFileSync(SKEP_STORY),
    });
    assert.equal(answer.status, 200);

    // The page turns into the list by itself.
    const rows = await window.texts("[role=grid] [role=rowgroup] [role=row]", 5);
    assert.match(rows[0], /shop/);
    await picture("traces");
    await window.click("[role=grid] [role=rowgroup] [role=row] a");
    const spans = await window.texts("[role=treegrid] [data-place]", 4);
    assert.equal(spans.length, 4);
    assert.match(spans.join("\n"), /SELECT items/);
    await window.texts("aside[aria-label='The picked span'] h2");
    await picture("trace");

    // A policy that blocks the fast way would leave the slow one, which answers with an array of numbers.
    const kind = await window.executeAsync(`
      const done = arguments[arguments.length - 1];
      window.__TAURI_INTERNALS__.invoke("call", { name: "status", request: {}, ask: 1_000_000 })
        .then((answer) => done(Object.prototype.toString.call(answer)), (error) => done("refused: " + JSON.stringify(error)));
    `);
    assert.equal(kind, "[object ArrayBuffer]");
  } finally {
    await window.close();
  }
});
