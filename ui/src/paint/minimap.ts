import type { TimeScale } from "../base/time_scale";

/** The waterfall's columns, as far as an overview needs them. */
export interface MinimapColumns {
  readonly start: Float64Array;
  readonly duration: Float64Array;
  readonly service: Uint32Array;
  readonly flags: Uint32Array;
}

/** More rows than this cannot be told apart on a strip; every n-th is drawn, failed ones always. */
const ROWS_MAX = 20_000;

/** Paints every span as a thin line, all rows squeezed into the height; failed ones in red, on top. */
export function paintMinimap(
  context: CanvasRenderingContext2D,
  scale: TimeScale,
  height_px: number,
  columns: MinimapColumns,
  colors: { readonly services: readonly string[]; readonly error: string },
  error: number,
): void {
  const n = columns.start.length;
  if (n === 0) return;
  const row_px = height_px / n;
  const thick_px = Math.max(1, Math.min(3, row_px - 0.5));
  const every = Math.ceil(n / ROWS_MAX);
  const line = (row: number, color: string) => {
    const left = scale.toPx(columns.start[row] ?? 0);
    const width = Math.max(1, scale.toPx((columns.start[row] ?? 0) + (columns.duration[row] ?? 0)) - left);
    context.fillStyle = color;
    context.fillRect(left, Math.min(row * row_px, height_px - thick_px), width, thick_px);
  };
  for (let row = 0; row < n; row += every) line(row, colors.services[columns.service[row] ?? 0] ?? "");
  for (let row = 0; row < n; row += 1) {
    if (((columns.flags[row] ?? 0) & error) !== 0) line(row, colors.error);
  }
}
