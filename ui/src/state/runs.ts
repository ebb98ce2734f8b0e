import { fieldText, valueText } from "../lang/quote";
import type { Marker, QueryReply } from "../rpc/bindings/api";
import { fromEpochMs, offsetNs, toEpochMs } from "../base/time";

/** How one run of something is told from another. */
export type RunKind = "mark" | "version" | "process" | "quiet";

/** Part of what is stored that can be compared with another: from a mark on, of a version, of a process, after quiet. */
export interface Run {
  readonly kind: RunKind;
  /** Stands in the address; the same for as long as the data is there. */
  readonly id: string;
  /** What it is called. */
  readonly name: string;
  /** Runs of one service follow each other; empty where it is of all. */
  readonly service: string;
  /** A condition on roots; empty where the time says it all. */
  readonly filter: string;
  /** Inclusive; open when null. */
  readonly start_ns: string | null;
  /** Exclusive. */
  readonly end_ns: string | null;
  /** When it begins, to be put in order; in ms since the Unix epoch. */
  readonly from_ms: number;
}

/** So long nothing began: what comes then is another run. */
const QUIET_MINUTES = 5;
const MS_PER_MINUTE = 60_000;

/** When a group began, in ms: as a number nanoseconds would be rounded. */
export const BEGAN = "MIN({$timestamp_ns / 1000000})";

/** What is asked for: one group for each service and value, newest first. */
export function groupsQuery(field: string): string {
  return `SELECT COUNT, ${BEGAN} WHERE ${field} exists GROUP BY service.name, ${field} ORDER BY ${BEGAN} DESC LIMIT 200`;
}

/** Minutes in which a trace began, newest first. */
export const MINUTES_QUERY = "SELECT COUNT WHERE is_root ORDER BY time DESC LIMIT 10000 EVERY 1m";

/** From each mark to the next, and what was before the first, where `oldest_ns` says that there is something. */
export function runsOfMarks(markers: readonly Marker[], oldest_ns: string | null): Run[] {
  const ascending = [...markers].sort((a, b) => offsetNs(a.start_ns, b.start_ns));
  const [first] = ascending;
  if (!first) return [];
  const nameOf = (marker: Marker) => marker.message || marker.kind || "a mark";
  const rest = { kind: "mark", service: "", filter: "" } as const;
  const before: Run = {
    ...rest,
    id: "mark",
    name: `before ${nameOf(first)}`,
    start_ns: null,
    end_ns: first.start_ns,
    from_ms: -Infinity,
  };
  const since = ascending.map((marker, at): Run => ({
    ...rest,
    id: `mark ${marker.start_ns}`,
    name: `since ${nameOf(marker)}`,
    start_ns: marker.start_ns,
    end_ns: ascending[at + 1]?.start_ns ?? null,
    from_ms: toEpochMs(marker.start_ns),
  }));
  const isAny = oldest_ns !== null && offsetNs(oldest_ns, first.start_ns) < 0;
  return [...since.reverse(), ...(isAny ? [before] : [])];
}

/** One for each value of a field, of services that have two at least. */
export function runsOfGroups(kind: RunKind, field: string, reply: QueryReply): Run[] {
  const n_of = new Map<string, number>();
  for (const [service] of reply.rows) n_of.set(String(service), (n_of.get(String(service)) ?? 0) + 1);
  return reply.rows.flatMap(([service, value, , began]): Run[] => {
    if (value === null || value === undefined || (n_of.get(String(service)) ?? 0) < 2) return [];
    // Of one span of the trace both hold.
    const filter = `any.service.name = ${valueText(String(service))} AND ${fieldText(`any.${field}`)} = ${valueText(value)}`;
    const name = `${String(service)} ${String(value)}`;
    const open = { start_ns: null, end_ns: null };
    return [{ kind, id: `${field} ${name}`, name, service: String(service), filter, ...open, from_ms: Number(began) }];
  });
}

/** From each minute after a quiet time to the next quiet time. */
export function runsOfMinutes(reply: QueryReply): Run[] {
  const minutes = reply.rows.map(([time]) => Date.parse(String(time))).sort((a, b) => a - b);
  const begins = minutes.filter(
    (minute, at) => at === 0 || minute - (minutes[at - 1] ?? minute) > QUIET_MINUTES * MS_PER_MINUTE,
  );
  if (begins.length < 2) return [];
  const runs = begins.map((from_ms, at): Run => {
    const next = begins[at + 1];
    return {
      ...{ kind: "quiet", service: "", filter: "", from_ms },
      id: `quiet ${from_ms}`,
      name: "",
      start_ns: at === 0 ? null : fromEpochMs(from_ms),
      end_ns: next === undefined ? null : fromEpochMs(next),
    };
  });
  return runs.reverse();
}

/** The two that one most likely wants to see: the newest two that follow each other, by marks, else by version, process
    or quiet. */
export function usualPair(runs: readonly Run[]): { readonly before: Run; readonly after: Run } | undefined {
  for (const kind of ["mark", "version", "process", "quiet"] as const) {
    const ofKind = runs.filter((run) => run.kind === kind);
    for (const after of ofKind) {
      const before = ofKind.find((run) => run.service === after.service && run.from_ms < after.from_ms);
      if (before) return { before, after };
    }
  }
  return undefined;
}

/** A run as an expression, its time included. */
export function runTerms(run: Run): string[] {
  return [
    ...(run.filter === "" ? [] : [run.filter]),
    ...(run.start_ns === null ? [] : [`timestamp_ns >= ${run.start_ns}`]),
    ...(run.end_ns === null ? [] : [`timestamp_ns < ${run.end_ns}`]),
  ];
}

/** What is compared of two runs. */
export const FIGURES = ["count", "errors", "p50", "p95", "p99"] as const;
export type Figure = (typeof FIGURES)[number];

/** One root name's figures; durations in ms, errors as a share. */
export type Figures = Readonly<Record<Figure, number | undefined>>;

export interface Compared {
  /** Nothing for all of them together. */
  readonly name: string | undefined;
  readonly before: Figures;
  readonly after: Figures;
}

/** The figures of a run by root name. */
export function figuresQuery(where: string): string {
  const select = "COUNT, AVG({IF($error, 1, 0)}), P50(duration_ms), P95(duration_ms), P99(duration_ms)";
  return `SELECT ${select} WHERE ${where} GROUP BY name LIMIT 1000`;
}

/** Two answers to it side by side: all together first, then the most frequent. */
export function comparedOf(before: QueryReply, after: QueryReply): Compared[] {
  const byName = (reply: QueryReply) => new Map(reply.rows.map(([name, ...rest]) => [String(name), figuresOf(rest)]));
  const [earlier, later] = [byName(before), byName(after)];
  const names = [...new Set([...later.keys(), ...earlier.keys()])];
  const rows = names.map((name) => ({
    name,
    before: earlier.get(name) ?? figuresOf([]),
    after: later.get(name) ?? figuresOf([]),
  }));
  const n = (row: Compared) => (row.before.count ?? 0) + (row.after.count ?? 0);
  rows.sort((a, b) => n(b) - n(a));
  return [{ name: undefined, before: figuresOf(before.total ?? []), after: figuresOf(after.total ?? []) }, ...rows];
}

function figuresOf(cells: readonly unknown[]): Figures {
  const number = (at: number) => {
    const cell = cells[at];
    return typeof cell === "number" ? cell : undefined;
  };
  return { count: number(0) ?? 0, errors: number(1), p50: number(2), p95: number(3), p99: number(4) };
}
