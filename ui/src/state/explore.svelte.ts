import type { ExploreRoute } from "../base/route";
import { addTerm } from "../lang/terms";
import { chartQuery, composeQuery, stepsQuery, tableClauses, timeOf } from "../lang/compose";
import { everyNs } from "../lang/every";
import { goodOf } from "../lang/good";
import type { HeatGrid } from "../paint/heat_grid";
import { bucketsOver, type SeriesGrid, type TimeAxis } from "../paint/series_grid";
import type { BubbleupBaseline, BubbleupReply, Marker, QueryReply } from "../rpc/bindings/api";
import type { Client } from "../rpc/client";
import { heatGrid } from "./heat";
import { ALL_TIME, type Ends } from "../base/range";
import { Slot } from "./slot.svelte";
import { seriesGrid } from "./series";
import { plusNs } from "../base/time";

const HEAT_COLUMNS = 80;
const HEAT_ROWS = 32;
/** As many groups as the host tells over time: another time has them in another order. */
const GROUPS_MAX = 50;

/** The baseline as the host is asked for it. */
export function baselineOf(route: ExploreRoute, ends: Ends): BubbleupBaseline {
  if (route.against !== "") {
    // Another run was at another time; what is good is that of the time that is looked at.
    const time = goodOf(route.picked, route.against) === undefined ? { start_ns: null, end_ns: null } : ends;
    return { filter: { filter: route.against, ...time } };
  }
  if (route.baseline !== "before") return route.baseline;
  const { start_ns, end_ns } = route.box ?? timeOf(route.picked) ?? ends;
  // Without an end there is nothing before it.
  if (start_ns === null || end_ns === null) return "rest";
  const earlier = 2n * BigInt(start_ns) - BigInt(end_ns);
  return { period: { start_ns: String(earlier < 0n ? 0n : earlier), end_ns: start_ns } };
}

/** A query's answers: the heatmap, the table, and why a pick differs. */
export class ExploreState {
  readonly heat = new Slot<HeatGrid>();
  readonly table = new Slot<QueryReply>();
  /** The table cut by EVERY. */
  readonly steps = new Slot<QueryReply>();
  /** The table's groups over time, cut as the heatmap is or as EVERY says. */
  readonly series = new Slot<SeriesGrid>();
  /** The same of as much time right before. */
  readonly earlier = new Slot<SeriesGrid>();
  /** The moments with a name within them. */
  readonly markers = new Slot<readonly Marker[]>();
  /** Where the events of a value that is pointed at lie on the heatmap. */
  readonly lit = new Slot<HeatGrid>();
  readonly bubble = new Slot<BubbleupReply>();
  /** The times that were asked for; a moving range stands still between two runs. */
  ends = $state.raw<Ends>(ALL_TIME);

  constructor(private readonly client: Client) {}

  async run(route: ExploreRoute, ends: Ends): Promise<void> {
    this.ends = ends;
    const heat = this.heat.ask(async (stop) => {
      const request = {
        filter: route.where.trim(),
        field: route.field.trim(),
        ...ends,
        n_x: HEAT_COLUMNS,
        n_y: HEAT_ROWS,
        linear: route.linear,
        min: null,
        max: null,
      };
      return heatGrid(await this.client.call("heatmap", request, stop));
    });
    const table = this.table.ask((stop) =>
      this.client.call("query", { text: composeQuery(tableClauses(route)), ...ends, foot: true }, stop),
    );
    void this.cut(route);
    this.lit.clear();
    // The charts stand below the heatmap and share its columns.
    if (await heat) void this.draw(route);
    await table;
  }

  /** The time that the pictures show; nothing where no event is. */
  get axis(): TimeAxis | undefined {
    const grid = this.heat.value;
    if (!grid || grid.start_ns === "0") return undefined;
    return { start_ns: grid.start_ns, length_ns: grid.n_x * grid.step_ns };
  }

  /** Asks for what is drawn over time; forgets it where nothing is. */
  async draw(route: ExploreRoute): Promise<void> {
    const axis = this.axis;
    if (!axis || this.heat.error) {
      this.series.clear();
      this.earlier.clear();
      this.markers.clear();
      return;
    }
    const { start_ns } = axis;
    const end_ns = plusNs(start_ns, axis.length_ns);
    const marked = this.markers.ask(
      async (stop) => (await this.client.call("markers", { start_ns, end_ns }, stop)).markers,
    );
    if (route.charts) {
      const every_ns = everyNs(route.every);
      const own = every_ns === undefined ? undefined : bucketsOver(axis, every_ns);
      const cut = own ?? { start_ns, step_ns: Math.round(axis.length_ns / HEAT_COLUMNS), n_x: HEAT_COLUMNS };
      const request = { text: chartQuery(route), ...cut, step_ns: String(cut.step_ns), groups: 0 };
      const now = this.series.ask(async (stop) => seriesGrid(await this.client.call("series", request, stop), axis));
      const before = BigInt(cut.start_ns) - BigInt(cut.step_ns) * BigInt(cut.n_x);
      if (route.prior && before >= 0n) {
        const earlier = { ...request, start_ns: String(before), groups: GROUPS_MAX };
        await this.earlier.ask(async (stop) => seriesGrid(await this.client.call("series", earlier, stop), axis));
      } else this.earlier.clear();
      await now;
    } else {
      this.series.clear();
      this.earlier.clear();
    }
    await marked;
  }

  /** Asks for the table cut by EVERY, where that is looked at; forgets it else. */
  async cut(route: ExploreRoute): Promise<void> {
    const text = route.steps ? stepsQuery(route) : undefined;
    if (text === undefined) this.steps.clear();
    else await this.steps.ask((stop) => this.client.call("query", { text, ...this.ends, foot: true }, stop));
  }

  /** Asks where the events of an expression lie on the heatmap; forgets it without one. */
  async light(route: ExploreRoute, term: string | undefined): Promise<void> {
    const grid = this.heat.value;
    if (term === undefined || !grid) {
      this.lit.clear();
      return;
    }
    const request = {
      filter: addTerm(route.where.trim(), term),
      field: grid.field,
      start_ns: grid.start_ns,
      end_ns: plusNs(grid.start_ns, grid.n_x * grid.step_ns),
      n_x: grid.n_x,
      n_y: grid.n_y - grid.scale.n_under,
      linear: grid.linear,
      min: grid.scale.min,
      max: grid.scale.max,
    };
    const hasUnder = grid.scale.n_under > 0;
    await this.lit.ask(async (stop) => heatGrid(await this.client.call("heatmap", request, stop), hasUnder));
  }

  /** Stops what is being asked; the old answers stay. */
  stop(): void {
    this.heat.stop();
    this.table.stop();
    this.steps.stop();
    this.series.stop();
    this.earlier.stop();
    this.markers.stop();
    this.lit.stop();
    this.bubble.stop();
  }

  /** Asks why the box or the picked expression differs; forgets the old answer when nothing is picked. */
  async explain(route: ExploreRoute, ends: Ends): Promise<void> {
    if (!route.box && route.picked === "") {
      this.bubble.clear();
      return;
    }
    const filter = route.where.trim();
    const boxes = route.box ? [route.box, ...route.moreBoxes] : [];
    const selection = { filter: route.picked === "" ? null : route.picked, box: null, boxes };
    const baseline = baselineOf(route, ends);
    const request = { filter, ...ends, selection, unit: route.unit, baseline, fields: [...route.also] };
    await this.bubble.ask((stop) => this.client.call("bubbleup", request, stop));
  }
}
