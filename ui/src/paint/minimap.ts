import type { TimeScale } from "../base/time_scale";

/** The overview's strips: the longest and the failed rows of each. */
export interface MinimapColumns {
  readonly strip: Uint32Array;
  readonly start: Float64Array;
  readonly duration: Float64Array;
  readonly color: Uint32Array;
  readonly flags: Uint32Array;
}

/** Paints each row as a thin line, strips squeezed into the height; the longest of a strip last, failed ones on top. */
export function paintMinimap(
  context: CanvasRenderingContext2D,
  scale: TimeScale,
  height_px: number,
  n_strips: number,
  columns: MinimapColumns,
  colors: { readonly values: readonly string[]; readonly error: string },
  error: number,
): void {
  const n = columns.strip.length;
  if (n === 0) return;
  const strip_px = height_px / n_strips;
  const thick_px = Math.max(1, Math.min(3, strip_px - 0.5));
  const line = (at: number, color: string) => {
    const start = columns.start[at] ?? 0;
    const left = scale.toPx(start);
    const width = Math.max(1, scale.toPx(start + (columns.duration[at] ?? 0)) - left);
    context.fillStyle = color;
    context.fillRect(left, Math.min((columns.strip[at] ?? 0) * strip_px, height_px - thick_px), width, thick_px);
  };
  for (let at = n - 1; at >= 0; at -= 1) line(at, colors.values[columns.color[at] ?? 0] ?? "");
  for (let at = 0; at < n; at += 1) if (((columns.flags[at] ?? 0) & error) !== 0) line(at, colors.error);
}
