import { expect, test } from "vitest";
import { EdgeScale } from "../base/edge_scale";
import { boxBetween, boxOnGrid } from "./heat_geom";
import { countInBoxes, type HeatGrid, shade } from "./heat_grid";

const grid: HeatGrid = {
  field: "duration_ms",
  start_ns: "1700000000000000000",
  step_ns: 1000,
  n_x: 4,
  n_y: 3,
  counts: Uint32Array.from([1, 2, 3, 4, 10, 20, 30, 40, 100, 200, 300, 400]),
  scale: new EdgeScale(Float64Array.of(1, 10, 100, 1000)),
  errors: new Uint32Array(4),
  over: new Uint32Array(4),
  max_count: 400,
  matched: 1110,
  linear: false,
};

test("a drag becomes whole cells, counts as they do, and lies where it was drawn", () => {
  const box = boxBetween(grid, { across: 0.3, up: 0.9 }, { across: 0.7, up: 0.4 });
  expect(box).toEqual({
    field: "duration_ms",
    start_ns: "1700000000000001000",
    end_ns: "1700000000000003000",
    min: 10,
    max: 1000,
  });
  const onGrid = boxOnGrid(grid, box);
  expect(onGrid && countInBoxes(grid, [onGrid])).toBe(20 + 30 + 200 + 300);
});

test("a drag at the rim keeps one cell", () => {
  const box = boxBetween(grid, { across: 1, up: 1 }, { across: 1, up: 1 });
  const onGrid = boxOnGrid(grid, box);
  expect(onGrid && countInBoxes(grid, [onGrid])).toBe(400);
});

test("a box of another field, or of another time, is not drawn", () => {
  const box = boxBetween(grid, { across: 0, up: 0 }, { across: 1, up: 1 });
  expect(boxOnGrid(grid, { ...box, field: "size" })).toBeUndefined();
  expect(boxOnGrid(grid, { ...box, start_ns: "1800000000000000000", end_ns: "1800000000000000001" })).toBeUndefined();
});

test("shades go by the logarithm, and a lone event is seen", () => {
  expect([1, 2, 20, 100, 400].map((count) => shade(count, 400))).toEqual([1, 1, 3, 4, 5]);
  expect([shade(1, 1), shade(1, 2), shade(2, 2), shade(1, 4)]).toEqual([3, 3, 5, 1]);
});

test("a cell that several boxes share is counted once", () => {
  const all = { left: 0, right: 1, bottom: 0, top: 1 };
  const left = { left: 0, right: 0.5, bottom: 0, top: 1 };
  expect(countInBoxes(grid, [all, left])).toBe(countInBoxes(grid, [all]));
  expect(countInBoxes(grid, [])).toBe(0);
});
