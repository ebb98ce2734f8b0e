// Generated from src-tauri/crates/api: `SKEP_BLESS=1 cargo test -p skep-api`. Not edited by hand.

/**
 * Lets a page or a name of this machine in, or no longer.
 */
export type AllowRequest = { 
/**
 * What kind of name.
 */
kind: NameKind, 
/**
 * The name.
 */
name: string, 
/**
 * Let it in from now on; false: no longer.
 */
allowed: boolean, };

/**
 * A page or a name of this machine that is let in.
 */
export type AllowedName = { 
/**
 * What kind of name.
 */
kind: NameKind, 
/**
 * The name.
 */
name: string, 
/**
 * It was said at the start of this run, and is not kept.
 */
for_this_run: boolean, };

/**
 * Why a command was refused. Code matches `code`, people read `message`.
 */
export type ApiError = { 
/**
 * What kind of refusal it is.
 */
code: ErrorCode, 
/**
 * One sentence for people.
 */
message: string, 
/**
 * For `syntax`: the byte of the text at which it went wrong, and how many bytes are meant.
 */
span: [number, number] | null, };

/**
 * What has arrived since the process that receives started.
 */
export type Arrivals = { 
/**
 * Requests accepted.
 */
requests: number, 
/**
 * Events a second, averaged over the last five seconds.
 */
events_per_second: number, 
/**
 * Events in each of the last 60 seconds, oldest first.
 */
events_by_second: Array<number>, 
/**
 * The last sender's name for itself, such as `OTel-OTLP-Exporter-Python/1.45.0`.
 */
last_client: string | null, 
/**
 * `grpc` or `http`.
 */
last_transport: string | null, 
/**
 * When, in nanoseconds since the Unix epoch.
 */
last_ns: string | null, 
/**
 * Requests refused before they were read, by reason.
 */
refused: Array<Notice>, 
/**
 * Who of them can be allowed, the one refused last first.
 */
strangers: Array<Stranger>, };

/**
 * One field of an event.
 */
export type Attribute = { 
/**
 * `own`, `record`, `scope` or `resource`.
 */
place: string, 
/**
 * Its name.
 */
key: string, 
/**
 * `string`, `bool`, `int`, `double`, `bytes`, `array`, `map` or `empty`.
 */
type: string, 
/**
 * As people read it: text bare, nested values as JSON. Integers keep all their digits.
 */
text: string, };

/**
 * How often a number falls into a range on each side.
 */
export type BinShares = { 
/**
 * Inclusive.
 */
min: number, 
/**
 * Exclusive, but for the last one.
 */
max: number, 
/**
 * Share of the selection, 0 to 1.
 */
selection: number, 
/**
 * Share of the baseline, 0 to 1.
 */
baseline: number, };

/**
 * What a selection is compared with.
 */
export type BubbleupBaseline = "rest" | "same_time" | "same_values" | { "period": { 
/**
 * Inclusive; nanoseconds since the Unix epoch.
 */
start_ns: string, 
/**
 * Exclusive.
 */
end_ns: string, } } | { "filter": { 
/**
 * A WHERE expression.
 */
filter: string, 
/**
 * Inclusive; open when unsaid.
 */
start_ns: string | null, 
/**
 * Exclusive; open when unsaid.
 */
end_ns: string | null, } };

/**
 * How one field differs.
 */
export type BubbleupField = { 
/**
 * Its name.
 */
field: string, 
/**
 * `text` or `number`.
 */
kind: string, 
/**
 * Bias-corrected Jensen-Shannon divergence, 0 to 1 bit.
 */
score: number, 
/**
 * The same of what the selection has more of, one value, range, or the field at all, against the rest: what fields
 * are ranked by.
 */
lead: number, 
/**
 * Chance of a false discovery at this strength (Benjamini-Hochberg).
 */
q: number, 
/**
 * It could be chance: `q` is 0.05 or more, or a side is too small.
 */
chance: boolean, 
/**
 * Share of each side that has the field at all.
 */
populated: Shares, 
/**
 * The values that differ most, largest difference first, those that the selection has more of before the others.
 */
values: Array<ValueShares>, 
/**
 * Numeric fields with many values: shares by range, lowest first. Empty otherwise.
 */
bins: Array<BinShares>, };

/**
 * Fields ranked by how much the two sides differ.
 */
export type BubbleupReply = { 
/**
 * What was counted.
 */
unit: BubbleupUnit, 
/**
 * The picked side.
 */
selection: Side, 
/**
 * The rest.
 */
baseline: Side, 
/**
 * A side has fewer than ten units: too few to call anything clear.
 */
too_few: boolean, 
/**
 * Strongest first; those that could be chance last.
 */
fields: Array<BubbleupField>, 
/**
 * What sets the selection apart, best first.
 */
explanations: Array<Explanation>, 
/**
 * Those few explanations that together cover most of the selection; nothing where none sets it apart.
 */
cover: Cover | null, 
/**
 * Fields that were not compared because the selection was made with them: they differ by construction.
 */
by_construction: Array<string>, 
/**
 * Events read.
 */
rows_examined: number, 
/**
 * Time it took.
 */
elapsed_ms: number, };

/**
 * Asks why a selection differs from the rest.
 */
export type BubbleupRequest = { 
/**
 * What is compared at all: a WHERE expression; empty means everything.
 */
filter: string, 
/**
 * Inclusive; nanoseconds since the Unix epoch.
 */
start_ns: string | null, 
/**
 * Exclusive.
 */
end_ns: string | null, 
/**
 * What was picked.
 */
selection: BubbleupSelection, 
/**
 * What is counted.
 */
unit: BubbleupUnit, 
/**
 * What it is compared with.
 */
baseline: BubbleupBaseline, 
/**
 * Fields compared beside those that are stored: `root.name`, `parent.service.name`, `{DIV($a, $b)}`.
 */
fields: Array<string>, };

/**
 * What was picked: an expression, or boxes on a heatmap, of which one is enough.
 */
export type BubbleupSelection = { 
/**
 * A WHERE expression.
 */
filter: string | null, 
/**
 * A box on a heatmap.
 */
box: HeatBox | null, 
/**
 * Several boxes.
 */
boxes: Array<HeatBox>, };

/**
 * What BubbleUp counts.
 */
export type BubbleupUnit = "trace" | "event";

/**
 * Explanations that stand side by side.
 */
export type Cover = { 
/**
 * Each explains most of what those before it leave.
 */
parts: Array<Explanation>, 
/**
 * Share of the selection for which one of them holds, 0 to 1.
 */
coverage: number, 
/**
 * Share of the baseline for which one of them holds, 0 to 1.
 */
baseline: number, };

/**
 * What the demo sent.
 */
export type DemoReply = { 
/**
 * Traces.
 */
n_traces: number, 
/**
 * Spans.
 */
n_spans: number, };

/**
 * A port that receives. Both ports speak gRPC and HTTP; the protocol is what the port is known for.
 */
export type Endpoint = { 
/**
 * `grpc` or `http`.
 */
protocol: string, 
/**
 * The address asked for, such as `127.0.0.1:4317`.
 */
requested: string, 
/**
 * The address in use.
 */
bound: string, 
/**
 * The address asked for was taken, so another is in use.
 */
taken: boolean, };

/**
 * Every kind of refusal.
 */
export type ErrorCode = "bad_request" | "syntax" | "not_found" | "not_running" | "forbidden" | "internal";

/**
 * One event.
 */
export type EventRow = { 
/**
 * When it happened; nanoseconds since the Unix epoch.
 */
time_ns: string, 
/**
 * 32 hexadecimal digits; null where it belongs to no trace.
 */
trace_id: string | null, 
/**
 * 16 hexadecimal digits; null where it belongs to no span.
 */
span_id: string | null, 
/**
 * As long as the fields that were asked for; null where it has none.
 */
values: (string | number | boolean | null)[], };

/**
 * A page of events.
 */
export type EventsReply = { 
/**
 * Newest first.
 */
rows: Array<EventRow>, 
/**
 * All that match.
 */
matched: number, 
/**
 * Time it took.
 */
elapsed_ms: number, 
/**
 * The generation that was read.
 */
generation: number, };

/**
 * Asks for a page of events, newest first.
 */
export type EventsRequest = { 
/**
 * A WHERE expression; empty means everything.
 */
filter: string, 
/**
 * Inclusive; nanoseconds since the Unix epoch.
 */
start_ns: string | null, 
/**
 * Exclusive.
 */
end_ns: string | null, 
/**
 * Fields told of each, 50 at most.
 */
fields: Array<string>, 
/**
 * How many newer ones to pass over.
 */
first: number, 
/**
 * At most this many, up to 500; 0 means 100.
 */
limit: number, };

/**
 * Terms that together hold for much of the selection and little of the rest.
 */
