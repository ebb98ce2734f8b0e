import { formatCount, formatDuration, formatNumber } from "../../base/format";
import type { Ends } from "../../base/range";
import type { Box, ExploreRoute } from "../../base/route";
import { fieldText } from "../../lang/quote";
import { addTerm } from "../../lang/terms";
import { boxTerms } from "../../lang/compose";
import type { QueryReply } from "../../rpc/bindings/api";

// The check of an explanation by its negation: without it, does the symptom go away?

/** What a query has to tell for it: how many there are, how slow they are, and how many of them are like the pick. */
export function symptomQuery(route: ExploreRoute, where: string): string {
  const picked = pickTerms(route).reduce(addTerm, where.trim());
  const field = fieldText(route.box?.field ?? route.field);
  return `SELECT COUNT, P99(${field})${picked === "" ? "" : ` WHERE ${picked}`}`;
}

/** The pick's own time. */
export function symptomTimes({ box, moreBoxes }: ExploreRoute, ends: Ends): Ends {
  return box && moreBoxes.length === 0 ? { start_ns: box.start_ns, end_ns: box.end_ns } : ends;
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

/** What came of it, as a sentence. */
export function verdictWords(route: ExploreRoute, all: QueryReply, without: QueryReply): string {
  const [before, after] = [figures(all), figures(without)];
  const field = route.box?.field ?? route.field;
  const shown = (value: number) => (field === "duration_ms" ? formatDuration(value * 1e6) : formatNumber(value));
  const share = before.n === 0 ? 0 : after.n / before.n;
  if (after.n === 0) return `Verified: without it none of the ${formatCount(before.n)} events like the pick is left.`;
  const p99 = after.p99 === undefined ? "" : `, P99 ${shown(before.p99 ?? 0)} becomes ${shown(after.p99)}`;
  const left = `${formatCount(after.n)} of ${formatCount(before.n)} events like the pick are left without it${p99}.`;
  return share <= 0.2 ? `Mostly verified: ${left}` : `Not the whole story: ${left}`;
}

function figures(reply: QueryReply): { readonly n: number; readonly p99: number | undefined } {
  const [n, p99] = reply.rows[0] ?? [];
  return { n: typeof n === "number" ? n : 0, p99: typeof p99 === "number" ? p99 : undefined };
}
