import { expect, test, vi } from "vitest";
import { ALL_TIME } from "../base/range";
import type { EventsRequest } from "../rpc/bindings/api";
import { Client } from "../rpc/client";
import { MemoryHost } from "../test_host/memory";
import { EventsState } from "./events.svelte";

function hostOf(n: () => number): MemoryHost {
  const host = new MemoryHost();
  host.answer("events", (request) => {
    const { first, limit, fields } = request as EventsRequest;
    const row = (at: number) => ({ time_ns: String(at), trace_id: null, span_id: null, values: fields.map(() => at) });
    const rows = Array.from({ length: Math.max(0, Math.min(limit, n() - first)) }, (_, nth) => row(first + nth));
    return { rows, matched: n(), elapsed_ms: 1, generation: 1 };
  });
  return host;
}

test("only the pages on the screen are read, and each once", async () => {
  const host = hostOf(() => 1000);
  const events = new EventsState(new Client(host));
  events.want(0, 40);
  expect(host.calls).toEqual([]);
  events.ask({ filter: "error", fields: ["name"], ...ALL_TIME });
  await vi.waitFor(() => expect(events.n).toBe(1000));
  events.want(195, 230);
  await vi.waitFor(() => expect(events.row(205)?.values).toEqual([205]));
  events.want(195, 230);
  expect(events.row(500)).toBeUndefined();
  expect(host.calls.map((call) => (call.request as EventsRequest).first)).toEqual([0, 100, 200]);
});

test("where events came meanwhile the pages of before are read again", async () => {
  let n = 150;
  const host = hostOf(() => n);
  const events = new EventsState(new Client(host));
  events.ask({ filter: "", fields: [], ...ALL_TIME });
  await vi.waitFor(() => expect(events.n).toBe(150));
  n = 151;
  events.want(90, 110);
  await vi.waitFor(() => expect([events.row(95)?.time_ns, events.row(105)?.time_ns]).toEqual(["95", "105"]));
  expect(host.calls.map((call) => (call.request as EventsRequest).first)).toEqual([0, 100, 0]);
});

test("a refusal is said, and the next answer takes it back", async () => {
  const host = hostOf(() => 1);
  const events = new EventsState(new Client(host));
  host.answer("events", () => {
    throw Object.assign(new Error("no"), { code: "syntax" });
  });
  events.ask({ filter: "a =", fields: [], ...ALL_TIME });
  await vi.waitFor(() => expect(events.error?.code).toBe("syntax"));
  host.answer("events", () => ({ rows: [], matched: 0, elapsed_ms: 0, generation: 1 }));
  events.ask({ filter: "a", fields: [], ...ALL_TIME });
  await vi.waitFor(() => expect(events.n).toBe(0));
  expect(events.error).toBeUndefined();
});
