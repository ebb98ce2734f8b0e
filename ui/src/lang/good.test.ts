import { expect, test } from "vitest";
import { goodOf, goodPlace, sidesOf } from "./good";

const cases = [
  ["{LT($duration_ms, 300)}", "{LT($duration_ms, 300)} = false", "{LT($duration_ms, 300)} = true"],
  ['{IF($name = "}", LT($n, 3))}', '{IF($name = "}", LT($n, 3))} = false', '{IF($name = "}", LT($n, 3))} = true'],
  ["duration_ms < 300", "NOT (duration_ms < 300) AND duration_ms exists", "duration_ms < 300"],
  ["`a b`=3", "NOT (`a b`=3) AND `a b` exists", "`a b`=3"],
  ["region in (a, b)", "NOT (region in (a, b)) AND region exists", "region in (a, b)"],
  ["{DIV($a, $b)} < 2", "NOT ({DIV($a, $b)} < 2) AND {DIV($a, $b)} exists", "{DIV($a, $b)} < 2"],
  ["{A($b)} = true", "NOT ({A($b)} = true) AND {A($b)} exists", "{A($b)} = true"],
  [
    "a < 1 AND NOT error",
    "NOT (a < 1 AND NOT error) AND ((NOT (a < 1) AND a exists) OR (NOT (NOT error)))",
    "a < 1 AND NOT error",
  ],
  ["a < 1 OR b < 2", "NOT (a < 1 OR b < 2)", "a < 1 OR b < 2"],
  ["cached", "NOT (cached)", "cached"],
  ["a exists", "NOT (a exists)", "a exists"],
  ["a != 3", "NOT (a != 3)", "a != 3"],
  // What cannot be read is refused where it stands.
  ["{LT($duration_ms, 300)", "NOT ({LT($duration_ms, 300))", "{LT($duration_ms, 300)"],
] as const;

test.each(cases)("%s has two sides, and is found in them", (good, failing, meeting) => {
  expect(sidesOf(` ${good} `)).toEqual({ failing, meeting });
  expect(goodOf(failing, meeting)).toBe(good);
  expect(failing.indexOf(good)).toBe(goodPlace(good));
});

test("other picks say nothing of what good is", () => {
  expect(goodOf("", "")).toBeUndefined();
  expect(goodOf("error", "")).toBeUndefined();
  expect(goodOf("{A($b)} = false", "")).toBeUndefined();
  expect(goodOf("service.version = 2", "service.version = 1")).toBeUndefined();
});
