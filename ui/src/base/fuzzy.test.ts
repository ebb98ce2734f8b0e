import { expect, test } from "vitest";
import { fit, fitting } from "./fuzzy";

test("words begin words, in any order", () => {
  expect(fit("the dar", "dark theme")).toBe(5);
  expect(fit("ark", "dark theme")).toBe(1);
  expect(fit("", "anything")).toBe(0);
  expect(fit("light", "dark theme")).toBeUndefined();
  expect(fit("a.b", "a.b")).toBe(3);
  expect(fit("a.b", "axb")).toBeUndefined();
});

test("the best come first, equals as they were", () => {
  const names = ["export traces", "traces", "compare", "trace tables"];
  expect(fitting("tra", names, (name) => name)).toEqual(["traces", "trace tables", "export traces"]);
});
