import { SPAN_FLAGS, type TraceRowsHead } from "../rpc/bindings/api";
import type { Frame } from "../rpc/columns";

export type MarkKind = "event" | "exception" | "log" | "link";
const MARK_KINDS: readonly MarkKind[] = ["event", "exception", "log", "link"];

/** Lines of a trace around those on the screen, as columns. Addressed by `at`, from 0; a line's place is `first + at`. */
export class TraceLines {
  readonly head: TraceRowsHead;
  readonly start: Float64Array;
  readonly duration: Float64Array;
  readonly self: Float64Array;
  readonly critical: Float64Array;
  readonly reachFrom: Float64Array;
  readonly reachTo: Float64Array;
  readonly shortest: Float64Array;
  readonly longest: Float64Array;
  readonly level: Uint32Array;
  readonly rails: Uint32Array;
  readonly service: Uint32Array;
  readonly color: Uint32Array;
  readonly flags: Uint32Array;
  readonly below: Uint32Array;
  readonly errorsBelow: Uint32Array;
  readonly pieceKind: Uint32Array;
  readonly pieceFrom: Float64Array;
  readonly pieceTo: Float64Array;
  readonly markAt: Float64Array;
  /** Pieces of line `at`: from `pieceFirst[at]` to before `pieceFirst[at + 1]`; marks alike. */
  readonly pieceFirst: Uint32Array;
  readonly markFirst: Uint32Array;
  readonly #name: Uint32Array;
  readonly #nth: Uint32Array;
  readonly #ids: Uint8Array;
  readonly #parents: Uint8Array;
  readonly #markKind: Uint32Array;

  constructor(frame: Frame<TraceRowsHead>) {
    this.head = frame.head;
    this.start = frame.f64("start");
    this.duration = frame.f64("duration");
    this.self = frame.f64("self");
    this.critical = frame.f64("critical");
    this.reachFrom = frame.f64("reach_from");
    this.reachTo = frame.f64("reach_to");
    this.shortest = frame.f64("shortest");
    this.longest = frame.f64("longest");
    this.level = frame.u32("level");
    this.rails = frame.u32("rails");
    this.service = frame.u32("service");
    this.color = frame.u32("color");
    this.flags = frame.u32("flags");
    this.below = frame.u32("n_below");
    this.errorsBelow = frame.u32("errors_below");
    this.pieceKind = frame.u32("piece_kind");
    this.pieceFrom = frame.f64("piece_from");
    this.pieceTo = frame.f64("piece_to");
    this.markAt = frame.f64("mark_at");
    this.#name = frame.u32("name");
    this.#nth = frame.u32("nth");
    this.#ids = frame.u8("span_id");
    this.#parents = frame.u8("parent_id");
    this.#markKind = frame.u32("mark_kind");
    this.pieceFirst = firstOf(frame.u32("piece_line"), this.n);
    this.markFirst = firstOf(frame.u32("mark_line"), this.n);
  }

  get n(): number {
    return this.level.length;
  }

  /** Where a line's place is here; nothing when it is not. */
  at(place: number): number | undefined {
    const at = place - this.head.first;
    return at >= 0 && at < this.n ? at : undefined;
  }

  has(at: number, flag: keyof typeof SPAN_FLAGS): boolean {
    return ((this.flags[at] ?? 0) & SPAN_FLAGS[flag]) !== 0;
  }

  nameOf(at: number): string {
    return this.head.names[this.#name[at] ?? 0] ?? "";
  }

  /** The line's span as the host names it; empty where it has no id. */
  refOf(at: number): string {
    const id = hexAt(this.#ids, at);
    const nth = this.#nth[at] ?? 0;
    return id === "" || nth === 0 ? id : `${id}.${nth}`;
  }

  parentOf(at: number): string {
    return hexAt(this.#parents, at);
  }

  /** The place of a span's own line, or of the group it is in; a line that stands for others comes second. */
  placeOf(ref: string): number | undefined {
    const [id = "", nth = "0"] = ref.split(".");
    const bytes = Array.from({ length: 8 }, (_, at) => parseInt(id.slice(2 * at, 2 * at + 2), 16));
    let group: number | undefined;
    for (let at = 0; at < this.n; at += 1) {
      // Bytes first: to write out every line's id costs more than all else that a reply does.
      if (!bytes.every((byte, of) => this.#ids[at * 8 + of] === byte) || this.#nth[at] !== Number(nth)) continue;
      if (!this.has(at, "group")) return this.head.first + at;
      group = this.head.first + at;
    }
    return group;
  }

  markKindOf(mark: number): MarkKind {
    return MARK_KINDS[this.#markKind[mark] ?? 0] ?? "event";
  }

  cell(column: number, at: number): string | undefined {
    return this.head.cells[column]?.[at] ?? undefined;
  }
}

/** Where each line's entries begin, of a column that says each entry's line, ascending. */
function firstOf(lines: Uint32Array, n: number): Uint32Array {
  const first = new Uint32Array(n + 1);
  for (const line of lines) first[line + 1] = (first[line + 1] ?? 0) + 1;
  for (let at = 0; at < n; at += 1) first[at + 1] = (first[at + 1] ?? 0) + (first[at] ?? 0);
  return first;
}

function hexAt(ids: Uint8Array, at: number): string {
  let id = "";
  let any = 0;
  for (let byte = at * 8; byte < at * 8 + 8; byte += 1) {
    const value = ids[byte] ?? 0;
    any |= value;
    id += value.toString(16).padStart(2, "0");
  }
  return any === 0 ? "" : id;
}
