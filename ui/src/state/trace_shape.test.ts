import { expect, test } from "vitest";
import type { ShapeAmounts, ShapeNode, TraceShapeReply } from "../rpc/bindings/api";
import { byName, changeOf } from "./trace_shape.svelte";

const some = (n: number, total_ns: number, share = 1): ShapeAmounts => ({
  ...{ n, share, n_errors: 0, total_ns },
  ...{ self_ns: total_ns, below_ns: total_ns, longest_ns: total_ns },
});
const node = (sides: ShapeAmounts[], over: Partial<ShapeNode> = {}): ShapeNode => ({
  ...{ service: 0, name: 0, depth: 0, subtree_end: 1, span: null },
  sides,
  ...over,
});

test.each([
  ["added", some(1, 50), some(0, 0, 0)],
  ["gone", some(0, 0, 0), some(1, 50, 0.9)],
  ["same", some(0, 0, 0), some(0.1, 50, 0.1)],
  ["slower", some(1, 300), some(1, 100)],
  ["faster", some(1, 100), some(1, 300)],
  ["same", some(1, 105), some(1, 100)],
  ["same", some(1, 5), some(1, 1)],
] as const)("%s", (change, a, b) => {
  expect(changeOf(node([a, b]), 1000)).toBe(change);
});

test("paths of one name are one line, the most own time first", () => {
  const reply: TraceShapeReply = {
    sides: [],
    services: ["web", "db"],
    names: ["GET", "select"],
    nodes: [
      node([some(1, 10)]),
      node([some(2, 30)], { service: 1, name: 1, span: "a" }),
      node([some(3, 90)], { service: 1, name: 1, span: "b" }),
    ],
  };
  expect(byName(reply).map((one) => [one.service, one.n, one.self_ns, one.span])).toEqual([
    ["db", 5, 120, "b"],
    ["web", 1, 10, undefined],
  ]);
});
