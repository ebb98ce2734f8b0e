/** Which rows of a long list are on the screen. */
export interface Slice {
  /** First row drawn. */
  readonly first: number;
  /** First row no longer drawn. */
  readonly end: number;
}

/** The rows of `row_px` height that a viewport shows, with a few more on both sides so that a scroll finds them. */
export function sliceRows(n: number, row_px: number, top_px: number, height_px: number, extra = 6): Slice {
  const first = Math.max(0, Math.min(Math.floor(top_px / row_px) - extra, n));
  const end = Math.min(n, Math.ceil((top_px + height_px) / row_px) + extra);
  return { first, end: Math.max(first, end) };
}

/** Where to scroll so that a row is seen whole, moving as little as possible. */
export function scrollToRow(row: number, row_px: number, top_px: number, height_px: number): number {
  const row_top_px = row * row_px;
  if (row_top_px < top_px) return row_top_px;
  if (row_top_px + row_px > top_px + height_px) return row_top_px + row_px - height_px;
  return top_px;
}

/** No browser lays out a box higher than this; the lowest of them, WebKit's and Chromium's, are at 2^25. */
export const HEIGHT_PX_MAX = 30_000_000;

/**
 * A list that may be higher than a box can be: the scroll bar then stands for more than it measures. Immutable. `top` is
 * how far the list is scrolled in its own pixels, `bar` what the browser says.
 */
export class TallList {
  constructor(
    readonly n: number,
    readonly row_px: number,
    readonly height_px: number,
  ) {}

  /** The height of the box that is scrolled. */
  get box_px(): number {
    return Math.min(this.n * this.row_px, HEIGHT_PX_MAX);
  }

  get #stretch(): number {
    const room = this.box_px - this.height_px;
    return room > 0 ? Math.max(1, (this.n * this.row_px - this.height_px) / room) : 1;
  }

  topOf(bar_px: number): number {
    return bar_px * this.#stretch;
  }

  barOf(top_px: number): number {
    return top_px / this.#stretch;
  }
}
