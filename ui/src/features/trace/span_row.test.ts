// @vitest-environment jsdom
import { expect, test } from "vitest";
import { traceRoute } from "../../base/route";
import { TimeScale } from "../../base/time_scale";
import { SPAN_FLAGS } from "../../rpc/bindings/api";
import { Client } from "../../rpc/client";
import { TraceState } from "../../state/trace.svelte";
import { MemoryHost } from "../../test_host/memory";
import { answerTrace, TRACE_ID } from "../../test_host/trace";
import { type RowsLook, rowWords } from "./row_words";
import { SpanRow } from "./span_row";

const LINES = [
  { name: "root", level: 0, start: 0, duration: 100e6, flags: SPAN_FLAGS.parent },
  { name: "<b>pay</b>", level: 1, start: 60e6, duration: 30e6, flags: SPAN_FLAGS.error | SPAN_FLAGS.origin },
  { name: "late", level: 1, start: 300e6, duration: 5e6, flags: SPAN_FLAGS.parent | SPAN_FLAGS.folded },
];

async function lookAt(lines: typeof LINES, n_cells = 0): Promise<RowsLook> {
  const host = new MemoryHost();
  answerTrace(host, lines);
  const trace = new TraceState(new Client(host), TRACE_ID);
  await trace.load("");
  await trace.show(traceRoute(TRACE_ID), { first: 0, end: 40, ns_per_px: 1 });
  if (!trace.lines || !trace.head) throw new Error("no lines");
  const scale = new TimeScale(0, 200e6, 400);
  return { lines: trace.lines, services: trace.head.services, scale, lane_px: 464, row_px: 24, n_cells };
}

test("a line's label stands beside its bar, or says where to look", async () => {
  const look = await lookAt(LINES);
  const [root, pay, late] = LINES.map((_, at) => rowWords(look, at));
  expect([root?.label, root?.left, root?.right]).toEqual(["100 ms", "207px", ""]);
  expect([pay?.failed, pay?.origin, pay?.labelClass]).toEqual(["failed here", true, " failed"]);
  expect([late?.label, late?.labelClass, late?.right]).toEqual(["5.00 ms at 300 ms →", "away", "6px"]);
  expect([root?.expanded, pay?.expanded, late?.expanded]).toEqual(["true", undefined, "false"]);
});

test("a row that is used again says nothing of the line before", async () => {
  const look = await lookAt(LINES);
  const wide = await lookAt(LINES, 2);
  const fresh = (at: number) => {
    const row = new SpanRow("x");
    row.show(look, at, false);
    return row.element;
  };
  const used = new SpanRow("x");
  for (const at of [1, 0, 2, 1, 2, 0]) {
    used.show(wide, (at + 1) % 3, true);
    used.clear();
    expect([used.element.hidden, used.element.dataset["place"]]).toEqual([true, undefined]);
    used.show(look, at, false);
    expect(said(used.element)).toEqual(said(fresh(at)));
  }
  used.show(look, 1, true);
  expect(used.element.querySelector("b")).toBeNull();
  expect(used.element.textContent).toContain("<b>pay</b>");
});

test("what a row shows already is not written again", async () => {
  const look = await lookAt(LINES);
  const row = new SpanRow("x");
  row.show(look, 1, false);
  row.element.id = "left alone";
  row.show(look, 1, false);
  expect(row.element.id).toBe("left alone");
  row.clear();
  row.show(look, 1, false);
  expect(row.element.id).toBe("x-1");
});

/** What an element says. The order in which attributes were set says nothing, nor does an empty one. */
function said(element: Element): unknown[] {
  return [
    element.tagName,
    [...element.attributes]
      .filter(({ value }) => value !== "")
      .map(({ name, value }) => `${name}=${value}`)
      .sort(),
    element.children.length === 0 ? element.textContent : [...element.children].map(said),
  ];
}
