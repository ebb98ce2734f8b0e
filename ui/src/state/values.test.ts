import { expect, test } from "vitest";
import { ALL_TIME } from "../base/range";
import { Client } from "../rpc/client";
import { MemoryHost } from "../test_host/memory";
import { Values } from "./values";

const reply = (rows: unknown[][], groups = rows.length) => ({
  ...{ columns: [], approximate: [], rows, rows_examined: 0, rows_matched: 0, groups },
  ...{ total: null, other: null, groups_other: 0, elapsed_ms: 0 },
});
const asked = (host: MemoryHost) => host.calls.map((call) => (call.request as { text: string }).text);
const of = (values: Values, field: string, typed: string) =>
  values.of(field, typed, ALL_TIME, 3, new AbortController().signal);

test("values come by their counts, those that begin as typed first, and are asked for once", async () => {
  const host = new MemoryHost();
  host.answer("query", () =>
    reply([
      ["precheck", 9],
      ["Checkout", 5],
      ["cart", 4],
      [200, 1],
    ]),
  );
  const values = new Values(new Client(host));
  expect(await of(values, "any.service.name", "check")).toEqual([
    { value: "Checkout", n: 5 },
    { value: "precheck", n: 9 },
  ]);
  expect(await of(values, "service.name", "")).toHaveLength(3);
  expect(await of(values, "service.name", "20")).toEqual([{ value: 200, n: 1 }]);
  expect(asked(host)).toEqual(["SELECT COUNT WHERE service.name exists GROUP BY service.name LIMIT 200"]);
});

test("of a field with more values than are told those are asked for that hold what was typed", async () => {
  const host = new MemoryHost();
  host.answer("query", (request) =>
    (request as { text: string }).text.includes("contains") ? reply([["user-77", 1]]) : reply([["user-1", 2]], 5000),
  );
  expect(await of(new Values(new Client(host)), "user id", 'r"7')).toEqual([]);
  expect(asked(host).at(-1)).toBe('SELECT COUNT WHERE `user id` contains "r\\"7" GROUP BY `user id` LIMIT 200');
  expect(await of(new Values(new Client(host)), "user id", "77")).toEqual([{ value: "user-77", n: 1 }]);
});

test("a refusal completes nothing", async () => {
  const host = new MemoryHost();
  host.answer("query", () => {
    throw new Error("no");
  });
  expect(await of(new Values(new Client(host)), "a", "")).toEqual([]);
});
