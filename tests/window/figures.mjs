// What the window costs: from launch to a page that can be used, memory, and the share of a core it takes while nothing
// happens. Usage: xvfb-run -a node figures.mjs PROGRAM DATA_DIR; prints lines as target/bench.jsonl has them.
import { readFileSync, readdirSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { Window, until } from "./webdriver.mjs";

const [program, data_dir] = process.argv.slice(2);
const N_LAUNCHES = 9;
const SETTLE_MS = 15_000;
const IDLE_MS = 30_000;
const TICKS_PER_SECOND = 100;
const env = { SKEP_OTLP_GRPC: "127.0.0.1:0", SKEP_OTLP_HTTP: "127.0.0.1:0", SKEP_DATA_DIR: data_dir };

/** The programs that were started below a process, itself aside. */
function below(pid) {
  const parents = new Map();
  for (const name of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
    try {
      const stat = readFileSync(`/proc/${name}/stat`, "utf8");
      parents.set(Number(name), Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]));
    } catch {
      // It ended meanwhile.
    }
  }
  const found = [];
  let next = [pid];
  while (next.length > 0) {
    next = [...parents].filter(([, parent]) => next.includes(parent)).map(([child]) => child);
    found.push(...next);
  }
  return found;
}

function pss_kib(pid) {
  return Number(/^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, "utf8"))[1]);
}

function cpu_ticks(pid) {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return Number(fields[11]) + Number(fields[12]);
}

const sum = (values) => values.reduce((all, one) => all + one, 0);
const print = (name, value, unit) => console.log(JSON.stringify({ name, value, unit }));

/** Opens the window and waits until its page shows the state of the house, drawn. */
async function launch() {
  const window = await Window.open(program, env);
  await until("a page", async () => {
    const drawn = await window.executeAsync(`
      const done = arguments[arguments.length - 1];
      if (!document.querySelector("main h1") || !document.querySelector("footer .cell")) return done(null);
      requestAnimationFrame(() => requestAnimationFrame(() => done(true)));`);
    return drawn ?? undefined;
  });
  return window;
}

const launches_ms = [];
for (let nth = 0; nth < N_LAUNCHES; nth += 1) {
  const window = await launch();
  launches_ms.push(performance.now() - window.asked_ms);
  await window.close();
}
launches_ms.sort((a, b) => a - b);
print("window_launch_to_usable_median", launches_ms[Math.floor(N_LAUNCHES / 2)] / 1000, "s");

const window = await launch();
try {
  await pause(SETTLE_MS);
  const pids = below(window.driver_pid);
  print("window_pss", sum(pids.map(pss_kib)) / 1024, "MiB");
  const before = sum(pids.map(cpu_ticks));
  await pause(IDLE_MS);
  const ticks = sum(below(window.driver_pid).map(cpu_ticks)) - before;
  print("window_idle_cpu", ((ticks / TICKS_PER_SECOND) * 1000) / IDLE_MS, "cores");
} finally {
  await window.close();
}
