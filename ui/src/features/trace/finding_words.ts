import { formatCount, formatDuration, formatShare } from "../../base/format";
import type { TraceFinding } from "../../rpc/bindings/api";

/** A finding in words, and the span to look at. */
export interface Finding {
  readonly key: string;
  readonly tone: "error" | "slow" | "odd";
  readonly text: string;
  readonly more: string;
  readonly span: string;
}

/** One line for each finding; what it rests on stands in `more`. */
export function findingWords(finding: TraceFinding): Finding {
  const { at } = finding;
  const name = `${at.service} ${at.name}`;
  const base = { key: `${finding.kind} ${at.span}`, span: at.span };
  switch (finding.kind) {
    case "error_origin": {
      const said = finding.message === null ? "" : `: ${finding.message}`;
      return {
        ...base,
        tone: "error",
        text: `Failed first in ${name}${said}`,
        more:
          finding.n_above === 0
            ? "No span above it failed."
            : `${formatCount(finding.n_above)} above it failed with it.`,
      };
    }
    case "repeats": {
      const how = finding.one_by_one ? "one after another" : "alike";
      const of = finding.parent === null ? "of the trace" : `of ${finding.parent.service} ${finding.parent.name}`;
      return {
        ...base,
        tone: "slow",
        text: `${formatCount(finding.n)} × ${name} ${how}: ${formatDuration(finding.covered_ns)}, ${formatShare(finding.share)} % ${of}`,
        more:
          finding.calls && finding.one_by_one
            ? "An N+1: one call for all of them, or all at once, would save most of it."
            : "Siblings of one service and name.",
      };
    }
    case "sequence":
      return {
        ...base,
        tone: "slow",
        text: `${formatCount(finding.n)} calls of ${finding.parent.name} run one after another: up to ${formatDuration(finding.saving_ns)} less at once`,
        more: "They are on the critical path. Whether one needs another's answer, spans do not say.",
      };
    case "clock_skew": {
      const way = finding.behind_ns < 0 ? "ahead of" : "behind";
      return {
        ...base,
        tone: "odd",
        text: `The clock of ${at.service} is ${formatDuration(Math.abs(finding.behind_ns))} ${way} ${finding.caller}'s`,
        more: `${formatCount(finding.n_impossible)} of ${formatCount(finding.n_calls)} calls cannot be as their clocks say. Times are shown as they came.`,
      };
    }
  }
}
