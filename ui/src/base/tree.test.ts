import { expect, test } from "vitest";
import { errorsBelow, hasNextSibling, NO_ROW, parentRows, placeOf, rowsWithChildren, visibleRows } from "./tree";

/** Columns from indented text, two blanks a level; `!` marks a failed row. */
function tree(text: string) {
  const lines = text.split("\n").filter((line) => line.trim() !== "");
  const depth = Uint32Array.from(lines, (line) => (line.length - line.trimStart().length) / 2);
  const subtreeEnd = Uint32Array.from(lines, (_, row) => {
    const next = lines.findIndex((_, at) => at > row && (depth[at] ?? 0) <= (depth[row] ?? 0));
    return next < 0 ? lines.length : next;
  });
  const flags = Uint32Array.from(lines, (line) => (line.endsWith("!") ? 1 : 0));
  return { depth, subtreeEnd, flags };
}

const shop = tree(`
gateway
  auth
  checkout
    cart!
      select!
    pay
orphan
  child!
`);

test("parents come from the depths", () => {
  expect([...parentRows(shop.depth)]).toEqual([NO_ROW, 0, 0, 2, 3, 2, NO_ROW, 6]);
});

test("failed rows are counted towards every ancestor", () => {
  expect([...errorsBelow(parentRows(shop.depth), shop.flags, 1)]).toEqual([2, 0, 2, 1, 0, 0, 1, 0]);
});

test("a folded subtree is skipped, and a fold within it too", () => {
  expect([...visibleRows(shop.subtreeEnd, new Set())]).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  expect([...visibleRows(shop.subtreeEnd, new Set([3]))]).toEqual([0, 1, 2, 3, 5, 6, 7]);
  expect([...visibleRows(shop.subtreeEnd, new Set([2, 3, 6]))]).toEqual([0, 1, 2, 6]);
});

test("a hidden row stands where its folded ancestor stands", () => {
  const visible = visibleRows(shop.subtreeEnd, new Set([2]));
  expect([placeOf(visible, 4), placeOf(visible, 6)]).toEqual([2, 3]);
});

test("siblings decide whether a line goes on", () => {
  const next = [...shop.depth].map((_, row) => hasNextSibling(shop.depth, shop.subtreeEnd, row));
  expect(next).toEqual([true, true, false, true, false, false, false, false]);
  expect([...rowsWithChildren(shop.subtreeEnd)]).toEqual([0, 2, 3, 6]);
});

test("a chain of 100,000 is walked without recursion", () => {
  const depth = Uint32Array.from({ length: 100_000 }, (_, row) => row);
  const parents = parentRows(depth);
  expect(parents[99_999]).toBe(99_998);
  expect(errorsBelow(parents, new Uint32Array(100_000).fill(1), 1)[0]).toBe(99_999);
});
