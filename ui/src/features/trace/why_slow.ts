import { exploreRoute, type ExploreRoute } from "../../base/route";
import type { SpanDetail } from "../../rpc/bindings/api";
import { asSlow, likeIt, type PeerDurations } from "../../state/peers.svelte";

/** The question why a span is slow: spans of its name that take as long, against the rest of its name. */
export function whySlow(detail: SpanDetail, peers: PeerDurations | undefined): ExploreRoute {
  return exploreRoute({ where: likeIt(detail), range: { kind: "all" }, picked: asSlow(detail, peers) });
}
