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

test("a chart and its table point at each other, a marker stands in it, and a time is picked by keys", async () => {
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
  await page.waitForURL(/picked=timestamp_ns/);
  const [from, to] = pickedTime(page);
  const step = (to - from) / 3n;
  assert.ok(step > 5_000_000_000n && step < 10_000_000_000n, `three of 80 points over ten minutes: ${step}`);
  const bubbleUp = page.getByRole("complementary", { name: "BubbleUp" });
  await bubbleUp.getByText("every event that matches").waitFor();
  await page.goBack();
  await bubbleUp.waitFor({ state: "detached" });
  await page.getByRole("button", { name: "Over time" }).click();
  await page.getByRole("region", { name: "Over time" }).waitFor({ state: "detached" });
  assert.match(page.url(), /charts=0/);
  await end();
});

/** From when to when the address says that is picked, in ns. */
function pickedTime(page) {
  const said = new URLSearchParams(new URL(page.url()).hash.split("?")[1]).get("picked");
  return [...said.matchAll(/timestamp_ns >=? ?(\d+)|timestamp_ns < (\d+)/g)].map(([, from, to]) => BigInt(from ?? to));
}

test("a time dragged over a chart is picked in all pictures and zoomed into; a point leads to its traces", async () => {
  const { page, end } = await openPage("#/explore?t=all&where=is_root&group=region");
  const charts = page.getByRole("region", { name: "Over time" }).getByRole("slider");
  await charts.nth(1).waitFor();
  const at = await charts.nth(1).boundingBox();
  await page.mouse.move(at.x + at.width * 0.25, at.y + 20);
  await page.mouse.down();
  await page.mouse.move(at.x + at.width * 0.5, at.y + 20, { steps: 4 });
  await page.mouse.up();
  await page.waitForURL(/picked=timestamp_ns/);
  const [from, to] = pickedTime(page);
  assert.ok(to - from > 140_000_000_000n && to - from < 170_000_000_000n, `a quarter of ten minutes: ${to - from}`);
  // Nothing but chance sets a quarter of the story apart.
  const bubbleUp = page.getByRole("complementary", { name: "BubbleUp" });
  await bubbleUp.getByText(/every difference could be chance/).waitFor();
  await bubbleUp.getByRole("combobox", { name: "Compared with" }).selectOption("before");
  await page.waitForURL(/base=before/);
  const tag = page.getByRole("region", { name: "Heatmap" }).locator(".tag");
  await tag.getByText(/events/).waitFor();
  await page.screenshot({ path: path.join(artifacts, "explore-time-picked.png") });
  assert.deepEqual(await violations(page), []);
  await tag.getByRole("button", { name: "Zoom to its time" }).click();
  await page.waitForURL(new RegExp(`t=${from}-${to}`));
  await page.goBack();
  await page.goBack();
  await page.goBack();
  await bubbleUp.waitFor({ state: "detached" });
  await page.getByRole("region", { name: "Over time" }).getByText(/per 7\.\d+ s/).waitFor();

  // The highest line of P99 is the slow region's: one of its points by the pointer, another by keys.
  const slow = async (share) => {
    await charts.nth(1).hover({ position: { x: at.width * share, y: 4 } });
    return / eu-west: /.test(await charts.nth(1).getAttribute("aria-valuetext"));
  };
  let share = 0.3;
  while (!(await slow(share))) share += 0.0125;
  await charts.nth(1).click({ position: { x: at.width * share, y: 4 } });
  const chart = page.getByRole("region", { name: "Over time" }).locator(".chart").nth(1);
  await chart.getByText(/, eu-west$/).waitFor();
  await page.screenshot({ path: path.join(artifacts, "explore-point.png") });
  assert.deepEqual(await violations(page), []);
  await page.keyboard.press("Escape");
  await chart.getByRole("button", { name: "See the traces" }).waitFor({ state: "detached" });
  await page.keyboard.press("Enter");
  const traces = chart.getByRole("button", { name: "See the traces" });
  await traces.waitFor();
  assert.ok(await traces.evaluate((button) => button === document.activeElement), "the keyboard is where it goes on");
  await page.keyboard.press("Enter");
  await page.waitForURL(/traces\?q=is_root.*t=\d+-\d+/);
  await page.getByRole("grid", { name: "Traces" }).getByRole("row").nth(1).waitFor();
  await page.goBack();
  await charts.nth(1).waitFor();
  await end();
});

