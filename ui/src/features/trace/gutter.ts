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
  /** The row's level where it is deeper than is drawn. */
  readonly deep: number | undefined;
}

/**
 * The lines of a row, from the outermost drawn ancestor to its own. Bit 0 of `rails` says that a sibling follows the row,
 * bit 1 that one follows its parent, and so on:
 *
 *     │  ├─ row with later siblings     through, tee
 *     │  └─ last row                    through, elbow
 */
export function gutterOf(level: number, rails: number): Gutter {
  const hidden = Math.max(0, level - LEVELS_MAX);
  const lines: GutterLine[] = [];
  for (let up = level - hidden - 1; up >= 0; up -= 1) {
    const follows = (rails & (1 << up)) !== 0;
    const at = level - hidden - up;
    if (up === 0) lines.push({ level: at, shape: follows ? "tee" : "elbow" });
    else if (follows) lines.push({ level: at, shape: "through" });
  }
  return { lines, indent: level - hidden, deep: hidden > 0 ? level : undefined };
}

/**
 * The lines as one SVG path in a box as high as a row: a row is drawn anew with each scroll, and one attribute costs less
 * than an element for each ancestor.
 */
export function gutterPath(lines: readonly GutterLine[], row_px: number): string {
  return lines
    .map(({ level, shape }) => {
      const x = (level - 1) * INDENT_PX + 7.5;
      const middle = Math.floor(row_px / 2) + 0.5;
      const end = shape === "elbow" ? middle : row_px;
      return `M${x} 0V${end}${shape === "through" ? "" : `M${x} ${middle}h8`}`;
    })
    .join("");
}
