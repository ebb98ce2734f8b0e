import { EdgeScale } from "../base/edge_scale";
import type { HeatGrid } from "../paint/heat_grid";
import type { HeatmapHead } from "../rpc/bindings/api";
import type { Frame } from "../rpc/columns";

/** A heatmap's frame as what the painter takes. */
export function heatGrid(frame: Frame<HeatmapHead>): HeatGrid {
  const { head } = frame;
  return {
    field: head.field,
    start_ns: head.start_ns,
    step_ns: Number(head.step_ns),
    n_x: head.n_x,
    n_y: head.n_y,
    counts: frame.u32("counts"),
    scale: new EdgeScale(frame.f64("y_edges")),
    errors: frame.u32("errors"),
    under: frame.u32("under"),
    over: frame.u32("over"),
    max_count: head.max_count,
    matched: head.matched,
    linear: head.linear,
  };
}
