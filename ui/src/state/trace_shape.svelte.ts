import type { ShapeAmounts, ShapeNode, ShapeWith, TraceShapeReply } from "../rpc/bindings/api";
import type { Client } from "../rpc/client";
import { Slot } from "./slot.svelte";

/** A trace by its paths. */
export class TraceShapeState {
  readonly shape = new Slot<TraceShapeReply>();
  #asked = "";

  constructor(private readonly client: Client) {}

  /** Asks unless the same was asked last; `version` grows with the trace. */
  ask(traceId: string, withWhat: ShapeWith, version = 0): void {
    const asked = JSON.stringify([traceId, withWhat, version]);
    if (asked === this.#asked) return;
    this.#asked = asked;
    void this.shape.ask((stop) => this.client.call("trace_shape", { trace_id: traceId, with: withWhat }, stop));
  }
}

const NOTHING: ShapeAmounts = {
  ...{ n: 0, share: 0, n_errors: 0, total_ns: 0 },
  ...{ self_ns: 0, below_ns: 0, longest_ns: 0 },
};

export function amounts(node: ShapeNode | undefined, side: number): ShapeAmounts {
  return node?.sides[side] ?? NOTHING;
}

export type Change = "added" | "gone" | "slower" | "faster" | "same";

/** Less than this part of the trace, or of the path's own time, is chance. */
const OF_TRACE = 0.01;
const OF_PATH = 0.1;

/** How the first side's path differs from the second's. */
export function changeOf(node: ShapeNode, trace_ns: number): Change {
  const [a, b] = [amounts(node, 0), amounts(node, 1)];
  if (b.n === 0) return "added";
  // Of many traces a path that few have is no loss.
  if (a.n === 0) return b.share >= 0.5 ? "gone" : "same";
  const by_ns = a.total_ns - b.total_ns;
  if (Math.abs(by_ns) < trace_ns * OF_TRACE || Math.abs(by_ns) < b.total_ns * OF_PATH) return "same";
  return by_ns > 0 ? "slower" : "faster";
}

/** Nodes of one service and name together, the most own time first: where the time goes. */
export interface NameTotal {
  readonly service: string;
  readonly name: string;
  readonly n: number;
  readonly n_errors: number;
  readonly total_ns: number;
  readonly self_ns: number;
  readonly longest_ns: number;
  readonly span: string | undefined;
}

export function byName(reply: TraceShapeReply): NameTotal[] {
  const found = new Map<string, NameTotal>();
  for (const node of reply.nodes) {
    const own = amounts(node, 0);
    if (own.n === 0) continue;
    const key = `${node.service} ${node.name}`;
    const before = found.get(key);
    const longer = !before || own.longest_ns > before.longest_ns;
    found.set(key, {
      service: reply.services[node.service] ?? "",
      name: reply.names[node.name] ?? "",
      n: (before?.n ?? 0) + own.n,
      n_errors: (before?.n_errors ?? 0) + own.n_errors,
      total_ns: (before?.total_ns ?? 0) + own.total_ns,
      self_ns: (before?.self_ns ?? 0) + own.self_ns,
      longest_ns: Math.max(before?.longest_ns ?? 0, own.longest_ns),
      span: longer ? (node.span ?? undefined) : before.span,
    });
  }
  return [...found.values()].sort((a, b) => b.self_ns - a.self_ns);
}
