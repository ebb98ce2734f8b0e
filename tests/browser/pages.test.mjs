// The pages in a browser, on a store that holds the story of src/load/story.rs: each page in light and dark, without
// errors, without accessibility violations, and the way from a slow band to its cause.
import assert from "node:assert/strict";
import path from "node:path";
import { test } from "node:test";
import { SIZES, artifacts, home, n_traces, newContext, openPage, otlp, spanRows, traceId, violations } from "./browser.mjs";

const PAGES = [
  { name: "connect", hash: "#/connect", shows: (page) => page.getByRole("heading", { name: /Skep is listening/ }) },
  { name: "traces", hash: "#/traces?t=all", shows: (page) => page.getByRole("grid", { name: "Traces" }).getByRole("row").nth(5) },
  { name: "trace", hash: `#/trace/${traceId}`, shows: (page) => spanRows(page).nth(3) },
  { name: "trace-flame", hash: `#/trace/${traceId}?look=flame`, shows: (page) => page.getByRole("img", { name: /Flame graph/ }) },
  { name: "trace-table", hash: `#/trace/${traceId}?look=table&col=region`, shows: (page) => spanRows(page).nth(3) },
  { name: "compare", hash: `#/compare/${traceId}`, shows: (page) => page.getByRole("treegrid", { name: "Paths" }).getByRole("row").nth(2) },
  { name: "logs", hash: "#/logs?t=all", shows: (page) => page.getByRole("listbox", { name: "Logs" }) },
  { name: "explore", hash: "#/explore?t=all", shows: (page) => page.getByRole("region", { name: "Table" }).getByRole("row").nth(1) },
  { name: "forward", hash: "#/forward", shows: (page) => page.getByRole("heading", { name: "Forward", level: 1 }) },
  { name: "status", hash: "#/status", shows: (page) => page.getByRole("button", { name: "Copy report" }) },
  { name: "settings", hash: "#/settings", shows: (page) => page.getByRole("textbox", { name: "Size at most" }) },
];
for (const { name, hash, shows } of PAGES) {
  for (const colorScheme of ["light", "dark"]) {
    test(`${name}, ${colorScheme}: is there, breaks no rule, is pictured`, async () => {
      const { page, end } = await openPage(hash, { colorScheme });
      await shows(page).waitFor();
      assert.equal(await page.evaluate(() => document.documentElement.dataset.theme), colorScheme);
      await page.evaluate(() => document.fonts.ready);
      for (const size of SIZES) {
        await page.setViewportSize(size);
        await page.screenshot({ path: path.join(artifacts, `${name}-${colorScheme}${size.name}.png`) });
        const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
        assert.ok(overflow <= 0, `wider than the window by ${overflow} px at ${size.width}`);
      }
      await page.setViewportSize(SIZES[0]);
      assert.deepEqual(await violations(page), []);
      await end();
    });
  }
}

for (const [name, options] of [
  ["high contrast", { contrast: "more" }],
  ["forced colours", { forcedColors: "active" }],
]) {
  test(`${name}: every page is there and breaks no rule`, async () => {
    for (const { name: pageName, hash, shows } of PAGES) {
      for (const colorScheme of ["light", "dark"]) {
        const { page, end } = await openPage(hash, { colorScheme, ...options });
        await shows(page).waitFor();
        assert.equal(await page.evaluate(() => document.documentElement.dataset.contrast), options.contrast);
        const file = `${pageName}-${colorScheme}-${name.replace(" ", "-")}.png`;
        await page.screenshot({ path: path.join(artifacts, file) });
        assert.deepEqual(await violations(page), [], `${pageName}, ${colorScheme}`);
        await end();
      }
    }
  });
}

test("while nothing arrives nothing is asked", async () => {
  const { page, end } = await openPage("#/traces?t=all");
  await page.getByRole("grid", { name: "Traces" }).getByRole("row").nth(5).waitFor();
  await page.waitForTimeout(1500);
  const asked = [];
  page.on("request", (request) => asked.push(new URL(request.url()).pathname));
  // Three of the statuses that come each second.
  await page.waitForTimeout(3000);
  assert.deepEqual(asked, []);
  await end();
});

