import { offsetNs } from "../base/time";
import type { Scalar } from "../lang/quote";

/** What the pictures of one page have in common from left to right. */
export interface TimeAxis {
  readonly start_ns: string;
  readonly length_ns: number;
}

/** The aggregates of some groups over buckets of time, as columns. */
export interface SeriesGrid {
  /** The values of each group's fields. */
  readonly groups: readonly (readonly Scalar[])[];
  readonly aggregates: readonly string[];
  /** By which share of it each aggregate's values may be off; null where they are exact. */
  readonly approximate: readonly (number | null)[];
  /** Where the first bucket begins, in nanoseconds since the Unix epoch. */
  readonly start_ns: string;
  /** Width of a bucket. */
  readonly step_ns: number;
  readonly n_x: number;
  /** What is drawn: the first and the last bucket may reach beyond it. */
  readonly axis: TimeAxis;
  /** `values[(aggregate * groups.length + group) * n_x + x]`; NaN where there is nothing. */
  readonly values: Float64Array;
  /** Groups there are, those not drawn included. */
  readonly groups_total: number;
}

/** Most buckets of a chart. */
const BUCKETS_MAX = 1000;

/** Buckets of time side by side. */
export interface BucketsOfTime {
  readonly start_ns: string;
  readonly step_ns: number;
  readonly n_x: number;
}

/** Whole buckets of a length that cover an axis, as EVERY cuts time; nothing where they are too many. */
export function bucketsOver({ start_ns, length_ns }: TimeAxis, every_ns: number): BucketsOfTime | undefined {
  const [start, every] = [BigInt(start_ns), BigInt(every_ns)];
  const first = start - (start % every);
  const n_x = Math.ceil((Number(start - first) + length_ns) / every_ns);
  return n_x > BUCKETS_MAX ? undefined : { start_ns: String(first), step_ns: every_ns, n_x: Math.max(1, n_x) };
}

/** The middle of a bucket as a share of the axis. */
export function shareOf({ axis, start_ns, step_ns }: SeriesGrid, x: number): number {
  const middle_ns = offsetNs(start_ns, axis.start_ns) + (x + 0.5) * step_ns;
  return Math.max(0, Math.min(1, middle_ns / axis.length_ns));
}

/** The bucket at a share of the axis. */
export function bucketAt({ axis, start_ns, step_ns, n_x }: SeriesGrid, share: number): number {
  const after_ns = share * axis.length_ns - offsetNs(start_ns, axis.start_ns);
  return Math.max(0, Math.min(n_x - 1, Math.floor(after_ns / step_ns)));
}

/** One group's aggregate, bucket by bucket. */
export function lineOf(grid: SeriesGrid, aggregate: number, group: number): Float64Array {
  const from = (aggregate * grid.groups.length + group) * grid.n_x;
  return grid.values.subarray(from, from + grid.n_x);
}

/** The least and the greatest value of an aggregate, zero among them: a bar of nothing has its place. */
export function extentOf(
  grids: readonly SeriesGrid[],
  aggregate: number,
): { readonly min: number; readonly max: number } {
  let [min, max] = [0, 0];
  for (const grid of grids) {
    for (let group = 0; group < grid.groups.length; group += 1) {
      for (const value of lineOf(grid, aggregate, group)) {
        if (value < min) min = value;
        if (value > max) max = value;
      }
    }
  }
  return { min, max };
}

/** The place of a group in another grid, such as that of another time; nothing where it is not drawn there. */
export function sameGroup(grid: SeriesGrid, values: readonly Scalar[]): number | undefined {
  const key = JSON.stringify(values);
  const at = grid.groups.findIndex((group) => JSON.stringify(group) === key);
  return at < 0 ? undefined : at;
}

/** The group whose line is nearest to a value in a bucket; nothing where none has a point there. */
export function nearestGroup(grid: SeriesGrid, aggregate: number, x: number, value: number): number | undefined {
  let nearest: number | undefined;
  let least = Infinity;
  for (let group = 0; group < grid.groups.length; group += 1) {
    const distance = Math.abs((lineOf(grid, aggregate, group)[x] ?? NaN) - value);
    if (distance < least) [nearest, least] = [group, distance];
  }
  return nearest;
}
