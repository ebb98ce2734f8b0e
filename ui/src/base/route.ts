// The view is the address: everything that can be linked to stands in the URL's hash, and this file is its grammar.
// `#/traces?q=error&t=15m`, `#/trace/<id>?s=<span>&w=0-5000`, `#/explore?w=...&g=...&box=...`

/** What part of time is looked at. `auto` is the last hour, or everything when nothing came in the last hour. */
export type Range =
  | { readonly kind: "auto" }
  | { readonly kind: "all" }
  | { readonly kind: "last"; readonly minutes: number }
  | { readonly kind: "between"; readonly start_ns: string; readonly end_ns: string };

/** A box on a heatmap, values from `min` to before `max`. */
export interface Box {
  readonly field: string;
  readonly start_ns: string;
  readonly end_ns: string;
  readonly min: number;
  readonly max: number;
}

export type DetailTab = "attributes" | "events" | "logs" | "links" | "raw";
export type TracesSort = "start" | "duration" | "spans" | "errors" | "services";
/** What lies below the charts. */
export type ExploreTab = "table" | "events" | "queries" | "runs";
export type TraceLook = "waterfall" | "flame" | "table" | "logs";
export type Unit = "trace" | "event";
/** What a pick is compared with; `before` is as much time right before it. */
export type BaselineKind = "rest" | "same_time" | "same_values" | "before";

export interface ConnectRoute {
  readonly page: "connect";
  readonly language: string;
}

export interface TracesRoute {
  readonly page: "traces";
  readonly filter: string;
  readonly range: Range;
  readonly errorsOnly: boolean;
  readonly sort: TracesSort;
  /** The least first. */
  readonly ascending: boolean;
}

export interface TraceRoute {
  readonly page: "trace";
  readonly traceId: string;
  /** The span whose detail is open, with which of those that share its id. */
  readonly span: { readonly id: string; readonly nth: number } | undefined;
  /** The time window in ns after the trace's start; the whole trace when not given. */
  readonly window: { readonly from_ns: number; readonly to_ns: number } | undefined;
  readonly find: string;
  readonly tab: DetailTab;
  readonly look: TraceLook;
  /** Only what is found, with its ancestors. */
  readonly only: boolean;
  /** A WHERE expression: what passes is hidden, with all below it. */
  readonly hide: string;
  /** Only this span and what lies below it, as `id` or `id.nth`. */
  readonly top: string;
  /** The field that colours; the service when empty. */
  readonly color: string;
  /** Further columns. */
  readonly columns: readonly string[];
  /** Rows of this depth are folded. */
  readonly depth: number | undefined;
}

export interface ExploreRoute {
  readonly page: "explore";
  readonly where: string;
  readonly groupBy: string;
  readonly select: string;
  readonly having: string;
  readonly orderBy: string;
  readonly limit: string;
  /** How long a point of the charts is, as the language writes it; as the heatmap's columns when empty. */
  readonly every: string;
  readonly tab: ExploreTab;
  /** What is told of each event. */
  readonly columns: readonly string[];
  /** The runs compared, as [`Run.id`] names them; the usual two when empty. */
  readonly before: string;
  readonly after: string;
  /** What a pick is compared with instead: an expression, such as another run. */
  readonly against: string;
  /** Fields that BubbleUp compares beside those that events have: of relatives, or calculated. */
  readonly also: readonly string[];
  /** The aggregates are drawn over time. */
  readonly charts: boolean;
  /** So is as much time right before. */
  readonly prior: boolean;
  /** The table has a row for each group and step of EVERY. */
  readonly steps: boolean;
  /** The heatmap's field. */
  readonly field: string;
  readonly range: Range;
  readonly unit: Unit;
  readonly baseline: BaselineKind;
  /** The heatmap's values are spaced evenly instead of by ratio. */
  readonly linear: boolean;
  readonly box: Box | undefined;
  /** Further boxes picked together with it. */
  readonly moreBoxes: readonly Box[];
  /** An expression picked instead of a box, as by "BubbleUp this group". */
  readonly picked: string;
}

export interface LogsRoute {
  readonly page: "logs";
  readonly filter: string;
  readonly range: Range;
  /** The least level; every one when empty. */
  readonly level: string;
}