test("as much time before is drawn below", async () => {
  const { page, end } = await openPage("#/explore?t=all&where=is_root&group=&prior=1");
  const charts = page.getByRole("region", { name: "Over time" });
  await charts.getByText("Nothing lies in as much time before.").waitFor();
  const chart = charts.getByRole("slider").first();
  const at = await chart.boundingBox();
  await page.mouse.move(at.x + at.width * 0.6, at.y + 20);
  await page.mouse.down();
  await page.mouse.move(at.x + at.width * 0.9, at.y + 20, { steps: 4 });
  await page.mouse.up();
  await page.getByRole("button", { name: "Zoom to its time" }).click();
  await charts.getByText("Nothing lies in as much time before.").waitFor({ state: "detached" });
  await chart.focus();
  await page.keyboard.press("Home");
  assert.match(await chart.getAttribute("aria-valuetext"), /, all: \d+, before \d+$/);
  await page.screenshot({ path: path.join(artifacts, "explore-before.png") });
  assert.deepEqual(await violations(page), []);
  await page.getByRole("button", { name: "and before" }).click();
  await page.waitForURL((url) => !url.hash.includes("prior"));
  await end();
});

test("EVERY cuts the charts, and rates are drawn", async () => {
  const { page, end } = await openPage("#/explore?t=all&where=is_root&group=region", {}, undefined, /status of 400/);
  const charts = page.getByRole("region", { name: "Over time" });
  await charts.getByText(/per 7\.\d+ s/).waitFor();
  await clause(page, "EVERY").fill("1m");
  await page.keyboard.press("Enter");
  await page.waitForURL(/every=1m/);
  await charts.getByText("per 1 min").waitFor();
  const chart = charts.getByRole("slider").first();
  assert.match(await chart.getAttribute("aria-valuemax"), /^(10|11)$/, "whole minutes that cover ten");
  await clause(page, "SELECT").fill("RATE_SUM(cart.total)");
  await page.keyboard.press("Enter");
  await charts.getByText("RATE_SUM(cart.total)").first().waitFor();
  // Of all its time together there is no rate: the table counts.
  await table(page).getByRole("columnheader", { name: /^COUNT/ }).first().waitFor();
  await charts.getByRole("slider").first().focus();
  for (const key of ["Home", "ArrowRight", "ArrowRight", "ArrowDown"]) await page.keyboard.press(key);
  assert.match(await charts.getByRole("slider").first().getAttribute("aria-valuetext"), /: -?[\d.]+$/);
  await page.screenshot({ path: path.join(artifacts, "explore-every.png") });
  assert.deepEqual(await violations(page), []);
  await clause(page, "EVERY").fill("1 fortnight");
  await page.keyboard.press("Enter");
  await page.getByText(/EVERY needs a length of time/).waitFor();
  await page.goBack();
  await charts.getByText("RATE_SUM(cart.total)").first().waitFor();
  await end();
});