export type Explanation = { 
/**
 * All of them hold.
 */
terms: Array<Term>, 
/**
 * Terms of other fields that hold for the same, or nearly: other names for it.
 */
also: Array<Term>, 
/**
 * Share of the selection for which they hold, 0 to 1.
 */
coverage: number, 
/**
 * Share of the baseline for which they hold, 0 to 1.
 */
baseline: number, 
/**
 * Share of the selected among all for which they hold, 0 to 1.
 */
precision: number, 
/**
 * How many times likelier to be selected are those for which they hold; null where all that are selected do.
 */
risk_ratio: number | null, 
/**
 * The lower end of its 95 % interval.
 */
risk_ratio_low: number | null, };

/**
 * How events are written.
 */
export type ExportFormat = "otlp_json" | "jsonl" | "csv" | "parquet";

/**
 * What is written out, and how: one trace, or what matches a filter within a time.
 */
export type ExportRequest = { 
/**
 * One trace with its logs; then there is no filter and no time.
 */
trace_id?: string, 
/**
 * A WHERE expression; empty lets everything through.
 */
filter?: string, 
/**
 * From this moment, in nanoseconds since the Unix epoch.
 */
start_ns?: string, 
/**
 * Until just before this moment.
 */
end_ns?: string, 
/**
 * The form.
 */
format: ExportFormat, };

/**
 * A fact with its name.
 */
export type Fact = { 
/**
 * Such as `SQLite`.
 */
name: string, 
/**
 * Such as `3.53.2`.
 */
value: string, };

/**
 * One field of the store.
 */
export type FieldRow = { 
/**
 * Its name.
 */
name: string, 
/**
 * Events that have it.
 */
n_populated: number, };

/**
 * Every field of the store.
 */
export type FieldsReply = { 
/**
 * By name.
 */
fields: Array<FieldRow>, };

/**
 * What a rule does to what it found.
 */
export type ForwardAction = "remove" | "mask" | "hash" | "shorten";

/**
 * How much may wait for a destination.
 */
export type ForwardBacklog = { 
/**
 * Bytes of the log, compressed; nothing: as much as the store may hold.
 */
bytes: number | null, 
/**
 * Nothing is let go: at the store's cap other events leave, and where none are left receiving pauses.
 */
keeps_all: boolean, };

/**
 * What a try found out.
 */
export type ForwardCheckReply = { 
/**
 * The destination answered, and will take what is sent, as far as it tells.
 */
ready: boolean, 
/**
 * One sentence.
 */
sentence: string, 
/**
 * What kind of key it is.
 */
kind: KeyKind, 
/**
 * What the key may do, in Honeycomb's words.
 */
rights: Array<string>, 
/**
 * What one should know, a sentence each.
 */
warnings: Array<string>, };

/**
 * Tries an address and a key, saved or not.
 */
export type ForwardCheckRequest = { 
/**
 * A saved destination, whose key and headers are used where none are given.
 */
id: string | null, 
/**
 * Base URL.
 */
url: string, 
/**
 * The key, if one was entered.
 */
key: string | null, 
/**
 * Further headers, if any were entered.
 */
headers: Array<Header> | null, };

/**
 * How much would leave, from the newest stored events. Counted as Honeycomb counts: spans, their events and links, logs
 * and points are one event each.
 */
export type ForwardEstimateReply = { 
/**
 * Events looked at.
 */
events: number, 
/**
 * Those that would leave.
 */
leaving: number, 
/**
 * Those that the filter keeps back.
 */
filtered: number, 
/**
 * Those that sampling keeps back.
 */
sampled: number, 
/**
 * From the first to the last of them.
 */
span_ms: number, 
/**
 * Events of the last minute of them.
 */
last_minute: number, 
/**
 * Those of these that would leave.
 */
last_minute_leaving: number, 
/**
 * Events in 30 days at that rate; nothing where the time is too short to tell.
 */
month: number | null, 
/**
 * Those of these that would leave.
 */
month_leaving: number | null, 
/**
 * How often each rule found something, the allow-list last.
 */
found: number[], };

/**
 * Asks how much would leave under a policy that need not be saved.
 */
export type ForwardEstimateRequest = { policy: ForwardPolicy, };

/**
 * Names a destination.
 */
export type ForwardIdRequest = { 
/**
 * As in [`ForwardStatus::id`].
 */
id: string, };

/**
 * A request that was refused for good.
 */
export type ForwardLetter = { 
/**
 * Its name.
 */
id: string, 
/**
 * When; nanoseconds since the Unix epoch.
 */
refused_ns: string, 
/**
 * `traces`, `metrics` or `logs`.
 */
signal: string, 
/**
 * Events in it.
 */
events: number, 
/**
 * What the destination said.
 */
reason: string, 
/**
 * What it holds, in a few words: a span's name and service.
 */
summary: string, 
/**
 * The trace of its first event.
 */
trace_id: string | null, 
/**
 * Its content as OTLP JSON, or as Honeycomb's, cut at 64 KiB.
 */
content: string, };

/**
 * Names dead letters of a destination: these, or all.
 */
export type ForwardLettersOf = { 
/**
 * The destination.
 */
id: string, 
/**
 * The letters; all when not given.
 */
letters: Array<string> | null, };

/**
 * Dead letters, newest first.
 */
export type ForwardLettersReply = { letters: Array<ForwardLetter>, };

/**
 * Asks for dead letters.
 */
export type ForwardLettersRequest = { 
/**
 * The destination.
 */
id: string, 
/**
 * At most so many, the newest.
 */
limit: number, };

/**
 * A place in Honeycomb.
 */
export type ForwardPlace = { 
/**
 * The team's name.
 */
team: string, 
/**
 * The environment's name; empty for a classic key.
 */
environment: string, 
/**
 * Where in Honeycomb's pages the datasets are: a dataset's name follows. Nothing for other hosts.
 */
datasets_url: string | null, };

/**
 * What leaves for a destination. The default lets everything through as it came.
 */
export type ForwardPolicy = { 
/**
 * A WHERE expression over fields of the event itself; empty lets everything through.
 */
filter: string, 
/**
 * Which traces leave.
 */
sampling: ForwardSampling, 
/**
 * What is taken out of events.
 */
scrubbing: ForwardScrubbing, };

/**
 * A field of a record, before and after.
 */
export type ForwardPreviewField = { 
/**
 * Where it stands: `event`, `scope`, `resource`, or a span event's name.
 */
place: string, 
/**
 * Its key.
 */
key: string, 
/**
 * As it is stored; nothing where the policy adds it.
 */
before: string | null, 
/**
 * As it would leave; nothing where it would not.
 */
after: string | null, };

/**
 * What would leave of one record.
 */
export type ForwardPreviewReply = { 
/**
 * The record: its service and name; nothing where nothing is stored yet.
 */
title: string | null, 
/**
 * Why it would not leave at all: `filtered` or `sampled`. Its fields are shown as if it did.
 */
left_out: string | null, 
/**
 * Each field of it, before and after.
 */
fields: Array<ForwardPreviewField>, };

/**
 * Asks what would leave under a policy that need not be saved.
 */
export type ForwardPreviewRequest = { 
/**
 * The policy.
 */
policy: ForwardPolicy, 
/**
 * On which record, counted from the newest.
 */
nth: number, };

/**
 * Every destination.
 */
export type ForwardReply = { 
/**
 * In the order they were added.
 */
destinations: Array<ForwardStatus>, };

/**
 * One thing to take out.
 */
export type ForwardRule = { 
/**
 * Whether it is on.
 */
enabled: boolean, 
/**
 * What it looks for.
 */
what: ForwardWhat, 
/**
 * What it does.
 */
action: ForwardAction, };

/**
 * Which traces leave: whole ones, the same ones every time.
 */
export type ForwardSampling = { 
/**
 * One trace in so many; 1 is all of them.
 */
one_in: number, 
/**
 * The same for traces that begin in one service.
 */
services: Array<ForwardServiceRate>, 
/**
 * Traces with a failed span leave whatever the rate.
 */
keep_errors: boolean, 
/**
 * So do traces that took at least this long.
 */
keep_slower_ms: number | null, 
/**
 * Seconds a trace is given to be whole before it is judged.
 */
wait_secs: number, };

/**
 * Adds a destination or changes one.
 */
export type ForwardSaveRequest = { 
/**
 * The destination to change; a new one when not given.
 */
id: string | null, 
/**
 * Base URL; `/v1/traces` and its like are added.
 */
url: string, 
/**
 * Whether to send. Sending begins with what arrives after it was turned on.
 */
enabled: boolean, 
/**
 * The Honeycomb key, sent as `x-honeycomb-team`. Kept as it is when not given, removed when empty.
 */
key: string | null, 
/**
 * Further headers. Kept as they are when not given.
 */
headers: Array<Header> | null, 
/**
 * What its user calls it. Kept as it is when not given, like all that follows.
 */
name?: string, 
/**
 * Whether nothing is sent for now, and everything kept.
 */
paused?: boolean, 
/**
 * What leaves.
 */
policy?: ForwardPolicy, 
/**
 * How much may wait.
 */
backlog?: ForwardBacklog, };

/**
 * What is taken out of events.
 */