export interface CompareRoute {
  readonly page: "compare";
  readonly traceId: string;
  /** Another trace's id; empty for the usual one of its root name. */
  readonly with: string;
  /** Only paths that differ. */
  readonly changed: boolean;
}

export interface ForwardRoute {
  readonly page: "forward";
  /** The destination shown; `new` for the empty form. */
  readonly id: string;
}

export interface StatusRoute {
  readonly page: "status";
}

export interface SettingsRoute {
  readonly page: "settings";
  /** The section shown first, such as `storage`. */
  readonly section: string;
}

export type Route =
  | ConnectRoute
  | TracesRoute
  | TraceRoute
  | CompareRoute
  | LogsRoute
  | ExploreRoute
  | ForwardRoute
  | StatusRoute
  | SettingsRoute;
export type Page = Route["page"];

export const DEFAULT_SELECT = "COUNT, P99(duration_ms)";
export const DEFAULT_GROUP = "service.name, name";
export const DEFAULT_FIELD = "duration_ms";

export const connectRoute = (over: Partial<ConnectRoute> = {}): ConnectRoute => ({
  page: "connect",
  language: "flask",
  ...over,
});

export const tracesRoute = (over: Partial<TracesRoute> = {}): TracesRoute => ({
  page: "traces",
  filter: "",
  range: { kind: "auto" },
  errorsOnly: false,
  sort: "start",
  ascending: false,
  ...over,
});

export const traceRoute = (traceId: string, over: Partial<TraceRoute> = {}): TraceRoute => ({
  page: "trace",
  traceId,
  span: undefined,
  window: undefined,
  find: "",
  tab: "attributes",
  look: "waterfall",
  only: false,
  hide: "",
  top: "",
  color: "",
  columns: [],
  depth: undefined,
  ...over,
});

export const exploreRoute = (over: Partial<ExploreRoute> = {}): ExploreRoute => ({
  page: "explore",
  where: "",
  groupBy: DEFAULT_GROUP,
  select: DEFAULT_SELECT,
  having: "",
  orderBy: "",
  limit: "",
  every: "",
  tab: "table",
  columns: [],
  before: "",
  after: "",
  against: "",
  also: [],
  charts: true,
  prior: false,
  steps: false,
  field: DEFAULT_FIELD,
  range: { kind: "auto" },
  unit: "trace",
  baseline: "rest",
  linear: false,
  box: undefined,
  moreBoxes: [],
  picked: "",
  ...over,
});

export const logsRoute = (over: Partial<LogsRoute> = {}): LogsRoute => ({
  page: "logs",
  filter: "",
  range: { kind: "auto" },
  level: "",
  ...over,
});

export const compareRoute = (traceId: string, over: Partial<CompareRoute> = {}): CompareRoute => ({
  page: "compare",
  traceId,
  with: "",
  changed: false,
  ...over,
});

export const forwardRoute = (over: Partial<ForwardRoute> = {}): ForwardRoute => ({ page: "forward", id: "", ...over });

export const statusRoute = (): StatusRoute => ({ page: "status" });

export const settingsRoute = (over: Partial<SettingsRoute> = {}): SettingsRoute => ({
  page: "settings",
  section: "",
  ...over,
});

