import type { TracesRoute } from "../base/route";
import { addTerm, joinTerms, splitTerms } from "../lang/terms";
import type { HeatGrid } from "../paint/heat_grid";
import type { TraceRow, TracesReply } from "../rpc/bindings/api";
import type { Client } from "../rpc/client";
import { heatGrid } from "./heat";
import type { Ends } from "../base/range";
import { Slot } from "./slot.svelte";

/** Rows asked for; more than anyone scrolls through, little enough to send each second. */
export const ROWS_MAX = 500;

const HEAT_ROWS = 24;

/** What makes a heatmap one of root spans. */
export const ROOTS = "is_root = true";

/** Terms about a trace as a whole, which no event of it has. */
const OF_TRACE = /^`?trace\.(duration_ms|span_count|error_count|service_count|pinned)\b/;

/** The filter without what it says of whole traces. */
export function eventTerms(filter: string): string {
  const terms = splitTerms(filter);
  if (!terms?.some((term) => OF_TRACE.test(term))) return filter;
  return joinTerms(terms.filter((term) => !OF_TRACE.test(term)));
}

/** The heatmap above the list, and whether it is of root spans or of the spans that match. */
export interface TracesHeat {
  readonly grid: HeatGrid;
  readonly roots: boolean;
}

/** The list of traces: live, and held still while it is read. */
export class TracesState {
  /** The newest answer. */
  readonly list = new Slot<TracesReply>();
  readonly heat = new Slot<TracesHeat>();
  /** The answer on the screen; older than `list` while it is read. */
  shown = $state.raw<TracesReply | undefined>(undefined);
  /** The picked trace's id. */
  selected = $state<string | undefined>(undefined);
  scrolled = $state(false);
  paused = $state(false);
  #question = "";

  constructor(private readonly client: Client) {}

  readonly reading = $derived(this.paused || this.scrolled || this.selected !== undefined);

  /** Traces that have come in since what is shown. */
  readonly n_newer = $derived.by(() => {
    if (!this.list.value || !this.shown || this.list.value === this.shown) return 0;
    const known = new Set(this.shown.rows.map((row) => row.trace_id));
    return this.list.value.rows.filter((row) => !known.has(row.trace_id)).length;
  });

  /** Asks for list and heatmap. What is read stays, unless the question itself is another. */
  async refresh(route: TracesRoute, ends: Ends, n_x: number): Promise<void> {
    const question = JSON.stringify([route.filter, route.range, route.errorsOnly, route.sort, route.ascending]);
    const changed = question !== this.#question;
    this.#question = question;
    if (changed) this.selected = undefined;
    const filter = route.filter.trim();
    const list = this.list.ask((stop) =>
      this.client.call(
        "traces",
        {
          filter,
          ...ends,
          errors_only: route.errorsOnly,
          sort: route.sort,
          ascending: route.ascending,
          limit: ROWS_MAX,
        },
        stop,
      ),
    );
    const ofEvents = eventTerms(filter);
    const heat = this.heat.ask(async (stop) => {
      const ask = async (expression: string) => {
        const request = { filter: expression, field: "", ...ends, n_x, n_y: HEAT_ROWS, linear: false };
        return heatGrid(await this.client.call("heatmap", request, stop));
      };
      const roots = await ask(addTerm(ofEvents, ROOTS));
      // A filter on what only inner spans have leaves no root to draw: then the spans that match are drawn.
      if (roots.matched > 0 || ofEvents === "") return { grid: roots, roots: true };
      return { grid: await ask(ofEvents), roots: false };
    });
    const taken = await list;
    if (taken && this.list.value && (changed || !this.reading || !this.shown)) this.shown = this.list.value;
    await heat;
  }

  /** Keeps a trace whatever else has to leave, or lets it go. */
  async pin(row: TraceRow): Promise<void> {
    await this.client.call("pin", { trace_id: row.trace_id, pinned: !row.pinned });
    const flip = (reply: TracesReply): TracesReply => ({
      ...reply,
      rows: reply.rows.map((other) => (other.trace_id === row.trace_id ? { ...other, pinned: !row.pinned } : other)),
    });
    if (this.shown) this.shown = flip(this.shown);
  }

  /** Shows what was held. */
  release(): void {
    this.paused = false;
    this.scrolled = false;
    this.selected = undefined;
    this.shown = this.list.value ?? this.shown;
  }

  /** Moves the picked row by `step`; the first press picks the first row. */
  move(step: number): void {
    const rows = this.shown?.rows ?? [];
    if (rows.length === 0) return;
    const at = this.selectedAt;
    const to = at < 0 ? 0 : Math.max(0, Math.min(rows.length - 1, at + step));
    this.selected = rows[to]?.trace_id;
  }

  /** The picked row's place, or -1. */
  get selectedAt(): number {
    return this.shown?.rows.findIndex((row: TraceRow) => row.trace_id === this.selected) ?? -1;
  }
}
