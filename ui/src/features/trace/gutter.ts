import type { TraceModel } from "../../state/trace_model";

/** One level of indentation. */
export const INDENT_PX = 16;

/** Deeper rows keep this much of their ancestry and say how deep they are. */
export const LEVELS_MAX = 11;

/** A tree line left of a row: the vertical one of an ancestor, or the row's own elbow, with or without more below. */
export interface GutterLine {
  readonly level: number;
  readonly shape: "through" | "elbow" | "tee";
}

/** How a row is set in. */
export interface Gutter {
  readonly lines: readonly GutterLine[];
  /** Levels drawn, 0 for a root. */
  readonly indent: number;
  /** The row's depth where it is deeper than is drawn. */
  readonly deep: number | undefined;
}

/**
 * The lines of a row, from the outermost drawn ancestor to its own:
 *
 *     │  ├─ row with later siblings     through, tee
 *     │  └─ last row                    through, elbow
 */
export function gutterOf(model: TraceModel, row: number): Gutter {
  const depth = model.depth[row] ?? 0;
  const hidden = Math.max(0, depth - LEVELS_MAX);
  const lines: GutterLine[] = [];
  if (depth > 0) lines.push({ level: depth - hidden, shape: model.hasNextSibling(row) ? "tee" : "elbow" });
  let up = model.parentOf(row);
  for (let level = depth - 1; level > hidden && up !== undefined; level -= 1) {
    if (model.hasNextSibling(up)) lines.push({ level: level - hidden, shape: "through" });
    up = model.parentOf(up);
  }
  return { lines: lines.reverse(), indent: depth - hidden, deep: hidden > 0 ? depth : undefined };
}
