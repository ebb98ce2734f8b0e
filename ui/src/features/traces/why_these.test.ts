import { expect, test } from "vitest";
import { exploreRoute, tracesRoute } from "../../base/route";
import { whyThese } from "./why_these";

test("a list is picked by its filter, in its time; all traces and what is said of whole ones are not", () => {
  const range = { kind: "all" } as const;
  expect(whyThese(tracesRoute({ filter: "a = 1 OR b", errorsOnly: true, range }))).toEqual(
    exploreRoute({ range, picked: "(a = 1 OR b) AND error" }),
  );
  expect(whyThese(tracesRoute())).toMatch(/filter the list first/);
  expect(whyThese(tracesRoute({ filter: "a = 1 AND trace.span_count > 50" }))).toMatch(/whole traces/);
});
