import { beforeEach, expect, test, vi } from "vitest";
import { ALL_TIME } from "../base/range";
import { tracesRoute } from "../base/route";
import { Client } from "../rpc/client";
import { MemoryHost, traceRow } from "../test_host/memory";
import { LIVE_ROWS, TracesState } from "./traces.svelte";

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

test("rows further down are read when they are scrolled to, and are those of the list that is shown", async () => {
  host.receive(...Array.from({ length: 500 }, (_, nth) => traceRow(503 - nth)));
  await refresh();
  expect([traces.shown?.matched, traces.rows.length]).toEqual([502, LIVE_ROWS]);
  traces.scrolled = true;
  host.receive(traceRow(504));
  await refresh();
  traces.want(390, 420);
  await vi.waitFor(() => expect(traces.row(419)?.trace_id).toBeDefined());
  expect(traces.row(400)?.root_name).toBe("GET /items/103");
  expect(host.calls.filter((call) => call.name === "traces_page")).toHaveLength(2);
  await traces.pin(traceRow(103));
  expect(traces.row(400)?.pinned).toBe(true);
  traces.release();
  expect([traces.row(0)?.root_name, traces.row(400)]).toEqual(["GET /items/504", undefined]);
});

test("a list that is there as a whole asks for no page", () => {
  traces.want(0, 40);
  expect(host.calls.map((call) => call.name)).not.toContain("traces_page");
});

test("a list that is no longer kept gives way to the newest", async () => {
  host.receive(...Array.from({ length: 300 }, (_, nth) => traceRow(303 - nth)));
  await refresh();
  traces.scrolled = true;
  host.receive(traceRow(304));
  host.answer("traces_page", () => ({ rows: null }));
  await refresh();
  traces.want(250, 260);
  await vi.waitFor(() => expect(traces.row(0)?.root_name).toBe("GET /items/304"));
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
