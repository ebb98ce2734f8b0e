import { type Box, encodeRoute, type ExploreRoute, type Range, type TracesRoute, tracesRoute } from "../../base/route";
import type { Ends } from "../../base/range";
import {
  boxTerms,
  type Comparison,
  comparisonText,
  groupFields,
  groupText,
  rowTerms,
  timeOf,
  timeTerms,
} from "../../lang/compose";
import { sidesOf } from "../../lang/good";
import { equals, fieldText, type Scalar, valueText } from "../../lang/quote";
import { addTerm, joinTerms, negate, splitTerms } from "../../lang/terms";
import { type Run, runTerms } from "../../state/runs";
import type { Explanation, ExportRequest } from "../../rpc/bindings/api";

// Where an answer leads: each move makes the next view out of the present one.

const unpicked = { box: undefined, moreBoxes: [], picked: "", against: "" } as const;

/** The query's own address: without what is picked in its answer and how that is looked at. */
export function plainAddress(route: ExploreRoute): string {
  const looks = {
    tab: "table",
    columns: [],
    before: "",
    after: "",
    also: [],
    charts: true,
    prior: false,
    steps: false,
  } as const;
  return encodeRoute({ ...route, ...unpicked, ...looks });
}

/** Whether what is counted is one span, so that terms about it mean that one. */
function isOfOneSpan(route: ExploreRoute): boolean {
  return route.unit === "event" || /\bis_root\b/.test(route.where);
}

/** A value or a range as terms of WHERE: where traces are counted, of some span of the trace. */
export function termOn(route: ExploreRoute, terms: readonly Comparison[]): string {
  const text = (term: Comparison) => {
    if (isOfOneSpan(route)) return comparisonText(term);
    // That none has it is said of the field being there.
    if (term.value === null) return comparisonText({ ...term, field: `none.${term.field}`, op: "exists" });
    return comparisonText({ ...term, field: `any.${term.field}` });
  };
  return joinTerms(terms.map(text));
}

/** Why the later run differs from the earlier one: of one root name, or of all that match. */
export function betweenRuns(
  route: ExploreRoute,
  { before, after }: { readonly before: Run; readonly after: Run },
  root: string | undefined,
): ExploreRoute {
  const { where } = root === undefined ? withRoots(route) : betweenTerms(route, root);
  const terms = (run: Run) => joinTerms(runTerms(run));
  // Both have to lie in the time that is looked at.
  return { ...route, ...unpicked, where, range: { kind: "all" }, picked: terms(after), against: terms(before) };
}

/** Only roots of a name. */
export function betweenTerms(route: ExploreRoute, root: string): ExploreRoute {
  const roots = withRoots(route);
  return { ...roots, where: addTerm(roots.where, equals("name", root)) };
}

function withRoots(route: ExploreRoute): ExploreRoute {
  return { ...route, ...unpicked, where: addTerm(route.where, "is_root") };
}

/** In another time no time is picked; an expression that says none still is. */
export function withRange(route: ExploreRoute, range: Range): ExploreRoute {
  const picked = timeOf(route.picked) ? "" : route.picked;
  return { ...route, box: undefined, moreBoxes: [], picked, range };
}

/** A point of a chart: a bucket of time or some of them, of one group of the table or of all. */
export interface ChartPoint {
  readonly start_ns: string;
  readonly end_ns: string;
  readonly group: readonly Scalar[] | undefined;
}

function groupTerm(route: ExploreRoute, { group }: ChartPoint): string {
  return group ? rowTerms(groupFields(route.groupBy), group) : "";
}

/** Only a point of a chart is picked. */
export function withPoint(route: ExploreRoute, point: ChartPoint): ExploreRoute {
  const picked = joinTerms([groupTerm(route, point), timeTerms(point.start_ns, point.end_ns)]);
  return { ...route, ...unpicked, picked };
}

