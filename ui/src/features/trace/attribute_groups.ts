import type { Attribute } from "../../rpc/bindings/api";

/** Attributes that belong together under a title. */
export interface AttributeGroup {
  readonly title: string;
  readonly attributes: readonly Attribute[];
}

/** A prefix needs this many keys to be a group of its own. */
const GROUP_MIN = 2;

const TITLES: Readonly<Record<string, string>> = {
  http: "HTTP",
  url: "URL",
  db: "Database",
  rpc: "RPC",
  net: "Network",
  network: "Network",
  messaging: "Messaging",
  exception: "Exception",
  user_agent: "User agent",
};

const PLACES: readonly (readonly [string, string])[] = [
  ["record", "Record"],
  ["scope", "Scope"],
  ["resource", "Resource"],
];

/** The attributes that hold `text` in key or value, grouped: own ones by the prefix of their key, then by place. */
export function groupAttributes(attributes: readonly Attribute[], text: string): AttributeGroup[] {
  const wanted = text.trim().toLowerCase();
  const fits = (one: Attribute) => `${one.key} ${one.text}`.toLowerCase().includes(wanted);
  const kept = wanted === "" ? attributes : attributes.filter(fits);
  const own = kept.filter((one) => one.place === "own");
  const byPrefix = new Map<string, Attribute[]>();
  for (const one of own) {
    const prefix = one.key.includes(".") ? one.key.slice(0, one.key.indexOf(".")) : "";
    byPrefix.set(prefix, [...(byPrefix.get(prefix) ?? []), one]);
  }
  const groups: AttributeGroup[] = [];
  const rest: Attribute[] = [];
  for (const [prefix, members] of byPrefix) {
    if (prefix === "" || members.length < GROUP_MIN) rest.push(...members);
    else groups.push({ title: TITLES[prefix] ?? capital(prefix), attributes: members });
  }
  if (rest.length > 0) groups.push({ title: groups.length > 0 ? "Other" : "Span", attributes: rest });
  for (const [place, title] of PLACES) {
    const members = kept.filter((one) => one.place === place);
    if (members.length > 0) groups.push({ title, attributes: members });
  }
  return groups;
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
