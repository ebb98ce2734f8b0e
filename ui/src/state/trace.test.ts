import { expect, test } from "vitest";
import { traceRoute } from "../base/route";
import { SPAN_FLAGS } from "../rpc/bindings/api";
import { Client } from "../rpc/client";
import { MemoryHost, traceFrame, type TestSpan } from "../test_host/memory";
import { nextOf, TraceState } from "./trace.svelte";

const SPANS: readonly TestSpan[] = [
  { name: "root", depth: 0, start: 0, duration: 100 },
  { name: "load cart", depth: 1, start: 5, duration: 50 },
  { name: "select", depth: 2, start: 6, duration: 10, flags: SPAN_FLAGS.error },
  { name: "pay", depth: 1, start: 60, duration: 30, flags: SPAN_FLAGS.error },
];

async function open(spans: readonly TestSpan[], marks: Parameters<typeof traceFrame>[1] = []) {
  const host = new MemoryHost();
  host.answer("trace", () => traceFrame(spans, marks));
  const trace = new TraceState(new Client(host), "1".padStart(32, "0"));
  await trace.load();
  if (!trace.model) throw new Error("the trace did not load");
  return { host, trace, model: trace.model };
}

test("folding hides, revealing unfolds every ancestor", async () => {
  const { trace } = await open(SPANS);
  trace.foldAll();
  expect([...trace.visible]).toEqual([0]);
  trace.reveal(2);
  expect([...trace.visible]).toEqual([0, 1, 2, 3]);
  trace.toggle(1);
  expect([...trace.visible]).toEqual([0, 1, 3]);
  expect([trace.neighbour(1, 1), trace.neighbour(3, 1), trace.neighbour(0, -1)]).toEqual([3, 3, 0]);
});

test("the address names a span; an unknown one is the first", async () => {
  const { trace, model } = await open(SPANS);
  const at = (id: string) => trace.selectedRow(traceRoute("1".padStart(32, "0"), { span: { id, nth: 0 } }));
  expect([at(model.idOf(3)), at("ffffffffffffffff")]).toEqual([3, 0]);
  expect(model.idOf(3)).toBe("0000000000000004");
});

test("find and errors go round the end", async () => {
  const { model } = await open(SPANS);
  expect([...model.find("CART")]).toEqual([1]);
  expect([...model.find("api")]).toEqual([0, 1, 2, 3]);
  expect([...model.find("  ")]).toEqual([]);
  const errors = model.errors();
  expect([nextOf(errors, 0, 1), nextOf(errors, 3, 1), nextOf(errors, 2, -1)]).toEqual([2, 2, 3]);
  expect(nextOf(new Uint32Array(0), 0, 1)).toBeUndefined();
});

test("marks are found by their row, in whatever order they come", async () => {
  const { model } = await open(SPANS, [
    [3, 61, 1],
    [1, 7, 0],
    [3, 62, 2],
  ]);
  expect([0, 1, 2, 3].map((row) => model.marksOf(row).map((mark) => mark.kind))).toEqual([
    [],
    ["event"],
    [],
    ["exception", "log"],
  ]);
});

test("spans that arrive later wait to be shown", async () => {
  const { host, trace } = await open(SPANS);
  host.answer("trace", () => traceFrame([...SPANS, { name: "ship", depth: 1, start: 95, duration: 5 }]));
  await trace.load();
  expect([trace.model?.n, trace.n_more]).toEqual([4, 1]);
  trace.showMore();
  expect([trace.model?.n, trace.n_more]).toEqual([5, 0]);
});

test("a wide trace is folded and searched", async () => {
  const wide = Array.from({ length: 3000 }, (_, row) => ({
    name: row % 1000 === 0 ? "rare" : "usual",
    depth: row === 0 ? 0 : 1 + (row % 3),
    start: row,
    duration: 5,
  }));
  const { trace, model } = await open(wide);
  trace.foldAll();
  expect([trace.visible.length, model.find("rare").length]).toEqual([1, 3]);
});

test("a pin is kept once the host says so, and says why when it does not", async () => {
  const { host, trace } = await open(SPANS);
  host.answer("pin", () => ({}));
  await trace.pin(true);
  expect([trace.pinned, trace.pinError]).toEqual([true, ""]);
  host.answer("pin", () => {
    throw new Error("the disk is nearly full");
  });
  await trace.pin(false);
  expect([trace.pinned, trace.pinError]).toEqual([true, "the disk is nearly full"]);
});
