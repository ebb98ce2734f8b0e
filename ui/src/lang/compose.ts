import { CALCULATED, equals, fieldText, type Scalar, valueText } from "./quote";
import { joinTerms } from "./terms";

/** The clauses of a query, each as it was written. */
export interface Clauses {
  readonly select: string;
  readonly where: string;
  readonly groupBy: string;
}

/** The whole query in the text language; clauses left empty are left out. */
export function composeQuery(clauses: Clauses): string {
  const select = clauses.select.trim() === "" ? "COUNT" : clauses.select.trim();
  const parts = [`SELECT ${select}`];
  if (clauses.where.trim() !== "") parts.push(`WHERE ${clauses.where.trim()}`);
  if (clauses.groupBy.trim() !== "") parts.push(`GROUP BY ${clauses.groupBy.trim()}`);
  return parts.join(" ");
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
