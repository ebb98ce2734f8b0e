/** A log record as a list shows it. */
export interface LogShown {
  /** `trace` to `fatal`, or `unspecified`. */
  readonly level: string;
  /** When, as people read it, and exactly. */
  readonly time: string;
  readonly iso: string;
  readonly service: string;
  readonly body: string;
}

export const LEVELS = ["trace", "debug", "info", "warn", "error", "fatal"] as const;

/** What a log is worth to who reads: failed, worth a look, or the rest. */
export function levelTone(level: string): "bad" | "warn" | "rest" {
  return level === "error" || level === "fatal" ? "bad" : level === "warn" ? "warn" : "rest";
}
