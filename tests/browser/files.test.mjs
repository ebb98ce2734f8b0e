// Files out of the pages and into them: what is saved, chosen, dropped, and stopped.
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { artifacts, n_traces, openPage, otlp, spanRows, traceId, violations } from "./browser.mjs";

test("a trace, and what is picked, can be saved", async () => {
  const { page, end } = await openPage(`#/trace/${traceId}`, { acceptDownloads: true });
  const save = async (name) => {
    await page.getByRole("button", { name: /^Export / }).click();
    await page.screenshot({ path: path.join(artifacts, "export-menu.png") });
    const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name }).click()]);
    return { name: download.suggestedFilename(), text: readFileSync(await download.path(), "latin1") };
  };
  await spanRows(page).nth(3).waitFor();
  const trace = await save(/^OTLP JSON/);
  assert.equal(trace.name, `skep-trace-${traceId}.otlp.jsonl`);
  assert.equal(trace.text.split(`"traceId":"${traceId}"`).length - 1, 4);
  await page.goto(new URL("#/explore?t=all&where=is_root&picked=region+%3D+'eu-west'", page.url()).href);
  await page.getByRole("complementary", { name: "BubbleUp" }).getByText(/% of the selection/).first().waitFor();
  const csv = await save(/^CSV/);
  assert.equal(csv.text.trimEnd().split("\n").length, 1 + n_traces / 10, "the picked spans, below their names");
  const parquet = await save(/^Parquet/);
  assert.ok(parquet.text.startsWith("PAR1") && parquet.text.endsWith("PAR1"));
  await end();
});

// From here on the store holds what these files hold as well.

/** Lines of OTLP JSON, a span each, of a day that nothing else here is about. */
function spans(name, n) {
  const start = 1_700_000_000;
  const span = (at) => ({
    traceId: (BigInt(name.length) * 1_000_000n + BigInt(at) + 1n).toString(16).padStart(32, "0"),
    spanId: "00000000000000a1",
    name,
    startTimeUnixNano: `${start + at}000000000`,
    endTimeUnixNano: `${start + at}002000000`,
    attributes: [{ key: "note", value: { stringValue: `${at} ${"x".repeat(400)}` } }],
  });
  const line = (at) => JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans: [span(at)] }] }] });
  return Array.from({ length: n }, (_, at) => `${line(at)}\n`).join("");
}

const file = (name, text) => ({ name, mimeType: "application/octet-stream", buffer: Buffer.from(text) });

test("files are chosen: a good one can be shown, a bad one says what is wrong", async () => {
  const { page, end } = await openPage("#/connect", { colorScheme: "dark" });
  const [chooser] = await Promise.all([
    page.waitForEvent("filechooser"),
    page.getByRole("button", { name: "Import files" }).click(),
  ]);
  const partly = `${spans("partly", 2)}this is no JSON\n`;
  await chooser.setFiles([file("chosen.jsonl", spans("chosen", 30)), file("partly.jsonl", partly), file("notes.txt", "buy milk")]);
  const imports = page.getByRole("region", { name: "Imports" });
  await imports.getByRole("heading", { name: /^1 file of 3 not imported/ }).waitFor();
  const lines = (await imports.getByRole("listitem").allInnerTexts()).map((text) => text.replace(/\s+/g, " ").trim());
  assert.match(lines[0], /^chosen\.jsonl imported Show 30 events stored$/);
  assert.match(lines[1], /^partly\.jsonl imported .*2 events stored, 1 stretch unreadable text that is not JSON/);
  assert.match(lines[2], /^notes\.txt not imported neither OTLP nor traces of Jaeger or Zipkin$/);
  await page.screenshot({ path: path.join(artifacts, "import-ended-dark.png") });
  assert.deepEqual(await violations(page), []);
  await imports.getByRole("link", { name: "Show chosen.jsonl" }).click();
  // Those of the other file lie in its time.
  await page.getByText("Root span duration, 32 traces").waitFor();
  await imports.getByRole("button", { name: "Clear" }).click();
  await imports.waitFor({ state: "detached" });
  await end();
});

for (const colorScheme of ["light", "dark"]) {
  test(`files can be dropped on any page, ${colorScheme}`, async () => {
    const { page, end } = await openPage("#/forward", { colorScheme });
    await page.getByRole("heading", { name: "Forward", level: 1 }).waitFor();
    const name = `dropped-${colorScheme}`;
    const dragged = await page.evaluateHandle(
      ([name, text]) => {
        const transfer = new DataTransfer();
        transfer.items.add(new File([text], name));
        return transfer;
      },
      [name, spans(name, 5)],
    );
    const drag = (type) => page.dispatchEvent("body", type, { dataTransfer: dragged });
    const zone = page.getByRole("heading", { name: "Drop to import" });
    await drag("dragenter");
    await zone.waitFor();
    await page.screenshot({ path: path.join(artifacts, `import-over-${colorScheme}.png`) });
    assert.deepEqual(await violations(page), []);
    await drag("dragleave");
    await zone.waitFor({ state: "detached" });
    await drag("dragover");
    await zone.waitFor();
    await drag("drop");
    await zone.waitFor({ state: "detached" });
    const imports = page.getByRole("region", { name: "Imports" });
    await imports.getByText("5 events stored").waitFor();
    await page.screenshot({ path: path.join(artifacts, `import-dropped-${colorScheme}.png`) });
    await imports.getByRole("button", { name: "Clear" }).click();
    await end();
  });
}

test("a large file shows how far it is, and can be stopped", async () => {
  const { page, end } = await openPage("#/traces?t=all");
  const large = path.join(artifacts, "large.jsonl");
  writeFileSync(large, spans("large", 100_000));
  await page.getByLabel("Files to import").setInputFiles([large, large]);
  const imports = page.getByRole("region", { name: "Imports" });
  const bar = imports.getByRole("progressbar");
  await page.waitForFunction((bar) => Number(bar?.getAttribute("aria-valuenow")) > 0, await bar.elementHandle());
  await imports.getByText(/waiting, [\d.]+ MiB/).waitFor();
  await page.getByRole("button", { name: /^Importing, / }).waitFor();
  await page.screenshot({ path: path.join(artifacts, "import-under-way.png") });
  assert.deepEqual(await violations(page), []);
  await imports.getByRole("button", { name: "Stop all" }).click();
  await imports.getByText("stopped", { exact: true }).waitFor();
  const [said] = await imports.getByRole("listitem").allInnerTexts();
  const n_stored = Number(/([\d,]+) events? stored/.exec(said)?.[1].replaceAll(",", ""));
  assert.ok(n_stored > 0 && n_stored < 100_000, said);
  assert.equal(await imports.getByRole("listitem").count(), 1, "what had not begun is gone");
  await page.goto(new URL("#/explore?t=all&where=name+%3D+large&group=name&select=COUNT", page.url()).href);
  await page.getByRole("region", { name: "Table" }).getByRole("cell", { name: n_stored.toLocaleString("en-US") }).first().waitFor();
  await page.screenshot({ path: path.join(artifacts, "import-stopped.png") });
  await imports.getByRole("button", { name: "Clear" }).click();
  await end();
});

/** Runs last: it adds the demo's traces to the story. */
