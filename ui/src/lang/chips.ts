import { CALCULATED } from "./quote";
import { splitTerms } from "./terms";

/** A part of a clause and where it stands in it. */
export interface Chip {
  readonly text: string;
  readonly from: number;
  readonly to: number;
}

/** How the parts of a clause are joined. */
export type Joint = "AND" | "," | "";

/** What joins the parts, as it is written between two of them. */
export function jointText(joint: Joint): string {
  return joint === "AND" ? " AND " : joint === "," ? ", " : "";
}

/** The parts of a clause; a text that cannot be cut is one part. */
export function chipsOf(text: string, joint: Joint): Chip[] {
  const parts = joint === "AND" ? (splitTerms(text) ?? [text]) : joint === "," ? splitList(text) : [text];
  const chips: Chip[] = [];
  let at = 0;
  for (const part of parts.map((one) => one.trim()).filter((one) => one !== "")) {
    const from = text.indexOf(part, at);
    at = from + part.length;
    chips.push({ text: part, from, to: at });
  }
  return chips;
}

/** The clause without one of its parts. */
export function withoutChip(text: string, joint: Joint, nth: number): string {
  const chips = chipsOf(text, joint).filter((_, at) => at !== nth);
  return chips.map((chip) => chip.text).join(jointText(joint));
}

/** The items between commas that stand in no quotes, parentheses or braces. */
function splitList(text: string): string[] {
  const items: string[] = [];
  let [depth, from] = [0, 0];
  for (let at = 0; at < text.length; at += 1) {
    const char = text.charAt(at);
    if (char === "`" || char === '"' || char === "'") {
      at += 1;
      while (at < text.length && text.charAt(at) !== char) at += text.charAt(at) === "\\" ? 2 : 1;
    } else if (char === "{") {
      const calculated = CALCULATED.exec(text.slice(at));
      if (calculated?.index === 0) at += calculated[0].length - 1;
    } else if (char === "(") depth += 1;
    else if (char === ")") depth -= 1;
    else if (char === "," && depth === 0) {
      items.push(text.slice(from, at));
      from = at + 1;
    }
  }
  return [...items, text.slice(from)];
}