export type ForwardScrubbing = { 
/**
 * Whether anything is.
 */
enabled: boolean, 
/**
 * In this order.
 */
rules: Array<ForwardRule>, 
/**
 * Only attributes of these keys leave; nothing: every key may.
 */
allow: Array<string> | null, };

/**
 * Events to send by hand: one trace with its logs, or what matches within a time.
 */
export type ForwardSendRequest = { 
/**
 * The destination, which may be off.
 */
id: string, 
/**
 * One trace; then there is no filter and no time.
 */
trace_id?: string, 
/**
 * A WHERE expression; empty lets everything through.
 */
filter?: string, 
/**
 * From this moment, in nanoseconds since the Unix epoch.
 */
start_ns?: string, 
/**
 * Until just before this moment.
 */
end_ns?: string, };

/**
 * What came of events that were sent by hand.
 */
export type ForwardSent = { 
/**
 * The destination said yes.
 */
acknowledged: number, 
/**
 * It said no for good.
 */
refused: number, 
/**
 * It did not answer, or takes nothing now.
 */
unsent: number, 
/**
 * What it said of those that it did not take.
 */
reason: string | null, };

/**
 * A service's own rate.
 */
export type ForwardServiceRate = { service: string, one_in: number, };

/**
 * What a part of a value can look like.
 */
export type ForwardShape = "secrets" | "cards" | "emails" | "addresses";

/**
 * How a destination is doing.
 */
export type ForwardState = "off" | "healthy" | "retrying" | "paused";

/**
 * One destination of the tee and its ledger, in events:
 * `for_it = acknowledged + waiting + refused + left_out`.
 */
export type ForwardStatus = { 
/**
 * Stable name of the destination.
 */
id: string, 
/**
 * Base URL, such as `https://api.honeycomb.io`.
 */
url: string, 
/**
 * Whether anything is sent.
 */
enabled: boolean, 
/**
 * What its user calls it; empty: by its address.
 */
name: string, 
/**
 * Paused by hand: nothing is sent, everything is kept.
 */
paused: boolean, 
/**
 * What leaves.
 */
policy: ForwardPolicy, 
/**
 * Its backlog's bound.
 */
backlog: ForwardBacklog, 
/**
 * How it is doing.
 */
state: ForwardState, 
/**
 * One sentence: the last error, or why it is paused.
 */
detail: string | null, 
/**
 * When it tries again, while retrying.
 */
retry_in_ms: number | null, 
/**
 * Events put on the wire, repeats included.
 */
sent: number, 
/**
 * Events the destination said yes to.
 */
acknowledged: number, 
/**
 * Of the acknowledged, those whose answer said yes in a way that could not be read.
 */
unread: number, 
/**
 * Events in the log that are still to be sent.
 */
waiting: number, 
/**
 * Their bytes in the log, compressed.
 */
waiting_bytes: number, 
/**
 * How long ago the oldest of them came.
 */
waiting_age_ms: number | null, 
/**
 * Events the destination said no to for good, and those that left before they could be sent.
 */
refused: number, 
/**
 * Of the refused, those that left before they could be sent.
 */
left_unsent: number, 
/**
 * Of the refused, those that are kept as dead letters.
 */
lettered: number, 
/**
 * Events that were filtered or sampled out.
 */
left_out: number, 
/**
 * Events sent again after no answer came: the destination may hold them twice.
 */
possible_duplicates: number, 
/**
 * What the destination said of the last refusal.
 */
last_refusal: string | null, 
/**
 * When it last said yes; nanoseconds since the Unix epoch.
 */
last_acknowledged_ns: string | null, 
/**
 * Events acknowledged in each minute of the last hour of this run, the one under way last.
 */
acknowledged_by_minute: number[], 
/**
 * Events that waited at the end of each.
 */
waiting_by_minute: number[], 
/**
 * How often each rule of the policy found something in this run, the allow-list last.
 */
found: number[], 
/**
 * Where in Honeycomb the key leads, when it was checked.
 */
place: ForwardPlace | null, 
/**
 * Where the key lies and how it ends.
 */
key: KeyStatus, 
/**
 * Names of further headers that are set.
 */
header_names: Array<string>, 
/**
 * Set on the command line: it can be watched here but not changed.
 */
from_command_line: boolean, };

/**
 * What a rule looks for.
 */
export type ForwardWhat = { "kind": "keys", keys: Array<string>, } | { "kind": "shape", shape: ForwardShape, } | { "kind": "pattern", regex: string, };

/**
 * A header of every forwarded request. The value is a secret.
 */
export type Header = { name: string, value: string, };

/**
 * A box on a heatmap: times from `start_ns` to before `end_ns`, values from `min` to before `max`.
 */
export type HeatBox = { field: string, start_ns: string, end_ns: string, min: number, max: number, };

/**
 * The head of a heatmap. The cells follow as columns in the same buffer:
 *
 * | column | type | |
 * |---|---|---|
 * | `counts` | u32 | `n_x * n_y`, row by row from the lowest values: `counts[y * n_x + x]` |
 * | `y_edges` | f64 | `n_y + 1` |
 * | `errors` | u32 | `n_x`: events whose `error` is true |
 * | `under`, `over` | u32 | `n_x`: events below and above the drawn values |
 */
export type HeatmapHead = { 
/**
 * The field drawn.
 */
field: string, 
/**
 * Left edge.
 */
start_ns: string, 
/**
 * Width of one time bucket.
 */
step_ns: string, 
/**
 * Time buckets.
 */
n_x: number, 
/**
 * Value buckets.
 */
n_y: number, 
/**
 * Whether values are linear rather than logarithmic.
 */
linear: boolean, 
/**
 * The fullest cell.
 */
max_count: number, 
/**
 * Events drawn or counted in `under` and `over`.
 */
matched: number, 
/**
 * Events read.
 */
rows_examined: number, 
/**
 * Time it took.
 */
elapsed_ms: number, 
/**
 * The generation that was read.
 */
generation: number, };

/**
 * Asks how the values of a field spread over time.
 */
export type HeatmapRequest = { 
/**
 * A WHERE expression; empty means everything.
 */
filter: string, 
/**
 * A numeric field; empty means `duration_ms`.
 */
field: string, 
/**
 * Inclusive; the data's first event when not given.
 */
start_ns: string | null, 
/**
 * Exclusive; just after the data's last event when not given.
 */
end_ns: string | null, 
/**
 * Time buckets, 1 to 1,000; 0 means 80.
 */
n_x: number, 
/**
 * Value buckets, 1 to 200; 0 means 32.
 */
n_y: number, 
/**
 * Linear rather than logarithmic values.
 */
linear: boolean, 
/**
 * The least value drawn, exactly; with `max` or not at all. Taken from the data when not given.
 */
min: number | null, 
/**
 * The greatest value drawn.
 */
max: number | null, };

/**
 * A file that is taken in, or was. `received = stored + duplicate + rejected`.
 */
export type Import = { 
/**
 * Which one, since this process started.
 */
id: number, 
/**
 * What it is called.
 */
name: string, 
/**
 * How far it is.
 */
state: ImportState, 
/**
 * Its length, where that is known.
 */
bytes: number | null, 
/**
 * Bytes read of it.
 */
bytes_read: number, 
/**
 * Events read in it.
 */
received: number, 
/**
 * Events of these that are kept now.
 */
stored: number, 
/**
 * Events that had been kept before.
 */
duplicate: number, 
/**
 * Events that could not be kept.
 */
rejected: number, 
/**
 * Events kept after a repair.
 */
repaired: number, 
/**
 * Events kept after something over a cap was cut.
 */
truncated: number, 
/**
 * Records, or stretches of bytes, that are no telemetry; known at its end.
 */
unreadable: number, 
/**
 * The earliest event so far, in nanoseconds since the Unix epoch.
 */
first_ns: string | null, 
/**
 * The latest one.
 */
last_ns: string | null, 
/**
 * Why something was not kept as it came: a few sentences, each once.
 */
reasons: Array<string>, 
/**
 * `failed`: why. `done`: why some of it is no telemetry, if so.
 */
error: string | null, };

/**
 * A file whose bytes will follow, in whichever way the host takes them.
 */
export type ImportBeginRequest = { 
/**
 * What it is called; shown, and nothing else.
 */
name: string, 
/**
 * Its length, where that is known.
 */
bytes: number | null, };

/**
 * Which file.
 */
export type ImportId = { 
/**
 * As in [`Import`].
 */
id: number, };

/**
 * How far a file is.
 */
export type ImportState = "waiting" | "reading" | "done" | "stopped" | "failed";

/**
 * What kind of key of Honeycomb's one is, by its form.
 */
export type KeyKind = "unknown" | "ingest" | "configuration" | "classic_ingest" | "classic";

/**
 * Where a key lies.
 */
export type KeyPlace = "none" | "keychain" | "file" | "environment";

/**
 * Where a destination's key lies. The key itself never leaves.
 */
export type KeyStatus = { 
/**
 * Where.
 */
place: KeyPlace, 
/**
 * The last four characters, such as `q7Fd`.
 */
hint: string | null, 
/**
 * What kind of key it is, by its form.
 */
kind: KeyKind, 
/**
 * The file, when it lies in one.
 */
path: string | null, };

