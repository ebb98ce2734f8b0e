import { formatNumber } from "../base/format";
import type { Scalar } from "./quote";

const SHOWN_MAX = 22;

/** A value as people read it. What is long and looks like an id keeps its end, where ids differ. */
export function shownValue(value: Scalar): string {
  if (value === null) return "not set";
  if (typeof value === "number") return formatNumber(value);
  const text = String(value);
  if (text === "") return "empty";
  const idLike = text.length > SHOWN_MAX && /[-_/.:]/.test(text) && /\d/.test(text) && !text.includes(" ");
  return idLike ? `…${text.slice(-(SHOWN_MAX - 6))}` : text;
}

/** The operator of an explanation as people read it. */
export function shownOp(op: string): string {
  return { ">=": "≥", "<=": "≤", "!=": "≠", "does-not-exist": "not set", exists: "set" }[op] ?? op;
}
