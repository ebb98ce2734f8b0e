/**
 * A value axis made of buckets of equal height, whose edges the engine chose. Immutable; maps values to shares of the
 * height (0 = bottom) and back. Within a bucket it is logarithmic where it can be, so it fits any spacing of edges.
 */
export class EdgeScale {
  /** `n_under`: how many buckets at the bottom hold what lies below the axis proper. */
  constructor(
    readonly edges: Float64Array,
    readonly n_under: 0 | 1 = 0,
  ) {}

  /** The same with a bucket below it for everything less. */
  withUnder(): EdgeScale {
    return new EdgeScale(Float64Array.of(-Number.MAX_VALUE, ...this.edges), 1);
  }

  get n(): number {
    return Math.max(0, this.edges.length - 1);
  }

  /** The least value of the axis proper. */
  get min(): number {
    return this.edges[this.n_under] ?? 0;
  }

  get max(): number {
    return this.edges[this.n] ?? 0;
  }

  /** The bucket that holds `value`, clamped to the first and the last. */
  bucket(value: number): number {
    let low = 0;
    let high = this.n - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.edges[middle] ?? 0) <= value) low = middle;
      else high = middle - 1;
    }
    return Math.max(0, low);
  }

  toShare(value: number): number {
    if (this.n === 0) return 0;
    if (value <= (this.edges[0] ?? 0)) return 0;
    if (value >= this.max) return 1;
    const at = this.bucket(value);
    const [low, high] = this.#ends(at);
    const inside = low > 0 ? Math.log(value / low) / Math.log(high / low) : (value - low) / (high - low);
    return (at + (Number.isFinite(inside) ? inside : 0)) / this.n;
  }

  toValue(share: number): number {
    if (this.n === 0) return 0;
    const place = Math.max(0, Math.min(1, share)) * this.n;
    const at = Math.min(this.n - 1, Math.floor(place));
    const [low, high] = this.#ends(at);
    const inside = place - at;
    return low > 0 ? low * Math.pow(high / low, inside) : low + (high - low) * inside;
  }

  /** Powers of ten inside the axis; on a narrow or linear axis 1, 2 and 5 of each, or even steps. */
  ticks(linear: boolean, n_max: number): number[] {
    if (this.n === 0) return [];
    if (linear || this.min <= 0) return evenTicks(this.min, this.max, n_max);
    const low = Math.floor(Math.log10(this.min));
    const high = Math.ceil(Math.log10(this.max));
    const inside = (value: number) => value >= this.min * 0.999 && value <= this.max * 1.001;
    const decades: number[] = [];
    for (let power = low; power <= high; power += 1) decades.push(Math.pow(10, power));
    const tens = decades.filter(inside);
    if (tens.length >= 3) return thin(tens, n_max);
    return thin(decades.flatMap((unit) => [unit, 2 * unit, 5 * unit]).filter(inside), n_max);
  }

  #ends(at: number): [number, number] {
    return [this.edges[at] ?? 0, this.edges[at + 1] ?? 0];
  }
}

function thin(ticks: number[], n_max: number): number[] {
  const every = Math.max(1, Math.ceil(ticks.length / n_max));
  return ticks.filter((_, at) => at % every === 0);
}

function evenTicks(min: number, max: number, n_max: number): number[] {
  const raw = (max - min) / Math.max(1, n_max);
  if (!(raw > 0)) return [min];
  const unit = Math.pow(10, Math.floor(Math.log10(raw)));
  const step = [1, 2, 5, 10].map((n) => n * unit).find((size) => size >= raw) ?? raw;
  const ticks: number[] = [];
  for (let n = Math.ceil(min / step); n * step <= max * 1.0001; n += 1) ticks.push(n * step);
  return ticks;
}
