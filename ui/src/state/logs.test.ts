import { expect, test } from "vitest";
import { Client } from "../rpc/client";
import { MemoryHost } from "../test_host/memory";
import { type LogsQuestion, LogsState } from "./logs.svelte";

const ALL: LogsQuestion = { filter: "", level: "", trace_id: null, ascending: false, start_ns: null, end_ns: null };
const settled = () => new Promise((done) => setTimeout(done, 0));

function houseOf(n: number) {
  const host = new MemoryHost();
  host.answer("logs", (request) => {
    const { first, limit, filter } = request as { first: number; limit: number; filter: string };
    const rows = Array.from({ length: Math.max(0, Math.min(limit, n - first)) }, (_, at) => ({
      log: { body: `${filter} ${first + at}` },
    }));
    return { first, rows, matched: n, by_level: [n, 0, 0, 0, 0, 0, 0] };
  });
  return { host, logs: new LogsState(new Client(host)) };
}

test("only what is seen is asked for, once", async () => {
  const { host, logs } = houseOf(100_000);
  logs.ask(ALL);
  await settled();
  logs.want(50_000, 50_040);
  logs.want(50_000, 50_041);
  await settled();
  expect([logs.n, logs.row(50_003)?.log.body, logs.row(70_000)]).toEqual([100_000, " 50003", undefined]);
  expect(host.calls).toHaveLength(2);
});

test("another question leaves what is shown until its answer is there", async () => {
  const { logs } = houseOf(10);
  logs.ask(ALL);
  await settled();
  logs.ask({ ...ALL, filter: "x" });
  expect(logs.row(3)?.log.body).toBe(" 3");
  await settled();
  expect(logs.row(3)?.log.body).toBe("x 3");
});
