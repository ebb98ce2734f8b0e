import { expect, test } from "vitest";
import { endsOf, rangeLabel } from "./range";
import { fromEpochMs } from "./time";

const now_ms = Date.UTC(2026, 0, 1, 12);
const minutesAgo = (minutes: number) => fromEpochMs(now_ms - minutes * 60_000);
const data = (oldest: number, newest: number) => ({ oldest_ns: minutesAgo(oldest), newest_ns: minutesAgo(newest) });
const auto = { kind: "auto" } as const;

test("recent is the last hour when there is data in it and before it", () => {
  expect(endsOf(auto, data(500, 1), now_ms)).toEqual({ start_ns: minutesAgo(60), end_ns: minutesAgo(0) });
});

test("recent is everything when the store is younger than an hour, or older, or empty", () => {
  for (const times of [data(5, 1), data(500, 90), { oldest_ns: null, newest_ns: null }, undefined]) {
    expect(rangeLabel(auto, endsOf(auto, times, now_ms))).toBe("All time");
  }
});

test("a sender whose clock is ahead is still inside", () => {
  const ends = endsOf({ kind: "last", minutes: 5 }, data(500, -10), now_ms);
  expect(BigInt(ends.end_ns ?? 0)).toBe(BigInt(minutesAgo(-10)) + 1n);
});
