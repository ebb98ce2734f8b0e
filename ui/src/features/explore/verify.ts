import { formatCount, formatDuration, formatNumber } from "../../base/format";
import type { Ends } from "../../base/range";
import type { ExploreRoute } from "../../base/route";
import { fieldText } from "../../lang/quote";
import { addTerm } from "../../lang/terms";
import type { QueryReply } from "../../rpc/bindings/api";
import type { Check } from "../../state/verdict.svelte";
import { exclude, pickTerms, pickTime } from "./moves";

// The check of an explanation by its negation: without it, does the symptom go away?

/** The check of terms that explain the pick. */
export function checkOf(route: ExploreRoute, terms: readonly string[], ends: Ends): Check {
  const texts = [symptomQuery(route, route.where), symptomQuery(route, exclude(route, terms).where)] as const;
  return { texts, ...symptomTimes(route, ends), said: (all, without) => verdictWords(route, all, without) };
}

/** What a query has to tell for it: how many there are, how slow they are, and how many of them are like the pick. */
export function symptomQuery(route: ExploreRoute, where: string): string {
  const picked = pickTerms(route).reduce(addTerm, where.trim());
  const field = fieldText(route.box?.field ?? route.field);
  return `SELECT COUNT, P99(${field})${picked === "" ? "" : ` WHERE ${picked}`}`;
}

/** The pick's own time. */
export function symptomTimes(route: ExploreRoute, ends: Ends): Ends {
  return pickTime(route) ?? ends;
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
