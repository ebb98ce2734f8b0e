// Nanoseconds since the Unix epoch travel as decimal strings: they pass 2^53, so a JavaScript number would round them.
// They are added and compared as BigInt; only offsets from a base become numbers.

export const NS_PER_MS = 1_000_000;
export const NS_PER_SECOND = 1_000_000_000;
export const NS_PER_MINUTE = 60 * NS_PER_SECOND;

/** `end - start` in ns as a number: exact below 104 days, and to a microsecond for centuries. */
export function offsetNs(end: string, start: string): number {
  return Number(BigInt(end) - BigInt(start));
}

/** The instant `offset_ns` after `base`. */
export function plusNs(base: string, offset_ns: number): string {
  return (BigInt(base) + BigInt(Math.round(offset_ns))).toString();
}

/** Milliseconds since the epoch, for clocks and calendars; the rest below a millisecond is cut. */
export function toEpochMs(ns: string): number {
  return Number(BigInt(ns) / 1_000_000n);
}

/** The instant of a wall clock reading in milliseconds. */
export function fromEpochMs(ms: number): string {
  return (BigInt(Math.round(ms)) * 1_000_000n).toString();
}

/** The earlier of two instants. */
export function minNs(a: string, b: string): string {
  return BigInt(a) < BigInt(b) ? a : b;
}

/** The later of two instants. */
export function maxNs(a: string, b: string): string {
  return BigInt(a) < BigInt(b) ? b : a;
}
