// Explore in a browser, on the story of src/load/story.rs: clauses as chips, completion from the data, charts, events,
// what was asked before, and cells that light up.
import assert from "node:assert/strict";
import path from "node:path";
import { test } from "node:test";
import { artifacts, n_traces, openPage, otlp, violations } from "./browser.mjs";

const table = (page) => page.getByRole("region", { name: "Table" });
const clause = (page, name) => page.getByRole("combobox", { name, exact: true });

/** The texts of a table's lines, cell by cell. */
async function lines(page) {
  const rows = await table(page).getByRole("row").all();
  return Promise.all(rows.map(async (row) => (await row.getByRole("cell").allInnerTexts()).map((text) => text.trim())));
}

test("ORDER BY, LIMIT and HAVING are written by keys, stand in the address, and OTHER and TOTAL add up", async () => {
  const { page, end } = await openPage("#/explore?t=all&where=is_root&group=http.route,%20region&select=COUNT");
  await table(page).getByRole("row").nth(5).waitFor();
  await clause(page, "LIMIT").fill("3");
  await clause(page, "HAVING").fill("COUNT > 1");
  const order = clause(page, "ORDER BY");
  await order.focus();
  await page.keyboard.press("ArrowDown");
  await page.getByRole("listbox", { name: "Fields" }).getByRole("option", { name: "COUNT" }).waitFor();
  await page.keyboard.type("regi");
  await page.getByRole("listbox", { name: "Fields" }).getByRole("option", { name: "region" }).waitFor();
  await page.keyboard.press("Tab");
  await page.keyboard.type(" desc");
  await page.keyboard.press("Enter");
  await page.waitForURL(/having=COUNT\+%3E\+1&order=region\+desc&limit=3/);
  await table(page).getByText(/^OTHER, \d+ groups$/).waitFor();
  const found = (await lines(page)).filter((cells) => cells.length > 0);
  const count = (cells) => Number(cells[2].replace(",", ""));
  const [other, total] = found.slice(-2);
  const shown = found.slice(0, -2);
  assert.deepEqual([shown.length, total[0]], [3, "TOTAL"]);
  assert.ok(shown.every((cells) => cells[1] === "us-west"), JSON.stringify(shown));
  assert.equal(shown.reduce((sum, cells) => sum + count(cells), 0) + count(other), n_traces);
  assert.equal(count(total), n_traces);

  // A head orders by its column, which is the same clause.
  await table(page).getByRole("button", { name: "COUNT" }).click();
  await page.waitForURL(/order=COUNT\+DESC/);
  await page.goBack();
  await page.waitForURL(/order=region\+desc/);

  // What is taken out of the chips is taken out of the query.
  const chip = page.locator(".chip", { hasText: "COUNT > 1" });
  await chip.hover();
  await chip.getByTitle("Take it out").click();
  await page.waitForURL((url) => !url.hash.includes("having"));
  assert.deepEqual(await violations(page), []);
  await end();
});

