import { isCalculated } from "./quote";
import { chipParts, joinTerms, negate, splitTerms } from "./terms";

// What good is, said as an SLI says it: an expression in braces that is true, false or nothing of an event, or a filter.

/** The two sides of what good is. An event that it says nothing of lies on neither. */
export interface Sides {
  /** What fails it. */
  readonly failing: string;
  /** What meets it. */
  readonly meeting: string;
}

export function sidesOf(good: string): Sides {
  const text = good.trim();
  if (isCalculated(text)) return { failing: `${text} = false`, meeting: `${text} = true` };
  const failing = negate(text);
  const terms = splitTerms(text) ?? [];
  if (!terms.some((term) => comparedField(term) !== undefined)) return { failing, meeting: text };
  // A filter is true or false of everything, so that what lacks the field is told apart by that. Of several terms one
  // that fails is enough, whatever the others lack.
  if (terms.length === 1) return { failing: failingTerm(failing, text), meeting: text };
  const any = terms.map((term) => `(${failingTerm(negate(term), term)})`).join(" OR ");
  return { failing: `${failing} AND (${any})`, meeting: text };
}

/** Where the text of what good is begins in that of what fails it. */
export function goodPlace(good: string): number {
  return isCalculated(good.trim()) ? 0 : negate("").indexOf(")");
}

/** What good was said to be, where these are its two sides. */
export function goodOf(failing: string, meeting: string): string | undefined {
  const [, calculated = meeting] = /^(.*) = true$/s.exec(meeting) ?? [];
  return [calculated, meeting].find((good) => {
    const sides = sidesOf(good);
    return good !== "" && sides.failing === failing && sides.meeting === meeting;
  });
}

function failingTerm(negated: string, term: string): string {
  const field = comparedField(term);
  return field === undefined ? negated : joinTerms([negated, `${field} exists`]);
}

/** Comparisons that are false of what lacks the field; the others take that for an answer. */
const COMPARES = /^(?:[<>=]|(?:in|contains|starts-with|ends-with)\b)/i;

function comparedField(term: string): string | undefined {
  const { field, rest } = chipParts(term);
  return field !== "" && COMPARES.test(rest) ? field : undefined;
}
