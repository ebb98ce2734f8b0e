import { CallError } from "../rpc/transport";

/** The place of one answer. It keeps the old answer until the new one is there, and drops answers that come too late. */
export class Slot<T> {
  /** The last answer. */
  value = $state.raw<T | undefined>(undefined);
  /** Why the last question was refused; nothing once one is answered. */
  error = $state.raw<CallError | undefined>(undefined);
  /** A question is under way. */
  asking = $state(false);
  #turn = 0;
  #stop: AbortController | undefined;

  /** Asks, and takes the answer unless another question was asked meanwhile, which stops this one. Tells whether it was
      taken. What has to change with the answer is changed by `taken`, so that the screen follows both at once. */
  async ask(question: (stop: AbortSignal) => Promise<T>, taken?: (value: T) => void): Promise<boolean> {
    this.stop();
    const turn = this.#turn;
    const stop = new AbortController();
    this.#stop = stop;
    this.asking = true;
    try {
      const value = await question(stop.signal);
      if (turn !== this.#turn) return false;
      this.value = value;
      this.error = undefined;
      taken?.(value);
    } catch (error) {
      if (turn !== this.#turn) return false;
      this.error = CallError.from(error);
    }
    this.asking = false;
    return true;
  }

  /** Stops asking; the old answer stays. */
  stop(): void {
    this.#turn += 1;
    this.#stop?.abort();
    this.#stop = undefined;
    this.asking = false;
  }

  /** Forgets answer and question. */
  clear(): void {
    this.stop();
    this.value = undefined;
    this.error = undefined;
  }
}
