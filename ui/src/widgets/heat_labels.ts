import { formatDate, formatDuration, formatMinutes, formatNumber, formatSeconds, formatTick } from "../base/format";
import { clockTicks, tickStep } from "../base/time_scale";
import { NS_PER_MINUTE, toEpochMs } from "../base/time";
import type { HeatGrid } from "../paint/heat_grid";

/** A label and its place, as a share of the axis. */
export interface AxisLabel {
  readonly at: number;
  readonly text: string;
}

/** A value of a field: durations with a unit, everything else as a number. */
export function valueLabel(field: string, value: number): string {
  return field === "duration_ms" ? formatTick(value * 1e6) : formatNumber(Number(value.toPrecision(4)));
}

/** A value of a field where it is one of a sentence: durations with three digits. */
export function valueWords(field: string, value: number): string {
  return field === "duration_ms" ? formatDuration(value * 1e6) : valueLabel(field, value);
}

export function valueAxis(grid: HeatGrid, height_px: number): AxisLabel[] {
  const ticks = grid.scale.ticks(grid.linear, Math.max(2, Math.floor(height_px / 18)));
  const labels = ticks.map((value) => ({ at: grid.scale.toShare(value), text: valueLabel(grid.field, value) }));
  if (grid.scale.n_under === 0) return labels;
  // A logarithm has no place for what is not above zero; the least of the rest stands too close to it.
  const above = labels.filter(({ at }) => at * height_px > LABEL_PX);
  return [{ at: 0.5 / grid.n_y, text: "≤ 0" }, ...above];
}

/** Two labels closer than this lie on each other. */
const LABEL_PX = 14;

/** From which value to which, as words. */
export function spanWords({ field, scale }: HeatGrid, min: number, max: number): string {
  if (min < scale.min) return max <= scale.min ? "0 or less" : `up to ${valueWords(field, max)}`;
  return `${valueWords(field, min)} to ${valueWords(field, max)}`;
}

export function timeAxis(grid: HeatGrid, width_px: number): AxisLabel[] {
  const span_ns = grid.n_x * grid.step_ns;
  const start_ms = toEpochMs(grid.start_ns);
  const n_max = Math.max(2, Math.floor(width_px / 110));
  const step = tickStep(span_ns, n_max);
  const days = span_ns > 24 * 60 * NS_PER_MINUTE;
  const fraction_digits = step >= 1e9 ? 0 : step >= 1e6 ? 3 : 6;
  return clockTicks(start_ms, span_ns, n_max, new Date(start_ms).getTimezoneOffset()).map((offset) => {
    const ms = start_ms + offset / 1e6;
    let text = step >= NS_PER_MINUTE ? formatMinutes(ms) : formatSeconds(ms);
    if (fraction_digits > 0) text += ((((ms % 1000) + 1000) % 1000) / 1000).toFixed(fraction_digits).slice(1);
    if (days) text = step >= 24 * 60 * NS_PER_MINUTE ? formatDate(ms).slice(5) : `${formatDate(ms).slice(5)} ${text}`;
    return { at: offset / span_ns, text };
  });
}
