// The waterfall's tree, from two columns in pre-order: each row's depth and the first row after its subtree.

/** No parent. */
export const NO_ROW = 0xffff_ffff;

/** Each row's parent row, in one pass over the pre-order. */
export function parentRows(depth: Uint32Array): Uint32Array {
  const parents = new Uint32Array(depth.length);
  const path: number[] = [];
  for (let row = 0; row < depth.length; row += 1) {
    const level = depth[row] ?? 0;
    path.length = Math.min(path.length, level);
    parents[row] = path[level - 1] ?? NO_ROW;
    path[level] = row;
  }
  return parents;
}

/** How many failed spans lie below each row, itself not counted: one backward pass, each row adds to its parent. */
export function errorsBelow(parents: Uint32Array, flags: Uint32Array, error: number): Uint32Array {
  const below = new Uint32Array(parents.length);
  for (let row = parents.length - 1; row >= 0; row -= 1) {
    const parent = parents[row] ?? NO_ROW;
    if (parent === NO_ROW) continue;
    const own = ((flags[row] ?? 0) & error) === 0 ? 0 : 1;
    below[parent] = (below[parent] ?? 0) + (below[row] ?? 0) + own;
  }
  return below;
}

/** The rows to draw, in order, when the subtrees of `folded` rows are hidden. */
export function visibleRows(subtreeEnd: Uint32Array, folded: ReadonlySet<number>): Uint32Array {
  const rows = new Uint32Array(subtreeEnd.length);
  let n = 0;
  for (let row = 0; row < subtreeEnd.length;) {
    rows[n] = row;
    n += 1;
    row = folded.has(row) ? Math.max(subtreeEnd[row] ?? 0, row + 1) : row + 1;
  }
  return rows.subarray(0, n);
}

/** Where `row` stands among the visible ones; where the folded ancestor that hides it stands otherwise. */
export function placeOf(visible: Uint32Array, row: number): number {
  let low = 0;
  let high = visible.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((visible[middle] ?? 0) <= row) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** Every row that has children. */
export function rowsWithChildren(subtreeEnd: Uint32Array): Set<number> {
  const rows = new Set<number>();
  for (let row = 0; row < subtreeEnd.length; row += 1) {
    if ((subtreeEnd[row] ?? 0) > row + 1) rows.add(row);
  }
  return rows;
}

/** Whether the row has a later sibling, so that its parent's line goes on below it. */
export function hasNextSibling(depth: Uint32Array, subtreeEnd: Uint32Array, row: number): boolean {
  const next = subtreeEnd[row] ?? depth.length;
  return next < depth.length && depth[next] === depth[row];
}
