import type { QueriesReply, QueryRan, QuerySaved } from "../rpc/bindings/api";
import type { Client } from "../rpc/client";
import { CallError } from "../rpc/transport";

/** A query as a page shows it. */
export interface QueryShown {
  /** The view, from the `#` on. */
  readonly address: string;
  readonly text: string;
}

/** The queries that were asked, and those with a name; the host keeps them. */
export class Queries {
  /** Newest first. */
  history = $state.raw<readonly QueryRan[]>([]);
  /** By name. */
  saved = $state.raw<readonly QuerySaved[]>([]);
  /** Why the last change was refused. */
  error = $state.raw<CallError | undefined>(undefined);
  #ran = "";

  constructor(private readonly client: Client) {}

  refresh(): Promise<boolean> {
    return this.#take(this.client.call("queries", {}));
  }

  /** Remembers one that was answered; one that is run again and again is said once. */
  async ran(query: QueryShown): Promise<void> {
    if (query.address === this.#ran) return;
    this.#ran = query.address;
    await this.#take(this.client.call("query_ran", query));
  }

  /** Gives one a name, in the place of what had it. Tells whether it could. */
  save(name: string, query: QueryShown): Promise<boolean> {
    return this.#take(this.client.call("query_save", { name, ...query }));
  }

  /** Takes a name back; without one forgets all that was asked. */
  forget(name: string | null): Promise<boolean> {
    if (name === null) this.#ran = "";
    return this.#take(this.client.call("query_forget", { name }));
  }

  async #take(asked: Promise<QueriesReply>): Promise<boolean> {
    try {
      ({ history: this.history, saved: this.saved } = await asked);
      this.error = undefined;
      return true;
    } catch (error) {
      this.error = CallError.from(error);
      return false;
    }
  }
}
