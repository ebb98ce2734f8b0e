/** The word that a caret stands in or behind. */
export interface WordAt {
  readonly word: string;
  readonly from: number;
  readonly to: number;
}

const BREAK = /[\s(),=<>!"'{}$]/;

/** Whose field is meant: the root's, the parent's, that of some event of the trace. */
const RELATIVE = /^(?:root|parent|child|any[23]?|none)\./;

/** The word around the caret, for completion; nothing inside a quoted text. */
export function wordAt(text: string, caret: number): WordAt | undefined {
  const before = text.slice(0, caret);
  if ((before.match(/"/g)?.length ?? 0) % 2 === 1) return undefined;
  let from = caret;
  while (from > 0 && !BREAK.test(text.charAt(from - 1))) from -= 1;
  let to = caret;
  while (to < text.length && !BREAK.test(text.charAt(to))) to += 1;
  return { word: text.slice(from, caret).replace(/^`/, ""), from, to };
}

/** Names that fit what was typed: those that begin with it first, then those that hold it; shorter first. */
export function completions(names: readonly string[], typed: string, n_max: number): string[] {
  const [relative] = RELATIVE.exec(typed) ?? [];
  if (relative !== undefined) {
    return completions(names, typed.slice(relative.length), n_max).map((name) => relative + name);
  }
  const wanted = typed.toLowerCase();
  const rank = (name: string) => {
    const at = name.toLowerCase().indexOf(wanted);
    return at === 0 ? 0 : at > 0 && /[._]/.test(name.charAt(at - 1)) ? 1 : at > 0 ? 2 : 3;
  };
  return names
    .map((name) => ({ name, rank: rank(name) }))
    .filter(({ name, rank }) => rank < 3 && name !== typed)
    .sort((a, b) => a.rank - b.rank || a.name.length - b.name.length || a.name.localeCompare(b.name))
    .slice(0, n_max)
    .map(({ name }) => name);
}

/** A span in bytes of UTF-8 as a span in UTF-16 units, which is what an input counts in. */
export function spanInText(text: string, span: readonly [number, number]): [number, number] {
  const bytes = new TextEncoder().encode(text);
  const decoder = new TextDecoder();
  const from = decoder.decode(bytes.subarray(0, span[0])).length;
  return [from, from + decoder.decode(bytes.subarray(span[0], span[0] + span[1])).length];
}