test("with reduced motion nothing moves by itself", async () => {
  const { page, end } = await openPage("#/connect", { reducedMotion: "reduce" });
  await page.getByRole("heading", { name: /Skep is listening/ }).waitFor();
  const moving = await page.evaluate(() => document.getAnimations().filter((one) => one.playState === "running").length);
  assert.equal(moving, 0);
  await end();
});

test("without data every page says what to do, and breaks no rule", async () => {
  for (const { name, hash } of PAGES.filter(({ hash }) => !hash.includes(traceId))) {
    const { page, end } = await openPage(hash, {}, process.env.SKEP_EMPTY_UI);
    await page.getByRole("heading", { level: 1 }).waitFor();
    await page.getByText("Stored 0 events").waitFor();
    await page.screenshot({ path: path.join(artifacts, `${name}-empty.png`) });
    assert.deepEqual(await violations(page), [], name);
    await end();
  }
});

test("commands are found by their words, with the keyboard alone", async () => {
  const { page, end } = await openPage("#/traces?t=all");
  await page.getByRole("grid", { name: "Traces" }).waitFor();
  await page.keyboard.press("Control+k");
  await page.getByRole("combobox", { name: "Command" }).waitFor();
  await page.screenshot({ path: path.join(artifacts, "palette.png") });
  assert.deepEqual(await violations(page), []);
  await page.keyboard.type("settings");
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "Settings", level: 1 }).waitFor();
  await page.keyboard.press("?");
  await page.getByRole("dialog", { name: "Keys" }).getByText("find a command").waitFor();
  await page.screenshot({ path: path.join(artifacts, "keys.png") });
  await end();
});

test("a setting that cannot be says why at its field; one that can holds at once", async () => {
  const { page, end } = await openPage("#/settings", {}, home, /status of 400/);
  const size = page.getByRole("textbox", { name: "Size at most" });
  await size.fill("big");
  await size.press("Enter");
  await page.getByText('"big" is not a size; try 500MiB or 2GiB').waitFor();
  assert.deepEqual(await violations(page), []);
  await page.screenshot({ path: path.join(artifacts, "settings-refused.png") });
  await size.fill("3GiB");
  await size.press("Enter");
  await page.getByText("of 3 GiB").first().waitFor();
  await page.getByRole("radio", { name: "High contrast" }).click();
  await page.waitForFunction(() => document.documentElement.dataset.contrast === "more");
  await page.getByRole("button", { name: "Theme as usual" }).click();
  await page.waitForFunction(() => document.documentElement.dataset.contrast === undefined);
  await page.getByRole("button", { name: "Size at most as usual" }).click();
  await page.getByText("of 2 GiB").first().waitFor();
  await end();
});

test("the check for violations can fail", async () => {
  const { page, end } = await openPage("#/connect");
  await page.evaluate(() => document.body.append(document.createElement("button")));
  assert.notDeepEqual(await violations(page), []);
  await end();
});

