import { expect, test } from "vitest";
import { LineCutter } from "./ndjson";

test("lines come whole, however the bytes are cut", () => {
  const bytes = new TextEncoder().encode('{"a":"ä"}\n\n{"b":1}\nrest');
  for (let size = 1; size <= bytes.length; size += 1) {
    const cutter = new LineCutter();
    const lines: string[] = [];
    for (let at = 0; at < bytes.length; at += size) lines.push(...cutter.push(bytes.subarray(at, at + size)));
    expect(lines).toEqual(['{"a":"ä"}', '{"b":1}']);
  }
});
