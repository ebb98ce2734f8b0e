import type { TraceHead } from "../rpc/bindings/api";
import type { Frame } from "../rpc/columns";

/** A trace as a whole, and the strips of its overview. */
export class TraceOverview {
  readonly head: TraceHead;
  readonly duration_ns: number;
  readonly strip: Uint32Array;
  readonly start: Float64Array;
  readonly duration: Float64Array;
  readonly color: Uint32Array;
  readonly flags: Uint32Array;

  constructor(frame: Frame<TraceHead>) {
    this.head = frame.head;
    this.duration_ns = Number(frame.head.duration_ns);
    this.strip = frame.u32("strip");
    this.start = frame.f64("start");
    this.duration = frame.f64("duration");
    this.color = frame.u32("color");
    this.flags = frame.u32("flags");
  }
}
