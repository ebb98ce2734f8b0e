import { expect, test } from "vitest";
import { traceRoute } from "../base/route";
import { SPAN_FLAGS, type TraceRowsRequest } from "../rpc/bindings/api";
import { Client } from "../rpc/client";
import { MemoryHost } from "../test_host/memory";
import { answerTrace, refOf, type TestLine, TRACE_ID } from "../test_host/trace";
import { TraceState, WINDOW_LINES } from "./trace.svelte";

const SHOP: readonly TestLine[] = [
  { name: "root", level: 0, start: 0, duration: 100, flags: SPAN_FLAGS.parent },
  { name: "load cart", level: 1, start: 5, duration: 50, flags: SPAN_FLAGS.parent },
  { name: "select", level: 2, start: 6, duration: 10, flags: SPAN_FLAGS.error },
  { name: "pay", level: 1, start: 60, duration: 30 },
];
const ROUTE = traceRoute(TRACE_ID);
const seen = (first: number) => ({ first, end: first + 40, ns_per_px: 1 });

async function open(lines: readonly TestLine[], route = ROUTE) {
  const host = new MemoryHost();
  answerTrace(host, lines);
  const trace = new TraceState(new Client(host), TRACE_ID);
  await trace.load("");
  await trace.show(route, seen(0));
  const asked = () =>
    host.calls.filter((call) => call.name === "trace_rows").map((call) => call.request as TraceRowsRequest);
  return { host, trace, asked };
}

test("what is there is not asked for again; another picture is", async () => {
  const { trace, asked } = await open(SHOP);
  await trace.show(ROUTE, seen(0));
  expect(asked()).toHaveLength(1);
  trace.fold(1);
  await trace.show(ROUTE, seen(0));
  expect(asked()[1]?.picture.folded).toEqual([refOf(1)]);
  await trace.show({ ...ROUTE, find: " cart ", only: true, depth: 2 }, seen(0));
  expect(asked()[2]?.picture).toMatchObject({ find: "cart", only_found: true, fold_depth: 2 });
});

test("a long trace is read around what is seen", async () => {
  const long = Array.from({ length: 100_000 }, (_, at) => ({ name: `s${at}`, level: 1, start: at, duration: 5 }));
  const { trace, asked } = await open(long);
  expect([trace.lines?.n, trace.lines?.head.n_lines]).toEqual([WINDOW_LINES, 100_000]);
  await trace.show(ROUTE, seen(300));
  await trace.show(ROUTE, seen(50_000));
  const at = trace.lines?.at(50_010);
  expect([asked().length, at === undefined ? "" : trace.lines?.nameOf(at)]).toEqual([2, "s50010"]);
});

test("the first lines are around the span that the address names", async () => {
  const { asked, trace } = await open(SHOP, traceRoute(TRACE_ID, { span: { id: refOf(3), nth: 0 } }));
  expect([asked()[0]?.around, asked()[0]?.anchor]).toEqual([refOf(3), refOf(3)]);
  expect(trace.moved).toEqual({ place: 3, y_px: -1 });
});

test("what is read stays where it is when the trace grows", async () => {
  const { host, trace } = await open(SHOP);
  trace.holding = () => ({ ref: refOf(3), y_px: 72 });
  answerTrace(host, [...SHOP, { name: "ship", level: 1, start: 95, duration: 5 }]);
  await trace.load("");
  await trace.show(ROUTE, seen(0));
  expect([trace.lines?.n, trace.moved]).toEqual([5, { place: 3, y_px: 72 }]);
});

test("folding by hand and revealing undo each other", async () => {
  const { trace } = await open(SHOP);
  trace.toggle(1);
  expect([trace.folds.folded, trace.folds.unfolded]).toEqual([[refOf(1)], []]);
  trace.unfold(1);
  expect([trace.folds.folded, trace.folds.unfolded]).toEqual([[], [refOf(1)]]);
  trace.toggle(3);
  expect(trace.folds.folded, "what has no children cannot be folded").toEqual([]);
  trace.reveal(refOf(2));
  expect(trace.folds.reveal, "it is seen already").toBeUndefined();
  trace.reveal("00000000000000ff");
  expect(trace.folds.reveal).toBe("00000000000000ff");
  trace.fold(0);
  expect(trace.folds.reveal).toBeUndefined();
});

test("lines know their spans, parents and places", async () => {
  const { trace } = await open(SHOP);
  const lines = trace.lines;
  expect([lines?.refOf(2), lines?.parentOf(2), lines?.parentOf(0), lines?.placeOf(refOf(3))]).toEqual([
    refOf(2),
    refOf(1),
    "",
    3,
  ]);
  expect([lines?.has(2, "error"), lines?.has(1, "error")]).toEqual([true, false]);
});

test("a step is revealed, and tells when there is none", async () => {
  const { host, trace } = await open(SHOP);
  host.answer("trace_step", () => ({ span: "00000000000000ff", number: 1, n: 2 }));
  expect(await trace.step(ROUTE, undefined, "error", false)).toBe("00000000000000ff");
  expect(trace.folds.reveal).toBe("00000000000000ff");
  host.answer("trace_step", () => ({ span: null, number: 0, n: 0 }));
  expect(await trace.step(ROUTE, undefined, "error", false)).toBeUndefined();
});

test("a pin is kept once the host says so, and says why when it does not", async () => {
  const { host, trace } = await open(SHOP);
  host.answer("pin", () => ({}));
  await trace.pin(true);
  expect([trace.pinned, trace.pinError]).toEqual([true, ""]);
  host.answer("pin", () => {
    throw new Error("the disk is nearly full");
  });
  await trace.pin(false);
  expect([trace.pinned, trace.pinError]).toEqual([true, "the disk is nearly full"]);
});
