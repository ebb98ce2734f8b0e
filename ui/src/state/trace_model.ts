import { errorsBelow, hasNextSibling, NO_ROW, parentRows, rowsWithChildren } from "../base/tree";
import { SPAN_FLAGS, type TraceHead } from "../rpc/bindings/api";
import type { Frame } from "../rpc/columns";

/** A mark on a bar. */
export interface Mark {
  /** ns after the trace's start. */
  readonly at_ns: number;
  readonly kind: MarkKind;
}

export type MarkKind = "event" | "exception" | "log";

const MARK_KINDS: readonly MarkKind[] = ["event", "exception", "log"];

/** A trace's waterfall: columns in pre-order, one row a span. Immutable. */
export class TraceModel {
  readonly head: TraceHead;
  readonly duration_ns: number;
  readonly start: Float64Array;
  readonly duration: Float64Array;
  readonly depth: Uint32Array;
  readonly subtreeEnd: Uint32Array;
  readonly service: Uint32Array;
  readonly name: Uint32Array;
  readonly flags: Uint32Array;
  readonly parents: Uint32Array;
  readonly errorsBelow: Uint32Array;
  readonly foldable: ReadonlySet<number>;
  readonly #ids: Uint8Array;
  readonly #markAt: Float64Array;
  readonly #markKind: Uint32Array;
  /** Marks in order of their rows: `#markOrder[#markFirst[row]]` up to `#markFirst[row + 1]`. */
  readonly #markOrder: Uint32Array;
  readonly #markFirst: Uint32Array;

  constructor(frame: Frame<TraceHead>) {
    this.head = frame.head;
    this.duration_ns = Number(frame.head.duration_ns);
    this.start = frame.f64("start");
    this.duration = frame.f64("duration");
    this.depth = frame.u32("depth");
    this.subtreeEnd = frame.u32("subtree_end");
    this.service = frame.u32("service");
    this.name = frame.u32("name");
    this.flags = frame.u32("flags");
    this.#ids = frame.u8("span_id");
    this.#markAt = frame.f64("mark_at");
    this.#markKind = frame.u32("mark_kind");
    this.parents = parentRows(this.depth);
    this.errorsBelow = errorsBelow(this.parents, this.flags, SPAN_FLAGS.error);
    this.foldable = rowsWithChildren(this.subtreeEnd);
    [this.#markFirst, this.#markOrder] = byRow(frame.u32("mark_row"), this.n);
  }

  get n(): number {
    return this.depth.length;
  }

  serviceOf(row: number): string {
    return this.head.services[this.service[row] ?? 0] ?? "";
  }

  nameOf(row: number): string {
    return this.head.names[this.name[row] ?? 0] ?? "";
  }

  has(row: number, flag: keyof typeof SPAN_FLAGS): boolean {
    return ((this.flags[row] ?? 0) & SPAN_FLAGS[flag]) !== 0;
  }

  parentOf(row: number): number | undefined {
    const parent = this.parents[row] ?? NO_ROW;
    return parent === NO_ROW ? undefined : parent;
  }

  hasNextSibling(row: number): boolean {
    return hasNextSibling(this.depth, this.subtreeEnd, row);
  }

  /** 16 hexadecimal digits. */
  idOf(row: number): string {
    let id = "";
    for (const byte of this.#ids.subarray(row * 8, row * 8 + 8)) id += byte.toString(16).padStart(2, "0");
    return id;
  }

  /** Which of the spans that share the row's id it is, from 0. */
  nthOf(row: number): number {
    if (!this.has(row, "shared_id")) return 0;
    let nth = 0;
    for (let other = 0; other < row; other += 1) if (this.#sameId(other, row)) nth += 1;
    return nth;
  }

  /** The row of a span's id; nothing when it is not there. */
  rowOf(id: string, nth: number): number | undefined {
    const wanted = Uint8Array.from(id.match(/../g) ?? [], (byte) => parseInt(byte, 16));
    let left = nth;
    for (let row = 0; row < this.n; row += 1) {
      if (!wanted.every((byte, at) => this.#ids[row * 8 + at] === byte)) continue;
      if (left === 0) return row;
      left -= 1;
    }
    return undefined;
  }

  marksOf(row: number): Mark[] {
    const marks: Mark[] = [];
    for (let at = this.#markFirst[row] ?? 0; at < (this.#markFirst[row + 1] ?? 0); at += 1) {
      const mark = this.#markOrder[at] ?? 0;
      marks.push({ at_ns: this.#markAt[mark] ?? 0, kind: MARK_KINDS[this.#markKind[mark] ?? 0] ?? "event" });
    }
    return marks;
  }

  /** Rows whose service or name holds the text, in order. */
  find(text: string): Uint32Array {
    const wanted = text.trim().toLowerCase();
    if (wanted === "") return new Uint32Array(0);
    const hits = (names: readonly string[]) => names.map((name) => name.toLowerCase().includes(wanted));
    const [services, names] = [hits(this.head.services), hits(this.head.names)];
    return this.#rowsWhere((row) => services[this.service[row] ?? 0] === true || names[this.name[row] ?? 0] === true);
  }

  /** Failed rows, in order. */
  errors(): Uint32Array {
    return this.#rowsWhere((row) => this.has(row, "error"));
  }

  #rowsWhere(holds: (row: number) => boolean): Uint32Array {
    const rows: number[] = [];
    for (let row = 0; row < this.n; row += 1) if (holds(row)) rows.push(row);
    return Uint32Array.from(rows);
  }

  #sameId(a: number, b: number): boolean {
    for (let at = 0; at < 8; at += 1) if (this.#ids[a * 8 + at] !== this.#ids[b * 8 + at]) return false;
    return true;
  }
}

/** Orders marks by their row with one count and one fill. */
function byRow(rows: Uint32Array, n_rows: number): [first: Uint32Array, order: Uint32Array] {
  const first = new Uint32Array(n_rows + 1);
  for (const row of rows) first[row + 1] = (first[row + 1] ?? 0) + 1;
  for (let row = 0; row < n_rows; row += 1) first[row + 1] = (first[row + 1] ?? 0) + (first[row] ?? 0);
  const next = first.slice();
  const order = new Uint32Array(rows.length);
  rows.forEach((row, mark) => {
    const at = next[row] ?? 0;
    order[at] = mark;
    next[row] = at + 1;
  });
  return [first, order];
}
