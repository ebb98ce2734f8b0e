/** Lengths of time as the language writes them, in ns. */
const UNITS: Readonly<Record<string, number>> = {
  ns: 1,
  us: 1e3,
  µs: 1e3,
  ms: 1e6,
  s: 1e9,
  m: 60e9,
  h: 3600e9,
};

/** Lengths that one chooses from. */
export const EVERY_OFFERED = ["1s", "10s", "1m", "5m", "1h"] as const;

/** The length that EVERY says, in ns: whole milliseconds, as the engine has it. Nothing for another text. */
export function everyNs(text: string): number | undefined {
  const [, amount, unit] = /^\s*(\d+(?:\.\d+)?)(ns|us|µs|ms|s|m|h)\s*$/.exec(text) ?? [];
  const length_ns = Number(amount) * (UNITS[unit ?? ""] ?? NaN);
  return length_ns >= 1e6 && length_ns % 1e6 === 0 ? length_ns : undefined;
}
