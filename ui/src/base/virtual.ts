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
