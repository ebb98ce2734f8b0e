import type { TraceRoute } from "../base/route";
import type { SpanDetail, TraceOrder, TraceStep } from "../rpc/bindings/api";
import type { Client } from "../rpc/client";
import { Slot } from "./slot.svelte";
import { fold, type Folds, letGo, NO_FOLDS, openGroup, pictureOf, unfold } from "./trace_folds";
import { TraceLines } from "./trace_lines";
import { TraceOverview } from "./trace_overview";

/** Lines asked for at once: several screens, so that most scrolling asks for nothing. */
export const WINDOW_LINES = 600;

/** This near to the end of what is there, more is asked for. */
const NEAR_LINES = 150;

/** Where a line has to stay on the screen while others come and go. */
export interface Held {
  readonly ref: string;
  /** From the top of what is seen. */
  readonly y_px: number;
}

/** What the screen needs of the lines. */
export interface Wanted {
  readonly first: number;
  readonly end: number;
  /** How much time a pixel is. */
  readonly ns_per_px: number;
  readonly order?: TraceOrder | undefined;
}

/** One trace: what it is, the lines around those on the screen, and the span that is open beside them. */
export class TraceState {
  readonly overview = new Slot<TraceOverview>();
  readonly rows = new Slot<TraceLines>();
  readonly detail = new Slot<SpanDetail>();
  folds = $state.raw<Folds>(NO_FOLDS);
  /** Whether retention leaves the trace alone. */
  pinned = $state(false);
  pinError = $state("");
  /** Where a held line went; the screen follows. */
  moved = $state.raw<{ readonly place: number; readonly y_px: number } | undefined>(undefined);
  /** Tells which line is being read, before others are asked for. */
  holding: () => Held | undefined = () => undefined;
  #asked = "";
  #drawn = "";
  #wanted: Wanted = { first: 0, end: 60, ns_per_px: 0 };
  #colored = "";
  #detailOf = "";

  constructor(
    private readonly client: Client,
    readonly traceId: string,
  ) {}

  readonly head = $derived(this.overview.value?.head);
  readonly lines = $derived(this.rows.value);

  /** Asks for the trace as a whole. The lines follow by themselves when it has grown. */
  async load(color: string): Promise<void> {
    this.#colored = color;
    const taken = await this.overview.ask(
      async (stop) =>
        new TraceOverview(await this.client.call("trace", { trace_id: this.traceId, color_by: color }, stop)),
    );
    if (taken && this.overview.value) this.pinned = this.overview.value.head.pinned;
  }

