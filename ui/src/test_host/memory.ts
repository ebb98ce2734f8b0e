import type {
  ExportRequest,
  ForwardStatus,
  Import,
  ImportBeginRequest,
  ImportId,
  PauseRequest,
  QueriesReply,
  QueryForgetRequest,
  QueryRanRequest,
  QuerySaveRequest,
  Saved,
  Setting,
  SettingsReply,
  SettingsSaveRequest,
  Status,
  TraceRow,
  TracesPageRequest,
  TracesRequest,
} from "../rpc/bindings/api";
import { encodeFrame } from "../rpc/columns";
import { CallError, type DropWatcher, type Link, type Shell, type Transport } from "../rpc/transport";

type Handler = (request: unknown) => unknown;

/** A house in memory: it keeps trace rows and destinations, answers commands from them and pushes its status. */
export class MemoryHost implements Transport {
  /** Every call, oldest first. */
  readonly calls: { readonly name: string; readonly request: unknown }[] = [];
  readonly #watchers = new Set<{ on: (status: Status) => void; link: (link: Link) => void }>();
  readonly #handlers = new Map<string, Handler>();
  #rows: TraceRow[] = [];
  #orders: TraceRow[][] = [];
  #forward: ForwardStatus[] = [];
  #generation = 1;
  /** The files it was told of. */
  imports: readonly Import[] = [];
  /** What was handed over, as text, by the file's number. */
  readonly uploads = new Map<number, string>();
  /** What was saved. */
  readonly saved: ExportRequest[] = [];
  shell?: Shell;
  /** The queries that it keeps. */
  queries: QueriesReply = { history: [], saved: [] };
  /** Receiving was put off. */
  paused = false;
  settings: readonly Setting[] = [
    setting({ key: "storage.max", title: "Size at most", value: "2GiB", usual: "2GiB" }),
    setting({ key: "appearance.theme", title: "Theme", kind: "choice", value: "system", usual: "system" }),
    setting({
      key: "notifications.disk_low",
      title: "The disk is nearly full",
      kind: "switch",
      value: "true",
      usual: "true",
    }),
  ];
  #settingsGeneration = 0;
  /** Who watches files being dragged. */
  dragging: DropWatcher | undefined;

