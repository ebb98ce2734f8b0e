import { expect, test } from "vitest";
import { chipsOf, withoutChip } from "./chips";

test.each([
  ["a = 1 AND (b OR c) and d exists", "AND", ["a = 1", "(b OR c)", "d exists"]],
  ["a = 1 OR b", "AND", ["a = 1 OR b"]],
  ['name = "x AND y" AND e', "AND", ['name = "x AND y"', "e"]],
  ["COUNT, P99({DIV($a, $b)}) ,`a, b`", ",", ["COUNT", "P99({DIV($a, $b)})", "`a, b`"]],
  [" 10 ", "", ["10"]],
  ["", ",", []],
  ["a, a", ",", ["a", "a"]],
  ["P99(x, y", ",", ["P99(x, y"]],
] as const)("%s by %s", (text, joint, parts) => {
  const chips = chipsOf(text, joint);
  expect(chips.map((chip) => chip.text)).toEqual(parts);
  for (const chip of chips) expect(text.slice(chip.from, chip.to)).toBe(chip.text);
  expect(new Set(chips.map((chip) => chip.from)).size).toBe(chips.length);
});

test("a part is taken out and the others stay as they were", () => {
  expect(withoutChip("a = 1 AND b AND (c OR d)", "AND", 1)).toBe("a = 1 AND (c OR d)");
  expect(withoutChip("COUNT DESC,name", ",", 0)).toBe("name");
  expect(withoutChip("100", "", 0)).toBe("");
});
