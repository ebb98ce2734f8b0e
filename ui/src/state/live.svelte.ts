import type { Status } from "../rpc/bindings/api";
import type { Link, Transport } from "../rpc/transport";

/** The house's state as it is pushed, and how the line to it is. */
export class Live {
  status = $state.raw<Status | undefined>(undefined);
  link = $state<Link | "opening">("opening");

  /** Watches until the returned function is called. */
  watch(transport: Transport): () => void {
    return transport.live(
      (status) => (this.status = status),
      (link) => (this.link = link),
    );
  }

  // Derived, not read from the status: that is another one every second, and who asks anew would ask for nothing.

  /** Grows with every commit; 0 before the first status. */
  readonly generation = $derived(this.status?.generation ?? 0);

  /** Whether nothing was ever stored, as far as is known. */
  readonly empty = $derived(this.status !== undefined && this.status.readable === 0);
}
