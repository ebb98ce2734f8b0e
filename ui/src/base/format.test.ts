import { describe, expect, test } from "vitest";
import {
  formatAge,
  formatBytes,
  formatClock,
  formatCountOf,
  formatDuration,
  formatIso,
  formatNumber,
  formatShare,
  formatTick,
} from "./format";

describe("durations have three digits and the unit that fits", () => {
  test.each([
    [0, "0 ns"],
    [870, "870 ns"],
    [999.4, "999 ns"],
    [999.6, "1.00 µs"],
    [45_100, "45.1 µs"],
    [999_600, "1.00 ms"],
    [1e6, "1.00 ms"],
    [98_760_000, "98.8 ms"],
    [999.6e6, "1.00 s"],
    [3.25e9, "3.25 s"],
    [59.99e9, "60.0 s"],
    [245e9, "4 min 05 s"],
    [7800e9, "2 h 10 min"],
    [4.2e16, "11,666 h 40 min"],
    [-1.5e6, "-1.50 ms"],
    [NaN, ""],
  ])("%d ns is %s", (ns, text) => expect(formatDuration(ns)).toBe(text));
});

test.each([
  [0, "0"],
  [500_000, "500 µs"],
  [1.5e9, "1.5 s"],
  [120e9, "2 min"],
  [5, "5 ns"],
])("a tick at %d ns is %s", (ns, text) => expect(formatTick(ns)).toBe(text));

test.each([
  [783, "783 B"],
  [999, "999 B"],
  [1024, "1 KiB"],
  [148 * 2 ** 20, "148 MiB"],
  [2 ** 31, "2 GiB"],
  [2 ** 20 - 1, "1 MiB"],
])("%d bytes are %s", (bytes, text) => expect(formatBytes(bytes)).toBe(text));

test.each([
  [0, "0"],
  [0.001, "<1"],
  [0.914, "91"],
  [0.996, ">99"],
  [1, "100"],
])("a share of %d is %s", (share, text) => expect(formatShare(share)).toBe(text));

test.each([
  [2418332, "2,418,332"],
  [0.25, "0.25"],
  [3.14159, "3.142"],
  [1.5e-7, "1.500e-7"],
])("the number %d is %s", (value, text) => expect(formatNumber(value)).toBe(text));

test.each([
  [200, "now"],
  [12_000, "12 s"],
  [300_000, "5 min"],
  [3 * 3600_000, "3 h"],
  [2 * 86_400_000, "2 d"],
])("%d ms ago is %s", (ms, text) => expect(formatAge(ms)).toBe(text));

test("a count agrees with its noun", () => {
  expect([formatCountOf(1, "span"), formatCountOf(1200, "span")]).toEqual(["1 span", "1,200 spans"]);
});

test("an instant keeps all nine digits in a tooltip, and milliseconds on the clock", () => {
  expect(formatIso("1700000000123456789")).toBe("2023-11-14T22:13:20.123456789Z");
  expect(formatClock("1700000000123456789")).toMatch(/^\d\d:\d\d:20\.123$/);
});

test("ticks of a close look are told apart", () => {
  expect([35_938_123_000, 35_938_124_000].map((tick) => formatTick(tick, 1000))).toEqual([
    "35.938123 s",
    "35.938124 s",
  ]);
  expect(formatTick(1_500_000_000, 500_000_000)).toBe("1.5 s");
});
