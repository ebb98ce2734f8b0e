import { exploreRoute, type ExploreRoute, type TracesRoute } from "../../base/route";
import { addTerm } from "../../lang/terms";
import { eventTerms } from "../../state/traces.svelte";

/** How the listed traces differ from all others of their time; where that cannot be asked, why not. */
export function whyThese({ filter, errorsOnly, range }: TracesRoute): ExploreRoute | string {
  if (eventTerms(filter) !== filter)
    return "What is said of whole traces, such as trace.duration_ms, cannot be picked yet";
  const picked = errorsOnly ? addTerm(filter, "error") : filter;
  if (picked.trim() === "") return "These are all traces there are: filter the list first";
  return exploreRoute({ range, picked, unit: "trace" });
}
