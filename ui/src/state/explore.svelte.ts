import type { ExploreRoute } from "../base/route";
import { composeQuery } from "../lang/compose";
import type { HeatGrid } from "../paint/heat_grid";
import type { BubbleupReply, QueryReply } from "../rpc/bindings/api";
import type { Client } from "../rpc/client";
import { heatGrid } from "./heat";
import { ALL_TIME, type Ends } from "../base/range";
import { Slot } from "./slot.svelte";

const HEAT_COLUMNS = 80;
const HEAT_ROWS = 32;

/** A query's answers: the heatmap, the table, and why a pick differs. */
export class ExploreState {
  readonly heat = new Slot<HeatGrid>();
  readonly table = new Slot<QueryReply>();
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
        linear: false,
      };
      return heatGrid(await this.client.call("heatmap", request, stop));
    });
    const table = this.table.ask((stop) => this.client.call("query", { text: composeQuery(route), ...ends }, stop));
    await Promise.all([heat, table]);
  }

  /** Stops what is being asked; the old answers stay. */
  stop(): void {
    this.heat.stop();
    this.table.stop();
    this.bubble.stop();
  }

  /** Asks why the box or the picked expression differs; forgets the old answer when nothing is picked. */
  async explain(route: ExploreRoute, ends: Ends): Promise<void> {
    if (!route.box && route.picked === "") {
      this.bubble.clear();
      return;
    }
    const selection = { filter: route.picked === "" ? null : route.picked, box: route.box ?? null };
    await this.bubble.ask((stop) =>
      this.client.call("bubbleup", { filter: route.where.trim(), ...ends, selection, unit: route.unit }, stop),
    );
  }
}