/**
 * One log record and where it comes from.
 */
export type LogLine = { 
/**
 * The record; its offset counts from the trace's start where the logs of one trace were asked for, else from itself.
 */
log: LogRow, 
/**
 * `service.name`.
 */
service: string, 
/**
 * 32 hexadecimal digits; nothing where it belongs to no trace.
 */
trace_id: string | null, };

/**
 * One log record.
 */
export type LogRow = { 
/**
 * Raw time.
 */
time_ns: string, 
/**
 * From the trace's start; may be negative.
 */
offset_ns: string, 
/**
 * `trace`, `debug`, `info`, `warn`, `error`, `fatal` or `unspecified`.
 */
severity: string, 
/**
 * As people read it.
 */
body: string, 
/**
 * 16 hexadecimal digits.
 */
span_id: string | null, 
/**
 * Its own attributes.
 */
attributes: Array<Attribute>, };

/**
 * A page of log records.
 */
export type LogsReply = { 
/**
 * How many were passed over.
 */
first: number, 
/**
 * In the order that was asked for.
 */
rows: Array<LogLine>, 
/**
 * All that match.
 */
matched: number, 
/**
 * How many have each level, whatever level was asked for: unspecified, trace, debug, info, warn, error, fatal.
 */
by_level: number[], 
/**
 * Events read.
 */
rows_examined: number, 
/**
 * Time it took.
 */
elapsed_ms: number, 
/**
 * The generation that was read.
 */
generation: number, };

/**
 * Asks for a page of log records.
 */
export type LogsRequest = { 
/**
 * A WHERE expression; empty means everything.
 */
filter: string, 
/**
 * Inclusive; nanoseconds since the Unix epoch.
 */
start_ns: string | null, 
/**
 * Exclusive.
 */
end_ns: string | null, 
/**
 * Only those of a trace.
 */
trace_id: string | null, 
/**
 * The least level: `trace`, `debug`, `info`, `warn`, `error` or `fatal`; every one when empty.
 */
level: string, 
/**
 * Oldest first.
 */
ascending: boolean, 
/**
 * How many to pass over.
 */
first: number, 
/**
 * At most this many, up to 500; 0 means 200.
 */
limit: number, };

/**
 * A moment, or a length of time, with a name.
 */
export type Marker = { 
/**
 * When, or from when; nanoseconds since the Unix epoch.
 */
start_ns: string, 
/**
 * Until when, where it is a length of time.
 */
end_ns: string | null, 
/**
 * What it says; may be empty.
 */
message: string, 
/**
 * What kind it is, such as `run`; may be empty.
 */
kind: string, };

/**
 * What `/1/markers` and `skep mark` left.
 */
export type MarkersReply = { 
/**
 * The newest 200, newest first.
 */
markers: Array<Marker>, };

/**
 * Asks for the moments of a time that were given a name.
 */
export type MarkersRequest = { 
/**
 * Inclusive; nanoseconds since the Unix epoch.
 */
start_ns: string | null, 
/**
 * Exclusive.
 */
end_ns: string | null, };

/**
 * A name that requests bring.
 */
export type NameKind = "origin" | "host";

/**
 * No arguments.
 */
export type Nothing = Record<symbol, never>;

/**
 * A fact worth knowing, with a number.
 */
export type Notice = { 
/**
 * For code: `port_taken`, `key_in_file`, `rejected`, `repaired`, `truncated` ...
 */
code: string, 
/**
 * For people: one sentence, which says what to do where something can be done.
 */
message: string, 
/**
 * How often.
 */
count: number, };

/**
 * Puts receiving off, or goes on.
 */
export type PauseRequest = { 
/**
 * Senders are told to try again, from now on.
 */
paused: boolean, };

/**
 * What a piece of a bar is.
 */
export type PieceKinds = { 
/**
 * No child runs.
 */
own: number, 
/**
 * The request's end waited for it.
 */
critical: number, 
/**
 * Members of a group ran.
 */
member: number, 
/**
 * Members of a group ran that failed.
 */
failed_member: number, };

/**
 * Names a trace, and whether it is to stay.
 */
export type PinRequest = { 
/**
 * 32 hexadecimal digits.
 */
trace_id: string, 
/**
 * Whether retention leaves it alone.
 */
pinned: boolean, };

/**
 * A row with its place.
 */
export type PlacedTraceRow = { 
/**
 * From 0.
 */
place: number, 
/**
 * What stands there.
 */
row: TraceRow, };

/**
 * The queries that were asked, and those with a name.
 */
export type QueriesReply = { 
/**
 * The last 100, newest first, each once.
 */
history: Array<QueryRan>, 
/**
 * By name.
 */
saved: Array<QuerySaved>, };

/**
 * Takes a name back.
 */
export type QueryForgetRequest = { 
/**
 * Whose; without one all that was asked is forgotten, and names stay.
 */
name: string | null, };

/**
 * One that was asked.
 */
export type QueryRan = { 
/**
 * The view as the address says it, from the `#` on.
 */
address: string, 
/**
 * In the text language.
 */
text: string, 
/**
 * When last; nanoseconds since the Unix epoch.
 */
ran_ns: string, };

/**
 * Remembers a query that was asked.
 */
export type QueryRanRequest = { 
/**
 * The view as the address says it, from the `#` on.
 */
address: string, 
/**
 * In the text language.
 */
text: string, };

/**
 * A table.
 */
export type QueryReply = { 
/**
 * Group fields first, then aggregates, as written: `service.name`, `COUNT`, `P99(duration_ms)`.
 */
columns: Array<string>, 
/**
 * By which share of it each column's numbers may be off, as long as the columns; null where they are exact, as all are
 * but percentiles of very many events.
 */
approximate: Array<number | null>, 
/**
 * A missing group value or an aggregate of nothing is null.
 */
rows: (string | number | boolean | null)[][], 
/**
 * Events read.
 */
rows_examined: number, 
/**
 * Events that match.
 */
rows_matched: number, 
/**
 * Groups, those beyond the limit included.
 */
groups: number, 
/**
 * Where it was asked for and there is a GROUP BY: the aggregates of everything that matches, whatever HAVING and LIMIT
 * say, as long as SELECT. Null where that means nothing.
 */
total: (string | number | boolean | null)[] | null, 
/**
 * The same of the groups that are not among the rows; null where all are.
 */
other: (string | number | boolean | null)[] | null, 
/**
 * How many groups these are, those that HAVING left out included.
 */
groups_other: number, 
/**
 * Time it took.
 */
elapsed_ms: number, };

/**
 * A query in the text language, over a time range.
 */
export type QueryRequest = { 
/**
 * Such as `SELECT COUNT, P99(duration_ms) WHERE error GROUP BY service.name`.
 */
text: string, 
/**
 * Inclusive; nanoseconds since the Unix epoch.
 */
start_ns: string | null, 
/**
 * Exclusive.
 */
end_ns: string | null, 
/**
 * Tell also what all groups are together, and those that are not shown.
 */
foot: boolean, };

/**
 * Gives a query a name, in the place of what had it.
 */
export type QuerySaveRequest = { 
/**
 * Its name.
 */
name: string, 
/**
 * The view as the address says it, from the `#` on.
 */
address: string, 
/**
 * In the text language.
 */
text: string, };

/**
 * One with a name.
 */
export type QuerySaved = { 
/**
 * Its name; no other has it.
 */
name: string, 
/**
 * The view as the address says it, from the `#` on.
 */
address: string, 
/**
 * In the text language.
 */
text: string, };

/**
 * What to send along when something is wrong: how this Skep is, without a value of anybody's telemetry.
 */
export type ReportReply = { 
/**
 * Markdown.
 */
text: string, 
/**
 * The folder that its log files are in; nothing where it writes none.
 */
log_dir: string | null, 
/**
 * Facts of this run, for the page.
 */
facts: Array<Fact>, };

/**
 * A file that was written.
 */
export type Saved = { 
/**
 * Where it lies.
 */
path: string, };

/**
 * The head of a query's groups over time. The values follow as one column in the same buffer:
 *
 * | column | type | |
 * |---|---|---|
 * | `values` | f64 | `aggregates * groups * n_x`: `values[(aggregate * groups + group) * n_x + x]`; NaN where there is nothing to compute from |
 */
export type SeriesHead = { 
/**
 * The values of each group's fields, in the order of the table.
 */
groups: (string | number | boolean | null)[][], 
/**
 * How each aggregate's column is called.
 */
aggregates: Array<string>, 
/**
 * By which share of it each aggregate's values may be off; null where they are exact, as in a table.
 */
approximate: Array<number | null>, 
/**
 * As it was asked for.
 */
start_ns: string, 
/**
 * As above.
 */
step_ns: string, 
/**
 * As above.
 */
n_x: number, 
/**
 * Groups of the table, those not drawn included.
 */
groups_total: number, 
/**
 * Time it took.
 */
elapsed_ms: number, };

/**
 * Asks for the first groups of a query's table over time, in buckets side by side.
 */
