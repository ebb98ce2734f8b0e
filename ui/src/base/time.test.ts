import { expect, test } from "vitest";
import { offsetNs, plusNs } from "./time";

test("instants beyond 2^53 keep every nanosecond", () => {
  expect(offsetNs("1700000000123456789", "1700000000123456788")).toBe(1);
  expect(plusNs("1700000000123456789", -1)).toBe("1700000000123456788");
});
