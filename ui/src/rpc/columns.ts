// A frame of columns: u32 length N of the header, little-endian; N bytes of JSON; then, from the next multiple of 8,
// the columns' bytes, little-endian. Offsets count in bytes from there. The views share the buffer: nothing is copied.

type ColumnType = "f64" | "u32" | "u8";

interface ColumnSpec {
  readonly name: string;
  readonly type: ColumnType;
  readonly offset: number;
  readonly n: number;
}

/** A head and its columns. */
export class Frame<Head> {
  readonly head: Head;
  readonly #data: number;
  readonly #specs: ReadonlyMap<string, ColumnSpec>;

  constructor(readonly buffer: ArrayBuffer) {
    if (buffer.byteLength < 4) throw new RangeError("a frame of columns is cut off before its header");
    const n_header = new DataView(buffer).getUint32(0, true);
    if (4 + n_header > buffer.byteLength) throw new RangeError("a frame of columns is cut off inside its header");
    const text = new TextDecoder().decode(new Uint8Array(buffer, 4, n_header));
    const header = JSON.parse(text) as { head: Head; columns: ColumnSpec[] };
    this.head = header.head;
    this.#data = Math.ceil((4 + n_header) / 8) * 8;
    this.#specs = new Map(header.columns.map((column) => [column.name, column]));
  }

  f64(name: string): Float64Array {
    return this.#view(name, "f64", (at, n) => new Float64Array(this.buffer, at, n));
  }

  u32(name: string): Uint32Array {
    return this.#view(name, "u32", (at, n) => new Uint32Array(this.buffer, at, n));
  }

  u8(name: string): Uint8Array {
    return this.#view(name, "u8", (at, n) => new Uint8Array(this.buffer, at, n));
  }

  #view<View>(name: string, type: ColumnType, make: (at: number, n: number) => View): View {
    const spec = this.#specs.get(name);
    if (spec?.type !== type) throw new RangeError(`the frame has no column ${name} of type ${type}`);
    return make(spec.n === 0 ? 0 : this.#data + spec.offset, spec.n);
  }
}

/** Writes a frame, for hosts that answer in place of Skep. */
export function encodeFrame(head: unknown, columns: Readonly<Record<string, Float64Array | Uint32Array | Uint8Array>>) {
  let offset = 0;
  const specs = Object.entries(columns).map(([name, values]) => {
    const type = values instanceof Float64Array ? "f64" : values instanceof Uint32Array ? "u32" : "u8";
    const spec = { name, type, offset, n: values.length };
    offset += Math.ceil(values.byteLength / 8) * 8;
    return { spec, values };
  });
  const header = new TextEncoder().encode(JSON.stringify({ head, columns: specs.map(({ spec }) => spec) }));
  const data = Math.ceil((4 + header.length) / 8) * 8;
  const buffer = new ArrayBuffer(data + offset);
  new DataView(buffer).setUint32(0, header.length, true);
  new Uint8Array(buffer, 4).set(header);
  for (const { spec, values } of specs) {
    const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
    new Uint8Array(buffer, data + spec.offset).set(bytes);
  }
  return buffer;
}
