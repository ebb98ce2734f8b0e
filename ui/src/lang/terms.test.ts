import { expect, test } from "vitest";
import { addTerm, chipParts, joinTerms, negate, splitTerms } from "./terms";

test.each([
  ["", []],
  ["error", ["error"]],
  ['a = "x AND y" AND b > 5ms', ['a = "x AND y"', "b > 5ms"]],
  ["(a OR b) and NOT c", ["(a OR b)", "NOT c"]],
  ["a in (1, 2) AND `x and y` exists", ["a in (1, 2)", "`x and y` exists"]],
  ["a = 1 OR b = 2", undefined],
  ["{IF($a > 1 AND $b, 2)} = 1 AND b", ["{IF($a > 1 AND $b, 2)} = 1", "b"]],
  ['{CONCAT($a, "} OR ")}=1 AND any.error', ['{CONCAT($a, "} OR ")}=1', "any.error"]],
  ["{$a", undefined],
  ["a AND", undefined],
  ["(a", undefined],
  ["a)", undefined],
  ['a = "open', undefined],
  ['a = "say \\"AND\\" twice" AND b', ['a = "say \\"AND\\" twice"', "b"]],
])("%s", (text, terms) => expect(splitTerms(text)).toEqual(terms));

test("terms are joined, and one with an OR keeps to itself", () => {
  expect(joinTerms(["a", " ", "b OR c"])).toBe("a AND (b OR c)");
  expect(joinTerms(["b OR c"])).toBe("b OR c");
  expect(addTerm("a OR b", "c = 1")).toBe("(a OR b) AND c = 1");
});

test("the same term is not added twice", () => {
  expect(addTerm("a AND b = 1", "b = 1")).toBe("a AND b = 1");
  expect(addTerm("", "a")).toBe("a");
});

test("the rest of an expression is in parentheses", () => {
  expect(negate("a AND b")).toBe("NOT (a AND b)");
});

test.each([
  ['service.name = "api"', { field: "service.name", rest: '= "api"' }],
  ["duration_ms>5", { field: "duration_ms", rest: ">5" }],
  ["error", { field: "error", rest: "" }],
  ["{$a / 2 = 1} > 5", { field: "{$a / 2 = 1}", rest: "> 5" }],
  ["NOT (a AND b)", { field: "", rest: "NOT (a AND b)" }],
])("%s as a chip", (term, parts) => expect(chipParts(term)).toEqual(parts));
