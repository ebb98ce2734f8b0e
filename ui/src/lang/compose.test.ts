import { expect, test } from "vitest";
import {
  boxTerms,
  chartQuery,
  clausePlaces,
  comparisonText,
  composeQuery,
  firstOrder,
  groupFields,
  groupText,
  orderText,
  rowTerms,
  stepsQuery,
  tableClauses,
  timeOf,
  timeTerms,
} from "./compose";
import { completions, spanInText, wordAt } from "./caret";
import { equals, fieldText, valueText } from "./quote";

test("clauses become one text, empty ones left out", () => {
  const clauses = {
    ...{ select: "COUNT, P99(duration_ms)", where: "naïve = 1", groupBy: "service.name " },
    ...{ having: "COUNT > 5", orderBy: "COUNT DESC", limit: "10", every: "1m" },
  };
  const text =
    "SELECT COUNT, P99(duration_ms) WHERE naïve = 1 GROUP BY service.name HAVING COUNT > 5 ORDER BY COUNT DESC LIMIT 10 EVERY 1m";
  expect(composeQuery(clauses)).toBe(text);
  const bytes = new TextEncoder().encode(text);
  for (const [clause, at] of clausePlaces(clauses)) {
    expect(new TextDecoder().decode(bytes.subarray(at)).startsWith(clauses[clause].trim())).toBe(true);
  }
  const none = { select: " ", where: "", groupBy: "", having: "", orderBy: "", limit: "", every: "" };
  expect(composeQuery(none)).toBe("SELECT COUNT");
  expect([...clausePlaces(none)]).toEqual([["select", 7]]);
});

test("a table is without points of time, a chart has them", () => {
  const none = { where: "", groupBy: "", having: "", orderBy: "", limit: "", every: "1m" };
  const clauses = { ...none, select: "RATE_SUM(bytes), COUNT, rate_max({$a / 2})" };
  expect(composeQuery(tableClauses(clauses))).toBe("SELECT COUNT");
  expect(chartQuery(clauses)).toBe("SELECT RATE_SUM(bytes), COUNT, rate_max({$a / 2}) EVERY 1m");
  expect(composeQuery(tableClauses({ ...none, select: "RATE_AVG(n)", every: "soon" }))).toBe("SELECT COUNT EVERY soon");
  expect(stepsQuery(clauses)).toBe("SELECT RATE_SUM(bytes), COUNT, rate_max({$a / 2}) LIMIT 1000 EVERY 1m");
  expect(stepsQuery({ ...clauses, limit: "7" })).toMatch(/ LIMIT 7 EVERY 1m$/);
  expect(stepsQuery({ ...clauses, every: "soon" })).toBeUndefined();
  expect(chartQuery({ ...none, select: "RATE_AVG(n)", every: "" })).toBe("SELECT RATE_AVG(n) EVERY 1s");
});

test("a time that was picked is read back, with whether more was asked for", () => {
  expect(timeOf(timeTerms("5", "17"))).toEqual({ start_ns: "5", end_ns: "17", isAll: true });
  expect(timeOf(`name = "a AND b" AND ${timeTerms("5", "17")}`)).toEqual({ start_ns: "5", end_ns: "17", isAll: false });
  expect(timeOf(`${timeTerms("5", "17")} AND error`)).toBeUndefined();
  expect(timeOf(`NOT ${timeTerms("5", "17")}`)).toBeUndefined();
});

test("a column of the answer is ordered by as the language writes it, and read back", () => {
  expect(orderText("P99(a b)", false, true)).toBe("P99(`a b`) DESC");
  expect(orderText("COUNT", false, false)).toBe("COUNT ASC");
  expect(orderText("COUNT", true, false)).toBe("COUNT ASC");
  expect(firstOrder("P99(`a b`) desc, COUNT")).toEqual({ key: "P99(`a b`)", descending: true });
  expect(firstOrder(" name ")).toEqual({ key: "name", descending: false });
  expect(firstOrder("")).toBeUndefined();
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
  expect(boxTerms("n", -Number.MAX_VALUE, 1)).toEqual(["n < 1"]);
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
