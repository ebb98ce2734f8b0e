import { formatDuration, formatNumber } from "../../base/format";
import type { Scalar } from "../../lang/quote";

/** Aggregates that count, whatever they are of. */
const COUNTS = /^COUNT(_DISTINCT)?\b/;

/** Whether a column's numbers are durations in ms. */
export function isDuration(column: string): boolean {
  return !COUNTS.test(column) && /(^|\()duration_ms\)?$/.test(column);
}

/** Whether the groups of a column add up to their total. */
export function isPart(column: string): boolean {
  return /^(?:COUNT(?!_DISTINCT)|SUM)\b/.test(column);
}

/** A cell as people read it; nothing for a missing value. */
export function cellText(column: string, value: Scalar): string | undefined {
  if (value === null) return undefined;
  if (typeof value !== "number") return String(value);
  return isDuration(column) ? formatDuration(value * 1e6) : formatNumber(value);
}

/** A relative error in words, rounded up: `0.1 %`. */
export function withinWords(error: number): string {
  return `${Math.ceil(error * 1e4) / 100} %`;
}

/** Whether a column holds numbers, to be set right. */
export function isNumeric(rows: readonly (readonly Scalar[])[], column: number): boolean {
  return rows.some((row) => typeof row[column] === "number");
}
