import { expect, test } from "vitest";
import {
  bucketAt,
  bucketsOver,
  extentOf,
  lineOf,
  nearestGroup,
  sameGroup,
  type SeriesGrid,
  shareOf,
} from "./series_grid";

const grid: SeriesGrid = {
  groups: [["a"], ["b"]],
  aggregates: ["COUNT", "AVG(n)"],
  approximate: [null, null],
  start_ns: "0",
  step_ns: 1,
  n_x: 3,
  axis: { start_ns: "0", length_ns: 3 },
  values: Float64Array.of(1, 0, 4, 2, 2, 0, NaN, -5, 7, NaN, NaN, 3),
  groups_total: 2,
};

test("a line is one group's aggregate", () => {
  expect([...lineOf(grid, 0, 1)]).toEqual([2, 2, 0]);
  expect([...lineOf(grid, 1, 0)]).toEqual([NaN, -5, 7]);
});

test("a chart begins at zero, or below it where values are", () => {
  expect(extentOf([grid], 0)).toEqual({ min: 0, max: 4 });
  expect(extentOf([grid], 1)).toEqual({ min: -5, max: 7 });
});

test("of two times both have their place, and a group is found in the other one", () => {
  const earlier = { ...grid, groups: [["b"]], values: Float64Array.of(9, 0, 0, -8, 0, 0) };
  expect([extentOf([grid, earlier], 0), extentOf([grid, earlier], 1)]).toEqual([
    { min: 0, max: 9 },
    { min: -8, max: 7 },
  ]);
  expect([sameGroup(earlier, ["b"]), sameGroup(earlier, ["a"])]).toEqual([0, undefined]);
});

test("the nearest line is one that has a point there", () => {
  expect([nearestGroup(grid, 0, 0, 1.4), nearestGroup(grid, 0, 0, 1.6)]).toEqual([0, 1]);
  expect([nearestGroup(grid, 1, 1, 100), nearestGroup(grid, 1, 0, 0)]).toEqual([0, undefined]);
});

test("whole buckets of a chosen length cover the axis, and every place on it lies in one", () => {
  const axis = { start_ns: "125", length_ns: 100 };
  const buckets = bucketsOver(axis, 50);
  expect(buckets).toEqual({ start_ns: "100", step_ns: 50, n_x: 3 });
  const cut: SeriesGrid = { ...grid, ...buckets, axis };
  expect([0, 1, 2].map((x) => shareOf(cut, x))).toEqual([0, 0.5, 1]);
  expect([0, 0.24, 0.26, 0.74, 0.76, 1].map((share) => bucketAt(cut, share))).toEqual([0, 0, 1, 1, 2, 2]);
  for (const x of [0, 1, 2]) expect(bucketAt(cut, shareOf(cut, x))).toBe(x);
  expect(bucketsOver({ start_ns: "0", length_ns: 1e12 }, 1e6)).toBeUndefined();
});
