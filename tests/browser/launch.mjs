// The browser that pages are tested, measured and drawn in.
import { execFileSync } from "node:child_process";
import { createRequire } from "node:module";

// What the pages are built and tested with is installed beside them.
const require = createRequire(new URL("../../ui/package.json", import.meta.url));
const { chromium } = require("playwright-core");

const NAMES = ["chromium", "chromium-browser", "google-chrome"];

export function launch() {
  const found = execFileSync("sh", ["-c", `command -v ${NAMES.join(" || command -v ")}`], { encoding: "utf8" });
  return chromium.launch({
    executablePath: found.trim(),
    args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"],
  });
}
