import { ALL_TIME } from "../base/range";
import { joinTerms } from "../lang/terms";
import type { Client } from "../rpc/client";
import {
  type Compared,
  comparedOf,
  figuresQuery,
  groupsQuery,
  MINUTES_QUERY,
  type Run,
  runsOfGroups,
  runsOfMarks,
  runsOfMinutes,
  usualPair,
} from "./runs";
import { Slot } from "./slot.svelte";

/** The runs there are, and two of them side by side. */
export class RunsState {
  readonly runs = new Slot<readonly Run[]>();
  readonly compared = new Slot<readonly Compared[]>();

  constructor(private readonly client: Client) {}

  /** Looks for runs in all that is stored, which begins at `oldest_ns`. */
  async find(oldest_ns: string | null): Promise<void> {
    await this.runs.ask(async (stop) => {
      const query = (text: string) => this.client.call("query", { text, ...ALL_TIME, foot: false }, stop);
      const [marks, versions, instances, pids, minutes] = await Promise.all([
        this.client.call("markers", ALL_TIME, stop),
        query(groupsQuery("service.version")),
        query(groupsQuery("service.instance.id")),
        query(groupsQuery("process.pid")),
        query(MINUTES_QUERY),
      ]);
      const ofInstances = runsOfGroups("process", "service.instance.id", instances);
      const named = new Set(ofInstances.map((run) => run.service));
      return [
        ...runsOfMarks(marks.markers, oldest_ns),
        ...runsOfGroups("version", "service.version", versions),
        ...ofInstances,
        // A service that names its instances is not told apart by process numbers again.
        ...runsOfGroups("process", "process.pid", pids).filter((run) => !named.has(run.service)),
        ...runsOfMinutes(minutes),
      ];
    });
  }

  /** The two of those ids; the usual ones where an id is not known. */
  pair(before: string, after: string): { readonly before: Run; readonly after: Run } | undefined {
    const runs = this.runs.value ?? [];
    const usual = usualPair(runs);
    const later = runs.find((run) => run.id === after) ?? usual?.after;
    const earlier = runs.find((run) => run.id === before) ?? usual?.before;
    return earlier && later && { before: earlier, after: later };
  }

  /** Asks for the figures of both, of the roots that pass `where`. */
  async compare(where: string, before: Run, after: Run): Promise<void> {
    await this.compared.ask(async (stop) => {
      const ask = ({ filter, start_ns, end_ns }: Run) => {
        const text = figuresQuery(joinTerms(["is_root", where, filter]));
        return this.client.call("query", { text, start_ns, end_ns, foot: true }, stop);
      };
      const [earlier, later] = await Promise.all([ask(before), ask(after)]);
      return comparedOf(earlier, later);
    });
  }

  stop(): void {
    this.runs.stop();
    this.compared.stop();
  }
}
