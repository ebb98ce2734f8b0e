/** A window of time on a strip of pixels. Immutable; maps both ways. Offsets in ns from a base the caller knows. */
export class TimeScale {
  constructor(
    readonly from_ns: number,
    readonly to_ns: number,
    readonly width_px: number,
  ) {}

  get span_ns(): number {
    return this.to_ns - this.from_ns;
  }

  toPx(t_ns: number): number {
    return this.span_ns > 0 ? ((t_ns - this.from_ns) / this.span_ns) * this.width_px : 0;
  }

  toNs(x_px: number): number {
    return this.width_px > 0 ? this.from_ns + (x_px / this.width_px) * this.span_ns : this.from_ns;
  }

  withWidth(width_px: number): TimeScale {
    return new TimeScale(this.from_ns, this.to_ns, width_px);
  }

  /** Scales the window by `factor` (below 1 = closer) so that what is under `x_px` stays there. */
  zoom(factor: number, x_px: number, bounds: Bounds): TimeScale {
    const anchor = this.toNs(x_px);
    const span = Math.min(Math.max(this.span_ns * factor, MIN_SPAN_NS), bounds.to_ns - bounds.from_ns);
    const share = this.width_px > 0 ? x_px / this.width_px : 0;
    return this.#moved(anchor - share * span, span, bounds);
  }

  /** Moves the window sideways, without leaving `bounds`. */
  pan(dx_px: number, bounds: Bounds): TimeScale {
    const shift = this.width_px > 0 ? (dx_px / this.width_px) * this.span_ns : 0;
    return this.#moved(this.from_ns + shift, this.span_ns, bounds);
  }

  #moved(from: number, span: number, bounds: Bounds): TimeScale {
    const start = Math.max(bounds.from_ns, Math.min(from, bounds.to_ns - span));
    return new TimeScale(start, start + span, this.width_px);
  }
}

/** What a window may not leave. */
export interface Bounds {
  readonly from_ns: number;
  readonly to_ns: number;
}

/** Closer than this a window shows nothing that clocks can tell apart. */
const MIN_SPAN_NS = 100;

const STEPS_NS = [
  ...[1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8].flatMap((unit) => [unit, 2 * unit, 5 * unit]),
  ...[1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800].map((s) => s * 1e9),
  ...[1, 2, 3, 6, 12, 24, 48, 168].map((h) => h * 3600e9),
];

/** The smallest round step that gives at most `n_max` ticks over `span_ns`. */
export function tickStep(span_ns: number, n_max: number): number {
  return STEPS_NS.find((step) => span_ns / step <= n_max) ?? span_ns;
}

/** Round offsets within the window, at most about `n_max` of them. */
export function offsetTicks(from_ns: number, to_ns: number, n_max: number): number[] {
  if (!(to_ns > from_ns)) return [];
  const step = tickStep(to_ns - from_ns, n_max);
  const ticks: number[] = [];
  for (let n = Math.ceil(from_ns / step); n * step <= to_ns; n += 1) ticks.push(n * step);
  return ticks;
}

/**
 * Round times of the local clock within `span_ns` after an instant, as offsets in ns from it. `utc_offset_min` is what
 * `Date.getTimezoneOffset` says: minutes to add to reach UTC.
 */
export function clockTicks(start_ms: number, span_ns: number, n_max: number, utc_offset_min: number): number[] {
  const step = tickStep(span_ns, n_max);
  const step_ms = step / 1e6;
  if (step_ms < 1) return offsetTicks(0, span_ns, n_max);
  const shift_ms = utc_offset_min * 60_000;
  const first = Math.ceil((start_ms - shift_ms) / step_ms) * step_ms + shift_ms;
  const ticks: number[] = [];
  for (let at = first; (at - start_ms) * 1e6 <= span_ns; at += step_ms) ticks.push((at - start_ms) * 1e6);
  return ticks;
}
