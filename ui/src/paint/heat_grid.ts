import { EdgeScale } from "../base/edge_scale";

/** Counts over time and value, as columns. */
export interface HeatGrid {
  readonly field: string;
  /** Left edge, in nanoseconds since the Unix epoch. */
  readonly start_ns: string;
  /** Width of a time bucket. */
  readonly step_ns: number;
  readonly n_x: number;
  readonly n_y: number;
  /** `counts[y * n_x + x]`, from the lowest values: the first row is of what lies below the scale, where it has one. */
  readonly counts: Uint32Array;
  readonly scale: EdgeScale;
  /** Failed events of each time bucket. */
  readonly errors: Uint32Array;
  readonly over: Uint32Array;
  readonly max_count: number;
  readonly matched: number;
  readonly linear: boolean;
}

/** How many shades a ramp has. */
export const N_SHADES = 5;

/**
 * The shade of a count, 1 to 5, by its logarithm: a rare event beside a dense band must still be seen. Where no cell
 * holds many, counts step down from the strongest shade one by one, so that a sparse chart is not a faint one.
 */
export function shade(count: number, max_count: number): number {
  if (max_count <= 1) return 3;
  const share = Math.log(count) / Math.log(max_count);
  const byShare = Math.min(N_SHADES, 1 + Math.floor(share * N_SHADES));
  return Math.max(byShare, N_SHADES - 1 - (max_count - count));
}

/** A box on the grid in shares of its width and height, from the lower left. */
export interface GridBox {
  readonly left: number;
  readonly right: number;
  readonly bottom: number;
  readonly top: number;
}

/** The events within some boxes: cells whose middle lies in one of them, each once. */
export function countInBoxes(grid: HeatGrid, boxes: readonly GridBox[]): number {
  let n = 0;
  for (let y = 0; y < grid.n_y; y += 1) {
    for (let x = 0; x < grid.n_x; x += 1) {
      if (boxes.some((box) => cellInBox(grid, box, x, y))) n += grid.counts[y * grid.n_x + x] ?? 0;
    }
  }
  return n;
}

/** Whether the middle of a cell lies in the box. */
export function cellInBox(grid: HeatGrid, box: GridBox, x: number, y: number): boolean {
  const across = (x + 0.5) / grid.n_x;
  const up = (y + 0.5) / grid.n_y;
  return across >= box.left && across < box.right && up >= box.bottom && up < box.top;
}
