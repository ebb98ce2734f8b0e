import { expect, test } from "vitest";
import { gutterOf, gutterPath, LEVELS_MAX } from "./gutter";

const drawn = (level: number, rails: number) =>
  gutterOf(level, rails)
    .lines.map((line) => `${line.level}${line.shape[0]}`)
    .join(" ");

test("a row's own elbow, and the lines of ancestors that go on below", () => {
  expect([drawn(0, 0), drawn(1, 0), drawn(1, 1), drawn(3, 0b110), drawn(3, 0b001)]).toEqual([
    "",
    "1e",
    "1t",
    "1t 2t 3e",
    "3t",
  ]);
});

test("what is too deep keeps its nearest ancestors and says its level", () => {
  const deep = gutterOf(40, 0xfff);
  expect([deep.indent, deep.deep, deep.lines.length]).toEqual([LEVELS_MAX, 40, LEVELS_MAX]);
});

test("a path is drawn from the top: on through, or to the middle and across", () => {
  expect(gutterPath(gutterOf(3, 0b110).lines, 24)).toBe("M7.5 0V24M23.5 0V24M39.5 0V12.5M39.5 12.5h8");
  expect(gutterPath(gutterOf(1, 1).lines, 18)).toBe("M7.5 0V18M7.5 9.5h8");
  expect(gutterPath([], 24)).toBe("");
});
