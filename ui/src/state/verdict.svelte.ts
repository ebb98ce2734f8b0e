import type { Client } from "../rpc/client";
import type { QueryReply } from "../rpc/bindings/api";
import type { Ends } from "../base/range";
import { Slot } from "./slot.svelte";

/** What has to be asked to learn what becomes of something without an explanation. */
export interface Check extends Ends {
  /** With it and without it. */
  readonly texts: readonly [string, string];
  readonly said: (all: QueryReply, without: QueryReply) => string;
}

/** The check of an explanation by its negation, and what came of it. */
export class Verdict {
  readonly #slot = new Slot<{ readonly of: string; readonly said: string }>();

  constructor(private readonly client: Client) {}

  /** Asks; `of` names what is checked. */
  async ask(of: string, { texts, said, start_ns, end_ns }: Check): Promise<void> {
    await this.#slot.ask(async (stop) => {
      const ask = (text: string) => this.client.call("query", { text, start_ns, end_ns, foot: false }, stop);
      const [all, without] = await Promise.all(texts.map(ask));
      return { of, said: all && without ? said(all, without) : "" };
    });
  }

  /** What came of the check of that name, or that it is under way; nothing where it was not asked. */
  saidOf(of: string): string | undefined {
    if (this.#slot.error) return `It could not be verified: ${this.#slot.error.message}`;
    if (this.#slot.asking) return "Asking again without it.";
    return this.#slot.value?.of === of ? this.#slot.value.said : undefined;
  }
}
