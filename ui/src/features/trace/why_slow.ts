import { exploreRoute, type ExploreRoute } from "../../base/route";
import { equals } from "../../lang/quote";
import { joinTerms } from "../../lang/terms";
import type { SpanDetail } from "../../rpc/bindings/api";

/** Spans this much as long count as equally slow; of one alone nothing could be said. */
const AS_SLOW = 0.8;

/** The question why a span is slow: spans of its name that take as long, against the rest of its name. */
export function whySlow(detail: SpanDetail): ExploreRoute {
  const duration_ms = Number(((Number(detail.duration_ns) / 1e6) * AS_SLOW).toPrecision(4));
  return exploreRoute({
    where: joinTerms([equals("service.name", detail.service), equals("name", detail.name)]),
    range: { kind: "all" },
    picked: `duration_ms >= ${duration_ms}`,
  });
}