/** Writes what differs from the page's defaults, so that plain views have plain addresses. */
export function encodeRoute(route: Route): string {
  const query = new URLSearchParams();
  const put = (key: string, value: string, usual = "") => {
    if (value !== usual) query.set(key, value);
  };
  let path: string = route.page;
  switch (route.page) {
    case "connect":
      put("lang", route.language, "flask");
      break;
    case "traces":
      put("q", route.filter);
      put("t", encodeRange(route.range), "auto");
      put("errors", route.errorsOnly ? "1" : "");
      put("sort", route.sort, "start");
      put("asc", route.ascending ? "1" : "");
      break;
    case "trace":
      path = `trace/${route.traceId}`;
      if (route.span) put("s", spanRef(route.span));
      if (route.window) put("w", `${Math.round(route.window.from_ns)}-${Math.round(route.window.to_ns)}`);
      put("find", route.find);
      put("tab", route.tab, "attributes");
      put("look", route.look, "waterfall");
      put("only", route.only ? "1" : "");
      put("hide", route.hide);
      put("top", route.top);
      put("color", route.color);
      for (const column of route.columns) query.append("col", column);
      if (route.depth !== undefined) put("depth", String(route.depth));
      break;
    case "explore":
      put("where", route.where);
      put("group", route.groupBy, DEFAULT_GROUP);
      put("select", route.select, DEFAULT_SELECT);
      put("having", route.having);
      put("order", route.orderBy);
      put("limit", route.limit);
      put("every", route.every);
      put("tab", route.tab, "table");
      for (const column of route.columns) query.append("col", column);
      put("before", route.before);
      put("after", route.after);
      put("against", route.against);
      for (const field of route.also) query.append("also", field);
      put("charts", route.charts ? "" : "0");
      put("prior", route.prior ? "1" : "");
      put("steps", route.steps ? "1" : "");
      put("field", route.field, DEFAULT_FIELD);
      put("t", encodeRange(route.range), "auto");
      put("unit", route.unit, "trace");
      put("base", route.baseline, "rest");
      put("linear", route.linear ? "1" : "");
      if (route.box) for (const box of [route.box, ...route.moreBoxes]) query.append("box", encodeBox(box));
      put("picked", route.picked);
      break;
    case "logs":
      put("q", route.filter);
      put("t", encodeRange(route.range), "auto");
      put("level", route.level);
      break;
    case "compare":
      path = `compare/${route.traceId}`;
      put("with", route.with);
      put("changed", route.changed ? "1" : "");
      break;
    case "forward":
      put("id", route.id);
      break;
    case "status":
      break;
    case "settings":
      put("section", route.section);
      break;
  }
  const rest = query.toString();
  return rest === "" ? `#/${path}` : `#/${path}?${rest}`;
}

