//! OTLP to Honeycomb's events, by the rules of husky's direct path (`otlp/traces_direct.go`, `otlp/common.go`):
//! one event a span, span event, link and log record. Not mapped: metrics, and a sample rate in the trace state.

use super::SpanKey;
use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value as Any;
use opentelemetry_proto::tonic::common::v1::{AnyValue, InstrumentationScope, KeyValue};
use opentelemetry_proto::tonic::logs::v1::LogRecord;
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::tonic::trace::v1::Span;
use opentelemetry_proto::tonic::trace::v1::span::{Event, Link};
use serde::Serialize;
use serde_json::{Map, Value, json};

/// Texts are cut here, in bytes.
const TEXT_BYTES_MAX: usize = 65_535;
/// Maps are flattened this deep, and become JSON below.
const FLATTEN_DEPTH: usize = 5;

/// One event as Honeycomb stores it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct HoneycombEvent {
    /// The dataset it goes to: the service's name for traces and logs.
    pub dataset: String,
    /// Nanoseconds since the Unix epoch, as a decimal text; what came by `/1/batch`, as it was sent.
    pub time: String,
    /// One kept event stands for this many.
    pub sample_rate: i64,
    /// Its fields.
    pub data: Map<String, Value>,
}

/// What a request becomes.
#[derive(Debug, Default)]
pub(super) struct Mapped {
    pub(super) events: Vec<HoneycombEvent>,
    pub(super) spans: Vec<SpanKey>,
}

impl Mapped {
    pub(super) fn has_span_named(&self, name: &str) -> bool {
        self.events.iter().any(|event| event.data.contains_key("trace.span_id") && event.data["name"] == name)
    }

    /// Drops the first spans and what hangs on them; says how many spans that were.
    pub(super) fn reject_first(&mut self, count: usize) -> usize {
        let rejected: Vec<_> = self.spans.drain(..count.min(self.spans.len())).collect();
        let is_of = |data: &Map<String, Value>, key: &SpanKey| {
            let span_id = data.get("trace.span_id").or_else(|| data.get("trace.parent_id"));
            span_id.is_some_and(|id| *id == key.1) && data["trace.trace_id"] == short_trace_id(&key.0)
        };
        self.events.retain(|event| !rejected.iter().any(|key| is_of(&event.data, key)));
        rejected.len()
    }
}

pub(super) fn map_traces(request: &ExportTraceServiceRequest) -> Mapped {
    let mut mapped = Mapped::default();
    for group in &request.resource_spans {
        for scope_spans in &group.scope_spans {
            let around = Around {
                resource: group.resource.as_ref(),
                resource_schema_url: &group.schema_url,
                scope: scope_spans.scope.as_ref(),
                scope_schema_url: &scope_spans.schema_url,
            };
            for span in &scope_spans.spans {
                // Honeycomb's order: what hangs on the span first, then the span.
                mapped.events.extend(span.events.iter().map(|event| around.span_event(span, event)));
                mapped.events.extend(span.links.iter().map(|link| around.link(span, link)));
                mapped.events.push(around.span(span));
                mapped.spans.push((const_hex::encode(&span.trace_id), const_hex::encode(&span.span_id)));
            }
        }
    }
    mapped
}

pub(super) fn map_logs(request: &ExportLogsServiceRequest) -> Mapped {
    let mut mapped = Mapped::default();
    for group in &request.resource_logs {
        for scope_logs in &group.scope_logs {
            let around = Around {
                resource: group.resource.as_ref(),
                resource_schema_url: &group.schema_url,
                scope: scope_logs.scope.as_ref(),
                scope_schema_url: &scope_logs.schema_url,
            };
            mapped.events.extend(scope_logs.log_records.iter().map(|record| around.log(record)));
        }
    }
    mapped
}

/// What the events of one scope share.
struct Around<'a> {
    resource: Option<&'a Resource>,
    resource_schema_url: &'a str,
    scope: Option<&'a InstrumentationScope>,
    scope_schema_url: &'a str,
}

