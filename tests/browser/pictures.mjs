// The README's pictures, of the pages as they are: `node tests/browser/pictures.mjs target/debug/skep ui/screenshots`.
// A fresh Skep, its own demo traffic, and the way from "something is slow" to why, frame by frame.
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import { gif } from "./gif.mjs";
import { launch } from "./launch.mjs";

const [binary, out] = process.argv.slice(2);
const VIEW = { width: 1280, height: 800 };
const FRAME = { width: 960, height: 600 };

const dir = mkdtempSync(path.join(tmpdir(), "pictures-"));
const any = "127.0.0.1:0";
const words = ["serve", "--data-dir", path.join(dir, "data"), "--settings", path.join(dir, "settings.toml")];
const skep = spawn(binary, [...words, "--otlp-grpc", any, "--otlp-http", any, "--ui", any, "--no-keychain"]);
const browser = await launch();
try {
  const [line] = await new Promise((done) => createInterface(skep.stdout).once("line", (...said) => done(said)));
  await draw(JSON.parse(line).ui);
} finally {
  await browser.close();
  skep.kill("SIGTERM");
  await new Promise((done) => skep.once("exit", done));
  rmSync(dir, { recursive: true });
}

async function draw(home) {
  const page = await browser.newPage({ viewport: VIEW, colorScheme: "light", reducedMotion: "reduce" });
  const frames = [];
  const shoot = async (ms) => frames.push({ ms, rgba: await pixels(page) });
  await page.goto(home);
  await page.getByRole("heading", { name: /Skep is listening/ }).waitFor();
  await settle(page);
  await shoot(2200);
  await page.getByRole("button", { name: /sample|demo/i }).first().click();
  const list = page.getByRole("grid", { name: "Traces" });
  await list.getByRole("row").nth(12).waitFor();
  await settle(page, 3000);
  await shoot(2200);
  await page.setViewportSize({ width: 1440, height: 900 });
  await settle(page);
  await page.screenshot({ path: path.join(out, "traces-light.png") });
  await page.setViewportSize(VIEW);

  await page.goto(new URL("#/explore?t=all&where=is_root", page.url()).href);
  const heatmap = page.getByRole("region", { name: "Heatmap" }).locator("canvas");
  await heatmap.waitFor();
  await page.getByRole("region", { name: "Over time" }).getByRole("slider").nth(1).waitFor();
  await settle(page);
  await shoot(1500);
  const at = await heatmap.boundingBox();
  const place = (share) => [at.x + at.width * (0.03 + 0.92 * share), at.y + 3 + at.height * 0.3 * share];
  await pointTo(page, ...place(0));
  await page.mouse.down();
  for (const share of [0.25, 0.5, 0.75, 1]) {
    await pointTo(page, ...place(share));
    await settle(page, 0);
    await shoot(share === 1 ? 500 : 180);
  }
  await page.mouse.up();
  const bubbleUp = page.getByRole("complementary", { name: "BubbleUp" });
  await bubbleUp.getByText(/% of the selection/).first().waitFor();
  await settle(page);
  await shoot(4200);
  await press(page, bubbleUp.getByRole("button", { name: "Verify" }).first());
  await bubbleUp.getByText(/erified: |Not the whole story/).waitFor();
  await settle(page);
  await shoot(2800);
  await page.setViewportSize({ width: 1440, height: 900 });
  await settle(page);
  await pointTo(page);
  await page.screenshot({ path: path.join(out, "explore-light.png") });
  await page.setViewportSize(VIEW);
  await settle(page);
  await press(page, bubbleUp.getByRole("button", { name: "See the traces" }));
  await list.getByRole("row").nth(1).waitFor();
  await list.getByRole("button", { name: /^Duration/ }).click();
  await settle(page);
  await shoot(2000);
  await press(page, list.getByRole("row").nth(1).getByRole("link"));
  await page.getByRole("treegrid", { name: "Spans" }).locator("[data-place]").nth(3).waitFor();
  await settle(page);
  await shoot(4000);
  await page.emulateMedia({ colorScheme: "dark" });
  await page.setViewportSize({ width: 1440, height: 900 });
  await pointTo(page);
  await settle(page);
  await page.screenshot({ path: path.join(out, "trace-dark.png") });
  writeFileSync(path.join(out, "use.gif"), gif({ ...FRAME, frames }));
}

/** What the page shows, smaller. */
async function pixels(page) {
  const png = (await page.screenshot()).toString("base64");
  const canvas = await browser.newPage();
  const said = await canvas.evaluate(
    async ([png, { width, height }]) => {
      const image = new Image();
      image.src = `data:image/png;base64,${png}`;
      await image.decode();
      const context = new OffscreenCanvas(width, height).getContext("2d");
      context.imageSmoothingQuality = "high";
      context.drawImage(image, 0, 0, width, height);
      const { data } = context.getImageData(0, 0, width, height);
      let text = "";
      for (let at = 0; at < data.length; at += 32_768) text += String.fromCharCode(...data.subarray(at, at + 32_768));
      return btoa(text);
    },
    [png, FRAME],
  );
  await canvas.close();
  return Buffer.from(said, "base64");
}

async function settle(page, ms = 600) {
  await page.evaluate(() => document.fonts.ready);
  await page.waitForTimeout(ms);
}

async function press(page, target) {
  const { x, y, width, height } = await target.boundingBox();
  await pointTo(page, x + width / 2, y + height / 2);
  await target.click();
}

/** Moves the pointer, which no screenshot shows, and an arrow that one does; without a place the arrow goes. */
async function pointTo(page, x, y) {
  if (x !== undefined) await page.mouse.move(x, y);
  await page.evaluate(
    ([x, y]) => {
      document.getElementById("pointer")?.remove();
      if (x === undefined) return;
      const arrow = document.createElementNS("http://www.w3.org/2000/svg", "svg");
      arrow.id = "pointer";
      arrow.setAttribute("viewBox", "0 0 16 22");
      Object.assign(arrow.style, { position: "fixed", left: `${x}px`, top: `${y}px`, width: "16px", zIndex: 99, pointerEvents: "none" });
      const shape = document.createElementNS("http://www.w3.org/2000/svg", "path");
      shape.setAttribute("d", "M1 1v16l4-4 3 7 3-1-3-7h6z");
      Object.assign(shape.style, { fill: "black", stroke: "white" });
      arrow.append(shape);
      document.body.append(arrow);
    },
    [x, y],
  );
}
