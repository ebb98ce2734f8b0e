// Every page of the real window, whose engine is not the browser's that the pages are tested in, breaks no rule of
// accessibility: in light and dark, with nothing stored and with the story of src/load/story.rs.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { PAGES, THEMES, call, goTo, pagesOf, setTheme, violations } from "./pages.mjs";
import { Window, until } from "./webdriver.mjs";

const { SKEP_DESKTOP_BIN, SKEP_STORY, SKEP_TRACE_ID, SKEP_SETTINGS } = process.env;
const PORTS = { SKEP_OTLP_GRPC: "127.0.0.1:0", SKEP_OTLP_HTTP: "127.0.0.1:0" };
/** Keys without a character, as WebDriver writes them. */
const [ESCAPE, CONTROL] = ["\uE00C", "\uE009"];
/** A small screen's. */
const NARROW = { width: 1024, height: 768 };

test("every page breaks no rule of accessibility", async (t) => {
  const window = await Window.open(SKEP_DESKTOP_BIN, PORTS);
  const inBothThemes = async (name) => {
    for (const theme of THEMES) {
      await setTheme(window, SKEP_SETTINGS, theme);
      assert.deepEqual(await violations(window), [], `${name}, ${theme}`);
    }
  };
  try {
    const addresses = await window.texts(".end .mono", 2);
    await t.test("with nothing stored", async () => {
      for (const { name, hash } of PAGES) {
        await goTo(window, { hash });
        await inBothThemes(name);
      }
    });
    const answer = await fetch(`${addresses[1]}/v1/traces`, {
      method: "POST",
      headers: { "content-type": "application/x-protobuf" },
      body: readFileSync(SKEP_STORY),
    });
    assert.equal(answer.status, 200);
    // The demo brings logs.
    await call(window, "demo", {});
    await t.test("with data", async () => {
      for (const page of [...PAGES, ...pagesOf(SKEP_TRACE_ID)]) {
        await goTo(window, page);
        await inBothThemes(page.name);
      }
    });
    await t.test("narrow", async () => {
      await window.rect({ x: 0, y: 0, ...NARROW });
      await until("the width", async () => ((await window.execute("return innerWidth")) === NARROW.width ? true : undefined));
      for (const page of [...PAGES, ...pagesOf(SKEP_TRACE_ID)]) {
        await goTo(window, page);
        const over = await window.execute(`const { scrollWidth, scrollHeight } = document.documentElement;
          return [scrollWidth - innerWidth, scrollHeight - innerHeight]`);
        assert.ok(Math.max(...over) <= 0, `${page.name} is larger than the window by ${over} px`);
        assert.deepEqual(await violations(window), [], page.name);
      }
    });
    await t.test("with what opens above them", async () => {
      await goTo(window, PAGES[1]);
      await window.press("?");
      await window.texts("dialog[open]");
      await inBothThemes("keys");
      await window.press(ESCAPE);
      await window.chord(CONTROL, "k");
      await window.texts("[role=combobox]");
      await inBothThemes("commands");
      await window.press(ESCAPE);
    });
    await t.test("the control: a button without a name is found", async () => {
      await window.execute('document.querySelector("main").append(document.createElement("button"))');
      assert.match((await violations(window)).join("\n"), /^button-name/);
    });
  } finally {
    await window.close();
  }
});
