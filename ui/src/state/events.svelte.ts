import type { Ends } from "../base/range";
import type { EventRow, EventsReply } from "../rpc/bindings/api";
import type { Client } from "../rpc/client";
import { CallError } from "../rpc/transport";

/** Rows of one question. */
const PAGE_ROWS = 100;
/** Pages kept; a list is read near one place. */
const PAGES_MAX = 20;

/** Which events are listed, and what of them. */
export interface EventsQuestion extends Ends {
  readonly filter: string;
  readonly fields: readonly string[];
}

/** A list of events, newest first, of which only the pages on the screen are there. */
export class EventsState {
  /** All that match; nothing before the first answer. */
  n = $state<number | undefined>(undefined);
  /** The fields whose values the rows hold. */
  fields = $state.raw<readonly string[]>([]);
  error = $state.raw<CallError | undefined>(undefined);
  /** Grows with each answer, so that whoever draws looks again. */
  answers = $state(0);
  readonly #pages = new Map<number, readonly EventRow[]>();
  #question: EventsQuestion | undefined;
  #wanted: readonly [number, number] = [0, PAGE_ROWS];
  #under_way = new Map<number, AbortController>();
  #isStale = false;

  constructor(private readonly client: Client) {}

  /** Asks another question, or the same again. What is shown stays until the answer is there. */
  ask(question: EventsQuestion): void {
    if (JSON.stringify(question) !== JSON.stringify(this.#question)) this.#wanted = [0, PAGE_ROWS];
    this.#question = question;
    this.stop();
    this.#isStale = true;
    this.#read(Math.floor(this.#wanted[0] / PAGE_ROWS));
  }

  stop(): void {
    for (const stop of this.#under_way.values()) stop.abort();
    this.#under_way = new Map();
  }

  /** These rows are on the screen. */
  want(first: number, end: number): void {
    this.#wanted = [first, end];
    if (this.#isStale || this.n === undefined) return;
    const last = Math.min(end, this.n) - 1;
    for (let page = Math.floor(first / PAGE_ROWS); page * PAGE_ROWS <= last; page += 1) {
      if (!this.#pages.has(page)) this.#read(page);
    }
  }

  row(at: number): EventRow | undefined {
    void this.answers;
    return this.#pages.get(Math.floor(at / PAGE_ROWS))?.[at % PAGE_ROWS];
  }

  #read(page: number): void {
    const question = this.#question;
    if (!question || this.#under_way.has(page)) return;
    const stop = new AbortController();
    this.#under_way.set(page, stop);
    const request = { ...question, fields: [...question.fields], first: page * PAGE_ROWS, limit: PAGE_ROWS };
    this.client.call("events", request, stop.signal).then(
      (reply) => this.#take(page, stop, question, reply),
      (error: unknown) => {
        if (this.#under_way.get(page) !== stop) return;
        this.#under_way.delete(page);
        this.error = CallError.from(error);
      },
    );
  }

  #take(page: number, stop: AbortController, question: EventsQuestion, reply: EventsReply): void {
    if (this.#under_way.get(page) !== stop) return;
    this.#under_way.delete(page);
    // Where events came meanwhile, rows have moved: pages of before do not fit to this one.
    if (this.#isStale || reply.matched !== this.n) this.#pages.clear();
    this.#isStale = false;
    this.#pages.set(page, reply.rows);
    const [oldest] = this.#pages.keys();
    if (this.#pages.size > PAGES_MAX && oldest !== undefined) this.#pages.delete(oldest);
    this.n = reply.matched;
    this.fields = question.fields;
    this.error = undefined;
    this.answers += 1;
    this.want(...this.#wanted);
  }
}
