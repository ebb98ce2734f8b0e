use crate::clock;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{AnyValue, InstrumentationScope, KeyValue};
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span};

/// Spans in each batch: one trace, a root and its children.
pub const SPANS_PER_BATCH: u64 = 50;

/// Every so many batches one is large, with so many bytes of text in each span, which are different in each.
const LARGE_ONE_IN: u64 = 3;
const LARGE_SPAN_BYTES: usize = 1500;

const SPAN_NANOS: u64 = 1_000_000;
const ROUTES: [&str; 4] = ["/cart", "/checkout", "/product/{id}", "/search"];

/// The trace id of a batch: the run in the first eight bytes, the batch in the last eight.
#[must_use]
pub fn trace_id(run: u64, batch: u64) -> String {
    const_hex::encode(trace_id_bytes(run, batch))
}

/// The ids of a batch's spans.
pub fn spans_of(batch: u64) -> impl Iterator<Item = String> {
    (0..SPANS_PER_BATCH).map(move |index| const_hex::encode(span_id_bytes(batch, index)))
}

/// Whether a batch is so large that the store keeps its request beside its file.
#[must_use]
pub fn is_large(batch: u64) -> bool {
    batch % LARGE_ONE_IN == LARGE_ONE_IN - 1
}

/// The export request of a batch, stamped with the present.
#[must_use]
pub fn request(run: u64, batch: u64) -> ExportTraceServiceRequest {
    request_of(run, batch, "load")
}

/// The same with another name for its root span.
#[must_use]
pub fn request_of(run: u64, batch: u64, root_name: &str) -> ExportTraceServiceRequest {
    let now = clock::unix_nanos();
    let root = span_id_bytes(batch, 0).to_vec();
    let spans = (0..SPANS_PER_BATCH).map(|index| {
        let sequence = batch * SPANS_PER_BATCH + index;
        let note = format!("{run} {sequence} ");
        let large = is_large(batch).then(|| text("load.note", &note.repeat(LARGE_SPAN_BYTES / note.len())));
        Span {
            trace_id: trace_id_bytes(run, batch).to_vec(),
            span_id: span_id_bytes(batch, index).to_vec(),
            parent_span_id: if index == 0 { Vec::new() } else { root.clone() },
            name: if index == 0 { root_name.to_owned() } else { format!("step {index}") },
            kind: if index == 0 { 2 } else { 1 },
            start_time_unix_nano: now - SPAN_NANOS * (SPANS_PER_BATCH - index),
            end_time_unix_nano: now - SPAN_NANOS * (SPANS_PER_BATCH - index) / 2,
            attributes: [
                text("load.run", &run.to_string()),
                number("load.batch", batch),
                number("load.sequence", sequence),
                text("http.route", ROUTES[usize::try_from(sequence).expect("a small number") % ROUTES.len()]),
            ]
            .into_iter()
            .chain(large)
            .collect(),
            ..Span::default()
        }
    });
    let scope_spans = ScopeSpans {
        scope: Some(InstrumentationScope { name: "skep.load".to_owned(), ..Default::default() }),
        spans: spans.collect(),
        schema_url: String::new(),
    };
    let resource = Resource { attributes: vec![text("service.name", "load")], ..Default::default() };
    let group =
        ResourceSpans { resource: Some(resource), scope_spans: vec![scope_spans], schema_url: String::new() };
    ExportTraceServiceRequest { resource_spans: vec![group] }
}

fn trace_id_bytes(run: u64, batch: u64) -> [u8; 16] {
    let mut id = [0; 16];
    id[..8].copy_from_slice(&run.to_be_bytes());
    id[8..].copy_from_slice(&batch.to_be_bytes());
    id
}

/// Never zero: counted from one.
fn span_id_bytes(batch: u64, index: u64) -> [u8; 8] {
    (batch * SPANS_PER_BATCH + index + 1).to_be_bytes()
}

pub(crate) fn text(key: &str, text: &str) -> KeyValue {
    attribute(key, Value::StringValue(text.to_owned()))
}

fn number(key: &str, number: u64) -> KeyValue {
    attribute(key, Value::IntValue(i64::try_from(number).expect("a small number")))
}

pub(crate) fn attribute(key: &str, value: Value) -> KeyValue {
    KeyValue { key: key.to_owned(), value: Some(AnyValue { value: Some(value) }), ..KeyValue::default() }
}
