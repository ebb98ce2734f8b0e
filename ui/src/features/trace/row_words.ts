import { serviceColorVar } from "../../base/color";
import { formatCount, formatDuration } from "../../base/format";
import type { TimeScale } from "../../base/time_scale";
import type { TraceLines } from "../../state/trace_lines";
import { barGeom, type BarGeom } from "./bar_geom";
import { gutterOf, gutterPath, INDENT_PX } from "./gutter";
import { spanNotes } from "./span_notes";

/** What the rows of one picture share. */
export interface RowsLook {
  readonly lines: TraceLines;
  readonly services: readonly string[];
  readonly scale: TimeScale;
  readonly lane_px: number;
  readonly row_px: number;
  /** Columns beside the tree. */
  readonly n_cells: number;
}

/** What a row says and how it is set, ready to be written; an empty text is not there. */
export interface RowWords {
  readonly level: number;
  /** Nothing where there is nothing below it. */
  readonly expanded: "true" | "false" | undefined;
  readonly indent: string;
  readonly gutter: string;
  readonly service: string;
  readonly color: string;
  readonly name: string;
  readonly found: boolean;
  readonly count: string;
  readonly deep: string;
  readonly notes: string;
  readonly title: string;
  /** Of the error mark, as it is read out. */
  readonly failed: string;
  /** The error began here. */
  readonly origin: boolean;
  /** What is folded into the row. */
  readonly below: string;
  readonly belowFailed: boolean;
  readonly label: string;
  /** How the label is set, and where: an empty side is free. */
  readonly labelClass: string;
  readonly left: string;
  readonly right: string;
}

/** The words of line `at`. */
export function rowWords(look: RowsLook, at: number): RowWords {
  const { lines, services, row_px } = look;
  const isGroup = lines.has(at, "group");
  const isParent = lines.has(at, "parent");
  const isFolded = lines.has(at, "folded");
  const failed = lines.has(at, "error");
  const origin = lines.has(at, "origin");
  const level = lines.level[at] ?? 0;
  const gutter = gutterOf(level, lines.rails[at] ?? 0);
  const service = services[lines.service[at] ?? 0] ?? "";
  const name = lines.nameOf(at);
  const notes = isGroup ? "" : spanNotes(lines, at).join(", ");
  const n_below = lines.below[at] ?? 0;
  const n_failed = lines.errorsBelow[at] ?? 0;
  const label = labelOf(look, at);
  return {
    level: level + 1,
    expanded: isParent ? (isFolded ? "false" : "true") : undefined,
    indent: `${gutter.indent * INDENT_PX}px`,
    gutter: gutterPath(gutter.lines, row_px),
    service,
    color: serviceColorVar(service),
    name: name || "unnamed",
    found: lines.has(at, "found"),
    count: isGroup ? `× ${formatCount(n_below)}` : "",
    deep: gutter.deep === undefined ? "" : `level ${gutter.deep}`,
    notes,
    title: isGroup
      ? `${service} ${name}: ${formatCount(n_below)} alike, ${formatDuration(lines.shortest[at] ?? 0)} to ${formatDuration(lines.longest[at] ?? 0)}`
      : `${service} ${name}${notes === "" ? "" : `, ${notes}`}`,
    failed: !failed ? "" : isGroup ? `${formatCount(n_failed)} failed` : origin ? "failed here" : "failed",
    origin: origin || isGroup,
    below:
      isFolded && !isGroup ? `+${formatCount(n_below)}${n_failed > 0 ? `, ${formatCount(n_failed)} failed` : ""}` : "",
    belowFailed: n_failed > 0,
    ...label,
    labelClass: `${label.labelClass}${failed ? " failed" : ""}`,
  };
}

type Label = Pick<RowWords, "label" | "labelClass" | "left" | "right">;

/** The longest label that has room beside the bar; else the shortest, on it. */
function labelOf({ lines, scale, lane_px }: RowsLook, at: number): Label {
  const lay = (label: string) => barGeom(scale, lane_px, lines.start[at] ?? 0, lines.duration[at] ?? 0, label);
  let geom = lay("");
  for (const label of labelsOf(lines, at)) {
    geom = lay(label);
    if (geom.kind === "outside" || geom.labelSide !== "inside") break;
  }
  return setLabel(geom, lane_px);
}

function labelsOf(lines: TraceLines, at: number): readonly string[] {
  if (!lines.has(at, "group")) {
    return [formatDuration(lines.duration[at] ?? 0) + (lines.has(at, "running") ? ", running" : "")];
  }
  const n = lines.below[at] ?? 0;
  const all = `${formatDuration(lines.self[at] ?? 0)} in ${formatCount(n)}`;
  return [`${all}, ${formatDuration((lines.self[at] ?? 0) / n)} each`, all];
}

function setLabel(geom: BarGeom, lane_px: number): Label {
  if (geom.kind === "outside") {
    return geom.side === "left"
      ? { label: `← ${geom.label}`, labelClass: "away", left: "6px", right: "" }
      : { label: `${geom.label} →`, labelClass: "away", left: "", right: "6px" };
  }
  const { label, left_px, width_px } = geom;
  switch (geom.labelSide) {
    case "right":
      return { label, labelClass: "", left: `${left_px + width_px + 7}px`, right: "" };
    case "left":
      return { label, labelClass: "", left: "", right: `${lane_px - left_px + 7}px` };
    case "inside":
      return { label, labelClass: "inside", left: "", right: "8px" };
  }
}
