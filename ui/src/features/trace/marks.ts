import type { TimeScale } from "../../base/time_scale";
import type { MarkKind, TraceModel } from "../../state/trace_model";

/** A mark and its place on the lane. */
export interface PlacedMark {
  readonly kind: MarkKind;
  readonly x_px: number;
}

/** Marks of a kind closer than this are drawn as one. */
const APART_PX = 4;

/** A row's marks within the window, those that would cover each other drawn once; exceptions last, on top. */
export function marksOnBar(model: TraceModel, row: number, scale: TimeScale): PlacedMark[] {
  const seen = new Set<string>();
  const placed: PlacedMark[] = [];
  for (const mark of model.marksOf(row)) {
    if (mark.at_ns < scale.from_ns || mark.at_ns > scale.to_ns) continue;
    const x_px = Math.round(scale.toPx(mark.at_ns) / APART_PX) * APART_PX;
    const key = `${mark.kind} ${x_px}`;
    if (seen.has(key)) continue;
    seen.add(key);
    placed.push({ kind: mark.kind, x_px });
  }
  const order: Readonly<Record<MarkKind, number>> = { log: 0, event: 1, exception: 2 };
  return placed.sort((a, b) => order[a.kind] - order[b.kind]);
}