test("a box on the slow band is explained by the region, and its address says the same again", async () => {
  const { page, end } = await openPage("#/explore?t=all&where=is_root");
  const heatmap = page.getByRole("region", { name: "Heatmap" }).getByRole("img");
  await heatmap.waitFor();
  const at = await heatmap.boundingBox();
  await page.mouse.move(at.x + at.width * 0.01, at.y + 2);
  await page.mouse.down();
  await page.mouse.move(at.x + at.width * 0.5, at.y + at.height * 0.2, { steps: 4 });
  await page.mouse.move(at.x + at.width * 0.99, at.y + at.height * 0.3, { steps: 4 });
  await page.mouse.up();

  const bubbleUp = page.getByRole("complementary", { name: "BubbleUp" });
  const finding = bubbleUp.getByText(/% of the selection/).first();
  await finding.waitFor();
  assert.match((await finding.innerText()).replace(/\s+/g, " "), /^100 % of the selection has region = eu-west, against 0 % of the rest/);
  const card = bubbleUp.getByRole("article").first();
  assert.equal(await card.getAttribute("aria-label"), "region");
  await bubbleUp.getByText(`${n_traces / 10}`, { exact: true }).waitFor();
  await page.screenshot({ path: path.join(artifacts, "explore-bubbleup.png") });
  assert.deepEqual(await violations(page), []);

  const said = await finding.innerText();
  await page.reload();
  await finding.waitFor();
  assert.equal(await finding.innerText(), said, "the view is the address");
  await bubbleUp.getByRole("button", { name: "Verify" }).click();
  const verdict = bubbleUp.getByText(/^Verified: /);
  await verdict.waitFor();
  assert.match(await verdict.innerText(), /^Verified: without it none of the [\d,]+ events like the pick is left\.$/);
  await page.screenshot({ path: path.join(artifacts, "explore-verified.png") });

  // Against the same values at other times there is nothing else: the box holds all of them.
  await bubbleUp.getByRole("combobox", { name: "Compared with" }).selectOption("same_time");
  await page.waitForURL(/base=same_time/);
  await finding.waitFor();
  await bubbleUp.getByRole("combobox", { name: "Compared with" }).selectOption("rest");

  await bubbleUp.getByRole("button", { name: "Filter to it" }).click();
  await page.waitForURL(/where=is_root\+AND\+region/);
  await page.goBack();
  await finding.waitFor();
  await bubbleUp.getByRole("button", { name: "See the traces" }).click();
  await page.getByRole("grid", { name: "Traces" }).getByRole("row").nth(1).waitFor();
  await page.goBack();
  await finding.waitFor();
  await end();
});

test("Shift adds a box, and the picture's scale is in the address", async () => {
  const { page, end } = await openPage("#/explore?t=all&where=is_root");
  const heatmap = page.getByRole("region", { name: "Heatmap" }).getByRole("img");
  await heatmap.waitFor();
  const at = await heatmap.boundingBox();
  const drag = async (from, to) => {
    await page.mouse.move(at.x + at.width * from, at.y + at.height * 0.3);
    await page.mouse.down();
    await page.mouse.move(at.x + at.width * to, at.y + at.height * 0.9, { steps: 4 });
    await page.mouse.up();
  };
  await drag(0.1, 0.3);
  const bubbleUp = page.getByRole("complementary", { name: "BubbleUp" });
  await bubbleUp.waitFor();
  await page.keyboard.down("Shift");
  await drag(0.5, 0.8);
  await page.keyboard.up("Shift");
  await page.getByText(/events, 2 boxes/).waitFor();
  assert.equal(new URL(page.url()).hash.match(/box=/g).length, 2);
  await page.screenshot({ path: path.join(artifacts, "explore-boxes.png") });
  await page.goBack();
  await page.getByText(/events, 2 boxes/).waitFor({ state: "hidden" });
  await page.getByRole("button", { name: "Scale: log" }).click();
  await page.getByRole("button", { name: "Scale: linear" }).waitFor();
  assert.match(page.url(), /linear=1/);
  await end();
});

test("Honeycomb's query JSON is pasted in and copied out", async () => {
  const { page, end } = await openPage("#/explore?t=all");
  await page.getByRole("region", { name: "Table" }).getByRole("row").nth(1).waitFor();
  const query = { calculations: [{ op: "COUNT" }], breakdowns: ["region"], filters: [{ column: "is_root", op: "=", value: true }] };
  await page.getByRole("combobox", { name: "WHERE" }).evaluate((input, text) => {
    const data = new DataTransfer();
    data.setData("text", text);
    input.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true }));
  }, JSON.stringify(query));
  await page.waitForURL(/group=region/);
  await page.getByRole("region", { name: "Table" }).getByText("eu-west").first().waitFor();
  await page.getByRole("button", { name: "As text" }).click();
  await page.getByRole("button", { name: /Copy for Honeycomb/ }).waitFor();
  await page.screenshot({ path: path.join(artifacts, "explore-honeycomb.png") });
  assert.deepEqual(await violations(page), []);
  await end();
});

