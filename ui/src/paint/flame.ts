/** A tree in pre-order: each node's depth, the first one after its subtree, and what it weighs with all below it. */
export interface FlameTree {
  readonly depth: readonly number[];
  readonly subtreeEnd: readonly number[];
  readonly weight: readonly number[];
}

/** A node's box, in shares of the width and in rows. */
export interface FlameBox {
  readonly node: number;
  readonly left: number;
  readonly width: number;
  readonly row: number;
}

/**
 * Lays a flame graph out from the root down; children stand side by side from the left, and what is left of their parent
 * is its own time. With a focus its ancestors fill the width, and nothing beside it is drawn. Boxes narrower than
 * `least`, a share of the width, are left out with all below them.
 *
 *     |      GET /cart       |
 *     | SELECT | render  |
 */
export function layFlame(tree: FlameTree, focus: number | undefined, least: number): FlameBox[] {
  const n = tree.depth.length;
  const boxes: FlameBox[] = [];
  const weight = (node: number) => tree.weight[node] ?? 0;
  const end = (node: number) => tree.subtreeEnd[node] ?? n;
  const holds = (node: number) => focus === undefined || (node <= focus && focus < end(node));
  const roots: number[] = [];
  for (let node = 0; node < n; node = Math.max(end(node), node + 1)) if (holds(node)) roots.push(node);
  const whole = roots.reduce((sum, root) => sum + weight(root), 0);
  /** Nodes still to be laid, with where they begin and how much a unit of weight is wide. */
  const open: { node: number; left: number; scale: number }[] = [];
  const lay = (nodes: readonly number[], from: number, scale: number) => {
    let left = from;
    for (const node of nodes) {
      open.push({ node, left, scale });
      left += weight(node) * scale;
    }
  };
  lay(roots, 0, whole > 0 ? 1 / whole : 0);
  while (open.length > 0) {
    const { node, left, scale } = open.pop() ?? { node: 0, left: 0, scale: 0 };
    const above = focus !== undefined && node < focus && focus < end(node);
    const width = above ? 1 : weight(node) * scale;
    if (width < least) continue;
    boxes.push({ node, left: above ? 0 : left, width, row: tree.depth[node] ?? 0 });
    const children: number[] = [];
    for (let child = node + 1; child < end(node); child = Math.max(end(child), child + 1)) {
      if (!above || holds(child)) children.push(child);
    }
    const only = children[0];
    if (above && only !== undefined) lay([only], 0, weight(only) > 0 ? 1 / weight(only) : 0);
    else lay(children, left, scale);
  }
  return boxes;
}

export interface FlamePaint {
  readonly width_px: number;
  readonly row_px: number;
  readonly color: (node: number) => string;
  readonly label: (node: number) => string;
  readonly text: string;
  readonly line: string;
  readonly mark: string;
  readonly font: string;
  readonly picked: number | undefined;
}

const PALE = 0.38;
const LABEL_PX_MIN = 34;
const GLYPH_PX = 6.2;

/** Paints the boxes; names only where they have room. */
export function paintFlame(context: CanvasRenderingContext2D, boxes: readonly FlameBox[], paint: FlamePaint): void {
  context.font = paint.font;
  context.textBaseline = "middle";
  for (const { node, left, width, row } of boxes) {
    const [x, y] = [left * paint.width_px, row * paint.row_px];
    const width_px = Math.max(0.5, width * paint.width_px - 1);
    const height_px = paint.row_px - 1;
    context.globalAlpha = PALE;
    context.fillStyle = paint.color(node);
    context.fillRect(x, y, width_px, height_px);
    context.globalAlpha = 1;
    context.fillRect(x, y, Math.min(2, width_px), height_px);
    if (node === paint.picked) {
      context.strokeStyle = paint.mark;
      context.lineWidth = 2;
      context.strokeRect(x + 1, y + 1, Math.max(0, width_px - 2), height_px - 2);
    }
    if (width_px < LABEL_PX_MIN) continue;
    const room = Math.floor((width_px - 10) / GLYPH_PX);
    const name = paint.label(node);
    context.fillStyle = paint.text;
    context.fillText(
      name.length > room ? `${name.slice(0, Math.max(1, room - 1))}…` : name,
      x + 6,
      y + height_px / 2 + 0.5,
    );
  }
}

/** The box under a point. */
export function boxAt(
  boxes: readonly FlameBox[],
  x_px: number,
  y_px: number,
  width_px: number,
  row_px: number,
): FlameBox | undefined {
  const [share, row] = [x_px / width_px, Math.floor(y_px / row_px)];
  return boxes.find((box) => box.row === row && share >= box.left && share < box.left + box.width);
}
