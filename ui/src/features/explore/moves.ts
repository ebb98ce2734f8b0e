import { type ExploreRoute, type TracesRoute, tracesRoute } from "../../base/route";
import type { Ends } from "../../base/range";
import { boxTerms, comparisonText, groupText } from "../../lang/compose";
import { fieldText, type Scalar, valueText } from "../../lang/quote";
import { addTerm, joinTerms, negate, splitTerms } from "../../lang/terms";
import type { Explanation, ExportRequest } from "../../rpc/bindings/api";

// Where an answer leads: each move makes the next view out of the present one.

const unpicked = { box: undefined, picked: "" } as const;

export function explanationTerms(explanation: Explanation): string[] {
  return explanation.terms.map(comparisonText);
}

/** Only what the terms hold for. */
export function filterTo(route: ExploreRoute, terms: readonly string[]): ExploreRoute {
  return { ...route, ...unpicked, where: terms.reduce(addTerm, route.where) };
}

/** Everything the terms do not all hold for: the check whether they explain it. */
export function exclude(route: ExploreRoute, terms: readonly string[]): ExploreRoute {
  return { ...route, ...unpicked, where: addTerm(route.where, negate(joinTerms(terms))) };
}

export function groupBy(route: ExploreRoute, fields: readonly string[]): ExploreRoute {
  return { ...route, groupBy: groupText(fields) };
}

/** Traces for which the terms hold, in the time of the pick. */
export function seeTraces(route: ExploreRoute, terms: readonly string[]): TracesRoute {
  const range = route.box
    ? ({ kind: "between", start_ns: route.box.start_ns, end_ns: route.box.end_ns } as const)
    : route.range;
  return tracesRoute({ filter: terms.reduce(addTerm, route.where), range });
}

/** What an export of the view holds: what is picked, else all that matches. */
export function exportOf(route: ExploreRoute, ends: Ends): Omit<ExportRequest, "format"> {
  const { box, picked } = route;
  const terms = box ? boxTerms(box.field, box.min, box.max) : picked === "" ? [] : [picked];
  const { start_ns, end_ns } = box ?? ends;
  return {
    filter: terms.reduce(addTerm, route.where.trim()),
    ...(start_ns !== null && { start_ns }),
    ...(end_ns !== null && { end_ns }),
  };
}

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
