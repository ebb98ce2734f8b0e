import type { SpanDetail, TraceHead, TraceRowsHead, TraceRowsRequest } from "../rpc/bindings/api";
import { encodeFrame } from "../rpc/columns";
import type { MemoryHost } from "./memory";

/** One line of a trace in tests. */
export interface TestLine {
  readonly name: string;
  readonly level: number;
  readonly start: number;
  readonly duration: number;
  readonly flags?: number;
}

export const TRACE_ID = "1".padStart(32, "0");

function head(lines: readonly TestLine[], over: Partial<TraceHead> = {}): TraceHead {
  const none = { n_errors: 0, n_orphans: 0, n_running: 0, n_roots: 1, n_cyclic: 0, n_shared_ids: 0, n_backwards: 0 };
  return {
    trace_id: TRACE_ID,
    pinned: false,
    start_ns: "1700000000000000001",
    duration_ns: String(Math.max(1, ...lines.map((line) => line.start + line.duration))),
    main: { span: refOf(0), service: "api", name: lines[0]?.name ?? "" },
    ...none,
    ...{ n_spans: lines.length, n_all: lines.length, n_events: 0, n_links: 0, n_logs: 0, n_without_span: 0 },
    depth_max: 3,
    services: ["api"],
    critical: [{ service: "api", self_share: 1 }],
    findings: [],
    n_strips: lines.length,
    colors: ["api"],
    generation: 1,
    ...over,
  };
}

/** A line's span: ids count from 1. */
export function refOf(at: number): string {
  return (at + 1).toString(16).padStart(16, "0");
}

/** A house that holds one trace and draws all of its lines, whatever is folded. */
export function answerTrace(host: MemoryHost, lines: readonly TestLine[], over: Partial<TraceHead> = {}): void {
  host.answer("trace", () =>
    encodeFrame(head(lines, over), {
      strip: Uint32Array.from(lines, (_, at) => at),
      start: Float64Array.from(lines, (line) => line.start),
      duration: Float64Array.from(lines, (line) => line.duration),
      color: Uint32Array.from(lines, () => 1),
      flags: Uint32Array.from(lines, (line) => line.flags ?? 0),
    }),
  );
  host.answer("trace_rows", (request) => linesFrame(lines, request as TraceRowsRequest, over));
  host.answer("span", (request) => spanDetail({ span_id: (request as { span_id: string }).span_id }));
  host.answer("query", () => ({ rows: [[0, null, null]] }));
}

function placeOf(lines: readonly TestLine[], ref: string | null): number | null {
  const at = ref === null ? -1 : lines.findIndex((_, at) => refOf(at) === ref);
  return at < 0 ? null : at;
}

function linesFrame(all: readonly TestLine[], request: TraceRowsRequest, over: Partial<TraceHead>) {
  const { first, count } = request;
  const lines = all.slice(first, first + count);
  const names = [...new Set(lines.map((line) => line.name))];
  const rows: TraceRowsHead = {
    ...{ first, n_rows: lines.length, n_lines: all.length, n_found: 0, n_found_before: 0, n_hidden: 0 },
    anchor_place: placeOf(all, request.anchor),
    around_place: placeOf(all, request.around),
    hold_place: placeOf(all, request.hold),
    n_all: over.n_all ?? all.length,
    duration_ns: head(all).duration_ns,
    start_ns: head(all).start_ns,
    names,
    colors: ["api"],
    cells: request.fields.map((field) => lines.map((line) => `${field} of ${line.name}`)),
    ...{ n_pieces: lines.length, n_marks: 0 },
  };
  const ids = new Uint8Array(lines.length * 8);
  const parents = new Uint8Array(lines.length * 8);
  lines.forEach((line, at) => {
    new DataView(ids.buffer).setBigUint64(at * 8, BigInt(first + at + 1));
    const parent = all.findLastIndex((other, place) => place < first + at && other.level < line.level);
    new DataView(parents.buffer).setBigUint64(at * 8, BigInt(parent + 1));
  });
  const f64 = (of: (line: TestLine) => number) => Float64Array.from(lines, of);
  const u32 = (of: (line: TestLine, at: number) => number) => Uint32Array.from(lines, of);
  return encodeFrame(rows, {
    start: f64((line) => line.start),
    duration: f64((line) => line.duration),
    self: f64((line) => line.duration),
    critical: f64(() => 0),
    reach_from: f64((line) => line.start),
    reach_to: f64((line) => line.start + line.duration),
    shortest: f64((line) => line.duration),
    longest: f64((line) => line.duration),
    level: u32((line) => line.level),
    rails: u32(() => 0),
    service: u32(() => 0),
    color: u32(() => 1),
    flags: u32((line) => line.flags ?? 0),
    n_below: u32(() => 0),
    errors_below: u32(() => 0),
    name: u32((line) => names.indexOf(line.name)),
    nth: u32(() => 0),
    span_id: ids,
    parent_id: parents,
    piece_line: u32((_, at) => at),
    piece_kind: u32(() => 0),
    piece_from: f64((line) => line.start),
    piece_to: f64((line) => line.start + line.duration),
    mark_line: new Uint32Array(0),
    mark_kind: new Uint32Array(0),
    mark_at: new Float64Array(0),
  });
}

/** A span in full, with what the test says of it. */
export function spanDetail(over: Partial<SpanDetail> = {}): SpanDetail {
  return {
    ...{ trace_id: TRACE_ID, span_id: refOf(0), parent_id: null, name: "work", service: "api", kind: "internal" },
    ...{ status: "unset", status_message: null, start_ns: "1700000000000000001", end_ns: "1700000000000000011" },
    ...{ duration_ns: "10", self_ns: "10", critical_ns: "10", offset_ns: "0", n_children: 0 },
    ...{ attributes: [], events: [], links: [], logs: [] },
    ...over,
  };
}
