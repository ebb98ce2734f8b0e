import { expect, test } from "vitest";
import type { Marker, QueryReply } from "../rpc/bindings/api";
import { comparedOf, runsOfGroups, runsOfMarks, runsOfMinutes, runTerms, usualPair } from "./runs";

const reply = (rows: QueryReply["rows"], total: QueryReply["total"] = null): QueryReply => ({
  ...{ columns: [], approximate: [], rows, rows_examined: 0, rows_matched: 0, groups: rows.length },
  ...{ total, other: null, groups_other: 0, elapsed_ms: 0 },
});
const marker = (start_ns: string, message: string): Marker => ({ start_ns, end_ns: null, message, kind: "run" });

test("a run goes from its mark to the next one", () => {
  const runs = runsOfMarks([marker("3000000", "b"), marker("1000000", "a")], "5");
  expect(runs.map((run) => [run.name, ...runTerms(run)])).toEqual([
    ["since b", "timestamp_ns >= 3000000"],
    ["since a", "timestamp_ns >= 1000000", "timestamp_ns < 3000000"],
    ["before a", "timestamp_ns < 1000000"],
  ]);
  expect(runsOfMarks([], "5")).toEqual([]);
  expect(
    runsOfMarks([marker("7", "a")], "7").map((run) => run.name),
    "nothing was before",
  ).toEqual(["since a"]);
  const pair = usualPair(runs);
  expect([pair?.before.name, pair?.after.name]).toEqual(["since a", "since b"]);
});

test("versions of one service follow each other, and one alone is no run", () => {
  const rows: QueryReply["rows"] = [
    ["shop", "1.2", 9, 300],
    ["stock", 7, 9, 250],
    ["shop", "1.1", 9, 100],
    ["stock", 6, 9, 200],
    ["mail", "1", 9, 50],
  ];
  const runs = runsOfGroups("version", "service.version", reply(rows));
  expect(runs.map((run) => run.name)).toEqual(["shop 1.2", "stock 7", "shop 1.1", "stock 6"]);
  expect(runs[1]?.filter).toBe('any.service.name = "stock" AND any.service.version = 7');
  expect([usualPair(runs)?.before.name, usualPair(runs)?.after.name]).toEqual(["shop 1.1", "shop 1.2"]);
});

test("what comes after quiet is another run", () => {
  const minutes = ["10:01", "10:00", "09:52", "09:48", "09:47"];
  const runs = runsOfMinutes(reply(minutes.map((minute) => [`2026-11-25T${minute}:00.000Z`, 3])));
  const from = `${Date.parse("2026-11-25T10:00:00Z")}000000`;
  expect(runs.map((run) => [run.start_ns, run.end_ns])).toEqual([
    [from, null],
    [null, from],
  ]);
  expect(runsOfMinutes(reply([["2026-11-25T10:00:00.000Z", 3]]))).toEqual([]);
});

test("two answers stand side by side, what only one has too", () => {
  const before = reply([["a", 10, 0, 1, 2, 3]], [10, 0, 1, 2, 3]);
  const after = reply(
    [
      ["b", 30, 0.5, 4, 5, 6],
      ["a", 2, 0, 1, 2, null],
    ],
    [32, 0.4, 1, 2, 3],
  );
  const rows = comparedOf(before, after);
  expect(rows.map((row) => [row.name, row.before.count, row.after.count, row.before.p95, row.after.p99])).toEqual([
    [undefined, 10, 32, 2, 3],
    ["b", 0, 30, undefined, 6],
    ["a", 10, 2, 2, undefined],
  ]);
});
