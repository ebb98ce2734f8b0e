import type { Scalar } from "../lang/quote";

/** The aggregates of some groups over buckets of time, as columns. */
export interface SeriesGrid {
  /** The values of each group's fields. */
  readonly groups: readonly (readonly Scalar[])[];
  readonly aggregates: readonly string[];
  /** Left edge, in nanoseconds since the Unix epoch. */
  readonly start_ns: string;
  /** Width of a bucket. */
  readonly step_ns: number;
  readonly n_x: number;
  /** `values[(aggregate * groups.length + group) * n_x + x]`; NaN where there is nothing. */
  readonly values: Float64Array;
  /** Groups there are, those not drawn included. */
  readonly groups_total: number;
}

/** One group's aggregate, bucket by bucket. */
export function lineOf(grid: SeriesGrid, aggregate: number, group: number): Float64Array {
  const from = (aggregate * grid.groups.length + group) * grid.n_x;
  return grid.values.subarray(from, from + grid.n_x);
}

/** The least and the greatest value of an aggregate, zero among them: a bar of nothing has its place. */
export function extentOf(grid: SeriesGrid, aggregate: number): { readonly min: number; readonly max: number } {
  let [min, max] = [0, 0];
  for (let group = 0; group < grid.groups.length; group += 1) {
    for (const value of lineOf(grid, aggregate, group)) {
      if (value < min) min = value;
      if (value > max) max = value;
    }
  }
  return { min, max };
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
