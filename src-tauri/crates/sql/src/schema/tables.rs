use super::{ColumnInfo, ColumnType, Source, TableInfo};
use ColumnType::{Any, Integer, Real, Text};
use Source::{Count, Field, Record};
use skep_model::{EventKind, fields};

/// What there is to ask, in the order in which it is shown.
pub const TABLES: &[TableInfo] = &[SPANS, EVENTS, LINKS, LOGS, METRICS];

const fn column(name: &'static str, ty: ColumnType, source: Source, doc: &'static str) -> ColumnInfo {
    ColumnInfo { name, ty, doc, is_hidden: false, source }
}

const fn hidden(name: &'static str, source: Source, doc: &'static str) -> ColumnInfo {
    ColumnInfo { name, ty: Text, doc, is_hidden: true, source }
}

// What several tables have.
const TRACE_ID: ColumnInfo = column("trace_id", Text, Source::TraceId, "32 lower-case hexadecimal digits");
const SERVICE: ColumnInfo = column("service", Text, Field(fields::SERVICE_NAME), "service.name");
const SCOPE: ColumnInfo = column("scope", Text, Field(fields::LIBRARY_NAME), "the instrumentation library");
const TIME: ColumnInfo =
    column("time", Text, Source::DateTime, "time_ns in UTC as datetime() writes it, with nine digits");
const TIME_NS: ColumnInfo = column("time_ns", Integer, Source::Time, "nanoseconds since the Unix epoch");
const FLAGS: ColumnInfo =
    column("flags", Integer, Count(fields::FLAGS), "W3C flags, and OTLP's own above them");
const DROPPED: ColumnInfo = column(
    "dropped_attributes",
    Integer,
    Count(fields::DROPPED_ATTRIBUTES),
    "attributes that the sender left out",
);
const SPAN_NAME: ColumnInfo =
    column("span_name", Text, Record(fields::PARENT_NAME), "the name of the span that it belongs to");
const ATTRIBUTES: ColumnInfo = hidden("attributes", Source::Attributes, "its own attributes as JSON");
const RESOURCE: ColumnInfo = hidden("resource", Source::Resource, "the resource's attributes as JSON");

/// Of what belongs to a span: the event model keeps that span's id as the parent's.
const OF_SPAN: ColumnInfo = column("span_id", Text, Source::ParentId, "the span that it belongs to");

const SPANS: TableInfo = TableInfo {
    name: "spans",
    doc: "one row a span",
    kind: EventKind::Span,
    columns: &[
        TRACE_ID,
        column("span_id", Text, Source::SpanId, "16 lower-case hexadecimal digits"),
        column("parent_id", Text, Source::ParentId, "the parent's span_id; NULL for a root"),
        column("name", Text, Source::Name, "what the span is called"),
        SERVICE,
        column(
            "kind",
            Text,
            Record(fields::SPAN_KIND),
            "client, server, producer, consumer, internal or unspecified",
        ),
        column("status", Text, Source::Status, "unset, ok or error"),
        column("status_message", Text, Record(fields::STATUS_MESSAGE), "what the status says"),
        column("time", Text, Source::DateTime, "start_ns in UTC as datetime() writes it, with nine digits"),
        column("start_ns", Integer, Source::Time, "nanoseconds since the Unix epoch"),
        column("end_ns", Integer, Source::End, "as it was sent; NULL while the span runs"),
        column("duration_ns", Integer, Source::DurationNs, "0 where the end is missing or before the start"),
        column("duration_ms", Real, Source::DurationMs, "the same in milliseconds"),
        column("is_root", Integer, Source::IsRoot, "1 for a span without parent_id, else 0"),
        SCOPE,
        column("trace_state", Text, Record(fields::TRACE_STATE), "the W3C trace state"),
        FLAGS,
        column("num_events", Integer, Count(fields::SPAN_NUM_EVENTS), "events on the span"),
        column("num_links", Integer, Count(fields::SPAN_NUM_LINKS), "links on the span"),
        DROPPED,
        column("dropped_events", Integer, Count(fields::DROPPED_EVENTS), "events that the sender left out"),
        column("dropped_links", Integer, Count(fields::DROPPED_LINKS), "links that the sender left out"),
        ATTRIBUTES,
        RESOURCE,
    ],
};