/** Reads a hash; what it does not understand it leaves at the page's defaults. Nothing for an unknown page. */
export function decodeRoute(hash: string): Route | undefined {
  const [path, rest] = split(hash.replace(/^#?\/?/, ""), "?");
  const query = new URLSearchParams(rest);
  const text = (key: string, usual = "") => query.get(key) ?? usual;
  const [page, id] = split(path, "/");
  switch (page) {
    case "connect":
      return connectRoute({ language: text("lang", "flask") });
    case "traces":
      return tracesRoute({
        filter: text("q"),
        range: decodeRange(text("t", "auto")),
        errorsOnly: text("errors") === "1",
        sort: TRACES_SORTS.find((sort) => sort === text("sort")) ?? "start",
        ascending: text("asc") === "1",
      });
    case "trace":
      if (!TRACE_ID.test(id)) return undefined;
      return traceRoute(id.toLowerCase(), {
        // Links from outside say it in full.
        span: decodeSpan(text("s", text("span"))),
        window: decodeWindow(text("w")),
        find: text("find"),
        tab: DETAIL_TABS.find((tab) => tab === text("tab")) ?? "attributes",
        look: TRACE_LOOKS.find((look) => look === text("look")) ?? "waterfall",
        only: text("only") === "1",
        hide: text("hide"),
        top: decodeSpan(text("top")) ? text("top") : "",
        color: text("color"),
        columns: query.getAll("col"),
        depth: /^\d{1,6}$/.test(text("depth")) ? Number(text("depth")) : undefined,
      });
    case "explore": {
      const [box, ...moreBoxes] = query.getAll("box").flatMap((one) => decodeBox(one) ?? []);
      return exploreRoute({
        where: text("where"),
        groupBy: text("group", DEFAULT_GROUP),
        select: text("select", DEFAULT_SELECT),
        having: text("having"),
        orderBy: text("order"),
        limit: text("limit"),
        every: text("every"),
        tab: EXPLORE_TABS.find((tab) => tab === text("tab")) ?? "table",
        columns: query.getAll("col"),
        before: text("before"),
        after: text("after"),
        against: text("against"),
        also: query.getAll("also"),
        charts: text("charts") !== "0",
        prior: text("prior") === "1",
        steps: text("steps") === "1",
        field: text("field", DEFAULT_FIELD),
        range: decodeRange(text("t", "auto")),
        unit: text("unit") === "event" ? "event" : "trace",
        baseline: BASELINES.find((one) => one === text("base")) ?? "rest",
        linear: text("linear") === "1",
        box,
        moreBoxes,
        picked: text("picked"),
      });
    }
    case "logs":
      return logsRoute({ filter: text("q"), range: decodeRange(text("t", "auto")), level: text("level") });
    case "compare":
      if (!TRACE_ID.test(id)) return undefined;
      return compareRoute(id.toLowerCase(), {
        with: TRACE_ID.test(text("with")) ? text("with").toLowerCase() : "",
        changed: text("changed") === "1",
      });
    case "forward":
      return forwardRoute({ id: text("id") });
    case "status":
      return statusRoute();
    case "settings":
      return settingsRoute({ section: text("section") });
    default:
      return undefined;
  }
}

const TRACES_SORTS: readonly TracesSort[] = ["start", "duration", "spans", "errors", "services"];
const TRACE_ID = /^[0-9a-fA-F]{32}$/;

export const EXPLORE_TABS: readonly ExploreTab[] = ["table", "events", "queries", "runs"];
export const TRACE_LOOKS: readonly TraceLook[] = ["waterfall", "flame", "table", "logs"];
export const BASELINES: readonly BaselineKind[] = ["rest", "same_time", "same_values", "before"];
export const DETAIL_TABS: readonly DetailTab[] = ["attributes", "events", "logs", "links", "raw"];

function split(text: string, mark: string): [string, string] {
  const at = text.indexOf(mark);
  return at < 0 ? [text, ""] : [text.slice(0, at), text.slice(at + 1)];
}

/** A span as the host names it: its id, with which of those that share it where it is not the first. */
export function spanRef(span: { readonly id: string; readonly nth: number }): string {
  return span.nth > 0 ? `${span.id}.${span.nth}` : span.id;
}

function encodeRange(range: Range): string {
  switch (range.kind) {
    case "auto":
    case "all":
      return range.kind;
    case "last":
      return `${range.minutes}m`;
    case "between":
      return `${range.start_ns}-${range.end_ns}`;
  }
}

function decodeRange(text: string): Range {
  if (text === "all") return { kind: "all" };
  const minutes = /^(\d{1,6})m$/.exec(text)?.[1];
  if (minutes !== undefined && Number(minutes) > 0) return { kind: "last", minutes: Number(minutes) };
  const [, start_ns, end_ns] = /^(\d{1,20})-(\d{1,20})$/.exec(text) ?? [];
  if (start_ns !== undefined && end_ns !== undefined && BigInt(start_ns) < BigInt(end_ns)) {
    return { kind: "between", start_ns, end_ns };
  }
  return { kind: "auto" };
}

function encodeBox(box: Box): string {
  return `${box.start_ns}-${box.end_ns}~${box.min}~${box.max}~${box.field}`;
}

function decodeBox(text: string): Box | undefined {
  const [, start_ns, end_ns, low, high, field] = /^(\d{1,20})-(\d{1,20})~([^~]+)~([^~]+)~(.+)$/.exec(text) ?? [];
  if (start_ns === undefined || end_ns === undefined || field === undefined) return undefined;
  const [min, max] = [Number(low), Number(high)];
  return Number.isFinite(min) && Number.isFinite(max) ? { field, start_ns, end_ns, min, max } : undefined;
}

/** Reads what [`spanRef`] writes; nothing for another text. */
export function decodeSpan(text: string): TraceRoute["span"] {
  const [, id, nth] = /^([0-9a-f]{16})(?:\.(\d{1,6}))?$/.exec(text) ?? [];
  return id === undefined ? undefined : { id, nth: Number(nth ?? 0) };
}

function decodeWindow(text: string): TraceRoute["window"] {
  const [, from, to] = /^(\d{1,18})-(\d{1,18})$/.exec(text) ?? [];
  if (from === undefined || to === undefined || Number(from) >= Number(to)) return undefined;
  return { from_ns: Number(from), to_ns: Number(to) };
}
