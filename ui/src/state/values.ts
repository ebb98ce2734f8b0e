import type { Ends } from "../base/range";
import { fieldText, type Scalar, valueText } from "../lang/quote";
import type { QueryReply } from "../rpc/bindings/api";
import type { Client } from "../rpc/client";

/** A value that some events have. */
export interface Found {
  readonly value: Exclude<Scalar, null>;
  /** Events that have it. */
  readonly n: number;
}

/** Values asked for at once: a list longer than this is asked for by what is typed. */
const N_ASKED = 200;

/** Values of one field stay known for as long. */
const STALE_AFTER_MS = 10_000;

/** Whose field is meant matters not for which values there are. */
const RELATIVE = /^(?:root|parent|child|any[23]?|none)\./;

/** The values that events have of a field, the most frequent first. */
export class Values {
  #known: { readonly key: string; readonly at_ms: number; readonly reply: QueryReply } | undefined;

  constructor(private readonly client: Client) {}

  /** Those that fit what was typed, case aside: what begins with it first. A refusal is nothing to complete from. */
  async of(field: string, typed: string, ends: Ends, n_max: number, stop: AbortSignal): Promise<readonly Found[]> {
    const name = fieldText(field.replace(RELATIVE, ""));
    try {
      let reply = await this.#ask(name, `${name} exists`, ends, stop);
      let found = fitting(reply, typed, n_max);
      if (found.length < n_max && typed !== "" && reply.groups > reply.rows.length) {
        reply = await this.#ask(name, `${name} contains ${valueText(typed)}`, ends, stop);
        found = fitting(reply, typed, n_max);
      }
      return found;
    } catch {
      return [];
    }
  }

  async #ask(name: string, where: string, ends: Ends, stop: AbortSignal): Promise<QueryReply> {
    const text = `SELECT COUNT WHERE ${where} GROUP BY ${name} LIMIT ${N_ASKED}`;
    const key = JSON.stringify([text, ends]);
    const now_ms = Date.now();
    if (this.#known?.key === key && now_ms - this.#known.at_ms < STALE_AFTER_MS) return this.#known.reply;
    const reply = await this.client.call("query", { text, ...ends, foot: false }, stop);
    if (where.endsWith(" exists")) this.#known = { key, at_ms: now_ms, reply };
    return reply;
  }
}

function fitting(reply: QueryReply, typed: string, n_max: number): Found[] {
  const wanted = typed.toLowerCase();
  const found = reply.rows.flatMap(([value, n]): Found[] =>
    value === null || value === undefined ? [] : [{ value, n: Number(n) }],
  );
  const place = ({ value }: Found) => String(value).toLowerCase().indexOf(wanted);
  const fits = found.filter((one) => place(one) >= 0);
  return [...fits.filter((one) => place(one) === 0), ...fits.filter((one) => place(one) > 0)].slice(0, n_max);
}
