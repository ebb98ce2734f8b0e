import { expect, test } from "vitest";
import { clockTicks, offsetTicks, TimeScale } from "./time_scale";

const bounds = { from_ns: 0, to_ns: 1000 };

test("maps both ways", () => {
  const scale = new TimeScale(100, 300, 400);
  expect(scale.toPx(200)).toBe(200);
  expect(scale.toNs(scale.toPx(137))).toBeCloseTo(137);
});

test("a zoom keeps what is under the pointer where it is", () => {
  const wide = new TimeScale(0, 1_000_000, 500);
  const close = wide.zoom(0.5, 200, { from_ns: 0, to_ns: 1_000_000 });
  expect(close.toNs(200)).toBeCloseTo(wide.toNs(200));
  expect(close.span_ns).toBe(500_000);
});

test("neither zoom nor pan leaves the bounds", () => {
  const scale = new TimeScale(800, 1000, 100);
  expect(scale.zoom(100, 50, bounds)).toMatchObject({ from_ns: 0, to_ns: 1000 });
  expect(scale.pan(1000, bounds)).toMatchObject({ from_ns: 800, to_ns: 1000 });
  expect(scale.pan(-1000, bounds)).toMatchObject({ from_ns: 0, to_ns: 200 });
});

test("a scale without width or span divides by nothing", () => {
  expect(new TimeScale(5, 5, 100).toPx(5)).toBe(0);
  expect(new TimeScale(0, 10, 0).toNs(3)).toBe(0);
});

test("ticks are round and no more than asked for", () => {
  expect(offsetTicks(0, 6.2e9, 7)).toEqual([0, 1e9, 2e9, 3e9, 4e9, 5e9, 6e9]);
  expect(offsetTicks(130, 480, 4)).toEqual([200, 300, 400]);
  expect(offsetTicks(5, 5, 4)).toEqual([]);
});

test("clock ticks fall on round local times", () => {
  const at = Date.UTC(2026, 0, 1, 14, 2, 30);
  const minutes = clockTicks(at, 15 * 60e9, 5, 0).map((ns) => new Date(at + ns / 1e6).toISOString().slice(11, 16));
  expect(minutes).toEqual(["14:05", "14:10", "14:15"]);
  const [first = 0] = clockTicks(at, 24 * 3600e9, 4, -330);
  expect(new Date(at + first / 1e6).toISOString().slice(11, 16)).toBe("18:30");
});
