import type { TraceRow } from "../../rpc/bindings/api";

/** A name with its verb apart, as in `POST` and `/api/login`. */
export function verbAndRest(name: string): { readonly verb: string; readonly rest: string } {
  const [, verb, rest] = /^([A-Z]{3,7}) (\S.*)$/.exec(name) ?? [];
  return verb !== undefined && rest !== undefined ? { verb, rest } : { verb: "", rest: name };
}

/** Whether a root's status tells of a failure. */
export function failedStatus(status: string | null): boolean {
  return status === "error" || (status !== null && /^[45]\d\d$/.test(status));
}

/** The bounds of a logarithmic bar for these durations: whole powers of ten around them. */
export function durationBounds(rows: readonly TraceRow[]): { readonly low: number; readonly high: number } {
  let [low, high] = [Infinity, 0];
  for (const row of rows) {
    const ns = Number(row.duration_ns);
    if (ns <= 0) continue;
    low = Math.min(low, ns);
    high = Math.max(high, ns);
  }
  if (high === 0) return { low: 1, high: 10 };
  const floor = Math.pow(10, Math.floor(Math.log10(low)) - 1);
  return { low: floor, high: Math.max(high, floor * 10) };
}

/** The length of a bar, 0 to 1, by the logarithm: 5 ms and 5 s must both be seen. */
export function durationShare(ns: number, bounds: { readonly low: number; readonly high: number }): number {
  if (ns <= bounds.low) return 0.01;
  return Math.min(1, Math.log(ns / bounds.low) / Math.log(bounds.high / bounds.low));
}