test("a trace is opened, walked and found in by keys", async () => {
  const { page, end } = await openPage("#/traces?t=all");
  await page.getByRole("grid", { name: "Traces" }).getByRole("row").nth(1).waitFor();
  await page.keyboard.press("j");
  await page.keyboard.press("Enter");
  await spanRows(page).nth(3).waitFor();
  const picked = page.getByRole("complementary", { name: "The picked span" });
  await page.keyboard.press("j");
  await picked.getByRole("heading", { name: /read cart/ }).waitFor();
  await page.keyboard.press("/");
  await page.keyboard.type("SELECT");
  await page.keyboard.press("Enter");
  await picked.getByRole("heading", { name: /SELECT items/ }).waitFor();
  // The first lets go of the text, the second of the box.
  await page.keyboard.press("Escape");
  await page.keyboard.press("Escape");
  await page.keyboard.press("?");
  await page.getByRole("dialog").waitFor();
  assert.deepEqual(await violations(page), []);
  await end();
});

test("a page that was turned away is let in with one click, and turned away again", async () => {
  const { page, end } = await openPage("#/connect");
  const origin = "https://shop.example.com";
  const send = async () => {
    const headers = { "content-type": "application/json", origin };
    return (await fetch(`${otlp}/v1/traces`, { method: "POST", headers, body: "{}" })).status;
  };
  assert.equal(await send(), 403);
  const others = page.getByRole("region", { name: "Who else may send" });
  await others.getByText(origin).waitFor();
  for (const colorScheme of ["light", "dark"]) {
    await page.emulateMedia({ colorScheme });
    await page.screenshot({ path: path.join(artifacts, `connect-turned-away-${colorScheme}.png`) });
    assert.deepEqual(await violations(page), []);
  }
  await others.getByRole("button", { name: `Allow ${origin}` }).click();
  await others.getByRole("button", { name: `Take back ${origin}` }).waitFor();
  assert.equal(await send(), 200);
  await page.screenshot({ path: path.join(artifacts, "connect-allowed.png") });
  await others.getByRole("button", { name: `Take back ${origin}` }).click();
  await others.waitFor({ state: "detached" });
  assert.equal(await send(), 403);
  await end();
});

test("text from telemetry stays text", async () => {
  const { page, end } = await openPage("#/explore?t=all&where=is_root&group=name");
  const hostile = page.getByText("<img src=x onerror=").first();
  await hostile.waitFor();
  assert.equal(await page.locator("img").count(), 0);
  assert.equal(await page.title(), "Skep");
  await end();
});

test("without its token the address shows nothing of the store", async () => {
  const context = await newContext();
  const page = await context.newPage();
  await page.goto(new URL("/", home).href);
  await page.getByRole("heading", { name: "This address lacks its token." }).waitFor();
  await context.close();
});

test("a destination's page breaks no rule, wide and narrow", async () => {
  const { page, end } = await openPage("#/forward");
  // Nothing listens there, so that what waits and why is shown.
  const destination = { url: "http://127.0.0.1:1", enabled: true };
  const ask = (name, request) =>
    page.evaluate(
      ([name, request]) =>
        fetch(`/rpc/${name}`, {
          method: "POST",
          headers: { "content-type": "application/json" },
          body: JSON.stringify(request),
        }).then(async (answer) => ({ status: answer.status, body: await answer.text() })),
      [name, request],
    );
  const saved = await ask("forward_save", destination);
  assert.equal(saved.status, 200, saved.body);
  await page.getByRole("heading", { name: "127.0.0.1:1" }).waitFor();
  await page.getByText("the destination said yes").waitFor();
  for (const { width, height } of [{ width: 1440, height: 900 }, { width: 1024, height: 768 }]) {
    await page.setViewportSize({ width, height });
    await page.screenshot({ path: path.join(artifacts, `forward-waiting-${width}.png`) });
    assert.deepEqual(await violations(page), []);
  }
  const { id } = JSON.parse(saved.body).destinations[0];
  assert.equal((await ask("forward_remove", { id })).status, 200);
  await page.getByText("Nothing leaves this machine").waitFor();
  await end();
});

