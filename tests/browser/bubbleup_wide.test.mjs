// BubbleUp where hundreds of fields differ, in a store of its own.
import assert from "node:assert/strict";
import path from "node:path";
import { before, test } from "node:test";
import { artifacts, openPage, violations } from "./browser.mjs";

const { SKEP_WIDE_UI, SKEP_WIDE_OTLP } = process.env;
const n_fields = 400;
const n_requests = 200;
/** More than are ever near what is seen of them. */
const n_drawn_max = 60;

const hex = (number, n_digits) => number.toString(16).padStart(n_digits, "0");
const fieldName = (field) => `wide.f${String(field).padStart(3, "0")}`;

/** Every fourth request is slow, and each field says so of nearly all of them, each of others. */
function wide() {
  const start = BigInt(Date.now() - 60_000) * 1_000_000n;
  const spans = Array.from({ length: n_requests }, (_, request) => {
    const isSlow = request % 4 === 0;
    const from = start + BigInt(request) * 100_000_000n;
    const attributes = Array.from({ length: n_fields }, (_, field) => {
      const errs = (Math.imul(request * n_fields + field + 1, 2654435761) >>> 8) % 8 === 0;
      return { key: fieldName(field), value: { stringValue: isSlow === errs ? "a" : "b" } };
    });
    return {
      traceId: `77${hex(request + 1, 30)}`,
      spanId: `77${hex(request + 1, 14)}`,
      name: "wide",
      kind: 2,
      startTimeUnixNano: String(from),
      endTimeUnixNano: String(from + (isSlow ? 900_000_000n : 20_000_000n)),
      attributes,
    };
  });
  return JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans }] }] });
}

before(async () => {
  const headers = { "content-type": "application/json" };
  assert.equal((await fetch(`${SKEP_WIDE_OTLP}/v1/traces`, { method: "POST", headers, body: wide() })).status, 200);
});

test("of hundreds of fields only those near the screen are drawn, and keys reach each", async () => {
  const { page, end } = await openPage("#/explore?t=all&picked=duration_ms+%3E+500", {}, SKEP_WIDE_UI);
  const bubbleUp = page.getByRole("complementary", { name: "BubbleUp" });
  await bubbleUp.getByText("400 fields differ, strongest first").waitFor();
  const cards = bubbleUp.getByRole("list", { name: "Fields that differ" }).getByRole("article");
  const drawn = cards.filter({ has: page.getByRole("button") });
  assert.equal(await cards.count(), n_fields, "each is in the list, by name");
  const names = await cards.getByRole("heading").allInnerTexts();
  assert.equal(new Set(names).size, n_fields);
  const settled = (at) => cards.nth(at).getByRole("button").first().waitFor();
  await settled(8);
  assert.ok((await drawn.count()) < n_drawn_max, `${await drawn.count()} cards are drawn`);
  assert.deepEqual(await violations(page), []);
  await page.screenshot({ path: path.join(artifacts, "explore-wide.png") });

  // One that is worked in stays; nothing moves when others are drawn.
  await cards.nth(1).getByRole("button").first().click();
  await cards.nth(1).getByRole("button", { name: "Verify" }).waitFor();
  const height = () => bubbleUp.evaluate((panel) => panel.scrollHeight);
  const before = await height();
  await bubbleUp.evaluate((panel) => panel.scrollTo(0, panel.scrollHeight / 2));
  await settled(n_fields / 2);
  assert.equal(await height(), before);
  assert.equal(await cards.first().getByRole("button").count(), 0);
  await cards.nth(1).getByRole("button", { name: "Verify" }).waitFor({ state: "attached" });
  await page.screenshot({ path: path.join(artifacts, "explore-wide-middle.png") });
  await bubbleUp.evaluate((panel) => panel.scrollTo(0, panel.scrollHeight));
  await settled(n_fields - 1);
  assert.equal(await height(), before);
  assert.ok((await drawn.count()) < n_drawn_max, `${await drawn.count()} cards are drawn`);

  // Tab goes through all cards, whichever are drawn when it begins.
  await bubbleUp.evaluate((panel) => panel.scrollTo(0, 0));
  await cards.first().getByRole("button").first().focus();
  const reached = [];
  while (reached.length < 80) {
    const name = await page.evaluate(() => document.activeElement?.closest("article")?.ariaLabel ?? "none");
    if (reached.at(-1) !== name) reached.push(name);
    await page.keyboard.press("Tab");
  }
  assert.deepEqual(reached, names.slice(0, reached.length));
  await end();
});
