// The bare system from outside of it: what its only user types.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { copyFileSync } from "node:fs";
import path from "node:path";

const { SKEP_ROOT, SKEP_WAYS, DISPLAY, XAUTHORITY } = process.env;
/** Where the newest packages do not fit each other, pip tries older ones for minutes. */
const INSTALL_MS = 900_000;

// The display's key, which lies outside.
copyFileSync(XAUTHORITY, path.join(SKEP_ROOT, "tmp/xauthority"));

/** A command line below the bare system, as its only user would type it. */
export function within(words) {
  // How this machine comes by packages; bare.sh says it.
  const ways = (SKEP_WAYS ?? "").split("\n").filter(Boolean);
  const env = ["env", "-i", "PATH=/opt/shop/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/home/newcomer", "LANG=C.UTF-8", ...ways, `DISPLAY=${DISPLAY}`, "XAUTHORITY=/tmp/xauthority"];
  return ["chroot", SKEP_ROOT, ...env, ...words];
}

/** The command line that opens a window there under automation: [`Window.open`]'s `under`. */
export const windowWithin = () => within(["env", "TAURI_WEBVIEW_AUTOMATION=true", "NO_AT_BRIDGE=1"]);

/** Runs a script to its end and gives back what it printed. */
export function run(script) {
  const [program, ...words] = within(["sh", "-ec", script]);
  const done = spawnSync(program, words, { encoding: "utf8", timeout: INSTALL_MS });
  assert.equal(done.status, 0, `${script}\n${done.stdout}${done.stderr}`);
  return done.stdout;
}
