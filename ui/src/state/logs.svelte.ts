import type { Ends } from "../base/range";
import type { LogLine, LogsReply } from "../rpc/bindings/api";
import type { Client } from "../rpc/client";
import { CallError } from "../rpc/transport";

/** Rows of one question. */
const PAGE_ROWS = 200;
/** Pages kept; a list is read near one place. */
const PAGES_MAX = 20;

/** Which logs are listed. */
export interface LogsQuestion extends Ends {
  readonly filter: string;
  /** The least level; every one when empty. */
  readonly level: string;
  readonly trace_id: string | null;
  readonly ascending: boolean;
}

/** A list of logs, of which only the pages on the screen are there. */
export class LogsState {
  /** All that match; nothing before the first answer. */
  n = $state<number | undefined>(undefined);
  by_level = $state.raw<readonly number[]>([]);
  error = $state.raw<CallError | undefined>(undefined);
  asking = $state(false);
  /** Grows with each answer, so that whoever draws looks again. */
  answers = $state(0);
  readonly #pages = new Map<number, readonly LogLine[]>();
  #question: LogsQuestion | undefined;
  #asked = "";
  #wanted: readonly [number, number] = [0, PAGE_ROWS];
  #under_way = new Set<number>();
  #stop = new AbortController();

  constructor(private readonly client: Client) {}

  /** Asks another question, or the same again. What is shown stays until the answer is there. */
  ask(question: LogsQuestion, again = false): void {
    const asked = JSON.stringify(question);
    if (asked === this.#asked && !again) return;
    if (asked !== this.#asked) this.#wanted = [0, PAGE_ROWS];
    this.#asked = asked;
    this.#question = question;
    this.#stop.abort();
    this.#stop = new AbortController();
    this.#under_way = new Set();
    this.#stale = true;
    this.want(...this.#wanted);
  }

  #stale = false;

  /** Rows that will be seen. */
  want(first: number, end: number): void {
    this.#wanted = [first, end];
    for (let page = Math.floor(first / PAGE_ROWS); page * PAGE_ROWS < Math.max(end, 1); page += 1) {
      if (this.#stale || !this.#pages.has(page)) void this.#read(page);
    }
  }

  row(at: number): LogLine | undefined {
    void this.answers;
    return this.#pages.get(Math.floor(at / PAGE_ROWS))?.[at % PAGE_ROWS];
  }

  async #read(page: number): Promise<void> {
    const question = this.#question;
    if (!question || this.#under_way.has(page)) return;
    const under_way = this.#under_way;
    under_way.add(page);
    this.asking = true;
    try {
      const request = { ...question, first: page * PAGE_ROWS, limit: PAGE_ROWS };
      const reply = await this.client.call("logs", request, this.#stop.signal);
      if (under_way === this.#under_way) this.#take(page, reply);
    } catch (error) {
      if (under_way === this.#under_way) this.error = CallError.from(error);
    } finally {
      under_way.delete(page);
      if (under_way === this.#under_way) this.asking = under_way.size > 0;
    }
  }

  #take(page: number, reply: LogsReply): void {
    if (this.#stale) this.#pages.clear();
    this.#stale = false;
    this.#pages.set(page, reply.rows);
    const oldest = this.#pages.keys().next().value;
    if (this.#pages.size > PAGES_MAX && oldest !== undefined) this.#pages.delete(oldest);
    this.n = reply.matched;
    this.by_level = reply.by_level;
    this.error = undefined;
    this.answers += 1;
  }
}
