import type { ForwardBacklog, ForwardCheckRequest, ForwardSaveRequest, ForwardStatus } from "../rpc/bindings/api";
import { keyForm } from "./honeycomb_key";

export type Place = "us" | "eu" | "other";

/** Honeycomb's two addresses. */
export const HONEYCOMB: Readonly<Record<Exclude<Place, "other">, string>> = {
  us: "https://api.honeycomb.io",
  eu: "https://api.eu1.honeycomb.io",
};

/** Names the dataset of what a classic key sends. */
const DATASET = "x-honeycomb-dataset";

const MIB = 1 << 20;

/** What is done when too much waits. */
export type Full = "store" | "drop" | "keep";

interface HeaderDraft {
  name: string;
  value: string;
}

/** What is being written into the form of a destination. Secrets only ever go out: none is read back. */
export class ForwardForm {
  readonly id: string | null;
  place = $state<Place>("us");
  otherUrl = $state("");
  name = $state("");
  key = $state("");
  /** Where classic keys send to. */
  dataset = $state("");
  full = $state<Full>("store");
  backlogMib = $state(512);
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
    this.name = destination.name;
    const { bytes, keeps_all } = destination.backlog;
    this.full = keeps_all ? "keep" : bytes === null ? "store" : "drop";
    if (bytes !== null) this.backlogMib = Math.max(1, Math.round(bytes / MIB));
  }

  /** What the key is that was typed. */
  readonly keyForm = $derived(keyForm(this.key));

  readonly url = $derived(this.place === "other" ? this.otherUrl.trim() : HONEYCOMB[this.place]);

  /** Why it cannot be saved yet; nothing when it can. */
  readonly lacks = $derived.by(() => {
    if (this.url === "") return "an address";
    if (!/^(https?|grpcs?):\/\/[^\s/]+/.test(this.url)) return "an address that begins with https:// or grpcs://";
    if (this.keyForm?.refused !== undefined) return "a key that can only send";
    if (this.keyForm?.classic && this.dataset.trim() === "" && this.place !== "other") return "a dataset";
    if (this.full === "drop" && !(this.backlogMib >= 1)) return "a size of the backlog";
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

  /** What is tried before it is saved. */
  check(): ForwardCheckRequest {
    return { id: this.id, url: this.url, key: this.#key(), headers: this.#headers() };
  }

  request(): ForwardSaveRequest {
    return {
      id: this.id,
      url: this.url,
      enabled: this.enabled,
      key: this.#key(),
      headers: this.#headers(),
      name: this.name.trim(),
      backlog: this.#backlog(),
    };
  }

  #key(): string | null {
    const typed = this.key.trim();
    return this.removeKey ? "" : typed === "" ? null : typed;
  }

  #headers(): { name: string; value: string }[] | null {
    const dataset = this.keyForm?.classic ? this.dataset.trim() : "";
    if (this.headers === undefined && dataset === "") return null;
    const typed = (this.headers ?? [])
      .filter((header) => header.name.trim() !== "")
      .map((header) => ({ name: header.name.trim(), value: header.value }));
    return dataset === "" ? typed : [...typed, { name: DATASET, value: dataset }];
  }

  #backlog(): ForwardBacklog {
    return { bytes: this.full === "drop" ? this.backlogMib * MIB : null, keeps_all: this.full === "keep" };
  }
}