export type SeriesRequest = { 
/**
 * As for a table. EVERY is not looked at, though rates ask for one.
 */
text: string, 
/**
 * Where the first bucket begins; nanoseconds since the Unix epoch.
 */
start_ns: string, 
/**
 * How long each is, in nanoseconds.
 */
step_ns: string, 
/**
 * Buckets, 1 to 1,000.
 */
n_x: number, 
/**
 * Groups at most, up to 50; 0 means 20.
 */
groups: number, };

/**
 * A service's part of a trace.
 */
export type ServiceShare = { 
/**
 * `service.name`.
 */
service: string, 
/**
 * Share of the self time of all spans, 0 to 1.
 */
self_share: number, };

/**
 * One setting.
 */
export type Setting = { 
/**
 * Its key in the file, such as `storage.max`.
 */
key: string, 
/**
 * What it is called.
 */
title: string, 
/**
 * A sentence about it.
 */
help: string, 
/**
 * What its text looks like.
 */
kind: SettingKind, 
/**
 * For a choice: what there is, in the words of the page.
 */
choices: Array<SettingChoice>, 
/**
 * Its value.
 */
value: string, 
/**
 * What it is when the file does not say it.
 */
usual: string, 
/**
 * The file says it.
 */
said: boolean, 
/**
 * What the file says cannot be, in a sentence.
 */
problem: string | null, 
/**
 * What said it for this run instead of the file, such as `--store-max`.
 */
overridden_by: string | null, 
/**
 * A change takes effect only when Skep is started again.
 */
next_start: boolean, 
/**
 * It was changed, and waits for that.
 */
waits_for_start: boolean, };

/**
 * One of what can be chosen.
 */
export type SettingChoice = { 
/**
 * As in the file.
 */
value: string, 
/**
 * As on the page.
 */
title: string, };

/**
 * What a setting's text looks like.
 */
export type SettingKind = "switch" | "choice" | "number" | "text";

/**
 * Every setting as it is now, in the order of the page.
 */
export type SettingsReply = { 
/**
 * Their file, which a person may edit; nothing where the system names no place for it.
 */
path: string | null, 
/**
 * What is wrong in it that belongs to no field.
 */
problems: Array<string>, 
/**
 * Each setting.
 */
fields: Array<Setting>, };

/**
 * Writes a setting into the file.
 */
export type SettingsSaveRequest = { 
/**
 * Which.
 */
key: string, 
/**
 * Its text; nothing takes it out of the file, so that it is as usual.
 */
value: string | null, };

/**
 * What the spans of a path add up to, in one trace.
 */
export type ShapeAmounts = { 
/**
 * Spans.
 */
n: number, 
/**
 * Share of the side's traces that have one, 0 to 1.
 */
share: number, 
/**
 * Failed spans.
 */
n_errors: number, 
/**
 * The sum of durations, in ns.
 */
total_ns: number, 
/**
 * The sum of self times.
 */
self_ns: number, 
/**
 * The sum of self times of the path and all below it.
 */
below_ns: number, 
/**
 * The longest duration.
 */
longest_ns: number, };

/**
 * A path.
 */
export type ShapeNode = { 
/**
 * Index into `services`.
 */
service: number, 
/**
 * Index into `names`.
 */
name: number, 
/**
 * 0 at the top.
 */
depth: number, 
/**
 * The first node after its subtree.
 */
subtree_end: number, 
/**
 * Its longest span in the trace that was asked for; nothing where that has none.
 */
span: string | null, 
/**
 * One for each of the reply's sides; means of a side's traces.
 */
sides: Array<ShapeAmounts>, };

/**
 * One side of a comparison.
 */
export type ShapeSide = { 
/**
 * The trace; nothing where there are many.
 */
trace_id: string | null, 
/**
 * The root's service and name.
 */
service: string, 
/**
 * See `service`.
 */
name: string, 
/**
 * Traces.
 */
n_traces: number, 
/**
 * The mean duration, in ns.
 */
duration_ns: number, 
/**
 * The mean number of spans.
 */
n_spans: number, 
/**
 * The earliest start, in nanoseconds since the Unix epoch.
 */
start_ns: string, };

/**
 * What a trace is compared with.
 */
export type ShapeWith = { "kind": "nothing" } | { "kind": "trace", 
/**
 * 32 hexadecimal digits.
 */
trace_id: string, } | { "kind": "typical" };

/**
 * A share of each side's own population, 0 to 1.
 */
export type Shares = { selection: number, baseline: number, };

/**
 * One side of a comparison.
 */
export type Side = { 
/**
 * Units in it.
 */
n: number, };

/**
 * Counts of spans, as in [`Status`].
 */
export type SpanCounts = { received: number, stored: number, rejected: number, dropped: number, duplicate: number, };

/**
 * Everything about one span.
 */
export type SpanDetail = { 
/**
 * 32 hexadecimal digits.
 */
trace_id: string, 
/**
 * 16 hexadecimal digits.
 */
span_id: string, 
/**
 * 16 hexadecimal digits.
 */
parent_id: string | null, 
/**
 * The span's name.
 */
name: string, 
/**
 * `service.name`.
 */
service: string, 
/**
 * `client`, `server`, `producer`, `consumer`, `internal` or `unspecified`.
 */
kind: string, 
/**
 * `unset`, `ok`, `error`, or the number the sender wrote.
 */
status: string, 
/**
 * What the sender said of the status.
 */
status_message: string | null, 
/**
 * Raw start.
 */
start_ns: string, 
/**
 * Raw end; nothing while it runs.
 */
end_ns: string | null, 
/**
 * Its length; up to the trace's end while it runs.
 */
duration_ns: string, 
/**
 * Its length without what its children cover.
 */
self_ns: string, 
/**
 * How much of it the request's end waited for.
 */
critical_ns: string, 
/**
 * From the trace's start.
 */
offset_ns: string, 
/**
 * Its children.
 */
n_children: number, 
/**
 * Own, scope and resource attributes and the rest of the record, sorted by place and key.
 */
attributes: Array<Attribute>, 
/**
 * In time order.
 */
events: Array<SpanEvent>, 
/**
 * In the order of the wire.
 */
links: Array<SpanLink>, 
/**
 * Log records written within the span, in time order.
 */
logs: Array<LogRow>, };

/**
 * Something that happened at one moment of a span.
 */
export type SpanEvent = { 
/**
 * Its name.
 */
name: string, 
/**
 * Raw time.
 */
time_ns: string, 
/**
 * From the trace's start; may be negative.
 */
offset_ns: string, 
/**
 * Its own attributes.
 */
attributes: Array<Attribute>, };

/**
 * Bits of the `flags` columns.
 */
export type SpanFlags = { 
/**
 * The span failed.
 */
error: number, 
/**
 * It has no parent.
 */
root: number, 
/**
 * Its parent is named but not there.
 */
orphan: number, 
/**
 * It has not ended.
 */
running: number, 
/**
 * Its end lies before its start.
 */
backwards: number, 
/**
 * It was found on a cycle of parents.
 */
cyclic: number, 
/**
 * Another span has the same id.
 */
shared_id: number, 
/**
 * Its bytes were repaired or cut.
 */
mended: number, 
/**
 * It crosses into another service: kind client or producer.
 */
outgoing: number, 
/**
 * It failed, and nothing below it did.
 */
origin: number, 
/**
 * It matches what is looked for.
 */
found: number, 
/**
 * It has children.
 */
parent: number, 
/**
 * What lies below it is hidden.
 */
folded: number, 
/**
 * The line stands for a group of repeated siblings.
 */
group: number, };

/**
 * A span's pointer to another.
 */
export type SpanLink = { 
/**
 * 32 hexadecimal digits.
 */
trace_id: string, 
/**
 * 16 hexadecimal digits.
 */
span_id: string, 
/**
 * Its own attributes.
 */
attributes: Array<Attribute>, };

/**
 * A span by what people call it.
 */
export type SpanName = { 
/**
 * Its id, with `.nth` behind it where several spans share it; see [`super::TracePicture`].
 */
span: string, 
/**
 * `service.name`.
 */
service: string, 
/**
 * Its name.
 */
name: string, };

/**
 * Names one row of a waterfall.
 */
export type SpanRequest = { 
/**
 * 32 hexadecimal digits.
 */
trace_id: string, 
/**
 * 16 hexadecimal digits.
 */
span_id: string, 
/**
 * Which of the spans that share the id, from 0 in row order; 0 is the usual one.
 */
nth: number, };

/**
 * A table.
 */
export type SqlReply = { 
/**
 * As SQLite names them.
 */
columns: Array<string>, 
/**
 * Booleans are 0 and 1. An integer that a JavaScript number cannot hold is a text, and so are blobs, in hexadecimal.
 */
rows: (string | number | null)[][], 
/**
 * There are more rows than a reply holds.
 */
more: boolean, 
/**
 * Events of the segments that were looked through, and events that were looked up.
 */
rows_examined: number, 
/**
 * Time it took.
 */
elapsed_ms: number, };