/** The traces that have an event in a point of a chart. */
export function tracesAt(route: ExploreRoute, point: ChartPoint): TracesRoute {
  const term = groupTerm(route, point);
  const { start_ns, end_ns } = point;
  return tracesRoute({
    filter: term === "" ? route.where : addTerm(route.where, term),
    range: { kind: "between", start_ns, end_ns },
  });
}

/** The traces of what is picked. */
export function tracesPicked(route: ExploreRoute): TracesRoute {
  const time = pickTime(route);
  const terms =
    route.box && route.moreBoxes.length === 0
      ? boxTerms(route.box.field, route.box.min, route.box.max)
      : pickTerms(route);
  return tracesRoute({
    filter: terms.reduce(addTerm, route.where),
    range: time ? { kind: "between", start_ns: time.start_ns, end_ns: time.end_ns } : route.range,
  });
}

/** The pick as terms: a box's values, several boxes with their times, or the expression. */
export function pickTerms({ box, moreBoxes, picked }: ExploreRoute): string[] {
  if (!box) return picked === "" ? [] : [picked];
  const values = (one: Box) => boxTerms(one.field, one.min, one.max);
  if (moreBoxes.length === 0) return values(box);
  const one = (each: Box) =>
    [...values(each), `timestamp_ns >= ${each.start_ns}`, `timestamp_ns < ${each.end_ns}`].join(" AND ");
  return [[box, ...moreBoxes].map((each) => `(${one(each)})`).join(" OR ")];
}

/** The one time of what is picked; nothing where it is of several or of any. */
export function pickTime({ box, moreBoxes, picked }: ExploreRoute): { start_ns: string; end_ns: string } | undefined {
  const found = box ? (moreBoxes.length === 0 ? box : undefined) : timeOf(picked);
  return found && { start_ns: found.start_ns, end_ns: found.end_ns };
}

/** This box alone, or nothing, is picked. */
export function withOnly(route: ExploreRoute, box: Box | undefined): ExploreRoute {
  return { ...route, ...unpicked, box };
}

/** Only the events of an expression are picked. */
export function withPicked(route: ExploreRoute, picked: string): ExploreRoute {
  return { ...route, ...unpicked, against: route.against, picked };
}

/** Only what fails what good is, compared with what meets it. */
export function withFailing(route: ExploreRoute, good: string): ExploreRoute {
  const { failing, meeting } = sidesOf(good);
  return { ...route, ...unpicked, picked: failing, against: meeting };
}

/** One box more is picked. */
export function withBox(route: ExploreRoute, box: Box): ExploreRoute {
  if (!route.box) return withOnly(route, box);
  return { ...route, picked: "", moreBoxes: [...route.moreBoxes, box] };
}

/** An explanation as terms of WHERE. Where traces are counted, each of its fields may be another span's. */
export function termsOn(route: ExploreRoute, explanation: Explanation): string[] {
  if (isOfOneSpan(route)) return explanation.terms.map(comparisonText);
  const fields = [...new Set(explanation.terms.map((term) => term.field))];
  return explanation.terms.map((term) => {
    if (term.op === "does-not-exist") return comparisonText({ ...term, field: `none.${term.field}`, op: "exists" });
    const prefix = ANY[fields.indexOf(term.field)] ?? ANY[0];
    return comparisonText({ ...term, field: `${prefix}${term.field}` });
  });
}

/** Prefixes that speak of some span of the trace, each of another one. */
const ANY = ["any.", "any2.", "any3."] as const;

/** Only what the terms hold for. */
export function filterTo(route: ExploreRoute, terms: readonly string[]): ExploreRoute {
  return { ...route, ...unpicked, where: terms.reduce(addTerm, route.where) };
}

/** Everything but what has one value or range of a field. */
export function excludeValue(route: ExploreRoute, terms: readonly Comparison[]): ExploreRoute {
  const [only, more] = terms;
  const isPlain = only && !more && only.op === "=" && isOfOneSpan(route);
  if (isPlain) return filterTo(route, [differs(only.field, only.value)]);
  return exclude(route, [termOn(route, terms)]);
}

