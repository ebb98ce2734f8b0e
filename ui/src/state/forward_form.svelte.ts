import type { ForwardSaveRequest, ForwardStatus } from "../rpc/bindings/api";

export type Place = "us" | "eu" | "other";

/** Honeycomb's two addresses. */
export const HONEYCOMB: Readonly<Record<Exclude<Place, "other">, string>> = {
  us: "https://api.honeycomb.io",
  eu: "https://api.eu1.honeycomb.io",
};

interface HeaderDraft {
  name: string;
  value: string;
}

/** What is being written into the form of a destination. Secrets only ever go out: none is read back. */
export class ForwardForm {
  readonly id: string | null;
  place = $state<Place>("us");
  otherUrl = $state("");
  key = $state("");
  removeKey = $state(false);
  enabled = $state(false);
  /** Nothing: those that are set stay as they are. */
  headers = $state<HeaderDraft[] | undefined>(undefined);

  constructor(destination: ForwardStatus | undefined) {
    this.id = destination?.id ?? null;
    if (!destination) {
      this.enabled = true;
      return;
    }
    const url = destination.url.replace(/\/+$/, "");
    this.place = url === HONEYCOMB.us ? "us" : url === HONEYCOMB.eu ? "eu" : "other";
    this.otherUrl = this.place === "other" ? destination.url : "";
    this.enabled = destination.enabled;
  }

  readonly url = $derived(this.place === "other" ? this.otherUrl.trim() : HONEYCOMB[this.place]);

  /** Why it cannot be saved yet; nothing when it can. */
  readonly lacks = $derived.by(() => {
    if (this.url === "") return "an address";
    if (!/^https?:\/\/[^\s/]+/.test(this.url)) return "an address that begins with http:// or https://";
    if (this.id === null && this.place !== "other" && this.key.trim() === "") return "an API key";
    if (this.headers?.some((header) => header.name.trim() === "" && header.value !== "")) return "the header's name";
    return undefined;
  });

  addHeader(): void {
    this.headers = [...(this.headers ?? []), { name: "", value: "" }];
  }

  removeHeader(at: number): void {
    this.headers = (this.headers ?? []).filter((_, other) => other !== at);
  }

  request(): ForwardSaveRequest {
    const typed = this.key.trim();
    return {
      id: this.id,
      url: this.url,
      enabled: this.enabled,
      key: this.removeKey ? "" : typed === "" ? null : typed,
      headers:
        this.headers === undefined
          ? null
          : this.headers
              .filter((header) => header.name.trim() !== "")
              .map((header) => ({ name: header.name.trim(), value: header.value })),
    };
  }
}