/**
 * A SQL statement about the events of a time range, over the tables `spans`, `events`, `links`, `logs` and `metrics`.
 */
export type SqlRequest = { 
/**
 * Such as `select name, attr('http.route') from spans order by duration_ns desc limit 10`.
 */
text: string, 
/**
 * Inclusive; nanoseconds since the Unix epoch.
 */
start_ns: string | null, 
/**
 * Exclusive.
 */
end_ns: string | null, };

/**
 * The whole state of the house, for the status bar and `skep status --json`. Counts are since the store began.
 */
export type Status = { 
/**
 * Skep's version.
 */
version: string, 
/**
 * Where the store lies.
 */
data_dir: string, 
/**
 * Events that arrived: `received = stored + rejected + dropped + duplicate`.
 */
received: number, 
/**
 * Events kept, those evicted since included.
 */
stored: number, 
/**
 * Events that could not be read.
 */
rejected: number, 
/**
 * Events that were read but could not be kept.
 */
dropped: number, 
/**
 * Events that had been kept before, as after a client's retry.
 */
duplicate: number, 
/**
 * Events kept after a repair, such as of bad UTF-8.
 */
repaired: number, 
/**
 * Events kept after something over a cap was cut.
 */
truncated: number, 
/**
 * Stored events that have left again because the cap was reached.
 */
evicted: number, 
/**
 * The same, of spans alone.
 */
spans: SpanCounts, 
/**
 * Events that can be read now.
 */
readable: number, 
/**
 * Bytes on disk.
 */
bytes: number, 
/**
 * The cap of `bytes`.
 */
bytes_limit: number, 
/**
 * Segments that can be read now, the open one included.
 */
segments: number, 
/**
 * Earliest event time, in nanoseconds since the Unix epoch.
 */
oldest_ns: string | null, 
/**
 * Latest event time.
 */
newest_ns: string | null, 
/**
 * Grows with every commit: what was read at the same generation is the same.
 */
generation: number, 
/**
 * Where requests are received; empty when no receiver runs in this process.
 */
endpoints: Array<Endpoint>, 
/**
 * OTLP/HTTP by the address that containers use, such as `http://172.17.0.1:4318`; nothing: they are not listened for.
 */
containers: string | null, 
/**
 * The environment variable that senders beyond this machine set, its token included; nothing: nobody can send from
 * there.
 */
otlp_headers: string | null, 
/**
 * Pages and names of this machine that are let in besides the usual ones; empty when no receiver runs in this process.
 */
allowed: Array<AllowedName>, 
/**
 * Requests that have arrived in this process, and from whom; of another process only what it refused is known.
 */
arrivals: Arrivals, 
/**
 * Each destination of the tee.
 */
forward: Array<ForwardStatus>, 
/**
 * Files that this process takes in, or took, oldest first; the last hundred.
 */
imports: Array<Import>, 
/**
 * Plain facts a user should know, such as a taken port.
 */
notices: Array<Notice>, 
/**
 * Its user has put receiving off.
 */
paused: boolean, 
/**
 * Grows when a setting changes; 0 where no settings are followed.
 */
settings_generation: number, };

/**
 * Who was refused for the name that its requests bring.
 */
export type Stranger = { 
/**
 * What kind of name.
 */
kind: NameKind, 
/**
 * As it was sent, cut to 256 bytes.
 */
name: string, 
/**
 * Requests refused.
 */
count: number, 
/**
 * The last of them, in nanoseconds since the Unix epoch.
 */
last_ns: string, };

/**
 * One comparison.
 */
export type Term = { 
/**
 * A field's name.
 */
field: string, 
/**
 * `=`, `>=`, `<`, `exists` or `does-not-exist`.
 */
op: string, 
/**
 * What it is compared with; null where the operator compares with nothing.
 */
value: string | number | boolean | null, };

/**
 * Something that a trace says about itself.
 */
export type TraceFinding = { "kind": "error_origin", 
/**
 * The span.
 */
at: SpanName, 
/**
 * Spans that failed above it, up to the first that did not.
 */
n_above: number, 
/**
 * What its status or its exception says.
 */
message: string | null, } | { "kind": "repeats", 
/**
 * The first of them.
 */
at: SpanName, 
/**
 * What they hang below.
 */
parent: SpanName | null, 
/**
 * How many.
 */
n: number, 
/**
 * The time during which one of them ran, in ns.
 */
covered_ns: number, 
/**
 * Of the parent's time, 0 to 1.
 */
share: number, 
/**
 * Each calls another service and waits.
 */
calls: boolean, 
/**
 * They ran one after another.
 */
one_by_one: boolean, } | { "kind": "sequence", 
/**
 * The first of them.
 */
at: SpanName, 
/**
 * What they hang below.
 */
parent: SpanName, 
/**
 * How many.
 */
n: number, 
/**
 * Their time together, in ns.
 */
total_ns: number, 
/**
 * What would be saved if all ran at once, in ns.
 */
saving_ns: number, } | { "kind": "clock_skew", 
/**
 * The first called span that cannot be as its clock says.
 */
at: SpanName, 
/**
 * The calling service.
 */
caller: string, 
/**
 * How far the called service's clock is behind, in ns; negative where it is ahead.
 */
behind_ns: number, 
/**
 * Calls that cannot be.
 */
n_impossible: number, 
/**
 * Calls in all.
 */
n_calls: number, };

/**
 * A trace as a whole. Its overview follows as columns in the same buffer (see `columns` in the client): the longest and
 * the failed rows of each strip of neighbours.
 *
 * | column | type | |
 * |---|---|---|
 * | `strip` | u32 | from the top, below `n_strips` |
 * | `start`, `duration` | f64 | ns after `start_ns`, ns |
 * | `color` | u32 | index into `colors`, from 1; 0 where the row has no such field |
 * | `flags` | u32 | bits of [`SPAN_FLAGS`] |
 */
export type TraceHead = { 
/**
 * 32 hexadecimal digits.
 */
trace_id: string, 
/**
 * Whether it stays whatever else has to leave.
 */
pinned: boolean, 
/**
 * The earliest start; every offset counts from here.
 */
start_ns: string, 
/**
 * From the earliest start to the latest end.
 */
duration_ns: string, 
/**
 * The row that stands for the request: its span, service and name. Nothing of a trace without spans.
 */
main: SpanName | null, 
/**
 * Spans.
 */
n_spans: number, 
/**
 * Spans, events, links and logs: grows when the trace does.
 */
n_all: number, 
/**
 * Failed spans.
 */
n_errors: number, 
/**
 * Spans whose parent is named but not there.
 */
n_orphans: number, 
/**
 * Spans that have not ended.
 */
n_running: number, 
/**
 * Spans without a parent.
 */
n_roots: number, 
/**
 * Spans found on a cycle of parents; each cycle is cut at its earliest span.
 */
n_cyclic: number, 
/**
 * Spans that share their id with another.
 */
n_shared_ids: number, 
/**
 * Spans that end before they start.
 */
n_backwards: number, 
/**
 * Span events.
 */
n_events: number, 
/**
 * Links.
 */
n_links: number, 
/**
 * Log records.
 */
n_logs: number, 
/**
 * Events and logs whose span is not there.
 */
n_without_span: number, 
/**
 * The deepest row's depth.
 */
depth_max: number, 
/**
 * Distinct services, in order of first row.
 */
services: Array<string>, 
/**
 * Each service's share of the critical path, largest first.
 */
critical: Array<ServiceShare>, 
/**
 * What should be known before anything is clicked, what costs most first.
 */
findings: Array<TraceFinding>, 
/**
 * Strips of the overview.
 */
n_strips: number, 
/**
 * Values of the field that colours.
 */
colors: Array<string>, 
/**
 * The generation that was read.
 */
generation: number, };

/**
 * A table's order.
 */
export type TraceOrder = { 
/**
 * By what.
 */
by: TraceOrderBy, 
/**
 * Largest first.
 */
descending: boolean, };

/**
 * What a table of spans is ordered by.
 */
export type TraceOrderBy = "start" | "duration" | "self_time" | "critical" | "service" | "name";

/**
 * OTLP JSON.
 */
export type TraceOtlpReply = { 
/**
 * A request a line, as the Collector's file exporter writes it.
 */
text: string, };

/**
 * Asks for a trace, or one span of it, as it can be sent again.
 */
export type TraceOtlpRequest = { 
/**
 * 32 hexadecimal digits.
 */
trace_id: string, 
/**
 * Only this span, with its events and links.
 */
span: string | null, };

/**
 * How a trace is drawn. Spans are named by their id in 16 hexadecimal digits, with `.nth` behind it for those that share
 * one, from 0: rows move when spans arrive.
 */
