import { serviceColor } from "../../base/color";
import { formatDuration, formatSeconds, formatTick } from "../../base/format";
import { rangeSpan } from "../../base/range";
import { plusNs, toEpochMs } from "../../base/time";
import type { Scalar } from "../../lang/quote";
import { lineOf, type SeriesGrid } from "../../paint/series_grid";
import { cellText, withinWords } from "./cells";

/** Colours that tell lines apart: as many as there are for services. */
const N_COLORS = 10;

/**
 * The token of each group's colour. A service keeps its own; any other group has one by its place, so that the first ten
 * differ. What is not grouped is the baseline.
 */
export function groupColors(fields: readonly string[], groups: readonly (readonly Scalar[])[]): string[] {
  if (fields.length === 0) return ["--baseline"];
  const ofService = fields.length === 1 && fields[0] === "service.name";
  return groups.map(([value], place) =>
    ofService && typeof value === "string" ? `--svc-${serviceColor(value)}` : `--svc-${(place % N_COLORS) + 1}`,
  );
}

/** A group as people read it. */
export function groupWords(values: readonly Scalar[]): string {
  if (values.length === 0) return "all";
  return values.map((value) => (value === null ? "not set" : value === "" ? "empty" : String(value))).join(" · ");
}

/** A bucket's time, as finely as it is long: `14:02:30`. */
export function bucketTime(grid: Pick<SeriesGrid, "start_ns" | "step_ns">, x: number): string {
  const ms = toEpochMs(plusNs(grid.start_ns, x * grid.step_ns));
  const millis = grid.step_ns < 1e9 ? `.${String(((ms % 1000) + 1000) % 1000).padStart(3, "0")}` : "";
  return formatSeconds(ms) + millis;
}

/** What an aggregate says of a group in a bucket. */
export function pointWords(grid: SeriesGrid, aggregate: number, group: number, x: number): string {
  const value = lineOf(grid, aggregate, group)[x] ?? NaN;
  return Number.isNaN(value) ? "nothing" : valueText(grid, aggregate, value);
}

/** A value of an aggregate with its unit. */
export function valueText(grid: SeriesGrid, aggregate: number, value: number): string {
  return cellText(grid.aggregates[aggregate] ?? "", value) ?? "";
}

/** How long a point is: `1 min`, `7.49 s`. */
export function stepWords(step_ns: number): string {
  return step_ns % 1e9 === 0 ? formatTick(step_ns) : formatDuration(step_ns);
}

/** What a chart shows, for those who do not see it. */
export function chartWords(grid: SeriesGrid, aggregate: number): string {
  const lines = grid.groups.length === 1 ? "one line" : `${grid.groups.length} lines`;
  const error = grid.approximate[aggregate];
  const within = error ? `, within ${withinWords(error)}` : "";
  return `${grid.aggregates[aggregate] ?? ""} over time${within}, ${lines}, ${stepWords(grid.step_ns)} a point`;
}

/** An expression that says a time and nothing else, as words: `from 14:02:30`, `until 14:05:00`, or both. */
export function timeWords(expression: string): string | undefined {
  const found = /^(?:timestamp_ns >= (\d{1,20}))?(?: AND (?=t))?(?:timestamp_ns < (\d{1,20}))?$/.exec(expression);
  const [, start_ns, end_ns] = found ?? [];
  if (start_ns !== undefined && end_ns !== undefined) return rangeSpan({ start_ns, end_ns });
  const moment = (ns: string) => formatSeconds(toEpochMs(ns));
  if (start_ns !== undefined) return `from ${moment(start_ns)} on`;
  return end_ns === undefined ? undefined : `until ${moment(end_ns)}`;
}
