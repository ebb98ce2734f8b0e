import { createContext } from "svelte";
import { type TracesRoute, tracesRoute } from "../base/route";
import { Client } from "../rpc/client";
import type { Transport } from "../rpc/transport";
import { Clock } from "./clock.svelte";
import { Fields } from "./fields.svelte";
import { Imports } from "./imports.svelte";
import { Keys } from "./keys.svelte";
import { Live } from "./live.svelte";
import { Queries } from "./queries.svelte";
import { Router, type RouterHost } from "./router.svelte";
import { Settings } from "./settings.svelte";
import type { ThemeState } from "./theme.svelte";
import { TracesState } from "./traces.svelte";
import { Values } from "./values";
import { WaterfallLooks } from "./waterfall_looks.svelte";

/** What every page may use. */
export class App {
  readonly client: Client;
  readonly live = new Live();
  readonly keys = new Keys();
  readonly clock = new Clock();
  readonly router: Router;
  readonly fields: Fields;
  readonly values: Values;
  readonly queries: Queries;
  readonly imports: Imports;
  readonly settings: Settings;
  /** Outlives its page, so that back from a trace finds the list as it was. */
  readonly traces: TracesState;
  readonly waterfall = new WaterfallLooks(localStorage);

  constructor(
    transport: Transport,
    host: RouterHost,
    readonly theme: ThemeState,
  ) {
    this.client = new Client(transport);
    this.router = new Router(host, tracesRoute());
    this.fields = new Fields(this.client);
    this.values = new Values(this.client);
    this.queries = new Queries(this.client);
    this.imports = new Imports(this.client, this.live);
    this.settings = new Settings(this.client, this.live, theme);
    this.traces = new TracesState(this.client);
  }

  /** The list as it was last looked at: where a trace leads back to. */
  lastTraces: TracesRoute = $state.raw(tracesRoute());

  /** Begins to watch; returns what ends it. */
  start(): () => void {
    const { transport } = this.client;
    const ends = [this.live.watch(transport), transport.drops(this.imports), this.clock.start()];
    const led = transport.shell?.opened((hash) => this.router.lead(hash));
    if (led) ends.push(led);
    return () => ends.forEach((end) => end());
  }
}

export const [getApp, setApp] = createContext<App>();