export type TracePicture = { 
/**
 * What is looked for: a condition of the query language, else a text that some value holds.
 */
find: string, 
/**
 * Only what matches, with its ancestors.
 */
only_found: boolean, 
/**
 * A WHERE expression: what passes is hidden, with all below it.
 */
hide: string, 
/**
 * Five and more siblings of one service and name are one line.
 */
fold_repeats: boolean, 
/**
 * Rows of this depth are folded.
 */
fold_depth: number | null, 
/**
 * Rows of these services are folded.
 */
fold_services: Array<string>, 
/**
 * Rows of these names are folded.
 */
fold_names: Array<string>, 
/**
 * Spans folded by hand.
 */
folded: Array<string>, 
/**
 * Spans unfolded by hand, whatever else folds them.
 */
unfolded: Array<string>, 
/**
 * Open groups of repeats, by their first spans.
 */
open_groups: Array<string>, 
/**
 * A span that is drawn whatever is folded: all above it is unfolded.
 */
reveal: string | null, 
/**
 * Only this span and what lies below it.
 */
top: string | null, 
/**
 * As a table in this order, not as a tree.
 */
order: TraceOrder | null, };

/**
 * Asks what a trace is, and how it looks from afar.
 */
export type TraceRequest = { 
/**
 * 32 hexadecimal digits in any case.
 */
trace_id: string, 
/**
 * The field whose values colour the overview; `service.name` when empty.
 */
color_by: string, };

/**
 * One trace in a list.
 */
export type TraceRow = { 
/**
 * 32 hexadecimal digits.
 */
trace_id: string, 
/**
 * The earliest start of its spans.
 */
start_ns: string, 
/**
 * From the earliest start to the latest end.
 */
duration_ns: string, 
/**
 * The root span's service; of the earliest span while the root has not arrived.
 */
root_service: string, 
/**
 * The root span's name; of the earliest span while the root has not arrived.
 */
root_name: string, 
/**
 * Whether the root span is there.
 */
root_arrived: boolean, 
/**
 * Whether it stays whatever else has to leave.
 */
pinned: boolean, 
/**
 * Spans.
 */
n_spans: number, 
/**
 * Failed spans.
 */
n_errors: number, 
/**
 * The root's HTTP status code, else `ok`, `error` or nothing.
 */
status: string | null, 
/**
 * Each service's share of the trace's self time, largest first.
 */
services: Array<ServiceShare>, };

/**
 * Lines of a trace. They follow as columns in the same buffer, `n_rows` long:
 *
 * | column | type | |
 * |---|---|---|
 * | `start`, `duration`, `self`, `critical` | f64 | ns after the trace's start; ns |
 * | `reach_from`, `reach_to` | f64 | the earliest start and latest end of the row and all below it |
 * | `level` | u32 | how far it is set in |
 * | `rails` | u32 | bit 0: a sibling follows; bit 1: one of its parent does, and so on |
 * | `service` | u32 | index into the head's `services` |
 * | `name` | u32 | index into `names` |
 * | `color` | u32 | index into `colors`, from 1; 0 where the row has no such field |
 * | `flags` | u32 | bits of [`super::SPAN_FLAGS`] |
 * | `n_below`, `errors_below` | u32 | rows below it; of a group its members |
 * | `nth` | u32 | which of the spans that share its id |
 * | `span_id`, `parent_id` | u8 | 8 bytes a row; the parent drawn, zero at the top |
 * | `shortest`, `longest` | f64 | of a group's members, ns; else its duration |
 * | `piece_line`, `piece_kind`, `piece_from`, `piece_to` | u32, u32, f64, f64 | `n_pieces` long; see [`PIECE_KINDS`] |
 * | `mark_line`, `mark_kind`, `mark_at` | u32, u32, f64 | `n_marks` long: 0 event, 1 exception, 2 log, 3 link |
 */
export type TraceRowsHead = { 
/**
 * The place of the first line here.
 */
first: number, 
/**
 * Lines here.
 */
n_rows: number, 
/**
 * Lines in all.
 */
n_lines: number, 
/**
 * Rows that match what is looked for.
 */
n_found: number, 
/**
 * How many of them stand before the anchor, itself included.
 */
n_found_before: number, 
/**
 * Rows hidden by `hide`.
 */
n_hidden: number, 
/**
 * The line of `anchor`, or of what it is folded into.
 */
anchor_place: number | null, 
/**
 * The same of `around`.
 */
around_place: number | null, 
/**
 * The same of `hold`.
 */
hold_place: number | null, 
/**
 * As in [`super::TraceHead::n_all`]: when it differs, the trace has grown.
 */
n_all: number, 
/**
 * From the earliest start to the latest end.
 */
duration_ns: string, 
/**
 * The earliest start.
 */
start_ns: string, 
/**
 * Distinct span names here.
 */
names: Array<string>, 
/**
 * Values of the field that colours.
 */
colors: Array<string>, 
/**
 * The values of `fields`, each as long as there are lines.
 */
cells: Array<Array<string | null>>, 
/**
 * Pieces of bars.
 */
n_pieces: number, 
/**
 * Marks on bars.
 */
n_marks: number, };

/**
 * Asks for the lines around those on the screen.
 */
export type TraceRowsRequest = { 
/**
 * 32 hexadecimal digits.
 */
trace_id: string, 
/**
 * How it is drawn.
 */
picture: TracePicture, 
/**
 * The first line; moved so that the line of `around` is among them, when that is given.
 */
first: number, 
/**
 * Lines at most, up to 2,000.
 */
count: number, 
/**
 * A span that has to be among them.
 */
around: string | null, 
/**
 * The picked span: its place is told, among them or not.
 */
anchor: string | null, 
/**
 * A span that is to stay where it is on the screen: its place is told too.
 */
hold: string | null, 
/**
 * Pieces of bars closer than this are drawn as one.
 */
resolution_ns: number, 
/**
 * The field whose values colour bars; `service.name` when empty.
 */
color_by: string, 
/**
 * Further columns: any fields.
 */
fields: Array<string>, };

/**
 * A trace by its paths.
 */
export type TraceShapeReply = { 
/**
 * What was compared.
 */
sides: Array<ShapeSide>, 
/**
 * Paths in pre-order, the weightiest first below each. Those that weigh next to nothing are left out.
 */
nodes: Array<ShapeNode>, 
/**
 * Distinct services of the nodes.
 */
services: Array<string>, 
/**
 * Distinct names of the nodes.
 */
names: Array<string>, };

/**
 * Asks for a trace by its paths: spans of the same services and names, from the root down, are one node. Alone, or
 * beside another, or beside the usual.
 */
export type TraceShapeRequest = { 
/**
 * 32 hexadecimal digits.
 */
trace_id: string, 
/**
 * What it is compared with.
 */
with: ShapeWith, };

/**
 * What a list of traces is sorted by.
 */
export type TraceSortBy = "start" | "duration" | "spans" | "errors" | "services";

/**
 * Where a step leads.
 */
export type TraceStep = "match" | "error" | "critical";

/**
 * The span that was asked for.
 */
export type TraceStepReply = { 
/**
 * Nothing when there is none.
 */
span: string | null, 
/**
 * Its number among all of its kind, from 1.
 */
number: number, 
/**
 * How many there are.
 */
n: number, };

/**
 * Asks for the next span of some kind.
 */
export type TraceStepRequest = { 
/**
 * 32 hexadecimal digits.
 */
trace_id: string, 
/**
 * How it is drawn: what it hides is passed over.
 */
picture: TracePicture, 
/**
 * From which span; the first row when not given.
 */
from: string | null, 
/**
 * Which spans.
 */
to: TraceStep, 
/**
 * Backwards.
 */
back: boolean, };

/**
 * Rows further down a list.
 */
export type TracesPageReply = { 
/**
 * In their order; of traces that have left the store meanwhile there is none. Nothing when the list is no longer kept:
 * then it has to be asked for again.
 */
rows: Array<PlacedTraceRow> | null, };

/**
 * Asks for rows further down a list, as it was when it was asked for.
 */
export type TracesPageRequest = { 
/**
 * [`TracesReply::order`].
 */
order: number, 
/**
 * The place of the first row, from 0.
 */
offset: number, 
/**
 * At most this many rows, up to 1,000; 0 means 200.
 */
limit: number, };

/**
 * The first traces that match.
 */
export type TracesReply = { 
/**
 * In the order that was asked for.
 */
rows: Array<TraceRow>, 
/**
 * Names the whole list, for [`TracesPageRequest`].
 */
order: number, 
/**
 * Traces that match, those beyond the limit included.
 */
matched: number, 
/**
 * How many of them hold a failed span.
 */
matched_with_errors: number, 
/**
 * Events read.
 */
rows_examined: number, 
/**
 * Time it took.
 */
elapsed_ms: number, 
/**
 * The generation that was read.
 */
generation: number, };

/**
 * Asks for traces. A trace is listed when any of its events matches `filter` within the time range. Terms of the filter on
 * `trace.duration_ms`, `trace.span_count`, `trace.error_count`, `trace.service_count` and `trace.pinned` are about the
 * trace as a whole; they stand at its top, joined by `AND`.
 */
