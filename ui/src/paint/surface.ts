/** A canvas sized for the screen's pixels, cleared, with CSS pixels as its unit. Nothing where there is no 2D context. */
export function fitSurface(
  canvas: HTMLCanvasElement,
  width_px: number,
  height_px: number,
): CanvasRenderingContext2D | undefined {
  const ratio = window.devicePixelRatio || 1;
  const [width, height] = [Math.max(1, Math.round(width_px * ratio)), Math.max(1, Math.round(height_px * ratio))];
  // Setting a size makes a new picture, also where it is the same.
  if (canvas.width !== width) canvas.width = width;
  if (canvas.height !== height) canvas.height = height;
  const context = canvas.getContext("2d");
  if (!context) return undefined;
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, width_px, height_px);
  return context;
}

/** Reads tokens such as `--heat-1` as the element sees them now; each is looked up once. */
export function tokenReader(element: Element): (name: string) => string {
  const known = new Map<string, string>();
  return (name) => {
    let value = known.get(name);
    if (value === undefined) {
      value = getComputedStyle(element).getPropertyValue(name).trim();
      known.set(name, value);
    }
    return value;
  };
}
