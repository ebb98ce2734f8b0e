import { expect, test } from "vitest";
import { valueAt } from "./value_at";

/** The caret is where the bar stands. */
function at(text: string) {
  const found = valueAt(text.replace("|", ""), text.indexOf("|"));
  return found && [found.field, found.typed, text.replace("|", "").slice(found.from, found.to)];
}

test.each([
  ["service.name = |", ["service.name", "", ""]],
  ["service.name=che|ck", ["service.name", "che", "check"]],
  ['service.name = "che|ck out" AND x', ["service.name", "che", '"check out"']],
  ["service.name = 'ch|", ["service.name", "ch", "'ch"]],
  ["error AND `a b` != |", ["a b", "", ""]],
  ["name contains pay|", ["name", "pay", "pay"]],
  ["name in (|", ["name", "", ""]],
  ['name in (a, "b c", d|)', ["name", "d", "d"]],
  ["name not-in (a, |)", ["name", "", ""]],
  ["name|", undefined],
  ["name =| x", ["name", "", ""]],
  ["name = x |", undefined],
  ['name = "x"|', undefined],
  ["name in (a |", undefined],
  ["duration_ms > 5|", undefined],
  ["(a OR b|", undefined],
] as const)("%s", (text, expected) => expect(at(text)).toEqual(expected));