impl Around<'_> {
    fn span(&self, span: &Span) -> HoneycombEvent {
        let mut own = Map::new();
        put_trace_id(&mut own, &span.trace_id);
        put(&mut own, "trace.span_id", const_hex::encode(&span.span_id));
        put(&mut own, "name", span.name.clone());
        let kind = match span.kind {
            1 => "internal",
            2 => "server",
            3 => "client",
            4 => "producer",
            5 => "consumer",
            _ => "unspecified",
        };
        put(&mut own, "span.kind", kind);
        put(&mut own, "type", kind);
        if !span.parent_span_id.is_empty() {
            put(&mut own, "trace.parent_id", const_hex::encode(&span.parent_span_id));
        }
        let (start, end) = (span.start_time_unix_nano, span.end_time_unix_nano);
        let is_open = start == 0 || end == 0;
        put(&mut own, "duration_ms", if is_open { 0.0 } else { millis(end.saturating_sub(start)) });
        if !is_open && end < start {
            put(&mut own, "meta.invalid_duration", true);
        }
        let status = span.status.as_ref();
        put(&mut own, "status_code", status.map_or(0, |status| status.code));
        if let Some(message) = status.map(|status| &status.message).filter(|message| !message.is_empty()) {
            put(&mut own, "status_message", message.clone());
        }
        put_error(&mut own, span);
        if !span.trace_state.is_empty() {
            put(&mut own, "trace.trace_state", span.trace_state.clone());
        }
        put(&mut own, "span.num_events", span.events.len());
        put(&mut own, "span.num_links", span.links.len());
        let mut event = self.event(start, &span.attributes, own, "trace");
        let exception = span.events.iter().find(|event| event.name == "exception");
        for attribute in exception.iter().flat_map(|event| &event.attributes) {
            if matches!(
                attribute.key.as_str(),
                "exception.message" | "exception.type" | "exception.stacktrace" | "exception.escaped"
            ) {
                flatten(&mut event.data, &attribute.key, attribute.value.as_ref(), 0);
            }
        }
        event
    }

    fn span_event(&self, span: &Span, event: &Event) -> HoneycombEvent {
        let mut own = below(span, "span_event");
        put(&mut own, "name", event.name.clone());
        let since_start = event.time_unix_nano.checked_sub(span.start_time_unix_nano);
        put(&mut own, "meta.time_since_span_start_ms", millis(since_start.unwrap_or(0)));
        if since_start.is_none() {
            put(&mut own, "meta.invalid_time_since_span_start", true);
        }
        self.annotation(event.time_unix_nano, &event.attributes, own, span)
    }

    fn link(&self, span: &Span, link: &Link) -> HoneycombEvent {
        let mut own = below(span, "link");
        put(&mut own, "trace.link.trace_id", short_trace_id(&const_hex::encode(&link.trace_id)));
        put(&mut own, "trace.link.span_id", const_hex::encode(&link.span_id));
        self.annotation(span.start_time_unix_nano, &link.attributes, own, span)
    }

    /// A span event or a link: sampled as its span is.
    fn annotation(
        &self,
        time: u64,
        attributes: &[KeyValue],
        own: Map<String, Value>,
        span: &Span,
    ) -> HoneycombEvent {
        let mut event = self.event(time, attributes, own, "trace");
        event.sample_rate = self.sample_rate(&span.attributes);
        event
    }

    fn log(&self, record: &LogRecord) -> HoneycombEvent {
        let mut own = Map::new();
        let severity = match record.severity_number {
            1..=4 => "trace",
            5..=8 => "debug",
            9..=12 => "info",
            13..=16 => "warn",
            17..=20 => "error",
            21..=24 => "fatal",
            _ => "unspecified",
        };
        put(&mut own, "severity", severity);
        put(&mut own, "severity_code", record.severity_number);
        put(&mut own, "flags", record.flags);
        if !record.severity_text.is_empty() {
            put(&mut own, "severity_text", record.severity_text.clone());
        }
        if !record.trace_id.is_empty() {
            put_trace_id(&mut own, &record.trace_id);
            put(&mut own, "meta.annotation_type", "span_event");
        }
        if !record.span_id.is_empty() {
            put(&mut own, "trace.parent_id", const_hex::encode(&record.span_id));
        }
        if !record.event_name.is_empty() {
            put(&mut own, "event.name", record.event_name.clone());
        }
        if let Some(Any::KvlistValue(map)) = record.body.as_ref().and_then(|body| body.value.as_ref()) {
            put(&mut own, "body", as_json_text(&Any::KvlistValue(map.clone())));
        }
        flatten(&mut own, "body", record.body.as_ref(), 0);
        self.event(record.time_unix_nano, &record.attributes, own, "log")
    }

    /// First come, first kept: own attributes, then the translator's fields, the scope, the resource.
    fn event(
        &self,
        time: u64,
        attributes: &[KeyValue],
        translated: Map<String, Value>,
        signal_type: &str,
    ) -> HoneycombEvent {
        let mut data = Map::new();
        put_all(&mut data, attributes);
        for (key, value) in translated {
            put(&mut data, &key, value);
        }
        put(&mut data, "meta.signal_type", signal_type);
        if let Some(scope) = self.scope {
            for (key, text) in [("library.name", &scope.name), ("library.version", &scope.version)] {
                if !text.is_empty() {
                    put(&mut data, key, text.clone());
                }
            }
            if is_instrumentation_library(&scope.name) {
                put(&mut data, "telemetry.instrumentation_library", true);
            }
            put_all(&mut data, &scope.attributes);
        }
        put_all(&mut data, self.resource.map_or(&[], |resource| &resource.attributes));
        let schemas =
            [("scope.schema_url", self.scope_schema_url), ("resource.schema_url", self.resource_schema_url)];
        for (key, url) in schemas {
            if !url.is_empty() {
                put(&mut data, key, url);
            }
        }
        data.remove("sampleRate");
        data.remove("SampleRate");
        HoneycombEvent {
            dataset: self.dataset(),
            time: time.to_string(),
            sample_rate: self.sample_rate(attributes),
            data,
        }
    }

    fn dataset(&self) -> String {
        let attributes = self.resource.map_or(&[][..], |resource| &resource.attributes);
        match find(attributes, "service.name") {
            Some(Any::StringValue(name))
                if !name.trim().is_empty() && !name.starts_with("unknown_service") =>
            {
                name.trim().to_owned()
            }
            _ => "unknown_service".to_owned(),
        }
    }

    fn sample_rate(&self, own: &[KeyValue]) -> i64 {
        let scope = self.scope.map_or(&[][..], |scope| &scope.attributes);
        let resource = self.resource.map_or(&[][..], |resource| &resource.attributes);
        let rate = [own, scope, resource]
            .into_iter()
            .find_map(|attributes| find(attributes, "sampleRate").or_else(|| find(attributes, "SampleRate")));
        let rate = match rate {
            Some(Any::IntValue(rate)) => *rate,
            Some(Any::DoubleValue(rate)) => rate.round() as i64,
            Some(Any::StringValue(text)) => text.parse::<f64>().map_or(1, |rate| rate.round() as i64),
            _ => 1,
        };
        rate.clamp(1, i64::from(i32::MAX))
    }
}

