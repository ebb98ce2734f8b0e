import { beforeEach, expect, test } from "vitest";
import { ALL_TIME } from "../base/range";
import { tracesRoute } from "../base/route";
import { Client } from "../rpc/client";
import { MemoryHost, traceRow } from "../test_host/memory";
import { TracesState } from "./traces.svelte";

let host: MemoryHost;
let traces: TracesState;
const refresh = (filter = "") => traces.refresh(tracesRoute({ filter }), ALL_TIME, 10);
const shown = () => traces.shown?.rows.map((row) => row.root_name);

beforeEach(async () => {
  host = new MemoryHost();
  traces = new TracesState(new Client(host));
  host.receive(traceRow(2), traceRow(1));
  await refresh();
});

test("new traces come in by themselves while nobody reads", async () => {
  host.receive(traceRow(3));
  await refresh();
  expect(shown()).toEqual(["GET /items/3", "GET /items/2", "GET /items/1"]);
});

test("they are held and counted while a row is picked, and shown when let go", async () => {
  traces.move(1);
  host.receive(traceRow(4), traceRow(3));
  await refresh();
  expect([traces.n_newer, shown()?.length]).toEqual([2, 2]);
  traces.release();
  expect([traces.n_newer, shown()?.length, traces.selected]).toEqual([0, 4, undefined]);
});

test("another question is answered at once, whatever is read", async () => {
  traces.paused = true;
  await refresh("items/1");
  expect(shown()).toEqual(["GET /items/1"]);
});

test("a refusal leaves what is shown", async () => {
  host.answer("traces", () => {
    throw Object.assign(new Error("no"), { code: "syntax", span: [0, 1] });
  });
  await refresh("==");
  expect([traces.list.error?.code, shown()?.length]).toEqual(["syntax", 2]);
});

test("keys walk the rows and stop at the ends", () => {
  traces.move(1);
  const first = traces.selected;
  traces.move(-1);
  expect(traces.selected).toBe(first);
  traces.move(9);
  expect(traces.selectedAt).toBe(1);
});

test("the heatmap is of roots, and of what matches where no root does", () => {
  const filters = host.calls.filter((call) => call.name === "heatmap").map((call) => call.request);
  expect(filters).toMatchObject([{ filter: "is_root = true" }]);
});
