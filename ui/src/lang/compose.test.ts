import { expect, test } from "vitest";
import { boxTerms, comparisonText, composeQuery, groupFields, groupText, rowTerms } from "./compose";
import { completions, spanInText, wordAt } from "./caret";
import { equals, fieldText, valueText } from "./quote";

test("clauses become one text, empty ones left out", () => {
  expect(composeQuery({ select: "COUNT, P99(duration_ms)", where: "error", groupBy: "service.name" })).toBe(
    "SELECT COUNT, P99(duration_ms) WHERE error GROUP BY service.name",
  );
  expect(composeQuery({ select: " ", where: "", groupBy: "" })).toBe("SELECT COUNT");
});

test("names and values are quoted so that they come back as they were", () => {
  expect(["http.route", "a b", "1st", "and", "tick`"].map(fieldText)).toEqual([
    "http.route",
    "`a b`",
    "`1st`",
    "`and`",
    "`tick\\``",
  ]);
  expect([valueText('say "hi"\n\\'), valueText(5), valueText(true)]).toEqual(['"say \\"hi\\"\\n\\\\"', "5", "true"]);
  expect(equals("a", null)).toBe("a does-not-exist");
});

test("fields of a group survive the way there and back", () => {
  const fields = ["service.name", "a, b", "x`y", '{CONCAT($a, "}", `}`)}', "{$a / 2}"];
  expect(groupFields(groupText(fields))).toEqual(fields);
});

test("a row is picked out by its group, missing values too", () => {
  expect(rowTerms(["service.name", "code"], ["api", null])).toBe('service.name = "api" AND code does-not-exist');
  expect(rowTerms([], [])).toBe("");
});

test("explanations and boxes are terms", () => {
  expect(comparisonText({ field: "cart.items", op: ">=", value: 40 })).toBe("cart.items >= 40");
  expect(comparisonText({ field: "x", op: "does-not-exist", value: null })).toBe("x does-not-exist");
  expect(boxTerms("duration_ms", 10.000000001, 2000)).toEqual(["duration_ms >= 10", "duration_ms < 2000"]);
});

test("a word is completed where the caret is, not inside a text", () => {
  expect(wordAt("a = 1 AND serv", 14)).toEqual({ word: "serv", from: 10, to: 14 });
  expect(wordAt('a = "serv', 9)).toBeUndefined();
  expect(wordAt("P99(dur)", 7)).toEqual({ word: "dur", from: 4, to: 7 });
  const names = ["http.route", "route", "my_route_x", "reroute", "other"];
  expect(completions(names, "root.oth", 9)).toEqual(["root.other"]);
  expect(wordAt("{$dur / 2}", 5)).toEqual({ word: "dur", from: 2, to: 5 });
  expect(completions(names, "route", 9)).toEqual(["http.route", "my_route_x", "reroute"]);
});

test("a refusal's bytes are the input's characters", () => {
  expect(spanInText('a = "ä€😀" == b', [16, 2])).toEqual([11, 13]);
});
