import { NS_PER_MINUTE, NS_PER_SECOND, toEpochMs } from "./time";

const NS_PER_HOUR = 60 * NS_PER_MINUTE;
const COUNT = new Intl.NumberFormat("en-US");
const COUNT_COMPACT = new Intl.NumberFormat("en-US", { notation: "compact", maximumFractionDigits: 1 });

/** Three significant digits, so that a column of figures has one width: `9.87`, `98.7`, `987`. */
function significant(value: number): string {
  const size = Math.abs(value);
  if (size >= 99.95) return COUNT.format(Math.round(value));
  if (size >= 9.995) return value.toFixed(1);
  return value.toFixed(2);
}

/** A duration in ns with the unit that fits: `870 ns`, `45.1 µs`, `3.25 s`, `4 min 05 s`, `2 h 10 min`. */
export function formatDuration(ns: number): string {
  if (!Number.isFinite(ns)) return "";
  if (ns < 0) return `-${formatDuration(-ns)}`;
  if (ns === 0) return "0 ns";
  if (ns < 999.5) return `${Math.round(ns)} ns`;
  if (ns < 999_500) return `${significant(ns / 1e3)} µs`;
  if (ns < 999.5e6) return `${significant(ns / 1e6)} ms`;
  if (ns < 59.995 * NS_PER_SECOND) return `${significant(ns / NS_PER_SECOND)} s`;
  if (ns < 59.995 * NS_PER_MINUTE) {
    const seconds = Math.round(ns / NS_PER_SECOND);
    return `${Math.floor(seconds / 60)} min ${String(seconds % 60).padStart(2, "0")} s`;
  }
  const minutes = Math.round(ns / NS_PER_MINUTE);
  return `${COUNT.format(Math.floor(minutes / 60))} h ${String(minutes % 60).padStart(2, "0")} min`;
}

/** A round duration for an axis: `0`, `500 µs`, `1.5 s`, `2 min`; with the digits that tell it from one a step away. */
export function formatTick(ns: number, step_ns = ns): string {
  if (ns === 0) return "0";
  const units: readonly (readonly [number, string])[] = [
    [NS_PER_HOUR, "h"],
    [NS_PER_MINUTE, "min"],
    [NS_PER_SECOND, "s"],
    [1e6, "ms"],
    [1e3, "µs"],
  ];
  const [size, unit] = units.find(([size]) => Math.abs(ns) >= size * 0.9999) ?? [1, "ns"];
  const digits = Math.min(15, Math.max(4, Math.ceil(Math.log10(Math.abs(ns / step_ns))) + 2));
  return `${Number((ns / size).toPrecision(digits))} ${unit}`;
}

/** `2,418,332` */
export function formatCount(n: number): string {
  return COUNT.format(n);
}

/** `2.4M`, for where a count has little room. */
export function formatCompact(n: number): string {
  return COUNT_COMPACT.format(n);
}

/** A count and its noun: `1 span`, `2 spans`. */
export function formatCountOf(n: number, one: string, many: string = `${one}s`): string {
  return `${formatCount(n)} ${n === 1 ? one : many}`;
}

/** Bytes in the units of the settings, so that a cap of 2 GiB is one here too: `783 B`, `148 MiB`, `2 GiB`. */
export function formatBytes(bytes: number): string {
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  let value = bytes;
  let unit = 0;
  while (value >= 1023.5 && unit < units.length - 1) {
    value /= 1024;
    unit += 1;
  }
  const digits = unit === 0 || value >= 99.95 ? 0 : 1;
  return `${Number(value.toFixed(digits))} ${units[unit] ?? ""}`;
}

/** A share of 0 to 1 as a whole percentage; what is there but rounds to nothing is `<1`. Without the sign. */
export function formatShare(share: number): string {
  const percent = share * 100;
  if (percent > 0 && percent < 0.5) return "<1";
  if (percent < 100 && percent >= 99.5) return ">99";
  return String(Math.round(percent));
}

/** Any number of a table: whole ones with separators, others with four significant digits. */
export function formatNumber(value: number): string {
  if (Number.isInteger(value)) return COUNT.format(value);
  const size = Math.abs(value);
  if (size >= 1e9 || size < 1e-3) return value.toExponential(3);
  return new Intl.NumberFormat("en-US", { maximumSignificantDigits: size >= 1000 ? 6 : 4 }).format(value);
}

/** How long ago, coarse: `now`, `12 s`, `5 min`, `3 h`, `2 d`. */
export function formatAge(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  if (seconds < 1) return "now";
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)} h`;
  return `${formatCount(Math.floor(seconds / 86_400))} d`;
}

function two(n: number): string {
  return String(n).padStart(2, "0");
}

/** Local time of day with milliseconds: `14:17:08.652`. */
export function formatClock(ns: string): string {
  const ms = toEpochMs(ns);
  return `${formatSeconds(ms)}.${String(((ms % 1000) + 1000) % 1000).padStart(3, "0")}`;
}

/** Local time of day from epoch milliseconds: `14:17:08`. */
export function formatSeconds(ms: number): string {
  const date = new Date(ms);
  return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
}

/** Local time of day without seconds: `14:17`. */
export function formatMinutes(ms: number): string {
  const date = new Date(ms);
  return `${two(date.getHours())}:${two(date.getMinutes())}`;
}

/** Local date: `2026-11-22`. */
export function formatDate(ms: number): string {
  const date = new Date(ms);
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}

/** The instant as ISO 8601 in UTC with all nine digits, for a tooltip. */
export function formatIso(ns: string): string {
  const whole = BigInt(ns);
  const seconds = new Date(Number(whole / 1_000_000_000n) * 1000).toISOString().slice(0, 19);
  return `${seconds}.${(whole % 1_000_000_000n).toString().padStart(9, "0")}Z`;
}

/** Both ends of a long id: `7c1e04b9…a91f52`. */
export function shortenId(id: string): string {
  return id.length <= 16 ? id : `${id.slice(0, 8)}…${id.slice(-6)}`;
}