test("a slow trace says why, folds what repeats, and is searched, ordered and compared", async () => {
  const { page, end } = await openPage("#/traces?t=all");
  await page.evaluate(() => fetch("/rpc/demo", { method: "POST", headers: { "content-type": "application/json" }, body: "{}" }));
  await page.goto(new URL("#/traces?t=all&sort=duration&q=trace.span_count+%3E+10", page.url()).href);
  await page.getByRole("columnheader", { name: /Duration ↓/ }).waitFor();
  const slowest = page.getByRole("grid", { name: "Traces" }).getByRole("row").nth(1);
  await slowest.filter({ hasText: "/api/checkout" }).waitFor();
  await page.keyboard.press("j");
  await page.keyboard.press("Enter");

  // What matters is said before anything is clicked, and the repeats are one line.
  const findings = page.getByRole("region", { name: "Findings" });
  const repeats = findings.getByRole("button", { name: /× checkout SELECT cart_item one after another/ });
  await repeats.waitFor();
  const group = spanRows(page).filter({ hasText: /×/ });
  await group.waitFor();
  const n_folded = await spanRows(page).count();
  assert.equal(await group.getAttribute("aria-expanded"), "false");
  await repeats.click();
  await spanRows(page).nth(n_folded + 3).waitFor();
  assert.equal(await group.first().getAttribute("aria-expanded"), "true");
  await page.keyboard.press("r");
  await page.keyboard.press("r");

  await page.getByRole("textbox", { name: "Find in the trace" }).fill('name = "POST /charges"');
  await page.getByText("1 of 1").or(page.getByRole("status").filter({ hasText: /^1$/ })).first().waitFor();
  await page.getByRole("button", { name: "Only", exact: true }).click();
  await spanRows(page).nth(2).waitFor();
  assert.equal(await spanRows(page).count(), 3, "the one that matches, below its ancestors");
  await page.keyboard.press("Escape");
  await page.getByRole("textbox", { name: "Find in the trace" }).fill("");
  await page.keyboard.press("Escape");

  await page.getByRole("button", { name: "Table" }).click();
  await page.getByRole("button", { name: /Service and span/ }).click();
  await page.getByRole("columnheader", { name: /Service and span ↑/ }).waitFor();
  assert.deepEqual(await violations(page), []);
  await page.getByRole("button", { name: /^Logs/ }).click();
  await page.getByRole("option", { name: /order of \d+ items placed/ }).click();
  await page.getByRole("complementary", { name: "The picked span" }).getByRole("heading", { name: /POST \/checkout/ }).waitFor();
  assert.deepEqual(await violations(page), []);
  await page.screenshot({ path: path.join(artifacts, "trace-logs.png") });

  await page.getByRole("link", { name: "Compare" }).click();
  await page.getByRole("button", { name: /\+.* checkout SELECT cart_item/ }).waitFor();
  assert.deepEqual(await violations(page), []);
  await page.screenshot({ path: path.join(artifacts, "compare-usual.png") });

  await page.goto(new URL("#/logs?t=all&level=error", page.url()).href);
  await page.getByRole("option", { name: /charge failed: card declined/ }).first().click();
  await page.getByRole("link", { name: "See its span" }).click();
  await findings.getByRole("button", { name: /Failed first in payments POST \/charges: card declined/ }).waitFor();
  await spanRows(page).nth(2).waitFor();
  assert.deepEqual(await violations(page), []);
  await end();
});
