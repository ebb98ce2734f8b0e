import { formatDate, formatMinutes, formatSeconds } from "./format";
import type { Range } from "./route";
import { fromEpochMs, maxNs, NS_PER_MINUTE, offsetNs, plusNs, toEpochMs } from "./time";

/** Both ends as requests take them. */
export interface Ends {
  readonly start_ns: string | null;
  readonly end_ns: string | null;
}

export const ALL_TIME: Ends = { start_ns: null, end_ns: null };

/** From when to when there is data; both missing where there is none. */
export interface DataTimes {
  readonly oldest_ns: string | null;
  readonly newest_ns: string | null;
}

const AUTO_MINUTES = 60;

/** What a range means now. A moving range ends now, or after the newest event when a sender's clock is ahead. */
export function endsOf(range: Range, data: DataTimes | undefined, now_ms: number): Ends {
  switch (range.kind) {
    case "all":
      return ALL_TIME;
    case "between":
      return { start_ns: range.start_ns, end_ns: range.end_ns };
    case "last":
      return lastMinutes(range.minutes, data, now_ms);
    case "auto": {
      const ends = lastMinutes(AUTO_MINUTES, data, now_ms);
      if (!data?.newest_ns || !data.oldest_ns || !ends.start_ns) return ALL_TIME;
      if (BigInt(data.newest_ns) < BigInt(ends.start_ns)) return ALL_TIME;
      // The first minutes of a store fill the chart instead of its right edge.
      return BigInt(data.oldest_ns) >= BigInt(ends.start_ns) ? ALL_TIME : ends;
    }
  }
}

function lastMinutes(minutes: number, data: DataTimes | undefined, now_ms: number): Ends {
  const now_ns = fromEpochMs(now_ms);
  const newest_ns = data?.newest_ns;
  return {
    start_ns: plusNs(now_ns, -minutes * NS_PER_MINUTE),
    end_ns: newest_ns ? maxNs(now_ns, plusNs(newest_ns, 1)) : now_ns,
  };
}

/** What the range is called. */
export function rangeLabel(range: Range, ends: Ends): string {
  switch (range.kind) {
    case "all":
      return "All time";
    case "auto":
      return ends.start_ns === null ? "All time" : `Last ${AUTO_MINUTES} min`;
    case "last":
      return lastLabel(range.minutes);
    case "between":
      return "Picked";
  }
}

export function lastLabel(minutes: number): string {
  if (minutes % 1440 === 0) return minutes === 1440 ? "Last day" : `Last ${minutes / 1440} days`;
  return minutes > 60 && minutes % 60 === 0 ? `Last ${minutes / 60} h` : `Last ${minutes} min`;
}

/** From when to when, in local time, as finely as the range needs: `14:02 to 14:17`. */
export function rangeSpan(ends: Ends): string {
  if (ends.start_ns === null || ends.end_ns === null) return "";
  const [from, to] = [toEpochMs(ends.start_ns), toEpochMs(ends.end_ns)];
  const clock = offsetNs(ends.end_ns, ends.start_ns) < 5 * NS_PER_MINUTE ? formatSeconds : formatMinutes;
  if (formatDate(from) === formatDate(to)) return `${clock(from)} to ${clock(to)}`;
  return `${formatDate(from).slice(5)} ${clock(from)} to ${formatDate(to).slice(5)} ${clock(to)}`;
}

/** A moment as it is written in local time: `2026-11-30 14:02:05`, its seconds left out or with milliseconds. */
export function momentText(ns: string): string {
  const ms = toEpochMs(ns);
  const millis = ms % 1000 === 0 ? "" : `.${String(ms % 1000).padStart(3, "0")}`;
  return `${formatDate(ms)} ${formatSeconds(ms)}${millis}`;
}

/** Reads what [`momentText`] writes; a time of day alone is of the day of `near_ms`. Nothing for another text. */
export function readMoment(text: string, near_ms: number): string | undefined {
  const found = /^(?:(\d{4})-(\d\d)-(\d\d)[ T])?(\d{1,2}):(\d\d)(?::(\d\d)(?:\.(\d{1,3}))?)?$/.exec(text.trim());
  if (!found) return undefined;
  const [, year, month, day, hour, minute, second = "0", millis = "0"] = found;
  const date = new Date(near_ms);
  if (year !== undefined) date.setFullYear(Number(year), Number(month) - 1, Number(day));
  date.setHours(Number(hour), Number(minute), Number(second), Number(millis.padEnd(3, "0")));
  const same =
    Number(hour) < 24 &&
    Number(minute) < 60 &&
    Number(second) < 60 &&
    (day === undefined || date.getDate() === Number(day));
  return same && date.getTime() >= 0 ? fromEpochMs(date.getTime()) : undefined;
}