/// The fields that a span event and a link share.
fn below(span: &Span, annotation_type: &str) -> Map<String, Value> {
    let mut own = Map::new();
    put_trace_id(&mut own, &span.trace_id);
    put(&mut own, "trace.parent_id", const_hex::encode(&span.span_id));
    put(&mut own, "parent_name", span.name.clone());
    put(&mut own, "meta.annotation_type", annotation_type);
    put_error(&mut own, span);
    own
}

fn put_error(own: &mut Map<String, Value>, span: &Span) {
    if span.status.as_ref().is_some_and(|status| status.code == 2) {
        put(own, "error", true);
    }
}

fn put_trace_id(own: &mut Map<String, Value>, id: &[u8]) {
    put(own, "trace.trace_id", short_trace_id(&const_hex::encode(id)));
}

/// An id of 16 bytes whose first 8 are zero is shown as its last 8.
fn short_trace_id(hex: &str) -> String {
    match hex.strip_prefix("0000000000000000") {
        Some(rest) if rest.len() == 16 => rest.to_owned(),
        _ => hex.to_owned(),
    }
}

fn put(data: &mut Map<String, Value>, key: &str, value: impl Into<Value>) {
    data.entry(key).or_insert(value.into());
}

fn put_all(data: &mut Map<String, Value>, attributes: &[KeyValue]) {
    for attribute in attributes.iter().filter(|attribute| !attribute.key.is_empty()) {
        flatten(data, &attribute.key, attribute.value.as_ref(), 0);
    }
}

