import { expect, test } from "vitest";
import { encodeFrame, Frame } from "./columns";

/** The bytes of a frame as the engine lays them out, by hand. */
function byHand(header: string): ArrayBuffer {
  const text = new TextEncoder().encode(header);
  const data = Math.ceil((4 + text.length) / 8) * 8;
  const buffer = new ArrayBuffer(data + 16);
  const view = new DataView(buffer);
  view.setUint32(0, text.length, true);
  new Uint8Array(buffer, 4).set(text);
  view.setFloat64(data, 1.5, true);
  view.setUint32(data + 8, 7, true);
  view.setUint32(data + 12, 9, true);
  return buffer;
}

test.each(["", " ", "  ", "       "])("reads columns behind a header of any length (%j)", (pad) => {
  const columns = [
    { name: "a", type: "f64", offset: 0, n: 1 },
    { name: "b", type: "u32", offset: 8, n: 2 },
    { name: "none", type: "u8", offset: 16, n: 0 },
  ];
  const buffer = byHand(JSON.stringify({ head: { n: 3 }, columns }) + pad);
  const frame = new Frame<{ n: number }>(buffer);
  expect(frame.head).toEqual({ n: 3 });
  expect([...frame.f64("a"), ...frame.u32("b"), ...frame.u8("none")]).toEqual([1.5, 7, 9]);
  expect(frame.f64("a").buffer).toBe(buffer);
});

test("what is written is read back", () => {
  const buffer = encodeFrame({ ok: true }, { x: Uint8Array.of(1, 2, 3), y: Float64Array.of(4), z: Uint32Array.of(5) });
  const frame = new Frame<{ ok: boolean }>(buffer);
  expect([...frame.u8("x"), ...frame.f64("y"), ...frame.u32("z")]).toEqual([1, 2, 3, 4, 5]);
});

test("a frame that is cut off, or lacks a column, is refused", () => {
  const buffer = encodeFrame({}, { x: Uint32Array.of(1) });
  expect(() => new Frame(buffer.slice(0, 3))).toThrow("before its header");
  expect(() => new Frame(buffer.slice(0, 9))).toThrow("inside its header");
  expect(() => new Frame(buffer).f64("x")).toThrow("no column x of type f64");
  expect(() => new Frame(buffer.slice(0, buffer.byteLength - 8)).u32("x")).toThrow();
});
