import { fieldText, valueText } from "../../lang/quote";
import type { Attribute } from "../../rpc/bindings/api";

/** The attribute as a term of a filter; nothing where its value cannot be compared. */
export function attributeTerm(attribute: Attribute): string | undefined {
  const field = fieldText(attribute.key);
  switch (attribute.type) {
    case "int":
    case "double":
    case "bool":
      return `${field} = ${attribute.text}`;
    case "string":
      return `${field} = ${valueText(attribute.text)}`;
    case "empty":
      return `${field} does-not-exist`;
    default:
      return `${field} exists`;
  }
}