fn flatten(data: &mut Map<String, Value>, key: &str, value: Option<&AnyValue>, depth: usize) {
    match value.and_then(|value| value.value.as_ref()) {
        None => {}
        Some(Any::KvlistValue(map)) if depth < FLATTEN_DEPTH => {
            for entry in &map.values {
                flatten(data, &format!("{key}.{}", entry.key), entry.value.as_ref(), depth + 1);
            }
        }
        Some(Any::StringValue(text)) => put(data, key, cut(text.clone())),
        Some(Any::BoolValue(value)) => put(data, key, *value),
        Some(Any::IntValue(value)) => put(data, key, *value),
        Some(Any::DoubleValue(value)) => put(data, key, *value),
        Some(other) => put(data, key, as_json_text(other)),
    }
}

/// Bytes, arrays and deep maps: JSON with a line end, as Go's encoder writes it.
fn as_json_text(value: &Any) -> String {
    cut(format!("{}\n", as_json(value)))
}

fn as_json(value: &Any) -> Value {
    let inner = |value: &AnyValue| value.value.as_ref().map_or(Value::Null, as_json);
    match value {
        Any::StringValue(text) => json!(text),
        Any::BoolValue(value) => json!(value),
        Any::IntValue(value) => json!(value),
        Any::DoubleValue(value) => json!(value),
        Any::BytesValue(bytes) => json!(base64(bytes)),
        Any::ArrayValue(array) => array.values.iter().map(inner).collect(),
        Any::KvlistValue(map) => {
            let entry =
                |entry: &KeyValue| (entry.key.clone(), entry.value.as_ref().map_or(Value::Null, inner));
            Value::Object(map.values.iter().map(entry).collect())
        }
        // An index into a dictionary that only profiles carry.
        Any::StringValueStrindex(_) => Value::Null,
    }
}

fn find<'a>(attributes: &'a [KeyValue], key: &str) -> Option<&'a Any> {
    attributes.iter().find(|attribute| attribute.key == key)?.value.as_ref()?.value.as_ref()
}

fn cut(mut text: String) -> String {
    if text.len() > TEXT_BYTES_MAX {
        text.truncate(text.floor_char_boundary(TEXT_BYTES_MAX));
    }
    text
}

fn base64(bytes: &[u8]) -> String {
    use base64::Engine;
    base64::engine::general_purpose::STANDARD.encode(bytes)
}

fn millis(nanos: u64) -> f64 {
    nanos as f64 / 1e6
}

fn is_instrumentation_library(scope_name: &str) -> bool {
    const PREFIXES: [&str; 9] = [
        "io.opentelemetry",
        "opentelemetry.instrumentation",
        "OpenTelemetry.Instrumentation",
        "OpenTelemetry::Instrumentation",
        "go.opentelemetry.io/contrib/instrumentation",
        "@opentelemetry/instrumentation",
        "io.opentelemetry.contrib.php",
        "github.com/open-telemetry/opentelemetry-collector",
        "@honeycombio/",
    ];
    PREFIXES.iter().any(|prefix| scope_name.starts_with(prefix))
}
