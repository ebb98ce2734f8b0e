import { chipsOf } from "./chips";
import { everyNs } from "./every";
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
  readonly every: string;
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
  ["every", "EVERY"],
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

const RATE = /^RATE_/i;

/**
 * What a table is asked for: one row a group over the whole time. EVERY and what compares one point of time with the one
 * before are drawn. An EVERY that cannot be read stays, to be refused where it stands.
 */
export function tableClauses<Given extends Clauses>(clauses: Given): Given {
  const parts = chipsOf(clauses.select, ",").map((chip) => chip.text);
  const kept = parts.filter((part) => !RATE.test(part));
  return {
    ...clauses,
    select: kept.length === parts.length ? clauses.select : kept.join(", "),
    every: everyNs(clauses.every) === undefined ? clauses.every : "",
  };
}

/** Rows of a table of steps where LIMIT says nothing: each group has as many as there are steps. */
const STEPS_MAX = "1000";

/** The query whose table has a row for each group and step; nothing where EVERY is not said, or cannot be read. */
export function stepsQuery(clauses: Clauses): string | undefined {
  if (everyNs(clauses.every) === undefined) return undefined;
  return composeQuery({ ...clauses, limit: clauses.limit.trim() || STEPS_MAX });
}

/** The query whose aggregates are drawn. Rates ask for some EVERY; how long a point is, the chart says. */
export function chartQuery(clauses: Clauses): string {
  return composeQuery({ ...clauses, every: everyNs(clauses.every) === undefined ? "1s" : clauses.every });
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

/** From when to when, as an expression. */
export function timeTerms(start_ns: string, end_ns: string): string {
  return `timestamp_ns >= ${start_ns} AND timestamp_ns < ${end_ns}`;
}

/** A time that was picked. */
export interface PickedTime {
  readonly start_ns: string;
  readonly end_ns: string;
  /** Nothing else was asked for. */
  readonly isAll: boolean;
}

/** The time that an expression ends with, as [`timeTerms`] writes it. */
export function timeOf(expression: string): PickedTime | undefined {
  const found = /(^|^(?:.* )?AND )timestamp_ns >= (\d{1,20}) AND timestamp_ns < (\d{1,20})$/s.exec(expression);
  const [, before, start_ns, end_ns] = found ?? [];
  return start_ns === undefined || end_ns === undefined ? undefined : { start_ns, end_ns, isAll: before === "" };
}

/** The box of a heatmap as terms on its field; times stand in the range. An end that is none is left out. */
export function boxTerms(field: string, min: number, max: number): string[] {
  const isOpen = min <= -Number.MAX_VALUE;
  return [...(isOpen ? [] : [`${fieldText(field)} >= ${plain(min)}`]), `${fieldText(field)} < ${plain(max)}`];
}

/** Seven digits are finer than a pixel, and short enough to read. */
function plain(value: number): string {
  return String(Number(value.toPrecision(7)));
}
