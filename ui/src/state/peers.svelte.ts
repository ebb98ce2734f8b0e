import { equals, valueText } from "../lang/quote";
import { joinTerms } from "../lang/terms";
import type { BubbleupReply, SpanDetail } from "../rpc/bindings/api";
import type { Client } from "../rpc/client";
import { Slot } from "./slot.svelte";

/** Durations of all spans of one service and name, in buckets. */
export interface PeerDurations {
  readonly n: number;
  /** Edges of the buckets, in ns, one more than there are buckets. */
  readonly edges_ns: readonly number[];
  readonly counts: readonly number[];
  readonly p50_ns: number;
  readonly p99_ns: number;
}

/** A span that links here from elsewhere. */
export interface LinkFrom {
  readonly trace_id: string;
  readonly span_id: string;
}

const N_BUCKETS = 44;
/** Spans this much as long count as equally slow; of one alone nothing could be said. */
const AS_SLOW = 0.8;
const LINKS_MAX = 50;

/** What makes a span one of those of its service and name. */
export function likeIt(detail: Pick<SpanDetail, "service" | "name">): string {
  return joinTerms([equals("service.name", detail.service), equals("name", detail.name)]);
}

/** Of the slowest alone nothing could be told from chance: so many are taken together, or a fifth of few. */
const SLOWEST = 20;
const SLOWEST_SHARE = 0.2;
/** Where the slow stand apart, so many tell enough; buckets without a span between them and the others. */
const APART_MIN = 8;
const APART_BUCKETS = 2;

/** What makes a span of them as slow as this one, or one of the slowest. */
export function asSlow(detail: Pick<SpanDetail, "duration_ns">, peers: PeerDurations | undefined): string {
  const cut_ns = Math.min(Number(detail.duration_ns) * AS_SLOW, peers ? slowestFrom_ns(peers) : Infinity);
  return `duration_ms >= ${Number((cut_ns / 1e6).toPrecision(4))}`;
}

/** How long the slowest take at least, by whole buckets; those that stand apart are not mixed with others. */
function slowestFrom_ns(peers: PeerDurations): number {
  const n_wanted = Math.min(SLOWEST, peers.n * SLOWEST_SHARE);
  let n = 0;
  for (let at = peers.counts.length - 1; at >= 0; at -= 1) {
    n += peers.counts[at] ?? 0;
    const below = peers.counts.slice(Math.max(0, at - APART_BUCKETS), at);
    const isApart = below.length === APART_BUCKETS && below.every((count) => count === 0);
    if (n >= n_wanted || (n >= APART_MIN && isApart)) return peers.edges_ns[at] ?? 0;
  }
  return 0;
}

/** A span among others: how long those of its name take, why it is slower, and who links to it. */
export class Peers {
  readonly durations = new Slot<PeerDurations>();
  readonly why = new Slot<BubbleupReply>();
  readonly links = new Slot<readonly LinkFrom[]>();
  #of = "";

  constructor(private readonly client: Client) {}

  /** Forgets what is not of this span. */
  turnTo(detail: SpanDetail): void {
    this.why.clear();
    this.links.clear();
    if (likeIt(detail) === this.#of) return;
    this.#of = "";
    this.durations.clear();
  }

  /** Asks how long those of its service and name take, unless that is known. */
  async ask(detail: SpanDetail): Promise<void> {
    this.turnTo(detail);
    const filter = likeIt(detail);
    if (filter === this.#of) return;
    this.#of = filter;
    await this.durations.ask(async (stop) => {
      const all = { start_ns: null, end_ns: null };
      const [grid, table] = await Promise.all([
        this.client.call(
          "heatmap",
          { filter, field: "duration_ms", ...all, n_x: 1, n_y: N_BUCKETS, linear: false, min: null, max: null },
          stop,
        ),
        this.client.call(
          "query",
          { text: `SELECT COUNT, P50(duration_ms), P99(duration_ms) WHERE ${filter}`, ...all, foot: false },
          stop,
        ),
      ]);
      const [n = 0, p50 = 0, p99 = 0] = (table.rows[0] ?? []).map(Number);
      const edges_ns = Array.from(grid.f64("y_edges"), (edge) => edge * 1e6);
      return { n, edges_ns, counts: [...grid.u32("counts")], p50_ns: p50 * 1e6, p99_ns: p99 * 1e6 };
    });
  }

  /** Asks what sets those that take as long apart from the rest. */
  async askWhy(detail: SpanDetail): Promise<void> {
    await this.why.ask((stop) =>
      this.client.call(
        "bubbleup",
        {
          filter: likeIt(detail),
          start_ns: null,
          end_ns: null,
          selection: { filter: asSlow(detail, this.durations.value), box: null, boxes: [] },
          unit: "trace",
          baseline: "rest",
          fields: [],
        },
        stop,
      ),
    );
  }

  /** Asks which spans link to it. */
  async askLinks(detail: SpanDetail): Promise<void> {
    const where = joinTerms([
      `trace.link.trace_id = ${valueText(detail.trace_id)}`,
      `trace.link.span_id = ${valueText(detail.span_id)}`,
    ]);
    const text = `SELECT COUNT WHERE ${where} GROUP BY trace.trace_id, trace.parent_id LIMIT ${LINKS_MAX}`;
    await this.links.ask(async (stop) => {
      const { rows } = await this.client.call("query", { text, start_ns: null, end_ns: null, foot: false }, stop);
      return rows.map(([trace_id, span_id]) => ({ trace_id: String(trace_id ?? ""), span_id: String(span_id ?? "") }));
    });
  }
}

/** The share of spans that took less time, 0 to 1. Within a bucket they are taken to be spread evenly. */
export function shareBelow(peers: PeerDurations, duration_ns: number): number {
  let below = 0;
  let all = 0;
  peers.counts.forEach((count, at) => {
    const [from, to] = [peers.edges_ns[at] ?? 0, peers.edges_ns[at + 1] ?? 0];
    all += count;
    if (to <= duration_ns) below += count;
    else if (from < duration_ns) below += count * ((duration_ns - from) / (to - from));
  });
  return all === 0 ? 0 : below / all;
}
