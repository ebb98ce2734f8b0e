// Frames to an animated GIF: one palette for all of them, and of each frame only what changed since the one before.
// The format is the specification's, GIF89a: https://www.w3.org/Graphics/GIF/spec-gif89a.txt

/** Colours of a picture; one more entry of the palette stands for "as before". */
const COLORS = 255;
const TRANSPARENT = 255;
const CODE_BITS_MAX = 12;

/** `frames`: RGBA bytes of the same size, each shown for so many ms. */
export function gif({ width, height, frames }) {
  const palette = paletteOf(frames.map((frame) => frame.rgba));
  const nearest = nearestIn(palette);
  const bytes = new Bytes();
  bytes.text("GIF89a");
  bytes.u16(width, height);
  // A global table of 256 colours.
  bytes.u8(0xf7, 0, 0);
  for (let at = 0; at < 256; at += 1) bytes.u8(...(palette[at] ?? [0, 0, 0]));
  // For ever, again and again.
  bytes.u8(0x21, 0xff, 11);
  bytes.text("NETSCAPE2.0");
  bytes.u8(3, 1, 0, 0, 0);
  let before;
  for (const { rgba, ms } of frames) {
    const pixels = new Uint8Array(width * height);
    for (let at = 0; at < pixels.length; at += 1) pixels[at] = nearest(rgba[at * 4], rgba[at * 4 + 1], rgba[at * 4 + 2]);
    const [left, top, right, bottom] = before ? changed(before, pixels, width, height) : [0, 0, width, height];
    const part = new Uint8Array((right - left) * (bottom - top));
    for (let y = top, to = 0; y < bottom; y += 1) {
      for (let x = left; x < right; x += 1, to += 1) {
        const at = y * width + x;
        part[to] = before?.[at] === pixels[at] ? TRANSPARENT : pixels[at];
      }
    }
    // What lay there stays below it.
    bytes.u8(0x21, 0xf9, 4, 0x05);
    bytes.u16(Math.round(ms / 10));
    bytes.u8(TRANSPARENT, 0, 0x2c);
    bytes.u16(left, top, right - left, bottom - top);
    bytes.u8(0, 8);
    bytes.blocks(compressed(part, 8));
    before = pixels;
  }
  bytes.u8(0x3b);
  return bytes.all();
}

/** The smallest box around what differs; one pixel where nothing does. */
function changed(before, now, width, height) {
  let [left, top, right, bottom] = [width, height, 0, 0];
  for (let at = 0; at < now.length; at += 1) {
    if (before[at] === now[at]) continue;
    const [x, y] = [at % width, Math.floor(at / width)];
    [left, right] = [Math.min(left, x), Math.max(right, x + 1)];
    [top, bottom] = [Math.min(top, y), Math.max(bottom, y + 1)];
  }
  return right === 0 ? [0, 0, 1, 1] : [left, top, right, bottom];
}

/** Median cut: the box of colours with most pixels by its length is halved until there are enough. */
function paletteOf(pictures) {
  const counts = new Map();
  for (const rgba of pictures) {
    for (let at = 0; at < rgba.length; at += 4) {
      const key = (rgba[at] << 16) | (rgba[at + 1] << 8) | rgba[at + 2];
      counts.set(key, (counts.get(key) ?? 0) + 1);
    }
  }
  const all = [...counts].map(([key, n]) => ({ rgb: [key >> 16, (key >> 8) & 255, key & 255], n }));
  const boxes = [boxOf(all)];
  while (boxes.length < COLORS) {
    const widest = boxes.reduce((a, b) => (b.weight > a.weight ? b : a));
    if (widest.weight === 0) break;
    const sorted = widest.colors.toSorted((a, b) => a.rgb[widest.channel] - b.rgb[widest.channel]);
    // In the middle of its length: what is rare, as an accent, keeps a colour of its own.
    const middle = (sorted[0].rgb[widest.channel] + sorted.at(-1).rgb[widest.channel]) / 2;
    const cut = sorted.findIndex((one) => one.rgb[widest.channel] > middle);
    boxes.splice(boxes.indexOf(widest), 1, boxOf(sorted.slice(0, cut)), boxOf(sorted.slice(cut)));
  }
  return boxes.map(({ colors, n }) =>
    [0, 1, 2].map((channel) => Math.round(colors.reduce((sum, one) => sum + one.rgb[channel] * one.n, 0) / n)),
  );
}

function boxOf(colors) {
  const lengths = [0, 1, 2].map((channel) => {
    let [low, high] = [255, 0];
    for (const { rgb } of colors) [low, high] = [Math.min(low, rgb[channel]), Math.max(high, rgb[channel])];
    return high - low;
  });
  const channel = lengths.indexOf(Math.max(...lengths));
  const n = colors.reduce((sum, one) => sum + one.n, 0);
  return { colors, channel, n, weight: lengths[channel] * Math.sqrt(n) };
}

/** The palette's nearest colour; each is looked for once. */
function nearestIn(palette) {
  const known = new Map();
  return (red, green, blue) => {
    const key = (red << 16) | (green << 8) | blue;
    let found = known.get(key);
    if (found === undefined) {
      let least = Infinity;
      palette.forEach(([r, g, b], at) => {
        const distance = 2 * (r - red) ** 2 + 4 * (g - green) ** 2 + 3 * (b - blue) ** 2;
        if (distance < least) [least, found] = [distance, at];
      });
      known.set(key, found);
    }
    return found;
  };
}

/** LZW with codes that grow from one bit more than a pixel has. */
function compressed(pixels, pixel_bits) {
  const [clear, end] = [1 << pixel_bits, (1 << pixel_bits) + 1];
  const out = [];
  let [bits, n_bits] = [0, 0];
  const write = (code, size) => {
    bits |= code << n_bits;
    for (n_bits += size; n_bits >= 8; n_bits -= 8, bits >>>= 8) out.push(bits & 255);
  };
  let [codes, next, size] = [new Map(), end + 1, pixel_bits + 1];
  write(clear, size);
  let prefix = pixels[0];
  for (let at = 1; at < pixels.length; at += 1) {
    const key = (prefix << 8) | pixels[at];
    const code = codes.get(key);
    if (code !== undefined) {
      prefix = code;
      continue;
    }
    write(prefix, size);
    codes.set(key, next);
    if (next === 1 << size) size += 1;
    next += 1;
    if (next === 1 << CODE_BITS_MAX) {
      write(clear, size);
      [codes, next, size] = [new Map(), end + 1, pixel_bits + 1];
    }
    prefix = pixels[at];
  }
  write(prefix, size);
  write(end, size);
  if (n_bits > 0) out.push(bits & 255);
  return out;
}

class Bytes {
  #parts = [];

  u8(...values) {
    this.#parts.push(Uint8Array.from(values));
  }

  u16(...values) {
    for (const value of values) this.u8(value & 255, value >> 8);
  }

  text(text) {
    this.#parts.push(new TextEncoder().encode(text));
  }

  /** Blocks of up to 255 bytes behind their length, then an empty one. */
  blocks(bytes) {
    for (let at = 0; at < bytes.length; at += 255) {
      const block = bytes.slice(at, at + 255);
      this.u8(block.length, ...block);
    }
    this.u8(0);
  }

  all() {
    return Buffer.concat(this.#parts);
  }
}
