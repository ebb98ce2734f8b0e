import { expect, test } from "vitest";
import { encodeFrame } from "../rpc/columns";
import { Client } from "../rpc/client";
import { MemoryHost } from "../test_host/memory";
import { spanDetail } from "../test_host/trace";
import { asSlow, Peers, shareBelow } from "./peers.svelte";

test("a span stands among those of its service and name, and the store is asked once for all of them", async () => {
  const host = new MemoryHost();
  host.answer("heatmap", () =>
    encodeFrame({}, { counts: Uint32Array.of(2, 6, 2), y_edges: Float64Array.of(1, 2, 4, 8) }),
  );
  host.answer("query", () => ({ rows: [[10, 3, 7.5]] }));
  const peers = new Peers(new Client(host));
  const detail = spanDetail({ service: "web", name: 'say "hi"', duration_ns: "4000000" });
  await peers.ask(detail);
  const found = peers.durations.value;
  if (!found) throw new Error("nothing was found");
  expect([found.n, found.p50_ns, found.p99_ns, found.edges_ns[3]]).toEqual([10, 3e6, 7.5e6, 8e6]);
  expect(shareBelow(found, 4e6)).toBe(0.8);
  expect(shareBelow(found, 3e6)).toBe(0.5);
  await peers.ask({ ...detail, span_id: "00000000000000aa" });
  expect(host.calls.map((call) => call.name).filter((name) => name === "heatmap")).toHaveLength(1);
  expect(host.calls[0]?.request).toMatchObject({ filter: 'service.name = "web" AND name = "say \\"hi\\""' });
});

test("what links here is found in other traces", async () => {
  const host = new MemoryHost();
  host.answer("query", () => ({ rows: [["b".repeat(32), "c".repeat(16), 1]] }));
  const peers = new Peers(new Client(host));
  await peers.askLinks(spanDetail({ span_id: "00000000000000aa" }));
  expect(peers.links.value).toEqual([{ trace_id: "b".repeat(32), span_id: "c".repeat(16) }]);
});

test("the slowest of all is compared together with the slowest, not alone", () => {
  const peers = { n: 100, edges_ns: [1e6, 2e6, 4e6, 8e6, 16e6], counts: [60, 19, 19, 2], p50_ns: 1e6, p99_ns: 9e6 };
  expect(asSlow({ duration_ns: "15000000" }, peers)).toBe("duration_ms >= 4");
  expect(asSlow({ duration_ns: "3000000" }, peers)).toBe("duration_ms >= 2.4");
  expect(asSlow({ duration_ns: "15000000" }, undefined)).toBe("duration_ms >= 12");
});

test("the slow that stand apart are compared without those of the usual time", () => {
  const edges_ns = [1e6, 2e6, 4e6, 8e6, 16e6, 32e6];
  const slow = { duration_ns: "30000000" };
  const peers = { n: 60, edges_ns, counts: [20, 30, 0, 0, 10], p50_ns: 2e6, p99_ns: 30e6 };
  expect(asSlow(slow, peers)).toBe("duration_ms >= 16");
  // Too few to tell anything of: the next ones are taken too.
  expect(asSlow(slow, { ...peers, counts: [20, 33, 0, 0, 7] })).toBe("duration_ms >= 2");
});
