import { expect, test } from "vitest";
import { HEIGHT_PX_MAX, scrollToRow, sliceRows, TallList } from "./virtual";

test("only what is seen is drawn, with a little more", () => {
  expect(sliceRows(100_000, 24, 24_000, 480, 2)).toEqual({ first: 998, end: 1022 });
  expect(sliceRows(3, 24, 0, 480)).toEqual({ first: 0, end: 3 });
  expect(sliceRows(3, 24, 9000, 480)).toEqual({ first: 3, end: 3 });
});

test("a row is brought into sight by the least move", () => {
  expect(scrollToRow(5, 10, 0, 100)).toBe(0);
  expect(scrollToRow(20, 10, 0, 100)).toBe(110);
  expect(scrollToRow(2, 10, 50, 100)).toBe(20);
});

test("a list higher than a box can be is scrolled to its end all the same", () => {
  const short = new TallList(1000, 24, 600);
  expect([short.box_px, short.topOf(240), short.barOf(240)]).toEqual([24_000, 240, 240]);
  const tall = new TallList(5_000_000, 24, 600);
  expect(tall.box_px).toBe(HEIGHT_PX_MAX);
  expect(tall.topOf(HEIGHT_PX_MAX - 600)).toBeCloseTo(5_000_000 * 24 - 600, 3);
  expect(tall.barOf(tall.topOf(12_345))).toBeCloseTo(12_345, 6);
});
