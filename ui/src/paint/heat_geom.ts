import { plusNs, offsetNs } from "../base/time";
import type { GridBox, HeatGrid } from "./heat_grid";

/** A box in the data: times in ns since the epoch, values of the field. */
export interface DataBox {
  readonly field: string;
  readonly start_ns: string;
  readonly end_ns: string;
  readonly min: number;
  readonly max: number;
}

/** Where a box lies on the grid; nothing when it is of another field or lies outside. */
export function boxOnGrid(grid: HeatGrid, box: DataBox): GridBox | undefined {
  if (box.field !== grid.field) return undefined;
  const width_ns = grid.n_x * grid.step_ns;
  const left = offsetNs(box.start_ns, grid.start_ns) / width_ns;
  const right = offsetNs(box.end_ns, grid.start_ns) / width_ns;
  if (right <= 0 || left >= 1) return undefined;
  return {
    left: Math.max(0, left),
    right: Math.min(1, right),
    bottom: grid.scale.toShare(box.min),
    top: grid.scale.toShare(box.max),
  };
}

/** The box between two points of the grid, grown to whole cells, so that its count is exactly that of the cells. */
export function boxBetween(
  grid: HeatGrid,
  a: { readonly across: number; readonly up: number },
  b: { readonly across: number; readonly up: number },
): DataBox {
  const low = (p: number, q: number, n: number) => Math.max(0, Math.floor(Math.min(p, q) * n));
  const high = (p: number, q: number, n: number) => Math.min(n, Math.max(Math.ceil(Math.max(p, q) * n), 1));
  const x0 = Math.min(low(a.across, b.across, grid.n_x), grid.n_x - 1);
  const x1 = Math.max(high(a.across, b.across, grid.n_x), x0 + 1);
  const y0 = Math.min(low(a.up, b.up, grid.n_y), grid.n_y - 1);
  const y1 = Math.max(high(a.up, b.up, grid.n_y), y0 + 1);
  return {
    field: grid.field,
    start_ns: plusNs(grid.start_ns, x0 * grid.step_ns),
    end_ns: plusNs(grid.start_ns, x1 * grid.step_ns),
    min: grid.scale.edges[y0] ?? 0,
    max: grid.scale.edges[y1] ?? 0,
  };
}
