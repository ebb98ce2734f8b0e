import { expect, test } from "vitest";
import { momentText, readMoment, endsOf, rangeLabel } from "./range";
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

test("a moment is written in local time and read back, a time of day alone is of the day that is looked at", () => {
  const at_ms = new Date(2026, 10, 30, 14, 2, 5, 250).getTime();
  const ns = fromEpochMs(at_ms);
  expect(momentText(ns)).toBe("2026-11-30 14:02:05.250");
  expect(readMoment(momentText(ns), 0)).toBe(ns);
  expect(readMoment(" 9:30 ", at_ms)).toBe(fromEpochMs(new Date(2026, 10, 30, 9, 30).getTime()));
  const none = ["", "now", "24:00", "12:60", "2026-02-30 12:00", "2026-11-30"];
  expect(none.map((text) => readMoment(text, at_ms))).toEqual(none.map(() => undefined));
});
