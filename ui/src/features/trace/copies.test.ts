import { expect, test } from "vitest";
import type { Attribute, SpanDetail } from "../../rpc/bindings/api";
import { curl, traceparent } from "./copies";

function detail(attributes: Readonly<Record<string, string>>): SpanDetail {
  const list: Attribute[] = Object.entries(attributes).map(([key, text]) => ({
    place: "own",
    key,
    type: "string",
    text,
  }));
  return {
    ...{ trace_id: "0af7651916cd43dd8448eb211c80319c", span_id: "b7ad6b7169203331", parent_id: null, name: "GET" },
    ...{ service: "web", kind: "client", status: "ok", status_message: null, start_ns: "1", end_ns: "2" },
    ...{ duration_ns: "1", self_ns: "1", critical_ns: "0", offset_ns: "0", n_children: 0 },
    attributes: list,
    ...{ events: [], links: [], logs: [] },
  };
}

test("a trace goes on below a span, sampled or not as it was", () => {
  expect(traceparent(detail({}))).toBe("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
  expect(traceparent(detail({ "otlp.flags": "256" }))).toMatch(/-00$/);
});

test("an HTTP span is a command, and nothing in it is one", () => {
  const text = curl(
    detail({
      "http.request.method": "POST",
      "url.full": "https://shop.example/pay?x='; rm -rf /'",
      "http.request.header.content_type": '["application/json"]',
    }),
  );
  expect(text).toBe(
    "curl -X POST 'https://shop.example/pay?x='\\''; rm -rf /'\\''' \\\n" +
      "  -H 'traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01' \\\n" +
      "  -H 'content-type: application/json'",
  );
  expect(curl(detail({ "http.method": "GET", "http.host": "a:8080", "http.target": "/x?y" }))).toContain(
    "curl -X GET 'http://a:8080/x?y'",
  );
  expect(curl(detail({ "db.statement": "select 1" }))).toBeUndefined();
});
