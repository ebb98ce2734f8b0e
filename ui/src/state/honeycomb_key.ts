/** What a key is, told by its form as soon as it is pasted (Honeycomb, "API keys"). */
export interface KeyForm {
  /** What it is, for people. */
  readonly says: string;
  /** Why it cannot be used; nothing when it can. */
  readonly refused?: string;
  /** A classic key needs a dataset beside it. */
  readonly classic: boolean;
}

export function keyForm(text: string): KeyForm | undefined {
  const key = text.trim().replace(/^Bearer /, "");
  if (key === "") return undefined;
  if (/^hc[a-z]mk_/.test(key)) {
    const refused = "This is a management key: it can change the whole team. Enter an ingest key, which can only send.";
    return { says: "A management key.", refused, classic: false };
  }
  if (/^hc[a-z]ik_[0-9a-z]{58}$/.test(key)) return { says: "An ingest key: it can only send.", classic: false };
  if (/^hc[a-z]ic_[0-9a-z]{58}$/.test(key)) {
    return { says: "A classic ingest key: it needs a dataset.", classic: true };
  }
  if (/^[0-9a-f]{32}$/.test(key)) return { says: "A classic key: it needs a dataset.", classic: true };
  if (/^[0-9A-Za-z]{22}$/.test(key)) {
    return { says: "A configuration key: it may do more than send. An ingest key would be enough.", classic: false };
  }
  return { says: "Not of a form that Honeycomb documents. It is sent as it is.", classic: false };
}
