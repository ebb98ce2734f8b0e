/** Every kind of refusal; `unreachable` is no answer at all, `stopped` one that nobody waits for. */
export type RefusalCode =
  "bad_request" | "syntax" | "not_found" | "not_running" | "forbidden" | "internal" | "unreachable" | "stopped";

/** Why something was refused. Code matches `code`, people read `message`. */
export interface Refusal {
  readonly code: RefusalCode;
  readonly message: string;
  /** For `syntax`: offset and length in bytes of the text. */
  readonly span?: readonly [number, number] | undefined;
}
