//! Names of fields that are not attributes, as Honeycomb's event mapping gives them.
//!
//! The first group names the fixed columns of every event, the second the [`crate::Event::record`] fields, the third
//! fields computed when a trace is read. What Honeycomb has no name for stands under `otlp.`.
//!
//! OTLP's unsigned numbers are `Int`; one above 2^63 - 1, which no clock and no counter shows, is its digits as text.

// Fixed columns.

/// Text: what the event is called.
pub const NAME: &str = "name";
/// Text, 32 hexadecimal digits.
pub const TRACE_ID: &str = "trace.trace_id";
/// Text, 16 hexadecimal digits; spans only.
pub const SPAN_ID: &str = "trace.span_id";
/// Text, 16 hexadecimal digits: a span's parent, or the span that an event, a link or a log belongs to.
pub const PARENT_ID: &str = "trace.parent_id";
/// Double, milliseconds; spans only. Zero where the end lies before the start or is missing.
pub const DURATION_MS: &str = "duration_ms";
/// Text: `trace`, `log` or `metric`.
pub const SIGNAL_TYPE: &str = "meta.signal_type";
/// Text: `span_event` or `link`.
pub const ANNOTATION_TYPE: &str = "meta.annotation_type";
/// Bool, true only: the span's end lies before its start.
pub const INVALID_DURATION: &str = "meta.invalid_duration";
/// Bool: a span without a parent id.
pub const IS_ROOT: &str = "is_root";
/// Computed: a span's duration less the union of its children, in milliseconds.
pub const SELF_MS: &str = "self_ms";
/// Computed: how many spans name this one as their parent.
pub const CHILD_COUNT: &str = "child_count";
/// Computed: the service of a span's first child in another service.
pub const CALLEE: &str = "callee";
/// Int, nanoseconds since the Unix epoch: the event's time.
pub const TIMESTAMP: &str = "timestamp_ns";

// Fields of the record.

/// Text: `client`, `server`, `producer`, `consumer`, `internal` or `unspecified`.
pub const SPAN_KIND: &str = "span.kind";
/// Int: a span kind that this version has no word for; `span.kind` is `unspecified`.
pub const SPAN_KIND_NUMBER: &str = "otlp.span_kind";
/// Int: 0 unset, 1 ok, 2 error.
pub const STATUS_CODE: &str = "status_code";
/// Text.
pub const STATUS_MESSAGE: &str = "status_message";
/// Bool, true only: the span's status is error.
pub const ERROR: &str = "error";
/// Text: the W3C trace state.
pub const TRACE_STATE: &str = "trace.trace_state";
/// Int: events on the span.
pub const SPAN_NUM_EVENTS: &str = "span.num_events";
/// Int: links on the span.
pub const SPAN_NUM_LINKS: &str = "span.num_links";
/// Text: the name of the span that an event or a link belongs to.
pub const PARENT_NAME: &str = "parent_name";
/// Double, milliseconds.
pub const TIME_SINCE_SPAN_START_MS: &str = "meta.time_since_span_start_ms";
/// Text, 32 hexadecimal digits: the trace a link points to.
pub const LINK_TRACE_ID: &str = "trace.link.trace_id";
/// Text, 16 hexadecimal digits: the span a link points to.
pub const LINK_SPAN_ID: &str = "trace.link.span_id";
/// Any value: a log's body.
pub const BODY: &str = "body";
/// Text: `trace`, `debug`, `info`, `warn`, `error`, `fatal` or `unspecified`.
pub const SEVERITY: &str = "severity";
/// Int, 0 to 24.
pub const SEVERITY_CODE: &str = "severity_code";
/// Text, as the logger wrote it.
pub const SEVERITY_TEXT: &str = "severity_text";
/// Int, nanoseconds since the Unix epoch; logs only.
pub const OBSERVED_TIME: &str = "otlp.observed_time_ns";
/// Bool, true only: a log whose sender set no time, so that its event's time is the observed one.
pub const TIME_UNSET: &str = "otlp.time_unset";
/// Int: the W3C flags and OTLP's own above them.
pub const FLAGS: &str = "otlp.flags";
/// Int.
pub const DROPPED_ATTRIBUTES: &str = "otlp.dropped_attributes_count";
/// Int; spans only.
pub const DROPPED_EVENTS: &str = "otlp.dropped_events_count";
/// Int; spans only.
pub const DROPPED_LINKS: &str = "otlp.dropped_links_count";
/// Text: `gauge`, `sum`, `histogram`, `exponential_histogram` or `summary`.
pub const METRIC_TYPE: &str = "metric.type";
/// Text.
pub const METRIC_UNIT: &str = "metric.unit";
/// Text.
pub const METRIC_DESCRIPTION: &str = "metric.description";
/// Text: `delta` or `cumulative`.
pub const METRIC_TEMPORALITY: &str = "metric.temporality";
/// Int: a temporality that this version has no word for.
pub const METRIC_TEMPORALITY_NUMBER: &str = "otlp.aggregation_temporality";
/// Bool.
pub const METRIC_MONOTONIC: &str = "metric.monotonic";
/// Int, nanoseconds since the Unix epoch.
pub const METRIC_START: &str = "metric.start_time_ns";
/// Int or double: a number point's value.
pub const METRIC_VALUE: &str = "metric.value";
/// Int: points of a histogram or a summary.
pub const METRIC_COUNT: &str = "metric.count";
/// Double.
pub const METRIC_SUM: &str = "metric.sum";
/// Double.
pub const METRIC_MIN: &str = "metric.min";
/// Double.
pub const METRIC_MAX: &str = "metric.max";
/// Map: buckets, bounds, quantiles, exemplars and the metric's metadata as they came.
pub const METRIC_DETAIL: &str = "metric.detail";
/// Map: attributes whose key stands in the same record before, which OTLP forbids. Only columns have it; an
/// [`crate::Event`] has them among its attributes.
pub const REPEATED_ATTRIBUTES: &str = "otlp.repeated_attributes";

