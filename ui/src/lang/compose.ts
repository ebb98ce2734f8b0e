import { CALCULATED, equals, fieldText, type Scalar, valueText } from "./quote";
import { joinTerms } from "./terms";

/** The clauses of a query, each as it was written. */
export interface Clauses {
  readonly select: string;
  readonly where: string;
  readonly groupBy: string;
  readonly having: string;
  readonly orderBy: string;
  readonly limit: string;
}

export type Clause = keyof Clauses;

/** In the order in which they are written. */
const WORDS: readonly (readonly [Clause, string])[] = [
  ["select", "SELECT"],
  ["where", "WHERE"],
  ["groupBy", "GROUP BY"],
  ["having", "HAVING"],
  ["orderBy", "ORDER BY"],
  ["limit", "LIMIT"],
];

/** The clauses that are written, each with its text. */
function written(clauses: Clauses): [Clause, string, string][] {
  return WORDS.flatMap(([clause, word]): [Clause, string, string][] => {
    const text = clauses[clause].trim();
    if (clause === "select") return [[clause, word, text === "" ? "COUNT" : text]];
    return text === "" ? [] : [[clause, word, text]];
  });
}

/** The whole query in the text language; clauses left empty are left out. */
export function composeQuery(clauses: Clauses): string {
  return written(clauses)
    .map(([, word, text]) => `${word} ${text}`)
    .join(" ");
}

/** Where each clause's own text begins in the whole query, in bytes of UTF-8; those left out are not there. */
export function clausePlaces(clauses: Clauses): ReadonlyMap<Clause, number> {
  const bytes = (text: string) => new TextEncoder().encode(text).length;
  const places = new Map<Clause, number>();
  let at = 0;
  for (const [clause, word, text] of written(clauses)) {
    places.set(clause, at + word.length + 1);
    at += word.length + 1 + bytes(text) + 1;
  }
  return places;
}

/** ORDER BY a column of the answer, the greatest or the least first. */
export function orderText(column: string, isField: boolean, descending: boolean): string {
  return `${isField ? fieldText(column) : aggregateText(column)} ${descending ? "DESC" : "ASC"}`;
}

/** An aggregate as the language writes it: its column's name never quotes the field. */
function aggregateText(column: string): string {
  const [, op, field] = /^([A-Z0-9_]+)\((.+)\)$/s.exec(column) ?? [];
  return op === undefined || field === undefined ? column : `${op}(${fieldText(field)})`;
}

/** The first key of an ORDER BY clause and its direction; nothing where it has none, or one that says more. */
export function firstOrder(orderBy: string): { readonly key: string; readonly descending: boolean } | undefined {
  const [, key, direction] = /^\s*(.+?)(?:\s+(asc|desc))?\s*(?:,.*)?$/is.exec(orderBy) ?? [];
  return key === undefined ? undefined : { key, descending: direction?.toLowerCase() === "desc" };
}

const FIELDS = new RegExp(`\`(?:\\\\.|[^\`\\\\])*\`|${CALCULATED.source}|[^,\\s]+`, "g");

/** The fields of a GROUP BY clause, without the backticks. */
export function groupFields(groupBy: string): string[] {
  const fields = groupBy.match(FIELDS) ?? [];
  return fields.map((field) => (field.startsWith("`") ? field.slice(1, -1).replace(/\\(.)/g, "$1") : field));
}

/** A GROUP BY clause of these fields, each once. */
export function groupText(fields: readonly string[]): string {
  return [...new Set(fields)].map(fieldText).join(", ");
}

/** What picks one row of a table out: every group field at its value. */
export function rowTerms(fields: readonly string[], values: readonly Scalar[]): string {
  return joinTerms(fields.map((field, at) => equals(field, values[at] ?? null)));
}

/** One comparison of an explanation. */
export interface Comparison {
  readonly field: string;
  readonly op: string;
  readonly value: Scalar;
}

/** A comparison as the query language writes it. */
export function comparisonText({ field, op, value }: Comparison): string {
  if (op === "=") return equals(field, value);
  return value === null ? `${fieldText(field)} ${op}` : `${fieldText(field)} ${op} ${valueText(value)}`;
}

/** The box of a heatmap as terms on its field; times stand in the range. */
export function boxTerms(field: string, min: number, max: number): string[] {
  return [`${fieldText(field)} >= ${plain(min)}`, `${fieldText(field)} < ${plain(max)}`];
}

/** Seven digits are finer than a pixel, and short enough to read. */
function plain(value: number): string {
  return String(Number(value.toPrecision(7)));
}
