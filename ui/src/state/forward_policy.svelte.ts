import type {
  ForwardAction,
  ForwardEstimateReply,
  ForwardPolicy,
  ForwardPreviewReply,
  ForwardRule,
  ForwardStatus,
  ForwardWhat,
} from "../rpc/bindings/api";
import type { Client } from "../rpc/client";
import { Slot } from "./slot.svelte";

/** A policy as it is edited, with what it would do, before it is saved. */
export class PolicyDraft {
  policy = $state<ForwardPolicy>(DEFAULT);
  /** On which record it is shown, from the newest. */
  nth = $state(0);
  readonly preview = new Slot<ForwardPreviewReply>();
  readonly estimate = new Slot<ForwardEstimateReply>();
  /** The same for everything, to compare with. */
  readonly all = new Slot<ForwardEstimateReply>();
  #saved: string;

  constructor(destination: ForwardStatus) {
    this.#saved = JSON.stringify(destination.policy);
    this.policy = JSON.parse(this.#saved) as ForwardPolicy;
  }

  /** Whether it differs from what is saved. */
  readonly changed = $derived.by(() => JSON.stringify(this.policy) !== this.#saved);

  /** It is saved as it is. */
  saved(policy: ForwardPolicy): void {
    this.#saved = JSON.stringify(policy);
    this.policy = JSON.parse(this.#saved) as ForwardPolicy;
  }

  reset(): void {
    this.policy = JSON.parse(this.#saved) as ForwardPolicy;
  }

  /** Shows what it makes of a record, and how much would leave. */
  async look(client: Client): Promise<void> {
    const policy = $state.snapshot(this.policy);
    const { nth } = this;
    await Promise.all([
      this.preview.ask((stop) => client.call("forward_preview", { policy, nth }, stop)),
      this.estimate.ask((stop) => client.call("forward_estimate", { policy }, stop)),
      this.all.value ? undefined : this.all.ask((stop) => client.call("forward_estimate", { policy: DEFAULT }, stop)),
    ]);
  }

  setRule(at: number, over: Partial<ForwardRule>): void {
    const { scrubbing } = this.policy;
    scrubbing.rules = scrubbing.rules.map((rule, other) => (other === at ? { ...rule, ...over } : rule));
  }

  addRule(what: ForwardWhat, action: ForwardAction): void {
    const { scrubbing } = this.policy;
    scrubbing.rules = [...scrubbing.rules, { enabled: true, what, action }];
  }

  removeRule(at: number): void {
    const { scrubbing } = this.policy;
    scrubbing.rules = scrubbing.rules.filter((_, other) => other !== at);
  }
}

/** Everything as it came. */
export const DEFAULT: ForwardPolicy = {
  filter: "",
  sampling: { one_in: 1, services: [], keep_errors: true, keep_slower_ms: null, wait_secs: 30 },
  scrubbing: { enabled: false, rules: [], allow: null },
};

/** What a rule looks for, for people. */
export function ruleWords(what: ForwardWhat): string {
  switch (what.kind) {
    case "keys":
      return `Values of ${listed(what.keys)}`;
    case "shape":
      return {
        secrets: "Values that look like a key or a token",
        cards: "Card numbers",
        emails: "E-mail addresses",
        addresses: "IP addresses",
      }[what.shape];
    case "pattern":
      return `What matches ${what.regex}`;
  }
}

function listed(keys: readonly string[]): string {
  const shown = keys.filter((key) => !key.startsWith("!"));
  return shown.length <= 3 ? shown.join(", ") : `${shown.slice(0, 3).join(", ")} and ${String(shown.length - 3)} more`;
}
