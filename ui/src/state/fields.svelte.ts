import type { Client } from "../rpc/client";

/** A list of fields this old is asked for again. */
const STALE_AFTER_MS = 10_000;

/** The store's field names, for completion. */
export class Fields {
  names = $state.raw<readonly string[]>([]);
  /** Events that have each. */
  counts = $state.raw<ReadonlyMap<string, number>>(new Map());
  #asked_ms = 0;

  constructor(private readonly client: Client) {}

  /** Asks again when the list is old. A refusal leaves the old list: completion is a help, not a duty. */
  async refresh(now_ms: number): Promise<void> {
    if (now_ms - this.#asked_ms < STALE_AFTER_MS) return;
    this.#asked_ms = now_ms;
    try {
      const reply = await this.client.call("fields", {});
      this.names = reply.fields.map((field) => field.name);
      this.counts = new Map(reply.fields.map((field) => [field.name, field.n_populated]));
    } catch {
      this.#asked_ms = 0;
    }
  }
}
