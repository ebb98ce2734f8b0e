// From "something is slow" to why, in the real window: a query is typed, a box dragged, the answer read and verified, its
// traces opened, and back undoes each step.
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { Window, until } from "./webdriver.mjs";

const { SKEP_DESKTOP_BIN, SKEP_STORY, SKEP_ARTIFACTS } = process.env;
const HEATMAP = "section[aria-label='Heatmap'] [role=img]";
const SENTENCE = "aside[aria-label='BubbleUp'] .sentence";
const EXPLAINED = /^100 % of the selection has region = eu-west, against 0 % of the rest\./;

test("a slow band is explained, the explanation verified, its traces opened, and back undoes it", async () => {
  const window = await Window.open(SKEP_DESKTOP_BIN, { SKEP_OTLP_GRPC: "127.0.0.1:0", SKEP_OTLP_HTTP: "127.0.0.1:0" });
  const picture = async (name) => writeFileSync(path.join(SKEP_ARTIFACTS, `window-explore-${name}.png`), await window.screenshot());
  const address = () => window.execute("return location.hash");
  const led = (to) => until(`the address ${to}`, async () => (to.test(await address()) ? true : undefined));
  const sentence = async () => (await window.texts(SENTENCE))[0].replace(/\s+/g, " ");
  try {
    const addresses = await window.texts(".end .mono", 2);
    const answer = await fetch(`${addresses[1]}/v1/traces`, {
      method: "POST",
      headers: { "content-type": "application/x-protobuf" },
      body: readFileSync(SKEP_STORY),
    });
    assert.equal(answer.status, 200);
    await window.texts("[role=grid] [role=rowgroup] [role=row]", 5);
    await window.click("nav a[href^='#/explore']");
    await window.texts("section[aria-label='Table'] tbody tr");

    const heatmap = async () => (await window.execute(`return document.querySelector("${HEATMAP}")?.ariaLabel`)) ?? "";
    const ofAll = await until("the heatmap", async () => (await heatmap()) || undefined);

    // Keys alone: WHERE, a field completed from the data, Run.
    await window.press("/");
    await window.type("is_ro");
    await window.texts("[role=listbox][aria-label='Fields'] [role=option]");
    await window.press(KEYS.tab);
    await window.press(KEYS.enter);
    await led(/where=is_root/);

    // The slow band lies alone in the upper half of the roots' picture; until that is there, the one of all spans stands.
    await until("the heatmap of the roots", async () => {
      const shown = await heatmap();
      return shown !== "" && shown !== ofAll ? true : undefined;
    });
    const [left, top, width, height] = await window.execute(`
      const at = document.querySelector("${HEATMAP}").getBoundingClientRect();
      return [at.x, at.y, at.width, at.height]`);
    await window.drag([left + width * 0.01, top + 2], [left + width * 0.99, top + height * 0.3]);
    await led(/where=is_root.*box=/);
    assert.match(await sentence(), EXPLAINED);
    const [ranked] = await window.texts("aside[aria-label='BubbleUp'] article h3");
    assert.match(ranked, /^region/);
    await picture("found");

    await window.click("aside[aria-label='BubbleUp'] button", "Verify");
    await until("a verdict", async () => {
      const [said] = await window.texts("aside[aria-label='BubbleUp'] .finding p[role=status]");
      return /^Verified: without it none of the [\d,]+ events like the pick is left\.$/.test(said) ? said : undefined;
    });
    await picture("verified");

    await window.click("aside[aria-label='BubbleUp'] .finding button", "See the traces");
    await led(/^#\/traces\?.*region/);
    const slow = await window.texts("[role=grid] [role=rowgroup] [role=row]", 5);
    assert.ok(slow.every((row) => /GET \//.test(row)), slow.join("\n"));
    await picture("traces");

    await window.back();
    await led(/^#\/explore\?.*box=/);
    assert.match(await sentence(), EXPLAINED, "back shows the answer again");
    await window.back();
    await led(/^#\/explore\?where=is_root(?!.*box=)/);
    await until("the comparison to be gone", async () =>
      (await window.execute("return document.querySelector(arguments[0]) === null", SENTENCE)) ? true : undefined,
    );
    await window.back();
    await led(/^#\/explore(?!.*where=)/);

    // A point of a chart leads to its traces too.
    await window.texts("section[aria-label='Over time'] [role=slider]");
    await window.execute(`document.querySelector("section[aria-label='Over time'] [role=slider]").focus()`);
    for (const key of [KEYS.home, KEYS.right, KEYS.enter]) await window.press(key);
    await window.click("section[aria-label='Over time'] button", "See the traces");
    await led(/^#\/traces\?.*t=\d+-\d+/);
    await window.texts("[role=grid] [role=rowgroup] [role=row]");
  } finally {
    await window.close();
  }
});

/** Keys without a character, as WebDriver writes them. */
const KEYS = { tab: "\uE004", enter: "\uE007", home: "\uE011", right: "\uE014" };
