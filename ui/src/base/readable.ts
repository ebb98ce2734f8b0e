// Values as people read them: JSON with its shape, SQL by its clauses, stack traces by their frames.

/** A piece of text and what it is. */
export interface Piece {
  readonly text: string;
  readonly kind: "plain" | "word" | "string" | "number" | "quiet";
}

export type Readable = "json" | "sql" | "stack" | "text";

const SQL_KEYS = /^(db\.(statement|query\.text)|sql(\.query)?|db\.sql)$/;
const STACK_KEYS = /stack_?trace|\bstack\b|backtrace/i;
const SQL_START = /^\s*(\/\*.*?\*\/\s*)?(select|insert|update|delete|with|merge|create|alter|drop|begin|call)\b/i;

/** What a value looks like, by its key where that says so. */
export function readableAs(key: string, text: string): Readable {
  if (STACK_KEYS.test(key) && text.includes("\n")) return "stack";
  if (SQL_KEYS.test(key) && SQL_START.test(text)) return "sql";
  const trimmed = text.trim();
  if (/^[[{]/.test(trimmed) && json(trimmed) !== undefined) return "json";
  return "text";
}

/** The value's lines, each in pieces. */
export function readable(as: Readable, text: string): readonly (readonly Piece[])[] {
  switch (as) {
    case "json":
      return (json(text.trim()) ?? text).split("\n").map((line) => pieces(line, JSON_WORD));
    case "sql":
      return sqlLines(text).map((line) => pieces(line, SQL_WORD));
    case "stack":
      return text.split("\n").map((line) => [{ text: line, kind: isForeign(line) ? "quiet" : "plain" }]);
    case "text":
      return text.split("\n").map((line) => [{ text: line, kind: "plain" }]);
  }
}

/** Digits that a JavaScript number would change stay as they were sent: they are not touched at all. */
function json(text: string): string | undefined {
  if (/\d{16,}/.test(text)) return undefined;
  try {
    return JSON.stringify(JSON.parse(text), undefined, 2);
  } catch {
    return undefined;
  }
}

const JSON_WORD = /^(true|false|null)$/;
const SQL_WORD =
  /^(select|distinct|from|where|and|or|not|in|is|null|like|between|exists|join|left|right|inner|outer|full|cross|on|using|group|order|by|having|limit|offset|asc|desc|as|insert|into|values|update|set|delete|returning|with|recursive|union|all|case|when|then|else|end|for|create|table|index|alter|drop|begin|commit|rollback|conflict|do|nothing|over|partition)$/i;

/** Words, strings and numbers of a line apart; everything else as it is. */
function pieces(line: string, word: RegExp): Piece[] {
  const found: Piece[] = [];
  const tokens = /("(?:[^"\\]|\\.)*"|'(?:[^']|'')*'|[A-Za-z_][\w.]*|-?\b\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|\s+|.)/gu;
  for (const [text] of line.matchAll(tokens)) {
    const kind = /^["']/.test(text) ? "string" : /^-?\d/.test(text) ? "number" : word.test(text) ? "word" : "plain";
    const last = found[found.length - 1];
    if (last?.kind === "plain" && kind === "plain") found[found.length - 1] = { text: last.text + text, kind };
    else found.push({ text, kind });
  }
  return found;
}

/** Clauses that begin a line; the second group is set in below them. */
const CLAUSE =
  /^(select|from|where|group by|order by|having|limit|offset|insert into|values|update|set|delete from|returning|with|union all|union|on conflict|for update)\b/i;
const BELOW = /^((left |right |inner |full |cross )?(outer )?join|and|or)\b/i;

/** A statement by its clauses. Strings and what stands in parentheses are left alone. */
function sqlLines(text: string): string[] {
  const lines: string[] = [];
  let line = "";
  let depth = 0;
  const rest = text.replace(/\s+/g, (blank, at: number) => (inString(text, at) ? blank : " ")).trim();
  for (let at = 0; at < rest.length;) {
    const quote = /^('(?:[^']|'')*'|"(?:[^"]|"")*"|`[^`]*`)/.exec(rest.slice(at))?.[0];
    if (quote !== undefined) {
      line += quote;
      at += quote.length;
      continue;
    }
    const letter = rest[at] ?? "";
    const starts = at === 0 || /[\s)]/.test(rest[at - 1] ?? "");
    const ahead = starts && depth === 0 ? rest.slice(at, at + 24) : "";
    const clause = CLAUSE.exec(ahead)?.[0];
    const below = clause === undefined ? BELOW.exec(ahead)?.[0] : undefined;
    if (clause !== undefined || below !== undefined) {
      if (line.trim() !== "") lines.push(line.trimEnd());
      line = below === undefined ? "" : "  ";
      line += clause ?? below ?? "";
      at += (clause ?? below ?? "").length;
      continue;
    }
    if (letter === "(") depth += 1;
    if (letter === ")") depth = Math.max(0, depth - 1);
    line += letter;
    at += 1;
  }
  if (line.trim() !== "") lines.push(line.trimEnd());
  return lines;
}

function inString(text: string, at: number): boolean {
  return (text.slice(0, at).match(/'/g)?.length ?? 0) % 2 === 1;
}

/** Frames of the platform and of libraries, which are rarely where the fault is. */
function isForeign(line: string): boolean {
  return /node_modules|node:internal|site-packages|dist-packages|\/lib\/python|^\s*at (java|javax|jdk|sun|org\.springframework|org\.apache)\.|\/go\/pkg\/mod\/|\/usr\/(local\/)?(lib|go)\//.test(
    line,
  );
}