  constructor() {
    this.answer("import_begin", (request) => this.#begin(request as ImportBeginRequest));
    this.answer("import_stop", (request) => {
      this.importIs((request as ImportId).id, { state: "stopped" });
      return {};
    });
    this.answer("import_forget", () => {
      this.imports = this.imports.filter((one) => one.state === "reading");
      this.push();
      return {};
    });
    this.answer("settings", () => this.#settings());
    this.answer("settings_save", (request) => this.#saveSetting(request as SettingsSaveRequest));
    this.answer("pause", (request) => {
      this.paused = (request as PauseRequest).paused;
      this.push();
      return {};
    });
    this.answer("report", () => ({ text: "## Skep", log_dir: null, facts: [{ name: "Skep", value: "0.1.0" }] }));
    this.answer("traces", (request) => this.#traces(request as TracesRequest));
    this.answer("traces_page", (request) => this.#tracesPage(request as TracesPageRequest));
    this.answer("pin", () => ({}));
    this.answer("markers", () => ({ markers: [] }));
    this.answer("events", () => ({ rows: [], matched: 0, elapsed_ms: 0, generation: this.#generation }));
    this.answer("queries", () => this.queries);
    this.answer("query_ran", (request) => this.#ran(request as QueryRanRequest));
    this.answer("query_save", (request) => this.#saveQuery(request as QuerySaveRequest));
    this.answer("query_forget", (request) => this.#forgetQuery(request as QueryForgetRequest));
    this.answer("heatmap", () => emptyHeatmap(this.#generation));
    this.answer("fields", () => ({ fields: [{ name: "service.name", n_populated: 1 }] }));
    this.answer("forward_preview", () => ({ title: null, left_out: null, fields: [] }));
    this.answer("forward_estimate", () => ({
      events: 0,
      leaving: 0,
      filtered: 0,
      sampled: 0,
      span_ms: 0,
      last_minute: 0,
      last_minute_leaving: 0,
      month: null,
      month_leaving: null,
      found: [],
    }));
    this.answer("forward_letters", () => ({ letters: [] }));
    this.answer("forward_save", (request) =>
      this.#save(request as { id: string | null; url: string; enabled: boolean }),
    );
  }

  /** Answers a command in another way from now on. */
  answer(name: string, handler: Handler): void {
    this.#handlers.set(name, handler);
  }

  /** A trace arrives: it is the newest. */
  receive(...rows: TraceRow[]): void {
    this.#rows = [...rows, ...this.#rows];
    this.#generation += 1;
    this.push();
  }

  /** Tells every watcher how things are. */
  push(): void {
    for (const watcher of this.#watchers) {
      watcher.link("open");
      watcher.on(this.status());
    }
  }

  /** The line breaks. */
  lose(): void {
    for (const watcher of this.#watchers) watcher.link("lost");
  }

  async call(name: string, request: unknown): Promise<ArrayBuffer> {
    this.calls.push({ name, request });
    const handler = this.#handlers.get(name);
    if (!handler) throw new CallError("bad_request", `no command ${name}`);
    const answer = await Promise.resolve(handler(request));
    return answer instanceof ArrayBuffer ? answer : new TextEncoder().encode(JSON.stringify(answer)).buffer;
  }

  live(on: (status: Status) => void, link: (link: Link) => void): () => void {
    const watcher = { on, link };
    this.#watchers.add(watcher);
    queueMicrotask(() => this.push());
    return () => this.#watchers.delete(watcher);
  }

  async upload(id: number, file: File, stop: AbortSignal): Promise<void> {
    const text = await file.text();
    if (!stop.aborted) this.uploads.set(id, text);
  }

  save(request: ExportRequest): Promise<Saved> {
    this.saved.push(request);
    return Promise.resolve({ path: "/downloads/skep-export.csv" });
  }

  drops(on: DropWatcher): () => void {
    this.dragging = on;
    return () => (this.dragging = undefined);
  }

  /** A file gets on. */
  importIs(id: number, now: Partial<Import>): void {
    this.imports = this.imports.map((one) => (one.id === id ? { ...one, ...now } : one));
    this.push();
  }

  #begin({ name, bytes }: ImportBeginRequest): ImportId {
    const id = this.imports.length + 1;
    const counts = { received: 0, stored: 0, duplicate: 0, rejected: 0, repaired: 0, truncated: 0, unreadable: 0 };
    const rest = { bytes_read: 0, first_ns: null, last_ns: null, reasons: [], error: null };
    this.imports = [...this.imports, { id, name, bytes, state: "reading", ...counts, ...rest }];
    this.push();
    return { id };
  }

  status(): Status {
    const n = this.#rows.reduce((sum, row) => sum + row.n_spans, 0);
    const counts = { received: n, stored: n, rejected: 0, dropped: 0, duplicate: 0 };
    return {
      version: "0.1.0",
      data_dir: "/data",
      ...counts,
      repaired: 0,
      truncated: 0,
      evicted: 0,
      spans: counts,
      readable: n,
      bytes: 4096,
      bytes_limit: 2_000_000_000,
      segments: 1,
      oldest_ns: this.#rows.at(-1)?.start_ns ?? null,
      newest_ns: this.#rows[0]?.start_ns ?? null,
      generation: this.#generation,
      containers: "http://172.17.0.1:4320",
      otlp_headers: null,
      allowed: [],
      endpoints: [
        { protocol: "grpc", requested: "127.0.0.1:4317", bound: "127.0.0.1:4317", taken: false },
        { protocol: "http", requested: "127.0.0.1:4318", bound: "127.0.0.1:4320", taken: true },
      ],
      arrivals: {
        requests: this.#rows.length,
        events_per_second: 0,
        events_by_second: [],
        last_client: null,
        last_transport: null,
        last_ns: null,
        refused: [],
        strangers: [],
      },
      forward: this.#forward,
      imports: [...this.imports],
      notices: [],
      paused: this.paused,
      settings_generation: this.#settingsGeneration,
    };
  }

  #ran(view: QueryRanRequest): QueriesReply {
    const others = this.queries.history.filter((one) => one.address !== view.address);
    this.queries = { ...this.queries, history: [{ ...view, ran_ns: "0" }, ...others] };
    return this.queries;
  }

  #saveQuery(named: QuerySaveRequest): QueriesReply {
    const others = this.queries.saved.filter((one) => one.name !== named.name);
    this.queries = { ...this.queries, saved: [...others, named] };
    return this.queries;
  }

  #forgetQuery({ name }: QueryForgetRequest): QueriesReply {
    const { history, saved } = this.queries;
    this.queries =
      name === null ? { history: [], saved } : { history, saved: saved.filter((one) => one.name !== name) };
    return this.queries;
  }

  #settings(): SettingsReply {
    return { path: "/config/settings.toml", problems: [], fields: [...this.settings] };
  }

  #saveSetting({ key, value }: SettingsSaveRequest): SettingsReply {
    this.settings = this.settings.map((one) =>
      one.key === key ? { ...one, value: value ?? one.usual, said: value !== null } : one,
    );
    this.#settingsGeneration += 1;
    this.push();
    return this.#settings();
  }

  #traces(request: TracesRequest) {
    const rows = this.#rows.filter(
      (row) => row.root_name.includes(request.filter) && (!request.errors_only || row.n_errors > 0),
    );
    return {
      rows: rows.slice(0, request.limit),
      order: this.#orders.push(rows) - 1,
      matched: rows.length,
      matched_with_errors: rows.filter((row) => row.n_errors > 0).length,
      rows_examined: this.#rows.length,
      elapsed_ms: 1,
      generation: this.#generation,
    };
  }

  #tracesPage({ order, offset, limit }: TracesPageRequest) {
    const rows = this.#orders[order]?.slice(offset, offset + limit);
    return { rows: rows?.map((row, nth) => ({ place: offset + nth, row })) ?? null };
  }

  #save(request: { id: string | null; url: string; enabled: boolean }) {
    const id = request.id ?? `d${this.#forward.length}`;
    const saved = destination({
      id,
      url: request.url,
      enabled: request.enabled,
      state: request.enabled ? "healthy" : "off",
    });
    this.#forward = [...this.#forward.filter((one) => one.id !== id), saved];
    this.push();
    return { destinations: this.#forward };
  }
}

/** A setting that was never touched, with what the test says of it. */
export function setting(over: Partial<Setting> & Pick<Setting, "key">): Setting {
  return {
    title: over.key,
    help: "",
    kind: "text",
    choices: [],
    value: "",
    usual: "",
    said: false,
    problem: null,
    overridden_by: null,
    next_start: false,
    waits_for_start: false,
    ...over,
  };
}

/** A destination that was never used, with what the test says of it. */
export function destination(over: Partial<ForwardStatus>): ForwardStatus {
  return {
    id: "d0",
    url: "https://api.honeycomb.io",
    enabled: true,
    state: "healthy",
    detail: null,
    name: "",
    paused: false,
    policy: {
      filter: "",
      sampling: { one_in: 1, services: [], keep_errors: true, keep_slower_ms: null, wait_secs: 30 },
      scrubbing: { enabled: false, rules: [], allow: null },
    },
    backlog: { bytes: null, keeps_all: false },
    retry_in_ms: null,
    sent: 0,
    acknowledged: 0,
    unread: 0,
    waiting: 0,
    waiting_bytes: 0,
    waiting_age_ms: null,
    refused: 0,
    left_unsent: 0,
    lettered: 0,
    left_out: 0,
    possible_duplicates: 0,
    last_refusal: null,
    last_acknowledged_ns: null,
    acknowledged_by_minute: [],
    waiting_by_minute: [],
    found: [],
    place: null,
    key: { place: "none", hint: null, kind: "unknown", path: null },
    header_names: [],
    from_command_line: false,
    ...over,
  };
}

/** A trace whose id is `n` in hexadecimal; later ones start later. */
export function traceRow(n: number, over: Partial<TraceRow> = {}): TraceRow {
  return {
    trace_id: n.toString(16).padStart(32, "0"),
    start_ns: `17000000000000000${String(n).padStart(2, "0")}`,
    duration_ns: "5000000",
    root_service: "api",
    root_name: `GET /items/${n}`,
    root_arrived: true,
    n_spans: 3,
    n_errors: 0,
    pinned: false,
    status: "200",
    services: [{ service: "api", self_share: 1 }],
    ...over,
  };
}

function emptyHeatmap(generation: number) {
  const head = {
    ...{ field: "duration_ms", start_ns: "0", step_ns: "1", n_x: 1, n_y: 1, linear: false, max_count: 0, matched: 0 },
    ...{ rows_examined: 0, elapsed_ms: 0, generation },
  };
  const none = new Uint32Array(1);
  return encodeFrame(head, { counts: none, y_edges: Float64Array.of(1, 10), errors: none, under: none, over: none });
}
