import { expect, test } from "vitest";
import { boxAt, layFlame } from "./flame";

/** root 10: a 6 (b 2, c 3), d 1; a second root of 10. */
const TREE = {
  depth: [0, 1, 2, 2, 1, 0],
  subtreeEnd: [5, 4, 3, 4, 5, 6],
  weight: [10, 6, 2, 3, 1, 10],
};
const drawn = (focus?: number, least = 0) =>
  layFlame(TREE, focus, least)
    .map((box) => `${box.node}@${box.row} ${box.left.toFixed(2)}+${box.width.toFixed(2)}`)
    .sort();

test("children stand below their parent, from its left", () => {
  expect(drawn()).toEqual([
    "0@0 0.00+0.50",
    "1@1 0.00+0.30",
    "2@2 0.00+0.10",
    "3@2 0.10+0.15",
    "4@1 0.30+0.05",
    "5@0 0.50+0.50",
  ]);
});

test("what is looked at fills the width, with what is above it", () => {
  expect(drawn(1)).toEqual(["0@0 0.00+1.00", "1@1 0.00+1.00", "2@2 0.00+0.33", "3@2 0.33+0.50"]);
});

test("what cannot be seen is not drawn", () => {
  expect(drawn(undefined, 0.12)).toEqual(["0@0 0.00+0.50", "1@1 0.00+0.30", "3@2 0.10+0.15", "5@0 0.50+0.50"]);
  const boxes = layFlame(TREE, undefined, 0);
  expect([boxAt(boxes, 12, 45, 100, 20)?.node, boxAt(boxes, 99, 45, 100, 20)]).toEqual([3, undefined]);
});
