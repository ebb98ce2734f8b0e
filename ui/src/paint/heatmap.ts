import { cellInBox, type GridBox, type HeatGrid, N_SHADES, shade } from "./heat_grid";

/** Both ramps, few to many, and what lies round them. */
export interface HeatColors {
  readonly heat: readonly string[];
  readonly pick: readonly string[];
  readonly grid: string;
}

export function heatColors(token: (name: string) => string): HeatColors {
  const ramp = (name: string) => Array.from({ length: N_SHADES }, (_, at) => token(`--${name}-${at + 1}`));
  return { heat: ramp("heat"), pick: ramp("pick"), grid: token("--grid") };
}

/** Outside a brush the ramp fades a little. */
const FADED_ALPHA = 0.55;

/** Where some cells are lit, the others step back. */
const UNLIT_ALPHA = 0.2;

/** Paints the cells and the lines of `ticks` (shares of the height) below them. */
export function paintHeatmap(
  context: CanvasRenderingContext2D,
  size: { readonly width_px: number; readonly height_px: number },
  grid: HeatGrid,
  ticks: readonly number[],
  boxes: readonly GridBox[],
  colors: HeatColors,
  lit?: Uint32Array,
): void {
  const { width_px, height_px } = size;
  context.fillStyle = colors.grid;
  for (const tick of ticks) context.fillRect(0, Math.round(height_px * (1 - tick)), width_px, 1);
  const cell_w = width_px / grid.n_x;
  const cell_h = height_px / grid.n_y;
  const gap_x = cell_w >= 4 ? 1 : 0;
  const gap_y = cell_h >= 4 ? 1 : 0;
  for (let y = 0; y < grid.n_y; y += 1) {
    const top = Math.round(height_px - (y + 1) * cell_h);
    const bottom = Math.round(height_px - y * cell_h);
    for (let x = 0; x < grid.n_x; x += 1) {
      const count = grid.counts[y * grid.n_x + x] ?? 0;
      if (count === 0) continue;
      const left = Math.round(x * cell_w);
      const right = Math.round((x + 1) * cell_w);
      const picked = boxes.some((box) => cellInBox(grid, box, x, y));
      const isFaded = boxes.length > 0 && !picked;
      context.globalAlpha = lit ? (lit[y * grid.n_x + x] ? 1 : UNLIT_ALPHA) : isFaded ? FADED_ALPHA : 1;
      context.fillStyle = (picked ? colors.pick : colors.heat)[shade(count, grid.max_count) - 1] ?? colors.grid;
      context.fillRect(left, top, Math.max(1, right - left - gap_x), Math.max(1, bottom - top - gap_y));
    }
  }
  context.globalAlpha = 1;
}

/** A small triangle below each time bucket that holds a failed event. */
export function paintErrorMarks(
  context: CanvasRenderingContext2D,
  width_px: number,
  top_px: number,
  errors: Uint32Array,
  color: string,
): void {
  const cell_w = width_px / errors.length;
  context.fillStyle = color;
  for (let x = 0; x < errors.length; x += 1) {
    if (errors[x] === 0) continue;
    const middle = (x + 0.5) * cell_w;
    context.beginPath();
    context.moveTo(middle, top_px);
    context.lineTo(middle + 3.5, top_px + 6);
    context.lineTo(middle - 3.5, top_px + 6);
    context.fill();
  }
}
