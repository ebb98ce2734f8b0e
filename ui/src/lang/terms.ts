import { CALCULATED } from "./quote";

// Cuts a WHERE expression into its top-level AND terms, without understanding them: enough to show them as chips, to
// remove one and to add one. The engine's parser stays the only judge of what is right.

interface Piece {
  readonly word: string;
  readonly at: number;
  readonly end: number;
  readonly depth: number;
}

/** Words, symbols and quoted texts with the depth of parentheses they stand in; nothing when a quote never closes. */
function pieces(text: string): Piece[] | undefined {
  const found: Piece[] = [];
  let depth = 0;
  for (let at = 0; at < text.length;) {
    const char = text.charAt(at);
    if (/\s/.test(char)) {
      at += 1;
      continue;
    }
    let end = at + 1;
    const calculated = char === "{" ? CALCULATED.exec(text.slice(at)) : undefined;
    if (char === "{") {
      if (calculated?.index !== 0) return undefined;
      end = at + calculated[0].length;
    } else if (char === '"' || char === "'" || char === "`") {
      while (end < text.length && text.charAt(end) !== char) end += text.charAt(end) === "\\" ? 2 : 1;
      if (end >= text.length) return undefined;
      end += 1;
    } else if (char === "(") {
      depth += 1;
    } else if (char === ")") {
      depth -= 1;
      if (depth < 0) return undefined;
    } else {
      while (end < text.length && !/[\s"'`(){]/.test(text.charAt(end))) end += 1;
    }
    found.push({ word: text.slice(at, end), at, end, depth });
    at = end;
  }
  return depth === 0 ? found : undefined;
}

/** The terms between top-level ANDs; nothing when the text is no plain conjunction. Empty text has no terms. */
export function splitTerms(text: string): string[] | undefined {
  const all = pieces(text);
  if (!all) return undefined;
  const top = all.filter((piece) => piece.depth === 0).map((piece) => piece.word.toUpperCase());
  if (top.includes("OR")) return undefined;
  const cuts = all.filter((piece) => piece.depth === 0 && piece.word.toUpperCase() === "AND");
  const terms: string[] = [];
  let from = 0;
  for (const cut of [...cuts, { at: text.length, end: text.length }]) {
    terms.push(text.slice(from, cut.at).trim());
    from = cut.end;
  }
  if (terms.length === 1 && terms[0] === "") return [];
  return terms.includes("") ? undefined : terms;
}

/** All of the terms. One with an OR of its own is put in parentheses. */
export function joinTerms(terms: readonly string[]): string {
  const whole = terms.map((term) => term.trim()).filter((term) => term !== "");
  if (whole.length === 1) return whole[0] ?? "";
  return whole.map((term) => (splitTerms(term) === undefined ? `(${term})` : term)).join(" AND ");
}

/** The expression with one more term; unchanged when it is there already. */
export function addTerm(text: string, term: string): string {
  const terms = splitTerms(text);
  if (terms?.includes(term)) return text;
  return joinTerms([text, term]);
}

/** Everything the expression does not let through. */
export function negate(text: string): string {
  return `NOT (${text.trim()})`;
}

/** A term's field, operator and value, as far as a chip needs them apart. */
export function chipParts(term: string): { readonly field: string; readonly rest: string } {
  const all = pieces(term) ?? [];
  const [first] = all;
  if (!first || first.word === "(" || first.word.toUpperCase() === "NOT") return { field: "", rest: term };
  const calculated = first.word.startsWith("{");
  const [, bare = first.word] = calculated ? [] : (/^([^=<>!]+)/.exec(first.word) ?? []);
  return { field: bare, rest: term.slice(first.at + bare.length).trim() };
}