  /** Asks for lines unless those that are wanted are there, drawn as they should be. */
  async show(route: TraceRoute, wanted: Wanted): Promise<void> {
    this.#wanted = wanted;
    if (route.color !== this.#colored) void this.load(route.color);
    const picture = pictureOf(route, this.folds, wanted.order);
    // Quantised, so that a slow zoom asks at most once for each doubling.
    const resolution_ns = wanted.ns_per_px > 0 ? Math.pow(2, Math.floor(Math.log2(wanted.ns_per_px)) - 1) : 0;
    const drawn = JSON.stringify([picture, route.color, route.columns, this.head?.n_all]);
    const lines = this.lines;
    const same = drawn === this.#drawn && lines !== undefined;
    const within =
      lines !== undefined &&
      wanted.first >= lines.head.first &&
      Math.min(wanted.end, lines.head.n_lines) <= lines.head.first + lines.n &&
      (lines.head.first === 0 || wanted.first - lines.head.first > NEAR_LINES) &&
      (lines.head.first + lines.n >= lines.head.n_lines || lines.head.first + lines.n - wanted.end > NEAR_LINES);
    const asked = `${drawn} ${resolution_ns}`;
    if (asked === this.#asked && (within || (same && this.rows.asking && this.#isAskedFor(wanted)))) return;
    this.#asked = asked;
    const held = same ? undefined : this.holding();
    const first = Math.max(0, Math.floor((wanted.first + wanted.end) / 2) - WINDOW_LINES / 2);
    this.#first = first;
    const span = route.span && (route.span.nth > 0 ? `${route.span.id}.${route.span.nth}` : route.span.id);
    // The first lines, and those of a picture that reveals a span, are around it.
    const around = (lines === undefined ? span : undefined) ?? (same ? undefined : this.folds.reveal);
    const taken = await this.rows.ask(
      async (stop) =>
        new TraceLines(
          await this.client.call(
            "trace_rows",
            {
              trace_id: this.traceId,
              picture,
              first,
              count: WINDOW_LINES,
              around: around ?? held?.ref ?? null,
              anchor: span ?? null,
              hold: held?.ref ?? null,
              resolution_ns,
              color_by: route.color,
              fields: [...route.columns],
            },
            stop,
          ),
        ),
      ({ head: { around_place, hold_place } }) => {
        this.#drawn = drawn;
        if (around !== undefined && around_place !== null) this.moved = { place: around_place, y_px: -1 };
        else if (held && hold_place !== null) this.moved = { place: hold_place, y_px: held.y_px };
      },
    );
    if (taken && this.head && this.lines && this.lines.head.n_all !== this.head.n_all) void this.load(route.color);
  }

  #first = 0;

  #isAskedFor(wanted: Wanted): boolean {
    return wanted.first >= this.#first && wanted.end <= this.#first + WINDOW_LINES;
  }

  /** The place of a span among the lines, or of what it is folded into; nothing when it is not known. */
  placeOf(ref: string | undefined): number | undefined {
    if (ref === undefined) return undefined;
    return this.lines?.placeOf(ref) ?? this.lines?.head.anchor_place ?? undefined;
  }

  /** The next span of a kind after the picked one; it will be revealed. */
  async step(route: TraceRoute, from: string | undefined, to: TraceStep, back: boolean): Promise<string | undefined> {
    const picture = pictureOf(route, this.folds, this.#wanted.order);
    const request = { trace_id: this.traceId, picture, from: from ?? null, to, back };
    const { span } = await this.client.call("trace_step", request);
    if (span === null) return undefined;
    this.reveal(span);
    return span;
  }

  /** Draws a span whatever is folded. */
  reveal(ref: string): void {
    const place = this.lines?.placeOf(ref);
    const at = place === undefined ? undefined : this.lines?.at(place);
    // Seen already: nothing moves.
    if (at !== undefined && !this.lines?.has(at, "group")) return;
    this.folds = { ...this.folds, reveal: ref };
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

  /** Asks for a span's detail unless it is there already. */
  open(ref: string): void {
    const [span_id = "", nth = "0"] = ref.split(".");
    const key = `${ref} ${this.head?.n_all ?? 0}`;
    if (key === this.#detailOf || span_id === "") return;
    this.#detailOf = key;
    const request = { trace_id: this.traceId, span_id, nth: Number(nth) };
    void this.detail.ask((stop) => this.client.call("span", request, stop));
  }

  /** Folds or unfolds the line `at`, whatever it stands for. */
  toggle(at: number): void {
    const lines = this.lines;
    if (!lines?.has(at, "parent")) return;
    if (lines.has(at, "folded")) this.unfold(at);
    else this.fold(at);
  }

  fold(at: number): void {
    const ref = this.lines?.refOf(at);
    if (ref === undefined || !this.lines?.has(at, "parent")) return;
    this.folds = this.lines.has(at, "group") ? openGroup(this.folds, ref, false) : fold(this.folds, ref);
  }

  unfold(at: number): void {
    const ref = this.lines?.refOf(at);
    if (ref === undefined) return;
    this.folds = this.lines?.has(at, "group") ? openGroup(this.folds, ref, true) : unfold(this.folds, ref);
  }

  /** Forgets what was folded by hand. */
  letGo(): void {
    this.folds = letGo(this.folds);
  }
}
