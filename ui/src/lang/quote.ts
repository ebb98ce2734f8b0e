/** A value as results carry it. */
export type Scalar = string | number | boolean | null;

/** What the language reads as a bare word. */
const WORD = /^[\p{L}\p{N}._\-/:@]+$/u;

/** Words that mean something else when they stand where a field should. */
const KEYWORDS = new Set([
  ...["select", "where", "group", "order", "by", "limit", "having", "and", "or", "not", "in", "asc", "desc"],
  ...["every", "exists", "does-not-exist", "contains", "true", "false"],
]);

/** A calculated field with its braces, from where it begins; braces in its texts are no end. */
export const CALCULATED = /\{(?:"(?:\\.|[^"\\])*"|`[^`]*`|[^}"`])*\}/;
const WHOLLY_CALCULATED = new RegExp(`^${CALCULATED.source}$`);

/** Whether all of the text is one calculated field. */
export function isCalculated(text: string): boolean {
  return WHOLLY_CALCULATED.test(text);
}

/** A field's name as the query language writes it: bare where it can be, else between backticks. */
export function fieldText(name: string): string {
  if (isCalculated(name)) return name;
  const bare = WORD.test(name) && !KEYWORDS.has(name.toLowerCase()) && !/^-?\.?\d/.test(name);
  return bare ? name : `\`${escape(name, "`")}\``;
}

/** A value as the query language writes it; text always between double quotes, so that `"200"` stays text. */
export function valueText(value: Exclude<Scalar, null>): string {
  return typeof value === "string" ? `"${escape(value, '"')}"` : String(value);
}

/** `field = value`, or that it is not there. */
export function equals(field: string, value: Scalar): string {
  return value === null ? `${fieldText(field)} does-not-exist` : `${fieldText(field)} = ${valueText(value)}`;
}

function escape(text: string, quote: string): string {
  return text
    .replaceAll("\\", "\\\\")
    .replaceAll(quote, `\\${quote}`)
    .replaceAll("\n", "\\n")
    .replaceAll("\r", "\\r")
    .replaceAll("\t", "\\t");
}
