// BubbleUp in a browser, on the story of src/load/story.rs: every way in, what is compared with, and where each value leads.
import assert from "node:assert/strict";
import path from "node:path";
import { test } from "node:test";
import { artifacts, n_traces, openPage, violations } from "./browser.mjs";

const table = (page) => page.getByRole("region", { name: "Table" });

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

test("what is to be explained is written, and so is what with; each value leads somewhere", async () => {
  const { page, end } = await openPage("#/explore?t=all&where=is_root");
  await table(page).getByRole("row").nth(1).waitFor();
  await page.keyboard.press("b");
  const bubbleUp = page.getByRole("complementary", { name: "BubbleUp" });
  const selection = bubbleUp.getByRole("combobox", { name: "Selection" });
  await selection.waitFor();
  assert.deepEqual(await violations(page), []);
  await page.screenshot({ path: path.join(artifacts, "explore-ways.png") });
  await page.keyboard.type("duration_ms > 500");
  await page.keyboard.press("Enter");
  await page.waitForURL(/picked=duration_ms\+%3E\+500/);
  const card = bubbleUp.getByRole("article", { name: "region" });
  await card.getByRole("button", { name: "eu-west", exact: true }).click();
  const moves = card.getByRole("group", { name: 'region = "eu-west"' });
  await moves.getByRole("button", { name: "Verify" }).click();
  await moves.getByText(/^Verified: without it none/).waitFor();
  await page.screenshot({ path: path.join(artifacts, "explore-value.png") });
  assert.deepEqual(await violations(page), []);
  const step = async (name, url, shows) => {
    await moves.getByRole("button", { name }).click();
    await page.waitForURL(url);
    await shows?.waitFor();
    await page.goBack();
    const value = card.getByRole("button", { name: "eu-west", exact: true });
    await value.waitFor();
    if ((await value.getAttribute("aria-expanded")) === "false") await value.click();
  };
  await step("Filter", /where=is_root\+AND\+region\+%3D\+%22eu-west%22/);
  await step("Exclude", /where=is_root\+AND\+region\+%21%3D\+%22eu-west%22/);
  await step("Group", /group=region/);
  await step("Traces", /traces\?q=is_root.*eu-west/, page.getByRole("grid", { name: "Traces" }).getByRole("row").nth(1));

  // A range of a number, by keys.
  const totals = bubbleUp.getByRole("article", { name: "cart.total" });
  if ((await totals.count()) > 0) {
    const bins = totals.getByRole("group", { name: "Shares of cart.total by range" }).getByRole("button");
    await bins.first().focus();
    await page.keyboard.press("Enter");
    await page.keyboard.press("Shift+ArrowRight");
    await totals.getByRole("group", { name: /^cart.total >= .* AND cart.total < / }).waitFor();
    assert.deepEqual(await violations(page), []);
  }

  const asked = page.waitForRequest((request) => /"fields":\["root.name"\]/.test(request.postData() ?? ""));
  await bubbleUp.getByRole("combobox", { name: "Also compare" }).fill("root.name");
  await page.keyboard.press("Enter");
  await asked;
  await page.waitForURL(/also=root.name/);

  await bubbleUp.getByRole("combobox", { name: "Compared with" }).selectOption("against");
  const baseline = bubbleUp.getByRole("combobox", { name: "Baseline" });
  await baseline.fill('region = "us-east"');
  await page.keyboard.press("Enter");
  await page.waitForURL(/against=region/);
  await bubbleUp.getByText("135", { exact: true }).waitFor();
  for (const kind of ["rest", "same_time", "same_values", "before"]) {
    await bubbleUp.getByRole("combobox", { name: "Compared with" }).selectOption(kind);
    await page.waitForURL((url) => (kind === "rest" ? !/base=|against=/.test(url.hash) : url.hash.includes(`base=${kind}`)));
    await bubbleUp.locator(".sides").waitFor();
  }
  await page.keyboard.press("x");
  await bubbleUp.waitFor({ state: "detached" });
  await end();
});

