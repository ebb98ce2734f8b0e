import { formatDuration } from "../../base/format";
import type { TimeScale } from "../../base/time_scale";

/** Where a bar and its label go. Bars outside the window say when and how long, with an arrow. */
export type BarGeom =
  | {
      readonly kind: "bar";
      readonly left_px: number;
      readonly width_px: number;
      readonly label: string;
      readonly labelSide: "right" | "left" | "inside";
    }
  | { readonly kind: "outside"; readonly side: "left" | "right"; readonly label: string };

const WIDTH_PX_MIN = 2;
const GLYPH_PX = 6.4;
const LABEL_GAP_PX = 8;

/** Lays a span out on a lane; its label right of the bar, left of it, or inside where neither has room. */
export function barGeom(
  scale: TimeScale,
  lane_px: number,
  start_ns: number,
  duration_ns: number,
  length: string,
): BarGeom {
  const end_px = scale.toPx(start_ns + duration_ns);
  const start_px = scale.toPx(start_ns);
  if (end_px < 0) return { kind: "outside", side: "left", label: length };
  if (start_px > lane_px) return { kind: "outside", side: "right", label: `${length} at ${formatDuration(start_ns)}` };
  // The edges of a bar that goes on beyond the lane lie out of sight.
  const left_px = Math.min(Math.max(start_px, -4), lane_px - WIDTH_PX_MIN);
  const width_px = Math.max(WIDTH_PX_MIN, Math.min(end_px, lane_px + 4) - left_px);
  const label_px = length.length * GLYPH_PX + LABEL_GAP_PX;
  const labelSide = left_px + width_px + label_px <= lane_px ? "right" : left_px >= label_px ? "left" : "inside";
  return { kind: "bar", left_px, width_px, label: length, labelSide };
}