test("a refused clause is underlined where it stands", async () => {
  const hash = "#/explore?t=all&where=is_root&group=region&order=regoin";
  const { page, end } = await openPage(hash, {}, undefined, /status of 400/);
  await page.getByText(/ORDER BY needs one of the query's columns/).waitFor();
  assert.equal(await page.locator("mark").innerText(), "regoin");
  await page.screenshot({ path: path.join(artifacts, "explore-refused.png") });
  await end();
});

test("fields and values complete from the data with their counts", async () => {
  const { page, end } = await openPage("#/explore?t=all&where=is_root");
  await table(page).getByRole("row").nth(1).waitFor();
  await page.keyboard.press("/");
  await page.keyboard.press("End");
  await page.keyboard.type(" AND regi");
  const field = page.getByRole("listbox", { name: "Fields" }).getByRole("option", { name: /^region/ });
  await field.waitFor();
  assert.match(await field.innerText(), /^region\s+[\d.]+K$/);
  await page.keyboard.press("Tab");
  await page.keyboard.type(" = EU");
  const values = page.getByRole("listbox", { name: "Values" }).getByRole("option");
  await values.first().waitFor();
  const names = (await values.allInnerTexts()).map((text) => text.split(/\s+/)[0]);
  assert.deepEqual(names.sort(), ["eu-north", "eu-west"], "case aside");
  await page.screenshot({ path: path.join(artifacts, "explore-values.png") });
  assert.deepEqual(await violations(page), []);
  await page.keyboard.type("-w");
  await page.getByRole("listbox", { name: "Values" }).getByRole("option", { name: /eu-north/ }).waitFor({ state: "detached" });
  await values.first().waitFor();
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  await page.waitForURL(/where=is_root\+AND\+region\+%3D\+%22eu-west%22/);
  await end();
});

test("a chart and its table point at each other, a marker stands in it, and a time is chosen by pointer and by keys", async () => {
  const headers = { "content-type": "application/json" };
  const start_time = Math.floor(Date.now() / 1000) - 300;
  const marker = JSON.stringify({ message: "release 7", type: "deploy", start_time });
  assert.equal((await fetch(`${otlp}/1/markers/skep`, { method: "POST", headers, body: marker })).status, 201);
  const { page, end } = await openPage("#/explore?t=all&where=is_root&group=region");
  const charts = page.getByRole("region", { name: "Over time" }).getByRole("slider");
  await charts.nth(1).waitFor();
  await page.getByText("release 7").first().waitFor();
  const rows = table(page).locator("tbody tr");
  const second = rows.nth(1);
  const region = await second.getByRole("cell").first().innerText();
  await second.hover();
  await page.mouse.move(0, 0);

  const at = await charts.first().boundingBox();
  await charts.first().hover({ position: { x: at.width / 2, y: at.height / 2 } });
  const pointed = table(page).locator("tr.pointed");
  await pointed.waitFor();
  const name = (await pointed.getByRole("cell").first().innerText()).trim();
  assert.match(await charts.first().getAttribute("aria-valuetext"), new RegExp(`, ${name}: \\d+$`));
  await page.screenshot({ path: path.join(artifacts, "explore-charts.png") });
  assert.deepEqual(await violations(page), []);

  // Keys: through the lines, along the time, over three points, and in.
  await page.mouse.move(0, 0);
  await charts.first().focus();
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("ArrowDown");
  assert.equal((await pointed.getByRole("cell").first().innerText()).trim(), region.trim());
  for (const key of ["Home", "ArrowRight", "Shift+ArrowRight", "Shift+ArrowRight", "Enter"]) await page.keyboard.press(key);
  await page.waitForURL(/t=\d+-\d+/);
  const [, from, to] = /t=(\d+)-(\d+)/.exec(page.url());
  const step = (BigInt(to) - BigInt(from)) / 3n;
  assert.ok(step > 5_000_000_000n && step < 10_000_000_000n, `three of 80 points over ten minutes: ${step}`);
  await page.goBack();

  await charts.nth(1).waitFor();
  const again = await charts.nth(1).boundingBox();
  await page.mouse.move(again.x + again.width * 0.25, again.y + 20);
  await page.mouse.down();
  await page.mouse.move(again.x + again.width * 0.5, again.y + 20, { steps: 4 });
  await page.mouse.up();
  await page.waitForURL(/t=\d+-\d+/);
  await page.getByRole("button", { name: "Over time" }).click();
  await page.getByRole("region", { name: "Over time" }).waitFor({ state: "detached" });
  assert.match(page.url(), /charts=0/);
  await end();
});

test("two runs stand side by side, and BubbleUp goes between them", async () => {
  const { page, end } = await openPage("#/explore?t=all&tab=runs");
  const runs = page.getByRole("region", { name: "Runs" });
  const row = (name) => runs.getByRole("row").filter({ has: page.getByRole("cell", { name, exact: true }) });
  await row("all of them").waitFor();
  const figures = async (name) => (await row(name).getByRole("cell").allInnerTexts()).map((text) => text.replace(/[▲▼]/, "").trim());
  const [, before, after] = await figures("all of them");
  assert.equal(Number(before) + Number(after), n_traces, "the mark cuts the story in two");
  assert.ok(Number(before) > 200 && Number(after) > 200, `${before} and ${after}`);
  await page.screenshot({ path: path.join(artifacts, "explore-runs.png") });
  assert.deepEqual(await violations(page), []);
  await row("GET /cart").hover();
  await row("GET /cart").getByRole("button", { name: "BubbleUp GET /cart" }).click();
  await page.waitForURL(/against=timestamp_ns.*picked=timestamp_ns/);
  const bubbleUp = page.getByRole("complementary", { name: "BubbleUp" });
  await bubbleUp.getByText(/fields? differs?, strongest first/).waitFor();
  assert.equal(await bubbleUp.getByRole("combobox", { name: "Compared with" }).inputValue(), "against");
  const sides = (await bubbleUp.locator(".sides b").allInnerTexts()).map(Number);
  assert.deepEqual(sides, (await figures("GET /cart")).slice(1, 3).map(Number).reverse());
  await bubbleUp.getByRole("combobox", { name: "Compared with" }).selectOption("rest");
  await page.waitForURL((url) => !url.hash.includes("against"));
  await end();
});

test("events come newest first, with the columns one asks for, and lead to their spans", async () => {
  const { page, end } = await openPage("#/explore?t=all&where=is_root");
  await page.getByRole("tab", { name: "Events" }).click();
  const grid = page.getByRole("grid", { name: "Events" });
  await grid.getByRole("row").nth(5).waitFor();
  assert.equal(await grid.getAttribute("aria-rowcount"), String(n_traces + 1));
  await page.getByRole("combobox", { name: "Columns" }).fill("region, root.name, cart.total");
  await page.keyboard.press("Enter");
  await page.waitForURL(/col=region&col=root.name&col=cart.total/);
  await grid.getByRole("columnheader", { name: "root.name" }).waitFor();
  await page.keyboard.press("Escape");
  await page.screenshot({ path: path.join(artifacts, "explore-events.png") });
  assert.deepEqual(await violations(page), []);

  // To the end of the list: pages are read where one looks.
  await grid.getByRole("rowgroup").evaluate((body) => (body.scrollTop = body.scrollHeight));
  const last = grid.locator(`[aria-rowindex="${n_traces + 1}"]`);
  await last.getByRole("gridcell").nth(1).waitFor();
  assert.match(await last.innerText(), /<img src=x/, "the first of the story");

  await grid.getByRole("rowgroup").evaluate((body) => (body.scrollTop = 0));
  await grid.locator('[aria-rowindex="2"]').getByRole("gridcell").nth(1).waitFor();
  await page.keyboard.press("j");
  await page.keyboard.press("j");
  await page.keyboard.press("Enter");
  await page.getByRole("complementary", { name: "The picked span" }).getByRole("heading", { name: /GET \// }).waitFor();
  await end();
});

test("a query is remembered, gets a name, and is found again", async () => {
  const { page, end } = await openPage("#/explore?t=all&where=is_root+AND+error&group=region&limit=7");
  await table(page).getByRole("row").nth(1).waitFor();
  await page.keyboard.press("3");
  const queries = page.getByRole("region", { name: "Queries" });
  const text = "SELECT COUNT, P99(duration_ms) WHERE is_root AND error GROUP BY region LIMIT 7";
  await queries.getByRole("link", { name: text }).first().waitFor();
  assert.equal(await queries.getByRole("link", { name: text }).count(), 1, "once, however often it is asked");
  await queries.getByRole("textbox", { name: "Save this query as" }).fill("Failed by region");
  await page.keyboard.press("Enter");
  await queries.getByRole("link", { name: /^Failed by region/ }).waitFor();
  await page.screenshot({ path: path.join(artifacts, "explore-queries.png") });
  assert.deepEqual(await violations(page), []);
  await page.goto(new URL("#/traces", page.url()).href);
  await page.keyboard.press("Control+k");
  await page.getByRole("combobox", { name: "Command" }).fill("failed by");
  await page.getByRole("option", { name: /Failed by region/ }).waitFor();
  await page.keyboard.press("Enter");
  await page.waitForURL(/explore.*limit=7/);
  await page.keyboard.press("3");
  await queries.getByRole("button", { name: "Forget Failed by region" }).click();
  await queries.getByText("No query has a name yet.").waitFor();
  await end();
});

test("a value of BubbleUp that is pointed at lights the cells of its events", async () => {
  const { page, end } = await openPage("#/explore?t=all&where=is_root&picked=duration_ms+%3E+500");
  const bubbleUp = page.getByRole("complementary", { name: "BubbleUp" });
  const card = bubbleUp.getByRole("article", { name: "region" });
  await card.waitFor();
  const canvas = page.getByRole("region", { name: "Heatmap" }).locator("canvas");
  const picture = () => canvas.evaluate((element) => element.toDataURL());
  const before = await picture();
  const asked = page.waitForRequest((request) => request.url().endsWith("/rpc/heatmap"));
  await card.getByRole("button", { name: "eu-west", exact: true }).hover();
  assert.match((await asked).postData(), /"filter":"is_root AND region = \\"eu-west\\""/);
  await page.waitForFunction(([element, was]) => element.toDataURL() !== was, [await canvas.elementHandle(), before]);
  await page.screenshot({ path: path.join(artifacts, "explore-lit.png") });
  await page.mouse.move(0, 0);
  await page.waitForFunction(([element, was]) => element.toDataURL() === was, [await canvas.elementHandle(), before]);
  await end();
});
