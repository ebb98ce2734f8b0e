import { formatBytes, formatCount, formatCountOf, formatShare } from "../../base/format";
import { plusNs } from "../../base/time";
import { type TracesRoute, tracesRoute } from "../../base/route";
import type { Import } from "../../rpc/bindings/api";

/** How far a file is, in a word or two. */
export function stateWords(one: Import): string {
  switch (one.state) {
    case "waiting":
      return "waiting";
    case "reading":
      return one.bytes === null
        ? formatBytes(one.bytes_read)
        : `${formatBytes(one.bytes_read)} of ${formatBytes(one.bytes)}`;
    case "done":
      return "imported";
    case "stopped":
      return "stopped";
    case "failed":
      return one.stored > 0 ? "broke off" : "not imported";
  }
}

/** What became of its events; nothing where it has none. */
export function countWords(one: Import): string {
  const parts: readonly (readonly [number, string])[] = [
    [one.duplicate, "there before"],
    [one.rejected, "rejected"],
    [one.repaired, "repaired"],
    [one.truncated, "cut"],
  ];
  const rest = parts.filter(([n]) => n > 0).map(([n, what]) => `${formatCount(n)} ${what}`);
  // Of what holds nothing that could be read, the reason says enough.
  if (one.unreadable > 0 && one.received > 0)
    rest.push(`${formatCountOf(one.unreadable, "stretch", "stretches")} unreadable`);
  const stored = one.received > 0 ? [`${formatCountOf(one.stored, "event")} stored`] : [];
  return [...stored, ...rest].join(", ");
}

/** Why something of it is not there, or not as it was; each sentence once. */
export function whyWords(one: Import): readonly string[] {
  return [...(one.error === null ? [] : [one.error]), ...one.reasons];
}

/** The traces of the time that it is about; nothing where it has no events. */
export function tracesOf(one: Import): TracesRoute | undefined {
  if (one.first_ns === null || one.last_ns === null) return undefined;
  return tracesRoute({ range: { kind: "between", start_ns: one.first_ns, end_ns: plusNs(one.last_ns, 1) } });
}

/** All files in a few words, for the status bar. */
export function importSummary(all: {
  readonly isBusy: boolean;
  readonly share: number | undefined;
  readonly n: number;
  readonly n_failed: number;
}): string {
  if (all.isBusy) return all.share === undefined ? "Importing" : `Importing, ${formatShare(all.share)} %`;
  if (all.n_failed > 0) return `${formatCountOf(all.n_failed, "import")} failed`;
  return `${formatCountOf(all.n, "file")} imported`;
}
