import type { SeriesGrid, TimeAxis } from "../paint/series_grid";
import type { SeriesHead } from "../rpc/bindings/api";
import type { Frame } from "../rpc/columns";

/** A frame of groups over time as what the painter takes. */
export function seriesGrid(frame: Frame<SeriesHead>, axis: TimeAxis): SeriesGrid {
  const { head } = frame;
  return {
    groups: head.groups,
    aggregates: head.aggregates,
    approximate: head.approximate,
    start_ns: head.start_ns,
    step_ns: Number(head.step_ns),
    n_x: head.n_x,
    axis,
    values: frame.f64("values"),
    groups_total: head.groups_total,
  };
}
