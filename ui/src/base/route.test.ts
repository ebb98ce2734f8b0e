import { describe, expect, test } from "vitest";
import {
  connectRoute,
  decodeRoute,
  encodeRoute,
  exploreRoute,
  compareRoute,
  forwardRoute,
  logsRoute,
  type Route,
  traceRoute,
  tracesRoute,
} from "./route";

const id = "7c1e04b9d1255a389116ae172530a1e4";

const ROUTES: readonly (readonly [Route, string])[] = [
  [connectRoute(), "#/connect"],
  [connectRoute({ language: "go" }), "#/connect?lang=go"],
  [tracesRoute(), "#/traces"],
  [
    tracesRoute({ filter: 'a = "b & c"', range: { kind: "last", minutes: 15 }, errorsOnly: true }),
    "#/traces?q=a+%3D+%22b+%26+c%22&t=15m&errors=1",
  ],
  [
    tracesRoute({ range: { kind: "between", start_ns: "1700000000000000000", end_ns: "1700000000000000001" } }),
    "#/traces?t=1700000000000000000-1700000000000000001",
  ],
  [traceRoute(id), `#/trace/${id}`],
  [
    traceRoute(id, {
      span: { id: "00000000000000ff", nth: 2 },
      window: { from_ns: 5, to_ns: 900 },
      find: "cart",
      tab: "logs",
    }),
    `#/trace/${id}?s=00000000000000ff.2&w=5-900&find=cart&tab=logs`,
  ],
  [
    traceRoute(id, {
      look: "table",
      find: "a > 1",
      only: true,
      hide: "b",
      top: "00000000000000ff",
      color: "span.kind",
      columns: ["a", "b"],
      depth: 3,
    }),
    `#/trace/${id}?find=a+%3E+1&look=table&only=1&hide=b&top=00000000000000ff&color=span.kind&col=a&col=b&depth=3`,
  ],
  [compareRoute(id), `#/compare/${id}`],
  [compareRoute(id, { with: "a".repeat(32), changed: true }), `#/compare/${id}?with=${"a".repeat(32)}&changed=1`],
  [logsRoute({ filter: "x", range: { kind: "all" }, level: "warn" }), "#/logs?q=x&t=all&level=warn"],
  [exploreRoute(), "#/explore"],
  [
    exploreRoute({
      where: "error",
      groupBy: "",
      unit: "event",
      range: { kind: "all" },
      box: { field: "a~b", start_ns: "1", end_ns: "2", min: 0.5, max: 1e21 },
      picked: "x = 1",
    }),
    "#/explore?where=error&group=&t=all&unit=event&box=1-2%7E0.5%7E1e%2B21%7Ea%7Eb&picked=x+%3D+1",
  ],
  [
    exploreRoute({
      baseline: "same_values",
      linear: true,
      box: { field: "d", start_ns: "1", end_ns: "2", min: 0, max: 1 },
      moreBoxes: [{ field: "d", start_ns: "3", end_ns: "4", min: 0, max: 1 }],
    }),
    "#/explore?base=same_values&linear=1&box=1-2%7E0%7E1%7Ed&box=3-4%7E0%7E1%7Ed",
  ],
  [
    exploreRoute({
      ...{ having: "COUNT > 5", orderBy: "COUNT DESC", limit: "10", every: "1m" },
      also: ["root.name", "{$a / 2}"],
      ...{ tab: "events", columns: ["name", "a, b"], charts: false, prior: true, steps: true },
      ...{ before: "mark 1", after: "mark 2", against: "a = 1" },
    }),
    "#/explore?having=COUNT+%3E+5&order=COUNT+DESC&limit=10&every=1m&tab=events&col=name&col=a%2C+b" +
      "&before=mark+1&after=mark+2&against=a+%3D+1&also=root.name&also=%7B%24a+%2F+2%7D&charts=0&prior=1&steps=1",
  ],
  [forwardRoute({ id: "new" }), "#/forward?id=new"],
];

describe("every view has an address, and every address its view", () => {
  test.each(ROUTES)("%o", (route, hash) => {
    expect(encodeRoute(route)).toBe(hash);
    expect(decodeRoute(hash)).toEqual(route);
  });
});

test.each(["", "#/", "#/nowhere", "#/trace/xyz", "#/trace"])("%s names no page", (hash) => {
  expect(decodeRoute(hash)).toBeUndefined();
});

test.each([
  ["#/traces?t=0m&errors=maybe", tracesRoute()],
  ["#/traces?t=5-5", tracesRoute()],
  ["#/explore?box=1-2~a~b~c&unit=both", exploreRoute()],
  [`#/trace/${id.toUpperCase()}?w=9-3&s=zz&tab=none`, traceRoute(id)],
])("%s: what is not understood is left at its default", (hash, route) => {
  expect(decodeRoute(hash)).toEqual(route);
});
