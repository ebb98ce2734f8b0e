import { expect, test } from "vitest";
import { scrollToRow, sliceRows } from "./virtual";

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
