//! Traces that other tools write, as OTLP: Jaeger's JSON and Zipkin's v2 JSON.
//!
//! Mapped as the OpenTelemetry specification maps the other way
//! (<https://opentelemetry.io/docs/specs/otel/trace/sdk_exporters/jaeger/>, `…/zipkin/`), so that what an exporter has
//! turned into tags becomes what it was. Total on any bytes: a span that cannot be read is counted and costs its
//! neighbours nothing.

mod jaeger;
mod spans;
mod zipkin;

use crate::json::{Node, parse::parse_within};
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use prost::Message;
use spans::Spans;

/// JSON values of one trace of a file that its user chose, each 32 to 56 bytes in memory: a trace of a quarter of a million
/// spans.
const FILE_NODES_MAX: usize = 16 << 20;

/// What a body was turned into.
#[derive(Clone, Debug, PartialEq)]
pub struct Foreign {
    /// Whose it was.
    pub format: ForeignFormat,
    /// An `ExportTraceServiceRequest` in protobuf.
    pub request: Vec<u8>,
    /// Spans that could not be read.
    pub n_unreadable: u64,
}

/// Who writes traces like this.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ForeignFormat {
    /// Jaeger: its API, and what its UI saves.
    Jaeger,
    /// Zipkin, version 2.
    Zipkin,
}

/// Reads one trace or a list of traces of Jaeger, with or without the envelope of its API, or a span, a list of spans or
/// a list of such lists of Zipkin. Nothing where it is neither.
#[must_use]
pub fn convert(json: &[u8]) -> Option<Foreign> {
    let node = parse_within(json, FILE_NODES_MAX).ok()?;
    let mut reader = Reader::default();
    reader.read(node.get("data").unwrap_or(&node));
    let format = reader.format?;
    let request = ExportTraceServiceRequest { resource_spans: reader.spans.finish() };
    Some(Foreign { format, request: request.encode_to_vec(), n_unreadable: reader.n_unreadable })
}

#[derive(Default)]
struct Reader {
    spans: Spans,
    format: Option<ForeignFormat>,
    n_unreadable: u64,
}

impl Reader {
    /// A trace, a span, or a list of either. The tree is as shallow as its parser made it.
    fn read(&mut self, node: &Node<'_>) {
        match node {
            Node::List(nodes) => nodes.iter().for_each(|node| self.read(node)),
            Node::Object(_) if jaeger::is_trace(node) => {
                self.format = Some(ForeignFormat::Jaeger);
                self.n_unreadable += jaeger::read(&mut self.spans, node);
            }
            Node::Object(_) if zipkin::is_span(node) => {
                self.format = Some(ForeignFormat::Zipkin);
                self.n_unreadable += zipkin::read(&mut self.spans, node);
            }
            _ => self.n_unreadable += 1,
        }
    }
}
