/** Answers to a stream of changes at a bearable pace: one run at a time, then a pause, and never a change missed. */
export class Pace {
  #timer: ReturnType<typeof setTimeout> | undefined;
  #running = false;
  #again = false;
  #rested_at_ms = 0;
  #ended = false;

  /** `rest_ms` is the least pause after a run; a slow run is followed by one four times its own length. */
  constructor(
    private readonly run: () => Promise<void>,
    private readonly rest_ms: number,
    private readonly now_ms: () => number = () => performance.now(),
  ) {}

  /** Something changed: runs now, or as soon as the pause is over. */
  poke(): void {
    if (this.#ended) return;
    if (this.#running) {
      this.#again = true;
      return;
    }
    if (this.#timer !== undefined) return;
    this.#timer = setTimeout(() => void this.#go(), Math.max(0, this.#rested_at_ms - this.now_ms()));
  }

  end(): void {
    this.#ended = true;
    clearTimeout(this.#timer);
  }

  async #go(): Promise<void> {
    this.#timer = undefined;
    this.#running = true;
    const from_ms = this.now_ms();
    await this.run();
    const took_ms = this.now_ms() - from_ms;
    this.#running = false;
    this.#rested_at_ms = this.now_ms() + Math.max(this.rest_ms, 4 * took_ms);
    if (!this.#again) return;
    this.#again = false;
    this.poke();
  }
}
