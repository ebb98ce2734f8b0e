import { lineOf, sameGroup, type SeriesGrid, shareOf } from "./series_grid";

/** What a chart of lines is painted with. */
export interface LineColors {
  /** One for each group. */
  readonly lines: readonly string[];
  readonly grid: string;
}

/** Lines that are not meant step back. */
const FADED_ALPHA = 0.22;
const DOT_PX = 1.75;
/** What was before is dashed, and steps back a little. */
const EARLIER_ALPHA = 0.6;
const EARLIER_DASH_PX = [3, 3];

/**
 * Paints one aggregate's lines through the middles of the buckets. A bucket without a value is a gap; a value between
 * two gaps is a dot. The lines of the front group come last and full, the others then fade. `earlier` is the same of as
 * much time before, bucket below bucket.
 */
export function paintLines(
  context: CanvasRenderingContext2D,
  size: { readonly width_px: number; readonly height_px: number },
  grid: SeriesGrid,
  aggregate: number,
  extent: { readonly min: number; readonly max: number },
  front: number | undefined,
  colors: LineColors,
  earlier?: SeriesGrid,
): void {
  const { width_px, height_px } = size;
  const span = extent.max - extent.min || 1;
  // Half a line's width is kept free above and below.
  const up = (value: number) => height_px - 1 - ((value - extent.min) / span) * (height_px - 2);
  context.fillStyle = colors.grid;
  context.fillRect(0, Math.round(up(0)) - 0.5, width_px, 1);
  const places_px = Float64Array.from({ length: grid.n_x }, (_, x) => shareOf(grid, x) * width_px);
  // The table's first group lies above the others.
  const order = grid.groups.map((_, group) => group).reverse();
  if (front !== undefined) order.splice(order.indexOf(front), 1);
  if (front !== undefined && front < grid.groups.length) order.push(front);
  context.lineJoin = "round";
  const stroke = (line: Float64Array) => {
    context.beginPath();
    for (let x = 0; x < line.length; x += 1) {
      const value = line[x] ?? NaN;
      if (Number.isNaN(value)) continue;
      const [left, top] = [places_px[x] ?? 0, up(value)];
      if (x > 0 && !Number.isNaN(line[x - 1] ?? NaN)) context.lineTo(left, top);
      else context.moveTo(left, top);
    }
    context.stroke();
  };
  for (const group of order) {
    const color = colors.lines[group] ?? colors.grid;
    const alpha = front !== undefined && group !== front ? FADED_ALPHA : 1;
    context.strokeStyle = color;
    context.fillStyle = color;
    const before = earlier && sameGroup(earlier, grid.groups[group] ?? []);
    if (earlier && before !== undefined) {
      context.globalAlpha = alpha * EARLIER_ALPHA;
      context.lineWidth = 1;
      context.setLineDash(EARLIER_DASH_PX);
      stroke(lineOf(earlier, aggregate, before));
      context.setLineDash([]);
    }
    context.globalAlpha = alpha;
    context.lineWidth = group === front ? 2 : 1.25;
    const line = lineOf(grid, aggregate, group);
    stroke(line);
    for (let x = 0; x < line.length; x += 1) {
      const isAlone = Number.isNaN(line[x - 1] ?? NaN) && Number.isNaN(line[x + 1] ?? NaN);
      if (!isAlone || Number.isNaN(line[x] ?? NaN)) continue;
      context.beginPath();
      context.arc(places_px[x] ?? 0, up(line[x] ?? 0), DOT_PX, 0, 2 * Math.PI);
      context.fill();
    }
  }
  context.globalAlpha = 1;
}
