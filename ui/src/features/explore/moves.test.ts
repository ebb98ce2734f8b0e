import { expect, test } from "vitest";
import { exploreRoute } from "../../base/route";
import { baselineOf } from "../../state/explore.svelte";
import { excludeValue, pickTime, tracesAt, tracesPicked, withFailing, withPoint, withRange } from "./moves";

const route = exploreRoute({ where: "is_root", groupBy: "region" });
const point = { start_ns: "5", end_ns: "9", group: ["eu"] };
const box = { field: "duration_ms", start_ns: "5", end_ns: "9", min: 100, max: 500 };

test("a point of a chart is its group in its time, as a pick and as traces", () => {
  expect(withPoint({ ...route, box }, point)).toEqual({
    ...route,
    picked: 'region = "eu" AND timestamp_ns >= 5 AND timestamp_ns < 9',
  });
  expect(withPoint(route, { ...point, group: undefined }).picked).toBe("timestamp_ns >= 5 AND timestamp_ns < 9");
  const { filter, range } = tracesAt(route, point);
  expect(filter).toBe('is_root AND region = "eu"');
  expect(range).toEqual({ kind: "between", start_ns: "5", end_ns: "9" });
});

test("what is picked has a time where it is one box or an expression that says it", () => {
  expect(pickTime({ ...route, box })).toEqual({ start_ns: "5", end_ns: "9" });
  expect(pickTime(withPoint(route, point))).toEqual({ start_ns: "5", end_ns: "9" });
  expect(pickTime({ ...route, box, moreBoxes: [box] })).toBeUndefined();
  expect(pickTime({ ...route, picked: "error" })).toBeUndefined();
  expect(tracesPicked({ ...route, box })).toMatchObject({
    filter: "is_root AND duration_ms >= 100 AND duration_ms < 500",
    range: { kind: "between", start_ns: "5", end_ns: "9" },
  });
});

test("in another time no time is picked any more, an expression still is", () => {
  const all = { kind: "all" } as const;
  expect(withRange({ ...withPoint(route, point), range: all }, all).picked).toBe("");
  expect(withRange({ ...route, box, picked: "" }, all).box).toBeUndefined();
  expect(withRange({ ...route, picked: "error" }, all).picked).toBe("error");
});

test("one value of the span itself is excluded plainly, anything else by its negation", () => {
  const value = [{ field: "region", op: "=", value: "eu" }];
  expect(excludeValue(route, value).where).toBe('is_root AND region != "eu"');
  expect(excludeValue(exploreRoute(), value).where).toBe('NOT (any.region = "eu")');
  const range = [
    { field: "n", op: ">=", value: 1 },
    { field: "n", op: "<", value: 2 },
  ];
  expect(excludeValue(route, range).where).toBe("is_root AND NOT (n >= 1 AND n < 2)");
});

test("what fails is compared with what meets it, in the time that is looked at; another run lies where it lies", () => {
  const failing = withFailing({ ...route, box }, "{LT($duration_ms, 300)}");
  expect(failing).toEqual({
    ...route,
    picked: "{LT($duration_ms, 300)} = false",
    against: "{LT($duration_ms, 300)} = true",
  });
  const ends = { start_ns: "5", end_ns: "9" };
  expect(baselineOf(failing, ends)).toEqual({ filter: { filter: failing.against, ...ends } });
  const run = { ...route, picked: "version = 2", against: "version = 1" };
  expect(baselineOf(run, ends)).toEqual({ filter: { filter: "version = 1", start_ns: null, end_ns: null } });
});