/** Everything the terms do not all hold for: the check whether they explain it. */
export function exclude(route: ExploreRoute, terms: readonly string[]): ExploreRoute {
  return { ...route, ...unpicked, where: addTerm(route.where, negate(joinTerms(terms))) };
}

export function groupBy(route: ExploreRoute, fields: readonly string[]): ExploreRoute {
  // What is ordered by, or asked of, a field that is no column any more cannot be answered.
  const isKept = (clause: string) => /^\s*(?:[A-Z0-9_]+\(|COUNT\b|CONCURRENCY\b|$)/.test(clause);
  const orderBy = isKept(route.orderBy) ? route.orderBy : "";
  const having = isKept(route.having) ? route.having : "";
  return { ...route, groupBy: groupText(fields), orderBy, having };
}

/** Traces for which the terms hold, in the time of the pick. */
export function seeTraces(route: ExploreRoute, terms: readonly string[]): TracesRoute {
  const time = pickTime(route);
  const range = time ? ({ kind: "between", start_ns: time.start_ns, end_ns: time.end_ns } as const) : route.range;
  return tracesRoute({ filter: terms.reduce(addTerm, route.where), range });
}

/** What an export of the view holds: what is picked, else all that matches. */
export function exportOf(route: ExploreRoute, ends: Ends): Omit<ExportRequest, "format"> {
  const { start_ns, end_ns } = pickTime(route) ?? ends;
  return {
    filter: pickTerms(route).reduce(addTerm, route.where.trim()),
    ...(start_ns !== null && { start_ns }),
    ...(end_ns !== null && { end_ns }),
  };
}

/** What is told of each event: what the view says, else who and what it was and all that the query is about. */
export function eventFields(route: ExploreRoute): readonly string[] {
  if (route.columns.length > 0) return route.columns;
  const computed = [...route.select.matchAll(/\(([^()]+)\)/g)].flatMap(([, field]) => groupFields(field ?? ""));
  const fields = [...EVENT_FIELDS, ...groupFields(route.groupBy), ...computed, route.field];
  return [...new Set(fields)].slice(0, EVENT_FIELDS_MAX);
}

const EVENT_FIELDS = ["service.name", "name", "duration_ms", "error"] as const;
/** More columns than these are too narrow to be read; whoever wants them says so. */
const EVENT_FIELDS_MAX = 8;

/** One value of a field excluded. */
export function differs(field: string, value: Scalar): string {
  return value === null ? `${fieldText(field)} exists` : `${fieldText(field)} != ${valueText(value)}`;
}

/** The WHERE clause with its last term taken away; nothing when it has none. */
export function withoutLast(where: string): { readonly term: string; readonly rest: string } | undefined {
  const terms = splitTerms(where) ?? [where];
  const term = terms.at(-1);
  return term === undefined || term === "" ? undefined : { term, rest: joinTerms(terms.slice(0, -1)) };
}

/** Where a value of a field, or a range, leads. */
export interface ValueMoves {
  readonly filter: () => void;
  readonly exclude: () => void;
  readonly group: () => void;
  readonly traces: () => void;
  readonly verify: () => void;
}

/** The moves of a value: `go` takes the next view, `verify` the terms to be left out. */
export function movesOf(
  route: ExploreRoute,
  terms: readonly Comparison[],
  go: (to: ExploreRoute | TracesRoute) => void,
  verify: (terms: readonly string[]) => void,
): ValueMoves {
  const texts = [termOn(route, terms)];
  return {
    filter: () => go(filterTo(route, texts)),
    exclude: () => go(excludeValue(route, terms)),
    group: () => go(groupBy(route, [...new Set(terms.map((term) => term.field))])),
    traces: () => go(seeTraces(route, texts)),
    verify: () => verify(texts),
  };
}
