import type { ExploreRoute } from "../base/route";
import { composeQuery } from "../lang/compose";
import type { HeatGrid } from "../paint/heat_grid";
import type { BubbleupBaseline, BubbleupReply, QueryReply } from "../rpc/bindings/api";
import type { Client } from "../rpc/client";
import { heatGrid } from "./heat";
import { ALL_TIME, type Ends } from "../base/range";
import { Slot } from "./slot.svelte";

const HEAT_COLUMNS = 80;
const HEAT_ROWS = 32;

/** The baseline as the host is asked for it. */
export function baselineOf(route: ExploreRoute, ends: Ends): BubbleupBaseline {
  if (route.baseline !== "before") return route.baseline;
  const start_ns = route.box?.start_ns ?? ends.start_ns;
  const end_ns = route.box?.end_ns ?? ends.end_ns;
  // Without an end there is nothing before it.
  if (start_ns === null || end_ns === null) return "rest";
  const earlier = 2n * BigInt(start_ns) - BigInt(end_ns);
  return { period: { start_ns: String(earlier < 0n ? 0n : earlier), end_ns: start_ns } };
}

/** A query's answers: the heatmap, the table, and why a pick differs. */
export class ExploreState {
  readonly heat = new Slot<HeatGrid>();
  readonly table = new Slot<QueryReply>();
  /** The same of all groups together; forgotten where there are none. */
  readonly total = new Slot<QueryReply>();
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
      };
      return heatGrid(await this.client.call("heatmap", request, stop));
    });
    const table = this.table.ask((stop) => this.client.call("query", { text: composeQuery(route), ...ends }, stop));
    const whole = composeQuery({ ...route, groupBy: "" });
    if (route.groupBy.trim() === "") this.total.clear();
    else void this.total.ask((stop) => this.client.call("query", { text: whole, ...ends }, stop));
    await Promise.all([heat, table]);
  }

  /** Stops what is being asked; the old answers stay. */
  stop(): void {
    this.heat.stop();
    this.table.stop();
    this.total.stop();
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
    await this.bubble.ask((stop) =>
      this.client.call("bubbleup", { filter, ...ends, selection, unit: route.unit, baseline, fields: [] }, stop),
    );
  }
}
