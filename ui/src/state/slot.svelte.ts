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

  /** Asks, and takes the answer unless another question was asked meanwhile. Tells whether it was taken. */
  async ask(question: () => Promise<T>): Promise<boolean> {
    this.#turn += 1;
    const turn = this.#turn;
    this.asking = true;
    try {
      const value = await question();
      if (turn !== this.#turn) return false;
      this.value = value;
      this.error = undefined;
    } catch (error) {
      if (turn !== this.#turn) return false;
      this.error = CallError.from(error);
    }
    this.asking = false;
    return true;
  }

  /** Forgets answer and question. */
  clear(): void {
    this.#turn += 1;
    this.value = undefined;
    this.error = undefined;
    this.asking = false;
  }
}
