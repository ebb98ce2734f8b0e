/** A value that is being typed, and the field it is compared with. */
export interface ValueAt {
  readonly field: string;
  /** What stands before the caret, without its quote. */
  readonly typed: string;
  /** The place of the whole value, quotes included. */
  readonly from: number;
  readonly to: number;
}

interface Token {
  readonly kind: "word" | "quoted" | "field" | "symbol";
  readonly text: string;
  readonly from: number;
  readonly to: number;
}

const COMPARES = /^(?:=|!=|contains|does-not-contain|starts-with|does-not-start-with|ends-with|does-not-end-with)$/i;
const LISTS = /^(?:in|not-in)$/i;
const TOKEN =
  /\s*(?:(`(?:\\.|[^`\\])*(?:`|$))|("(?:\\.|[^"\\])*(?:"|$)|'(?:\\.|[^'\\])*(?:'|$))|(!=|<=|>=|[=<>(),])|([^\s`"'=<>!(),]+|!))/gy;

function tokens(text: string): Token[] {
  const found: Token[] = [];
  for (const match of text.matchAll(TOKEN)) {
    const [whole, field, quoted, symbol, word] = match;
    const said = field ?? quoted ?? symbol ?? word ?? "";
    const kind =
      field !== undefined ? "field" : quoted !== undefined ? "quoted" : symbol !== undefined ? "symbol" : "word";
    const to = match.index + whole.length;
    found.push({ kind, text: said, from: to - said.length, to });
  }
  return found;
}

/**
 * The value that the caret stands in or where one is due: behind `field =`, `field contains`, or within the parentheses
 * of `field in (`. Nothing elsewhere.
 */
export function valueAt(text: string, caret: number): ValueAt | undefined {
  const all = tokens(text);
  const at = all.findIndex((token) => token.kind !== "symbol" && token.from < caret && caret <= token.to);
  const here = at < 0 ? undefined : all[at];
  // Behind a quote that is closed nothing is typed any more.
  if (here?.kind === "quoted" && caret === here.to && isClosed(here.text)) return undefined;
  const before = all.filter((token) => token.to <= (here?.from ?? caret));
  const field = fieldBefore(before);
  if (field === undefined) return undefined;
  const typed = text.slice(here?.from ?? caret, caret).replace(/^["']/, "");
  return { field, typed, from: here?.from ?? caret, to: here?.to ?? caret };
}

function isClosed(quoted: string): boolean {
  return quoted.length > 1 && quoted.endsWith(quoted.charAt(0));
}

function fieldBefore(before: readonly Token[]): string | undefined {
  let at = before.length - 1;
  if (COMPARES.test(before[at]?.text ?? "")) return nameOf(before[at - 1]);
  // Back over the values that stand there already.
  while (at >= 0 && (before[at]?.text === "," || (at > 0 && before[at - 1]?.text === ","))) at -= 1;
  if (before[at]?.text !== "(" && before[at - 1]?.text === "(") at -= 1;
  if (before[at]?.text !== "(" || !LISTS.test(before[at - 1]?.text ?? "")) return undefined;
  // Behind a value a comma is due.
  const last = before.at(-1)?.text;
  return last === "(" || last === "," ? nameOf(before[at - 2]) : undefined;
}

function nameOf(token: Token | undefined): string | undefined {
  if (token?.kind === "word") return token.text;
  return token?.kind === "field" ? token.text.slice(1, -1).replace(/\\(.)/g, "$1") : undefined;
}
