import { expect, test } from "vitest";
import { EdgeScale } from "./edge_scale";

const decades = new EdgeScale(Float64Array.of(1, 10, 100, 1000));

test("a value stands in its bucket, by the logarithm, and comes back", () => {
  expect(decades.bucket(10)).toBe(1);
  expect(decades.toShare(10)).toBeCloseTo(1 / 3);
  expect(decades.toShare(Math.sqrt(1000))).toBeCloseTo(0.5);
  expect(decades.toValue(decades.toShare(42))).toBeCloseTo(42);
});

test("what lies outside is drawn at the edge", () => {
  expect([decades.toShare(0.1), decades.toShare(1e9)]).toEqual([0, 1]);
});

test("an axis that begins at zero is even in its first bucket", () => {
  expect(new EdgeScale(Float64Array.of(0, 10)).toShare(5)).toBe(0.5);
});

test("ticks are powers of ten, thinned; even on a linear axis; none on an empty one", () => {
  expect(decades.ticks(false, 10)).toEqual([1, 10, 100, 1000]);
  expect(decades.ticks(false, 2)).toEqual([1, 100]);
  expect(new EdgeScale(Float64Array.of(10, 30, 60)).ticks(false, 9)).toEqual([10, 20, 50]);
  expect(new EdgeScale(Float64Array.of(0, 50, 100)).ticks(true, 5)).toEqual([0, 20, 40, 60, 80, 100]);
  expect(new EdgeScale(new Float64Array(0)).ticks(false, 5)).toEqual([]);
});

test("what lies below has a bucket of its own, and the axis keeps its ticks", () => {
  const scale = new EdgeScale(Float64Array.of(1, 10, 100)).withUnder();
  expect([scale.n, scale.min, scale.max]).toEqual([3, 1, 100]);
  expect([-5, 0, 1, 10, 100].map((value) => scale.toShare(value) * 3)).toEqual([1, 1, 1, 2, 3]);
  expect(scale.toShare(-Number.MAX_VALUE)).toBe(0);
  expect([-5, 0, 1, 10].map((value) => scale.bucket(value))).toEqual([0, 0, 1, 2]);
  expect(scale.ticks(false, 9)).toEqual([1, 10, 100]);
});
