// Serves the page and opens it in Chromium: by localhost, or by the name that the second argument gives this machine.
// The first argument is where it sends. Prints what the page says.
import { execFileSync } from "node:child_process";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { build } from "esbuild";

// What drives a browser is installed beside the pages of Skep.
const require = createRequire(new URL("../../../ui/package.json", import.meta.url));
const { chromium } = require("playwright-core");

const [otlp, host = "localhost"] = process.argv.slice(2);

const bundle = await build({
  entryPoints: [new URL("page.mjs", import.meta.url).pathname],
  bundle: true,
  format: "esm",
  write: false,
});
const [script] = bundle.outputFiles;
const answers = {
  "/": ["text/html", "<!doctype html><title>Shop</title><script type=module src=/page.js></script>"],
  "/page.js": ["text/javascript", script.text],
  "/stock": ["text/plain", "3"],
};
const server = createServer((request, response) => {
  const answer = answers[new URL(request.url, "http://localhost").pathname];
  if (!answer) return response.writeHead(404).end();
  response.writeHead(200, { "content-type": answer[0] }).end(answer[1]);
});
await new Promise((listening) => server.listen(0, "127.0.0.1", listening));

const names = ["chromium", "chromium-browser", "google-chrome"];
const found = execFileSync("sh", ["-c", `command -v ${names.join(" || command -v ")}`], { encoding: "utf8" });
const browser = await chromium.launch({
  executablePath: found.trim(),
  args: [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    `--host-resolver-rules=MAP ${host} 127.0.0.1`,
  ],
});
const page = await browser.newPage();
await page.goto(`http://${host}:${server.address().port}/?otlp=${otlp}`);
console.log(JSON.stringify(await page.evaluate(() => globalThis.sent)));
await browser.close();
server.close();
server.closeAllConnections();