test("the table is cut by EVERY, and each of its rows leads on", async () => {
  const { page, end } = await openPage("#/explore?t=all&where=is_root&group=region&select=COUNT,+RATE_SUM(cart.total)&every=2m");
  await table(page).getByRole("row").nth(3).waitFor();
  const each = page.getByRole("button", { name: "Each 2m" });
  await each.click();
  await page.waitForURL(/steps=1/);
  await table(page).getByRole("columnheader", { name: "RATE_SUM(cart.total)" }).waitFor();
  await table(page).getByRole("cell", { name: "TOTAL" }).waitFor();
  const found = (await lines(page)).filter((cells) => cells.length > 0);
  const [rows, [total]] = [found.slice(0, -1), found.slice(-1)];
  assert.deepEqual(total.slice(0, 2), ["TOTAL", String(n_traces)]);
  assert.equal(rows.reduce((sum, cells) => sum + Number(cells[2]), 0), n_traces);
  const times = [...new Set(rows.map(([time]) => time))];
  assert.ok(times.length === 5 || times.length === 6, `whole steps that cover ten minutes: ${times}`);
  assert.deepEqual(times, times.toSorted());
  assert.ok(times.every((time) => /:\d[02468]:00$/.test(time)), `round ones: ${times}`);
  assert.ok(rows[0][3].includes("–"), "nothing comes before the first step");
  await page.screenshot({ path: path.join(artifacts, "explore-steps.png") });
  await page.emulateMedia({ colorScheme: "dark" });
  await page.reload();
  await table(page).getByRole("cell", { name: "TOTAL" }).waitFor();
  await page.screenshot({ path: path.join(artifacts, "explore-steps-dark.png") });
  assert.deepEqual(await violations(page), []);

  const step = table(page).getByRole("row").nth(7);
  const [time, region, count] = (await step.getByRole("cell").allInnerTexts()).map((text) => text.trim());
  await step.hover();
  await step.getByRole("button", { name: "BubbleUp" }).click();
  await page.waitForURL(/picked=region.*timestamp_ns/);
  const bubbleUp = page.getByRole("complementary", { name: "BubbleUp" });
  await bubbleUp.locator(".sides").waitFor();
  assert.equal(await bubbleUp.locator(".sides b").first().innerText(), count, `${region} from ${time}`);
  await page.keyboard.press("x");
  await step.hover();
  await step.getByRole("button", { name: "Traces" }).click();
  await page.waitForURL(/traces\?q=is_root.*region/);
  await page.goBack();
  await each.click();
  await table(page).getByRole("columnheader", { name: /^RATE_SUM/ }).waitFor({ state: "detached" });
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
  await bubbleUp.getByText(/field differs|fields differ/).waitFor();
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

test("a slow question says how long it has been, and Escape stops it", async () => {
  const { page, end } = await openPage("#/explore?t=all&where=is_root&group=region");
  await table(page).getByRole("row").nth(1).waitFor();
  // The host is as quick as ever; its answer is held back on the way.
  let release;
  const held = new Promise((done) => (release = done));
  await page.route("**/rpc/query", async (route) => {
    await held;
    await route.continue().catch(() => undefined);
  });
  await clause(page, "WHERE").fill("is_root AND error");
  await page.keyboard.press("Control+Enter");
  await page.waitForURL(/where=is_root\+AND\+error/);
  await page.getByText(/^Reading, [\d.]+K events,/).waitFor();
  await page.screenshot({ path: path.join(artifacts, "explore-slow.png") });
  assert.deepEqual(await violations(page), []);
  // The first lets go of the text.
  await page.keyboard.press("Escape");
  await page.keyboard.press("Escape");
  await page.getByText(/^Reading, /).waitFor({ state: "detached" });
  release();
  assert.ok((await table(page).getByRole("row").count()) > 5, "what was there stays");
  await page.unrouteAll({ behavior: "wait" });
  await page.getByRole("button", { name: /^Run/ }).click();
  await table(page).getByRole("row").nth(1).waitFor();
  await end();
});

test("events without the heatmap's field say so, and are drawn over time all the same", async () => {
  const { page, end } = await openPage("#/explore?t=all&where=is_root&field=no.such.number");
  await page.getByText("No event here has a number in").waitFor();
  await page.getByRole("region", { name: "Over time" }).getByRole("slider").nth(1).waitFor();
  await page.screenshot({ path: path.join(artifacts, "explore-no-number.png") });
  assert.deepEqual(await violations(page), []);
  await end();
});

test("a time is written, and the address has it", async () => {
  const { page, end } = await openPage("#/explore?t=all&where=is_root");
  await table(page).getByRole("row").nth(1).waitFor();
  await page.getByRole("button", { name: /^Time range/ }).click();
  const [from, to] = ["From", "to"].map((label) => page.getByRole("textbox", { name: label, exact: true }));
  await from.fill("2020-01-01 00:00");
  await to.fill("noon");
  assert.ok(await page.getByRole("button", { name: "Show", exact: true }).isDisabled());
  await to.fill("2020-01-02 00:00:30.5");
  await page.screenshot({ path: path.join(artifacts, "explore-range.png") });
  assert.deepEqual(await violations(page), []);
  await page.keyboard.press("Enter");
  await page.waitForURL(/t=\d+-\d+/);
  const [, start, after] = /t=(\d+)-(\d+)/.exec(page.url());
  assert.equal(BigInt(after) - BigInt(start), 86_430_500_000_000n);
  await page.getByText("No event matches.").waitFor();
  await end();
});

test("where nothing matches the queries of before are still there", async () => {
  const { page, end } = await openPage("#/explore?t=all&where=region+%3D+nowhere");
  await page.getByText("No event matches.").waitFor();
  await page.keyboard.press("3");
  await page.getByRole("region", { name: "Queries" }).waitFor();
  await page.keyboard.press("1");
  await page.getByRole("button", { name: /^Remove region/ }).click();
  await table(page).getByRole("row").nth(1).waitFor();
  await end();
});

test("filters of traces and logs complete fields and values with their counts, and marks stand above the list", async () => {
  const { page, end } = await openPage("#/traces?t=all");
  await page.getByRole("grid", { name: "Traces" }).getByRole("row").nth(1).waitFor();
  await page.getByRole("region", { name: "Durations over time" }).getByText("release 7").waitFor();
  for (const hash of ["#/traces?t=all", "#/logs?t=all"]) {
    await page.goto(new URL(hash, page.url()).href);
    const filter = page.getByRole("combobox", { name: "Filter" });
    await filter.click();
    await page.keyboard.type("regi");
    const field = page.getByRole("listbox", { name: "Fields" }).getByRole("option", { name: /^region/ });
    await field.waitFor();
    assert.match(await field.innerText(), /^region\s+[\d.]+K$/);
    await page.keyboard.press("Tab");
    await page.keyboard.type(" = eu-w");
    await page.getByRole("listbox", { name: "Values" }).getByRole("option", { name: /eu-west/ }).waitFor();
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    await page.waitForURL(/q=region\+%3D\+%22eu-west%22/);
  }
  await end();
});
