import { expect, test } from "vitest";
import { exploreRoute } from "../../base/route";
import type { Explanation, QueryReply } from "../../rpc/bindings/api";
import { termsOn } from "./moves";
import { symptomQuery, symptomTimes, verdictWords } from "./verify";

const reply = (n: number, p99: number | null): QueryReply => ({
  columns: ["COUNT", "P99(duration_ms)"],
  approximate: [null, null],
  rows: [[n, p99]],
  rows_examined: 0,
  rows_matched: n,
  groups: 1,
  total: null,
  other: null,
  groups_other: 0,
  elapsed_ms: 1,
});
const box = { field: "duration_ms", start_ns: "5", end_ns: "9", min: 100, max: 500 };

test("what is asked again is what was picked, in its own time", () => {
  const route = exploreRoute({ where: "error", box });
  expect(symptomQuery(route, "error")).toBe(
    "SELECT COUNT, P99(duration_ms) WHERE error AND duration_ms >= 100 AND duration_ms < 500",
  );
  expect(symptomTimes(route, { start_ns: null, end_ns: null })).toEqual({ start_ns: "5", end_ns: "9" });
  const two = exploreRoute({ where: "error", box, moreBoxes: [{ ...box, start_ns: "20", end_ns: "30" }] });
  expect(symptomQuery(two, "error")).toBe(
    "SELECT COUNT, P99(duration_ms) WHERE error AND " +
      "((duration_ms >= 100 AND duration_ms < 500 AND timestamp_ns >= 5 AND timestamp_ns < 9) OR " +
      "(duration_ms >= 100 AND duration_ms < 500 AND timestamp_ns >= 20 AND timestamp_ns < 30))",
  );
  expect(symptomTimes(two, { start_ns: null, end_ns: null })).toEqual({ start_ns: null, end_ns: null });
  const picked = exploreRoute({ picked: "a = 1 OR b = 2" });
  expect(symptomQuery(picked, "")).toBe("SELECT COUNT, P99(duration_ms) WHERE a = 1 OR b = 2");
});

test.each([
  [reply(0, null), "Verified: without it none of the 200 events like the pick is left."],
  [reply(20, 80), "Mostly verified: 20 of 200 events like the pick are left without it, P99 400 ms becomes 80.0 ms."],
  [
    reply(150, 400),
    "Not the whole story: 150 of 200 events like the pick are left without it, P99 400 ms becomes 400 ms.",
  ],
])("the verdict says what is left", (without, said) => {
  expect(verdictWords(exploreRoute({ box }), reply(200, 400), without)).toBe(said);
});

test("terms speak of any span where traces are counted, and of the row where rows are", () => {
  const explanation = {
    terms: [
      { field: "db.host", op: "=", value: "replica" },
      { field: "n", op: ">=", value: 5 },
      { field: "n", op: "<", value: 9 },
      { field: "cache", op: "does-not-exist", value: null },
    ],
  } as unknown as Explanation;
  expect(termsOn(exploreRoute({ unit: "event" }), explanation)).toEqual([
    'db.host = "replica"',
    "n >= 5",
    "n < 9",
    "cache does-not-exist",
  ]);
  expect(termsOn(exploreRoute({ unit: "trace" }), explanation)).toEqual([
    'any.db.host = "replica"',
    "any2.n >= 5",
    "any2.n < 9",
    "none.cache exists",
  ]);
  expect(termsOn(exploreRoute({ where: "is_root" }), explanation)[0]).toBe('db.host = "replica"');
});
