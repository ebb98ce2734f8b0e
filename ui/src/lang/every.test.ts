import { expect, test } from "vitest";
import { everyNs } from "./every";

test("a length of time is whole milliseconds with a unit", () => {
  expect(["1s", " 1.5m ", "250ms", "2h"].map(everyNs)).toEqual([1e9, 90e9, 250e6, 7200e9]);
  expect(["", "1", "1 s", "0s", "1us", "1.0005s", "1d", "soon"].map(everyNs)).toEqual(Array(8).fill(undefined));
});
