/** A moment, or a length of time, with a name. */
export interface MarkerShown {
  /** In nanoseconds since the Unix epoch. */
  readonly start_ns: string;
  /** Where it is a length of time. */
  readonly end_ns: string | null;
  /** What it says; may be empty. */
  readonly message: string;
  /** What kind it is; may be empty. */
  readonly kind: string;
}
