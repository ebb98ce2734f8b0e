import type { TimeScale } from "../base/time_scale";

/** Lines of a trace, as far as bars need them. */
export interface BarColumns {
  readonly start: Float64Array;
  readonly duration: Float64Array;
  readonly reachFrom: Float64Array;
  readonly reachTo: Float64Array;
  readonly color: Uint32Array;
  readonly flags: Uint32Array;
  readonly pieceFirst: Uint32Array;
  readonly pieceKind: Uint32Array;
  readonly pieceFrom: Float64Array;
  readonly pieceTo: Float64Array;
  readonly markFirst: Uint32Array;
  readonly markAt: Float64Array;
  markKindOf(mark: number): "event" | "exception" | "log" | "link";
}

export interface BarColors {
  /** By a line's `color`; the first is for lines that have none. */
  readonly values: readonly string[];
  readonly text: string;
  readonly surface: string;
  readonly error: string;
  readonly critical: string;
}

/** What a line may be and a piece may show, in the host's numbers. */
export interface BarCodes {
  readonly folded: number;
  readonly group: number;
  readonly running: number;
  readonly own: number;
  readonly critical: number;
  readonly member: number;
  readonly failedMember: number;
}

export interface BarLayout {
  readonly scale: TimeScale;
  readonly lane_px: number;
  readonly row_px: number;
  readonly showCritical: boolean;
}

/** Bars are at least this wide, so that the shortest is seen. */
const WIDTH_PX_MIN = 2;
/** Marks of a kind closer than this are drawn as one. */
const APART_PX = 4;
const PALE = 0.3;

/**
 * Paints the bars of lines `first` to before `end`, the first at the top:
 *
 *     ╷ ◆              log, event
 *     ┌──▓▓▓──▓┐ ─────  own time solid, waiting pale; a thin line for children that outlive what is folded
 *     ‾‾‾‾‾            critical path
 */
export function paintBars(
  context: CanvasRenderingContext2D,
  columns: BarColumns,
  first: number,
  end: number,
  { scale, lane_px, row_px, showCritical }: BarLayout,
  colors: BarColors,
  codes: BarCodes,
): void {
  const bar_px = Math.round(row_px / 2);
  const x = (ns: number) => Math.max(-8, Math.min(lane_px + 8, scale.toPx(ns)));
  for (let at = first; at < end; at += 1) {
    const top = (at - first) * row_px + Math.round((row_px - bar_px) / 2);
    const flags = columns.flags[at] ?? 0;
    const from = columns.start[at] ?? 0;
    const to = from + (columns.duration[at] ?? 0);
    const color = colors.values[columns.color[at] ?? 0] ?? "";
    const [left, right] = [x(from), Math.max(x(to), x(from) + WIDTH_PX_MIN)];
    const isGroup = (flags & codes.group) !== 0;
    context.fillStyle = color;
    if ((flags & codes.folded) !== 0 && !isGroup) {
      const middle = top + bar_px / 2 - 0.5;
      const [reach_left, reach_right] = [x(columns.reachFrom[at] ?? from), x(columns.reachTo[at] ?? to)];
      if (reach_left < left - 1) context.fillRect(reach_left, middle, left - reach_left, 1);
      if (reach_right > right + 1) context.fillRect(right, middle, reach_right - right, 1);
    }
    if (right >= 0 && left <= lane_px) {
      if (!isGroup) {
        context.globalAlpha = PALE;
        context.fillRect(left, top, right - left, bar_px);
        context.globalAlpha = 1;
        context.fillRect(left, top, 1, bar_px);
        if ((flags & codes.running) === 0) context.fillRect(right - 1, top, 1, bar_px);
        else paintOpenEnd(context, right, top, bar_px);
      }
      paintPieces(context, columns, at, top, bar_px, x, color, colors, codes, showCritical);
    }
    paintMarks(context, columns, at, top, bar_px, scale, colors);
  }
}

function paintPieces(
  context: CanvasRenderingContext2D,
  columns: BarColumns,
  at: number,
  top: number,
  bar_px: number,
  x: (ns: number) => number,
  color: string,
  colors: BarColors,
  codes: BarCodes,
  showCritical: boolean,
): void {
  for (let piece = columns.pieceFirst[at] ?? 0; piece < (columns.pieceFirst[at + 1] ?? 0); piece += 1) {
    const kind = columns.pieceKind[piece];
    if (kind === codes.critical && !showCritical) continue;
    const left = x(columns.pieceFrom[piece] ?? 0);
    const width = Math.max(kind === codes.own ? 1 : WIDTH_PX_MIN, x(columns.pieceTo[piece] ?? 0) - left);
    if (left + width < 0) continue;
    if (kind === codes.critical) {
      context.fillStyle = colors.critical;
      context.fillRect(left, top + bar_px + 1, width, 2);
    } else {
      context.fillStyle = kind === codes.failedMember ? colors.error : color;
      // Members keep their rhythm: a sliver between those that touch.
      const gap = kind === codes.own || width < 4 ? 0 : 1;
      context.fillRect(left, top, width - gap, bar_px);
    }
  }
}

/** A running span has no end: its bar stops in teeth. */
function paintOpenEnd(context: CanvasRenderingContext2D, right: number, top: number, bar_px: number): void {
  context.beginPath();
  for (let y = 0; y < bar_px; y += 4) {
    context.moveTo(right, top + y);
    context.lineTo(right + 3, top + y + 2);
    context.lineTo(right, top + y + 4);
  }
  context.fill();
}

function paintMarks(
  context: CanvasRenderingContext2D,
  columns: BarColumns,
  at: number,
  top: number,
  bar_px: number,
  scale: TimeScale,
  colors: BarColors,
): void {
  const last = new Map<string, number>();
  const exceptions: number[] = [];
  for (let mark = columns.markFirst[at] ?? 0; mark < (columns.markFirst[at + 1] ?? 0); mark += 1) {
    const x_px = scale.toPx(columns.markAt[mark] ?? 0);
    const kind = columns.markKindOf(mark);
    if (x_px < -4 || x_px > scale.width_px + 80 || x_px - (last.get(kind) ?? -Infinity) < APART_PX) continue;
    last.set(kind, x_px);
    if (kind === "log") {
      context.fillStyle = colors.text;
      context.fillRect(x_px - 1, top - 4, 2, 5);
    } else if (kind === "link") {
      context.strokeStyle = colors.text;
      context.lineWidth = 1.5;
      context.beginPath();
      context.arc(x_px, top + bar_px / 2, 2.5, 0, 2 * Math.PI);
      context.stroke();
    } else if (kind === "exception") exceptions.push(x_px);
    else paintDiamond(context, x_px, top + bar_px / 2, colors.surface, colors.text);
  }
  // On top of everything else.
  for (const x_px of exceptions) paintDiamond(context, x_px, top + bar_px / 2, colors.error, colors.error);
}

function paintDiamond(context: CanvasRenderingContext2D, x: number, y: number, fill: string, line: string): void {
  context.beginPath();
  context.moveTo(x - 5, y);
  context.lineTo(x, y - 5);
  context.lineTo(x + 5, y);
  context.lineTo(x, y + 5);
  context.closePath();
  context.fillStyle = fill;
  context.fill();
  context.strokeStyle = line;
  context.lineWidth = 1.4;
  context.stroke();
}
