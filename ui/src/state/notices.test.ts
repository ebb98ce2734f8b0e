import { expect, test } from "vitest";
import { MemoryHost } from "../test_host/memory";
import { noticesOf } from "./notices";

test("every loss is a number that can be opened, and is said once", () => {
  const status = new MemoryHost().status();
  expect(noticesOf(status)).toEqual([]);
  const said = { code: "truncated", count: 3, message: "3 attributes were cut." };
  const codes = noticesOf({ ...status, rejected: 2, truncated: 3, notices: [said] }).map((notice) => notice.code);
  expect(codes).toEqual(["truncated", "rejected"]);
});