test("what fails what good is said to be is compared with what meets it", async () => {
  const { page, end } = await openPage("#/explore?t=all&where=is_root", {}, undefined, /status of 400/);
  await table(page).getByRole("row").nth(1).waitFor();
  await page.keyboard.press("b");
  const bubbleUp = page.getByRole("complementary", { name: "BubbleUp" });
  await bubbleUp.getByRole("combobox", { name: "Selection" }).waitFor();
  await page.keyboard.press("Shift+Tab");
  await page.keyboard.press("Enter");
  const good = bubbleUp.getByRole("combobox", { name: "What is good" });
  await good.waitFor();
  assert.ok(await good.evaluate((input) => input === document.activeElement));
  await page.screenshot({ path: path.join(artifacts, "explore-good-asked.png") });
  await page.keyboard.type("{LT($duration_ms, 300)}");
  await page.keyboard.press("Enter");
  await page.waitForURL(/against=%7BLT.*%7D\+%3D\+true.*picked=%7BLT.*%7D\+%3D\+false/);
  await bubbleUp.getByText(/100 % of the selection has region = eu-west/).waitFor();
  const sides = async () => (await bubbleUp.locator(".sides b").allInnerTexts()).map((text) => Number(text.replace(",", "")));
  assert.deepEqual(await sides(), [n_traces / 10, (n_traces * 9) / 10]);
  const against = bubbleUp.getByRole("combobox", { name: "Compared with" });
  assert.equal(await against.evaluate((select) => select.selectedOptions[0].text), "what meets it");
  assert.deepEqual(await violations(page), []);
  await page.screenshot({ path: path.join(artifacts, "explore-good.png") });
  await page.emulateMedia({ colorScheme: "dark" });
  await page.reload();
  await bubbleUp.getByText(/100 % of the selection has region = eu-west/).waitFor();
  assert.equal(await good.inputValue(), "{LT($duration_ms, 300)}");
  await page.screenshot({ path: path.join(artifacts, "explore-good-dark.png") });

  // Only roots have a total; three spans of four are neither good nor bad.
  await page.goto(new URL("#/explore?t=all&unit=event", page.url()).href);
  await page.keyboard.press("b");
  await bubbleUp.getByRole("button", { name: "What fails" }).click();
  await good.fill("cart.total < 5");
  await page.keyboard.press("Enter");
  await page.waitForURL(/picked=NOT/);
  await bubbleUp.locator(".sides").waitFor();
  assert.deepEqual(await sides(), [n_traces / 2, n_traces / 2]);

  for (const [text, wrong] of [
    ["{LT($duration_ms 300)}", /^300$/],
    ["cart.total < 5 AND region ~ eu", /^~$/],
  ]) {
    await good.fill(text);
    await page.keyboard.press("Enter");
    await bubbleUp.locator("mark", { hasText: wrong }).waitFor();
  }
  await page.screenshot({ path: path.join(artifacts, "explore-good-refused.png") });
  assert.deepEqual(await violations(page), []);
  // With the rest again, it is an expression like any other.
  await good.fill("cart.total < 5");
  await page.keyboard.press("Enter");
  await against.selectOption("rest");
  const selection = bubbleUp.getByRole("combobox", { name: "Selection" });
  await selection.waitFor();
  assert.equal(await selection.inputValue(), "NOT (cart.total < 5) AND cart.total exists");
  await end();
});

test("a box is drawn by keys alone, and another added", async () => {
  const { page, end } = await openPage("#/explore?t=all&where=is_root");
  const keys = page.getByRole("region", { name: "Heatmap" }).getByRole("slider", { name: "Pick a box by keys" });
  await keys.waitFor();
  await keys.focus();
  const press = async (...pressed) => {
    for (const key of pressed) await page.keyboard.press(key);
  };
  await press("Home", "PageUp", "Shift+End", ...Array(9).fill("Shift+ArrowDown"));
  assert.match(await keys.getAttribute("aria-valuetext"), new RegExp(`^${n_traces / 10} events, `));
  await page.screenshot({ path: path.join(artifacts, "explore-keys.png") });
  assert.deepEqual(await violations(page), []);
  await press("Enter");
  const bubbleUp = page.getByRole("complementary", { name: "BubbleUp" });
  await bubbleUp.getByText(/100 % of the selection has region = eu-west/).waitFor();
  await keys.focus();
  await press("End", "PageDown", "Shift+Home", "Shift+Enter");
  await page.getByText(/events, 2 boxes/).waitFor();
  await page.goBack();
  await page.goBack();
  await bubbleUp.waitFor({ state: "detached" });
  await end();
});

test("a group row and a filtered list of traces are asked why they differ", async () => {
  const { page, end } = await openPage("#/explore?t=all&where=is_root&group=region");
  const row = table(page).getByRole("row").filter({ hasText: "eu-west" });
  await row.hover();
  await row.getByRole("button", { name: "BubbleUp" }).click();
  const bubbleUp = page.getByRole("complementary", { name: "BubbleUp" });
  await bubbleUp.getByText(/% of the selection/).first().waitFor();
  assert.match(await bubbleUp.getByRole("combobox", { name: "Selection" }).inputValue(), /^region = "eu-west"$/);
  await page.goto(new URL("#/traces?t=all&errors=1", page.url()).href);
  await page.getByRole("grid", { name: "Traces" }).getByRole("row").nth(1).waitFor();
  await page.getByRole("button", { name: "Why these?" }).click();
  await page.waitForURL(/explore\?.*picked=error/);
  await bubbleUp.getByText(/^100 % of the selection/).first().waitFor();
  await bubbleUp.getByRole("article", { name: "region" }).waitFor();
  await page.goto(new URL("#/traces?t=all", page.url()).href);
  await page.getByRole("grid", { name: "Traces" }).getByRole("row").nth(1).waitFor();
  assert.ok(await page.getByRole("button", { name: "Why these?" }).isDisabled());
  await end();
});

test("values that a logarithm has no place for have a row, and are picked from it", async () => {
  const { page, end } = await openPage("#/explore?t=all&where=is_root&field=cart.total");
  const heatmap = page.getByRole("region", { name: "Heatmap" });
  await heatmap.getByText("≤ 0").waitFor();
  // The charts below it take some of its height.
  await page.getByRole("region", { name: "Over time" }).getByRole("slider").nth(1).waitFor();
  const at = await heatmap.getByRole("img").locator("canvas").boundingBox();
  // Eleven pixels below the cells are the marks of errors.
  await page.mouse.move(at.x + 1, at.y + at.height - 13);
  await page.mouse.down();
  await page.mouse.move(at.x + at.width - 1, at.y + at.height - 12, { steps: 4 });
  await page.mouse.up();
  await heatmap.getByText(`${n_traces / 40} events, 0 or less`).waitFor();
  await page.getByRole("complementary", { name: "BubbleUp" }).getByText(String(n_traces / 40), { exact: true }).waitFor();
  await page.screenshot({ path: path.join(artifacts, "explore-zeros.png") });
  await end();
});