// Under scope and resource, as Honeycomb names them.

/// Text: the scope's name.
pub const LIBRARY_NAME: &str = "library.name";
/// Text: the scope's version.
pub const LIBRARY_VERSION: &str = "library.version";
/// Text, from the resource.
pub const SERVICE_NAME: &str = "service.name";

// What Honeycomb's own senders say beside the fields of an event.

/// Text, from the resource: the dataset it was sent to.
pub const DATASET: &str = "honeycomb.dataset";
/// Int: one kept event stands for this many. Missing: for itself alone. Under this name OTLP senders tell Honeycomb too.
pub const SAMPLE_RATE: &str = "SampleRate";
/// Text: a trace id as it was sent, where it is not 16 bytes in hexadecimal and another was made of it.
pub const SENT_TRACE_ID: &str = "honeycomb.trace_id";
/// Text: the same of a span id and its 8 bytes.
pub const SENT_SPAN_ID: &str = "honeycomb.span_id";
/// Text: the same of a parent id.
pub const SENT_PARENT_ID: &str = "honeycomb.parent_id";
/// Text: the same of the trace a link points to.
pub const SENT_LINK_TRACE_ID: &str = "honeycomb.link.trace_id";
/// Text: the same of the span a link points to.
pub const SENT_LINK_SPAN_ID: &str = "honeycomb.link.span_id";

/// What a service is called that does not say its name, as in Honeycomb.
pub const UNKNOWN_SERVICE: &str = "unknown_service";

/// Every field of the record.
pub const RECORD: &[&str] = &[
    SPAN_KIND,
    SPAN_KIND_NUMBER,
    STATUS_CODE,
    STATUS_MESSAGE,
    ERROR,
    TRACE_STATE,
    SPAN_NUM_EVENTS,
    SPAN_NUM_LINKS,
    PARENT_NAME,
    TIME_SINCE_SPAN_START_MS,
    LINK_TRACE_ID,
    LINK_SPAN_ID,
    BODY,
    SEVERITY,
    SEVERITY_CODE,
    SEVERITY_TEXT,
    OBSERVED_TIME,
    TIME_UNSET,
    FLAGS,
    DROPPED_ATTRIBUTES,
    DROPPED_EVENTS,
    DROPPED_LINKS,
    METRIC_TYPE,
    METRIC_UNIT,
    METRIC_DESCRIPTION,
    METRIC_TEMPORALITY,
    METRIC_TEMPORALITY_NUMBER,
    METRIC_MONOTONIC,
    METRIC_START,
    METRIC_VALUE,
    METRIC_COUNT,
    METRIC_SUM,
    METRIC_MIN,
    METRIC_MAX,
    METRIC_DETAIL,
    REPEATED_ATTRIBUTES,
];
