import type { TraceRoute } from "../base/route";
import { placeOf, visibleRows } from "../base/tree";
import type { SpanDetail } from "../rpc/bindings/api";
import type { Client } from "../rpc/client";
import { Slot } from "./slot.svelte";
import { TraceModel } from "./trace_model";

/** One trace: its waterfall, what is folded in it, and the span that is open beside it. */
export class TraceState {
  readonly trace = new Slot<TraceModel>();
  readonly detail = new Slot<SpanDetail>();
  /** What is drawn; older than `trace` while more spans wait to be shown. */
  model = $state.raw<TraceModel | undefined>(undefined);
  folded = $state.raw<ReadonlySet<number>>(new Set());
  /** Whether retention leaves the trace alone. */
  pinned = $state(false);
  pinError = $state("");
  #detailOf = "";

  constructor(
    private readonly client: Client,
    readonly traceId: string,
  ) {}

  readonly visible = $derived(this.model ? visibleRows(this.model.subtreeEnd, this.folded) : new Uint32Array(0));

  /** Spans that have arrived since what is drawn. */
  readonly n_more = $derived(
    this.trace.value && this.model ? this.trace.value.head.n_spans - this.model.head.n_spans : 0,
  );

  async load(): Promise<void> {
    const taken = await this.trace.ask(
      async () => new TraceModel(await this.client.call("trace", { trace_id: this.traceId })),
    );
    const value = this.trace.value;
    if (!taken || !value) return;
    this.pinned = value.head.pinned;
    const same = this.model?.head.n_spans === value.head.n_spans;
    // The same spans in the same order: what changed, such as an end that arrived, can be drawn in place.
    if (!this.model || same) this.model = value;
  }

  /** Keeps the trace whatever else has to leave, or lets it go. */
  async pin(pinned: boolean): Promise<void> {
    try {
      await this.client.call("pin", { trace_id: this.traceId, pinned });
      this.pinned = pinned;
      this.pinError = "";
    } catch (error) {
      this.pinError = error instanceof Error ? error.message : String(error);
    }
  }

  /** Draws the spans that have arrived. Rows move, so nothing stays folded. */
  showMore(): void {
    this.folded = new Set();
    this.model = this.trace.value ?? this.model;
  }

  /** The row the address names; the first when it names none. */
  selectedRow(route: TraceRoute): number {
    const named = route.span && this.model?.rowOf(route.span.id, route.span.nth);
    return named ?? 0;
  }

  /** Asks for a row's detail unless it is there already. */
  open(row: number): void {
    const model = this.model;
    if (!model || row >= model.n) return;
    const [span_id, nth] = [model.idOf(row), model.nthOf(row)];
    const key = `${span_id}.${nth}.${model.head.generation}`;
    if (key === this.#detailOf) return;
    this.#detailOf = key;
    void this.detail.ask(() => this.client.call("span", { trace_id: this.traceId, span_id, nth }));
  }

  toggle(row: number): void {
    if (this.folded.has(row)) this.unfold(row);
    else this.fold(row);
  }

  fold(row: number): void {
    if (this.model?.foldable.has(row)) this.folded = new Set([...this.folded, row]);
  }

  unfold(row: number): void {
    const folded = new Set(this.folded);
    if (folded.delete(row)) this.folded = folded;
  }

  foldAll(): void {
    this.folded = this.model?.foldable ?? new Set();
  }

  unfoldAll(): void {
    this.folded = new Set();
  }

  /** Unfolds every ancestor of a row, so that it is seen. */
  reveal(row: number): void {
    const folded = new Set(this.folded);
    let changed = false;
    for (let up = this.model?.parentOf(row); up !== undefined; up = this.model?.parentOf(up)) {
      changed = folded.delete(up) || changed;
    }
    if (changed) this.folded = folded;
  }

  /** The visible row `step` places from `row`. */
  neighbour(row: number, step: number): number {
    const at = placeOf(this.visible, row) + step;
    return this.visible[Math.max(0, Math.min(this.visible.length - 1, at))] ?? row;
  }
}

/** The next of `rows` (ascending) after `row`, round the end; with `step` -1 the one before. */
export function nextOf(rows: Uint32Array, row: number, step: 1 | -1): number | undefined {
  if (rows.length === 0) return undefined;
  if (step > 0) return rows.find((one) => one > row) ?? rows[0];
  return rows.findLast((one) => one < row) ?? rows[rows.length - 1];
}
