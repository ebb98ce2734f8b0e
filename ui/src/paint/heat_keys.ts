/** Cells that the keyboard has chosen on a grid: where it began, and where it is. */
export interface KeyCells {
  readonly from: { readonly x: number; readonly y: number };
  readonly to: { readonly x: number; readonly y: number };
}

const MOVES: Readonly<Record<string, readonly [number, number]>> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, 1],
  ArrowDown: [0, -1],
  Home: [-Infinity, 0],
  End: [Infinity, 0],
  PageUp: [0, Infinity],
  PageDown: [0, -Infinity],
};

/**
 * What a key makes of the chosen cells: an arrow moves, with Shift it grows the choice; the first one is in the middle.
 * Nothing for a key that is none of these.
 */
export function moveCells(
  cells: KeyCells | undefined,
  key: string,
  grows: boolean,
  grid: { readonly n_x: number; readonly n_y: number },
): KeyCells | undefined {
  const move = MOVES[key];
  if (!move) return undefined;
  const within = (value: number, n: number) => Math.max(0, Math.min(n - 1, value));
  const now = cells?.to ?? { x: Math.floor(grid.n_x / 2), y: Math.floor(grid.n_y / 2) };
  const to = { x: within(now.x + move[0], grid.n_x), y: within(now.y + move[1], grid.n_y) };
  return { from: grows && cells ? cells.from : to, to };
}
