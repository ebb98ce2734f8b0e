import type { TracesRoute } from "../base/route";
import { addTerm, joinTerms, splitTerms } from "../lang/terms";
import type { HeatGrid } from "../paint/heat_grid";
import type { Marker, TraceRow, TracesReply } from "../rpc/bindings/api";
import type { Client } from "../rpc/client";
import { heatGrid } from "./heat";
import type { Ends } from "../base/range";
import { plusNs } from "../base/time";
import { Slot } from "./slot.svelte";

/** Rows asked for each second while the list is live. */
export const LIVE_ROWS = 200;

/** Rows of one question further down. */
const PAGE_ROWS = 200;

const HEAT_ROWS = 24;

/** What makes a heatmap one of root spans. */
export const ROOTS = "is_root = true";

/** What may be said of a trace as a whole. */
export const TRACE_WORDS = [
  "trace.duration_ms",
  "trace.span_count",
  "trace.error_count",
  "trace.service_count",
  "trace.pinned",
] as const;

/** Terms about them, which no event of a trace has. */
const OF_TRACE = new RegExp(`^\`?(?:${TRACE_WORDS.join("|").replaceAll(".", "\\.")})\\b`);

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
  /** The moments with a name within the heatmap. */
  readonly markers = new Slot<readonly Marker[]>();
  /** The answer on the screen; older than `list` while it is read. */
  shown = $state.raw<TracesReply | undefined>(undefined);
  /** The picked trace's id. */
  selected = $state<string | undefined>(undefined);
  scrolled = $state(false);
  /** Grows when the list is to be read from its top again. */
  fromTop = $state(0);
  paused = $state(false);
  /** Rows of `shown` beyond the first, by their place; those that were scrolled to. */
  #further = $state.raw<ReadonlyMap<number, TraceRow>>(new Map());
  /** Pages of them that were asked for. */
  #asked = new Set<number>();
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
    if (changed) {
      this.selected = undefined;
      this.fromTop += 1;
    }
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
          limit: LIVE_ROWS,
          held: this.reading ? (this.shown?.order ?? null) : null,
        },
        stop,
      ),
    );
    const ofEvents = eventTerms(filter);
    const heat = this.heat.ask(async (stop) => {
      const ask = async (expression: string) => {
        const axes = { n_x, n_y: HEAT_ROWS, linear: false, min: null, max: null };
        const request = { filter: expression, field: "", ...ends, ...axes };
        return heatGrid(await this.client.call("heatmap", request, stop));
      };
      const roots = await ask(addTerm(ofEvents, ROOTS));
      // A filter on what only inner spans have leaves no root to draw: then the spans that match are drawn.
      if (roots.matched > 0 || ofEvents === "") return { grid: roots, roots: true };
      return { grid: await ask(ofEvents), roots: false };
    });
    const taken = await list;
    if (taken && this.list.value && (changed || !this.reading || !this.shown)) this.#show(this.list.value);
    if (await heat) await this.#mark();
  }

  async #mark(): Promise<void> {
    const grid = this.heat.value?.grid;
    if (!grid || grid.matched === 0) return;
    const request = { start_ns: grid.start_ns, end_ns: plusNs(grid.start_ns, grid.n_x * grid.step_ns) };
    await this.markers.ask(async (stop) => (await this.client.call("markers", request, stop)).markers);
  }

  #show(reply: TracesReply): void {
    this.shown = reply;
    this.#further = new Map();
    this.#asked = new Set();
  }

  /** The row at a place of what is shown; nothing while it is being read, or when its trace has left. */
  row(place: number): TraceRow | undefined {
    return this.shown?.rows[place] ?? this.#further.get(place);
  }

  /** Every row that was read. */
  get rows(): readonly TraceRow[] {
    return [...(this.shown?.rows ?? []), ...this.#further.values()];
  }

  /** Reads the rows that will be seen, as far as they are not there. */
  want(first: number, end: number): void {
    const n = this.shown?.matched ?? 0;
    for (let page = Math.floor(first / PAGE_ROWS); page * PAGE_ROWS < Math.min(end, n); page += 1) {
      const known = this.shown && Math.min((page + 1) * PAGE_ROWS, n) <= this.shown.rows.length;
      if (!known && !this.#asked.has(page)) void this.#read(page);
    }
  }

  async #read(page: number): Promise<void> {
    const shown = this.shown;
    if (!shown) return;
    const asked = this.#asked;
    asked.add(page);
    try {
      const request = { order: shown.order, offset: page * PAGE_ROWS, limit: PAGE_ROWS };
      const { rows } = await this.client.call("traces_page", request);
      if (asked !== this.#asked) return;
      // The list is no longer kept: what is newest is shown.
      if (!rows) this.release();
      else this.#further = new Map([...this.#further, ...rows.map(({ place, row }) => [place, row] as const)]);
    } catch {
      // Asked again by the next scroll; the list's own question says what is wrong.
      asked.delete(page);
    }
  }

  /** Keeps a trace whatever else has to leave, or lets it go. */
  async pin(row: TraceRow): Promise<void> {
    await this.client.call("pin", { trace_id: row.trace_id, pinned: !row.pinned });
    const flip = (other: TraceRow) => (other.trace_id === row.trace_id ? { ...other, pinned: !row.pinned } : other);
    if (this.shown) this.shown = { ...this.shown, rows: this.shown.rows.map(flip) };
    this.#further = new Map([...this.#further].map(([place, other]) => [place, flip(other)]));
  }

  /** Shows what was held. */
  release(): void {
    this.paused = false;
    this.scrolled = false;
    this.selected = undefined;
    this.fromTop += 1;
    if (this.list.value) this.#show(this.list.value);
  }

  /** Moves the picked row by `step`; the first press picks the first row. Stops where rows are still being read. */
  move(step: number): void {
    const n = this.shown?.matched ?? 0;
    if (n === 0) return;
    const at = this.selectedAt;
    const to = at < 0 ? 0 : Math.max(0, Math.min(n - 1, at + step));
    this.want(to, to + PAGE_ROWS / 2);
    const row = this.row(to);
    if (row) this.selected = row.trace_id;
  }

  /** The picked row's place, or -1. */
  get selectedAt(): number {
    if (this.selected === undefined) return -1;
    const at = this.shown?.rows.findIndex((row) => row.trace_id === this.selected) ?? -1;
    if (at >= 0) return at;
    for (const [place, row] of this.#further) if (row.trace_id === this.selected) return place;
    return -1;
  }
}
