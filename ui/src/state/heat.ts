import { EdgeScale } from "../base/edge_scale";
import type { HeatGrid } from "../paint/heat_grid";
import type { HeatmapHead } from "../rpc/bindings/api";
import type { Frame } from "../rpc/columns";

/** A heatmap's frame as what the painter takes. What lies below its values has a row, where there is any or `hasUnder`. */
export function heatGrid(frame: Frame<HeatmapHead>, hasUnder = false): HeatGrid {
  const { head } = frame;
  const [counts, under] = [frame.u32("counts"), frame.u32("under")];
  const scale = new EdgeScale(frame.f64("y_edges"));
  const isRow = hasUnder || under.some((n) => n > 0);
  return {
    field: head.field,
    start_ns: head.start_ns,
    step_ns: Number(head.step_ns),
    n_x: head.n_x,
    n_y: isRow ? head.n_y + 1 : head.n_y,
    counts: isRow ? Uint32Array.of(...under, ...counts) : counts,
    scale: isRow ? scale.withUnder() : scale,
    errors: frame.u32("errors"),
    over: frame.u32("over"),
    max_count: head.max_count,
    matched: head.matched,
    linear: head.linear,
  };
}