const EVENTS: TableInfo = TableInfo {
    name: "events",
    doc: "one row a span event, such as an exception",
    kind: EventKind::SpanEvent,
    columns: &[
        TRACE_ID,
        OF_SPAN,
        column("name", Text, Source::Name, "what happened"),
        SERVICE,
        TIME,
        TIME_NS,
        column(
            "since_start_ms",
            Real,
            Record(fields::TIME_SINCE_SPAN_START_MS),
            "milliseconds since the span began",
        ),
        SPAN_NAME,
        SCOPE,
        DROPPED,
        ATTRIBUTES,
        RESOURCE,
    ],
};

const LINKS: TableInfo = TableInfo {
    name: "links",
    doc: "one row a link from a span to another",
    kind: EventKind::Link,
    columns: &[
        TRACE_ID,
        OF_SPAN,
        column("linked_trace_id", Text, Record(fields::LINK_TRACE_ID), "the trace that it points to"),
        column("linked_span_id", Text, Record(fields::LINK_SPAN_ID), "the span that it points to"),
        SERVICE,
        column("time", Text, Source::DateTime, "when its span began, in UTC as datetime() writes it"),
        column("time_ns", Integer, Source::Time, "the same in nanoseconds since the Unix epoch"),
        SPAN_NAME,
        column("trace_state", Text, Record(fields::TRACE_STATE), "the W3C trace state of the link"),
        FLAGS,
        SCOPE,
        DROPPED,
        ATTRIBUTES,
        RESOURCE,
    ],
};

const LOGS: TableInfo = TableInfo {
    name: "logs",
    doc: "one row a log record",
    kind: EventKind::Log,
    columns: &[
        TRACE_ID,
        OF_SPAN,
        TIME,
        TIME_NS,
        column("observed_ns", Integer, Record(fields::OBSERVED_TIME), "when it was collected"),
        column("severity", Text, Record(fields::SEVERITY), "trace, debug, info, warn, error or fatal"),
        column("severity_number", Integer, Record(fields::SEVERITY_CODE), "1 to 24, 0 unset"),
        column("severity_text", Text, Record(fields::SEVERITY_TEXT), "as the logger wrote it"),
        column("body", Any, Record(fields::BODY), "what was said; structured bodies as JSON"),
        column("name", Text, Source::Name, "the event's name, for logs that are events"),
        SERVICE,
        SCOPE,
        FLAGS,
        DROPPED,
        ATTRIBUTES,
        RESOURCE,
    ],
};

const METRICS: TableInfo = TableInfo {
    name: "metrics",
    doc: "one row a metric point",
    kind: EventKind::MetricPoint,
    columns: &[
        column("name", Text, Source::Name, "the metric's name"),
        column(
            "type",
            Text,
            Record(fields::METRIC_TYPE),
            "gauge, sum, histogram, exponential_histogram or summary",
        ),
        column("unit", Text, Record(fields::METRIC_UNIT), "such as ms or By"),
        column("description", Text, Record(fields::METRIC_DESCRIPTION), "what the metric is for"),
        SERVICE,
        TIME,
        TIME_NS,
        column("start_ns", Integer, Record(fields::METRIC_START), "from when on it counts"),
        column("temporality", Text, Record(fields::METRIC_TEMPORALITY), "delta or cumulative"),
        column(
            "monotonic",
            Integer,
            Record(fields::METRIC_MONOTONIC),
            "1 for a sum that never falls, else 0",
        ),
        column("value", Any, Record(fields::METRIC_VALUE), "a gauge's or a sum's value"),
        column("count", Integer, Record(fields::METRIC_COUNT), "a histogram's or a summary's points"),
        column("sum", Real, Record(fields::METRIC_SUM), "the sum of these points"),
        column("min", Real, Record(fields::METRIC_MIN), "the least of these points"),
        column("max", Real, Record(fields::METRIC_MAX), "the greatest of these points"),
        column(
            "detail",
            Text,
            Record(fields::METRIC_DETAIL),
            "buckets, bounds, quantiles and exemplars as JSON",
        ),
        SCOPE,
        FLAGS,
        ATTRIBUTES,
        RESOURCE,
    ],
};