export type TracesRequest = { 
/**
 * A WHERE expression; empty means everything.
 */
filter: string, 
/**
 * Inclusive; nanoseconds since the Unix epoch.
 */
start_ns: string | null, 
/**
 * Exclusive.
 */
end_ns: string | null, 
/**
 * Only traces in which some span failed.
 */
errors_only: boolean, 
/**
 * By what they are sorted.
 */
sort: TraceSortBy, 
/**
 * The least first.
 */
ascending: boolean, 
/**
 * At most this many rows, up to 1,000; 0 means 200.
 */
limit: number, 
/**
 * A list that is still read, by its [`TracesReply::order`]: it is kept for as long as it is named here.
 */
held: number | null, };

/**
 * A query in both forms.
 */
export type TranslateReply = { 
/**
 * In the text language.
 */
text: string, 
/**
 * Its clauses, each as it is written; empty where it is left out.
 */
select: string, 
/**
 * As above.
 */
filter: string, 
/**
 * As above.
 */
group_by: string, 
/**
 * As above.
 */
having: string, 
/**
 * As above.
 */
order_by: string, 
/**
 * As above.
 */
limit: string, 
/**
 * As Honeycomb's API takes it.
 */
honeycomb: string, 
/**
 * The time that Honeycomb's form says; null where it says none.
 */
start_ns: string | null, 
/**
 * As above.
 */
end_ns: string | null, 
/**
 * How far back it looks, where it says no moment.
 */
last_secs: number | null, };

/**
 * A query in either form: the text language, or Honeycomb's query JSON.
 */
export type TranslateRequest = { 
/**
 * One or the other; JSON begins with a brace.
 */
text: string, };

/**
 * How often a value occurs on each side.
 */
export type ValueShares = { 
/**
 * The value; null where the field is missing.
 */
value: string | number | boolean | null, 
/**
 * Share of the selection, 0 to 1.
 */
selection: number, 
/**
 * Share of the baseline, 0 to 1.
 */
baseline: number, };

export interface Commands {
  /** The whole state of the house. */
  readonly status: { readonly request: Nothing; readonly reply: Status; readonly as: "json" };
  /** The newest traces. */
  readonly traces: { readonly request: TracesRequest; readonly reply: TracesReply; readonly as: "json" };
  /** Those further down a list. */
  readonly traces_page: { readonly request: TracesPageRequest; readonly reply: TracesPageReply; readonly as: "json" };
  /** One trace as a whole. */
  readonly trace: { readonly request: TraceRequest; readonly reply: TraceHead; readonly as: "columns" };
  /** Its lines around those on the screen. */
  readonly trace_rows: { readonly request: TraceRowsRequest; readonly reply: TraceRowsHead; readonly as: "columns" };
  /** The next span that matches, failed, or is on the critical path. */
  readonly trace_step: { readonly request: TraceStepRequest; readonly reply: TraceStepReply; readonly as: "json" };
  /** It by its paths, alone or beside others. */
  readonly trace_shape: { readonly request: TraceShapeRequest; readonly reply: TraceShapeReply; readonly as: "json" };
  /** It, or one of its spans, as it can be sent again. */
  readonly trace_otlp: { readonly request: TraceOtlpRequest; readonly reply: TraceOtlpReply; readonly as: "json" };
  /** A page of log records. */
  readonly logs: { readonly request: LogsRequest; readonly reply: LogsReply; readonly as: "json" };
  /** One span in full. */
  readonly span: { readonly request: SpanRequest; readonly reply: SpanDetail; readonly as: "json" };
  /** A table. */
  readonly query: { readonly request: QueryRequest; readonly reply: QueryReply; readonly as: "json" };
  /** A query in Skep's words and in Honeycomb's. */
  readonly translate: { readonly request: TranslateRequest; readonly reply: TranslateReply; readonly as: "json" };
  /** Values over time. */
  readonly heatmap: { readonly request: HeatmapRequest; readonly reply: HeatmapHead; readonly as: "columns" };
  /** A table's groups over time. */
  readonly series: { readonly request: SeriesRequest; readonly reply: SeriesHead; readonly as: "columns" };
  /** Moments that were given a name. */
  readonly markers: { readonly request: MarkersRequest; readonly reply: MarkersReply; readonly as: "json" };
  /** Events themselves, newest first. */
  readonly events: { readonly request: EventsRequest; readonly reply: EventsReply; readonly as: "json" };
  /** Queries that were asked, and those with a name. */
  readonly queries: { readonly request: Nothing; readonly reply: QueriesReply; readonly as: "json" };
  /** Remembers one that was asked. */
  readonly query_ran: { readonly request: QueryRanRequest; readonly reply: QueriesReply; readonly as: "json" };
  /** Gives one a name. */
  readonly query_save: { readonly request: QuerySaveRequest; readonly reply: QueriesReply; readonly as: "json" };
  /** Takes a name back, or forgets what was asked. */
  readonly query_forget: { readonly request: QueryForgetRequest; readonly reply: QueriesReply; readonly as: "json" };
  /** Why a selection differs. */
  readonly bubbleup: { readonly request: BubbleupRequest; readonly reply: BubbleupReply; readonly as: "json" };
  /** The answer to a SQL statement. */
  readonly sql: { readonly request: SqlRequest; readonly reply: SqlReply; readonly as: "json" };
  /** Every field, for completion. */
  readonly fields: { readonly request: Nothing; readonly reply: FieldsReply; readonly as: "json" };
  /** Adds or changes a destination of the tee. */
  readonly forward_save: { readonly request: ForwardSaveRequest; readonly reply: ForwardReply; readonly as: "json" };
  /** Removes a destination, its key and its ledger. */
  readonly forward_remove: { readonly request: ForwardIdRequest; readonly reply: ForwardReply; readonly as: "json" };
  /** Tries again now, as after a new key or when the network is back. */
  readonly forward_retry: { readonly request: ForwardIdRequest; readonly reply: ForwardReply; readonly as: "json" };
  /** Tries an address and a key. */
  readonly forward_check: { readonly request: ForwardCheckRequest; readonly reply: ForwardCheckReply; readonly as: "json" };
  /** Sends stored events to a destination now. */
  readonly forward_send: { readonly request: ForwardSendRequest; readonly reply: ForwardSent; readonly as: "json" };
  /** What a destination refused, to be looked at. */
  readonly forward_letters: { readonly request: ForwardLettersRequest; readonly reply: ForwardLettersReply; readonly as: "json" };
  /** Sends it once more. */
  readonly forward_resend: { readonly request: ForwardLettersOf; readonly reply: ForwardSent; readonly as: "json" };
  /** Lets it go. */
  readonly forward_forget: { readonly request: ForwardLettersOf; readonly reply: Nothing; readonly as: "json" };
  /** What a policy makes of one record. */
  readonly forward_preview: { readonly request: ForwardPreviewRequest; readonly reply: ForwardPreviewReply; readonly as: "json" };
  /** How much would leave under it. */
  readonly forward_estimate: { readonly request: ForwardEstimateRequest; readonly reply: ForwardEstimateReply; readonly as: "json" };
  /** Keeps a trace whatever else has to leave for space or age, or lets it go. */
  readonly pin: { readonly request: PinRequest; readonly reply: Nothing; readonly as: "json" };
  /** Lets a page or a name of this machine in, or no longer. */
  readonly allow: { readonly request: AllowRequest; readonly reply: Nothing; readonly as: "json" };
  /** Begins a file, whose bytes follow as the host takes them. */
  readonly import_begin: { readonly request: ImportBeginRequest; readonly reply: ImportId; readonly as: "json" };
  /** Stops a file after what is under way. */
  readonly import_stop: { readonly request: ImportId; readonly reply: Nothing; readonly as: "json" };
  /** Forgets the files that ended. */
  readonly import_forget: { readonly request: Nothing; readonly reply: Nothing; readonly as: "json" };
  /** Every setting as it is now. */
  readonly settings: { readonly request: Nothing; readonly reply: SettingsReply; readonly as: "json" };
  /** Writes a setting into its file and follows it. */
  readonly settings_save: { readonly request: SettingsSaveRequest; readonly reply: SettingsReply; readonly as: "json" };
  /** Puts receiving off, or goes on. */
  readonly pause: { readonly request: PauseRequest; readonly reply: Nothing; readonly as: "json" };
  /** Lets everything that is stored go, pinned traces too. */
  readonly clear: { readonly request: Nothing; readonly reply: Nothing; readonly as: "json" };
  /** Makes the store's file as small as what it holds. */
  readonly compact: { readonly request: Nothing; readonly reply: Nothing; readonly as: "json" };
  /** What to send along when something is wrong, without a value of anybody's telemetry. */
  readonly report: { readonly request: Nothing; readonly reply: ReportReply; readonly as: "json" };
  /** Sends a few demo traces through the receiver's own path. */
  readonly demo: { readonly request: Nothing; readonly reply: DemoReply; readonly as: "json" };
}

export const SPAN_FLAGS: SpanFlags = {"error":1,"root":2,"orphan":4,"running":8,"backwards":16,"cyclic":32,"shared_id":64,"mended":128,"outgoing":256,"origin":512,"found":1024,"parent":2048,"folded":4096,"group":8192};

export const PIECE_KINDS: PieceKinds = {"own":0,"critical":1,"member":2,"failed_member":3};
