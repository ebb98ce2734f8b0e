use super::batch::{attribute, text};
use crate::clock;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{InstrumentationScope, KeyValue};
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::tonic::trace::v1::span::Event;
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span, Status};

/// Traces of the story.
pub const STORY_TRACES: u64 = 600;
/// Spans of each trace: the shop's request, its cart, the call it makes, and what the stock service does.
pub const STORY_SPANS_PER_TRACE: u64 = 4;

const MILLIS: u64 = 1_000_000;
/// The story lasts ten minutes and ends now.
const LASTS: u64 = 600_000 * MILLIS;
const REGIONS: [&str; 4] = ["us-east", "us-west", "ap-south", "eu-north"];
/// Every tenth request comes from here, and is slow; some of those fail.
const SLOW_REGION: &str = "eu-west";
/// A name that would be a program, were it ever more than text.
const HOSTILE_NAME: &str = "<img src=x onerror=\"document.title='run'\">";

/// A shop in which one region is slow: what the pages are shown with, and what a comparison must find.
#[must_use]
pub fn story() -> ExportTraceServiceRequest {
    let start = clock::unix_nanos() - LASTS;
    let (mut shop, mut stock) = (Vec::new(), Vec::new());
    for trace in 0..STORY_TRACES {
        let begin = start + LASTS / STORY_TRACES * trace;
        let is_slow = trace % 10 == 3;
        let region = if is_slow { SLOW_REGION } else { pick(&REGIONS, trace) };
        let wait = if is_slow { 700 + trace % 7 * 30 } else { 20 + trace % 9 * 5 } * MILLIS;
        let failed = is_slow && trace % 4 == 1;
        let span = |index: u64, name: &str, kind: i32, from: u64, lasts: u64| Span {
            trace_id: [&[0x5e; 8][..], &(trace + 1).to_be_bytes()].concat(),
            span_id: span_id(trace, index),
            parent_span_id: if index == 0 {
                Vec::new()
            } else {
                span_id(trace, if index == 3 { 2 } else { 0 })
            },
            name: name.to_owned(),
            kind,
            start_time_unix_nano: begin + from,
            end_time_unix_nano: begin + from + lasts,
            attributes: vec![text("region", region), text("build", pick(&["b41", "b42"], trace))],
            ..Span::default()
        };
        let route = pick(&["/cart", "/checkout", "/product/{id}"], trace);
        let root_name = if trace == 0 { HOSTILE_NAME.to_owned() } else { format!("GET {route}") };
        let mut root = span(0, &root_name, 2, 0, wait + 8 * MILLIS);
        root.attributes.extend([
            text("http.route", route),
            attribute("http.response.status_code", Value::IntValue(if failed { 504 } else { 200 })),
            attribute("cart.total", Value::DoubleValue((trace % 40) as f64 / 4.0)),
        ]);
        if failed {
            root.status = Some(Status { code: 2, message: "stock did not answer".to_owned() });
            root.events = vec![exception(begin + wait)];
        }
        shop.extend([
            root,
            span(1, "read cart", 1, MILLIS, 3 * MILLIS),
            span(2, "GET stock", 3, 5 * MILLIS, wait),
        ]);
        stock.push(span(3, "SELECT items", 2, 6 * MILLIS, wait - 2 * MILLIS));
    }
    ExportTraceServiceRequest { resource_spans: vec![of_service("shop", shop), of_service("stock", stock)] }
}

fn pick<'a>(list: &[&'a str], trace: u64) -> &'a str {
    // A step that shares no factor with the story's other cycles, so that nothing but the region explains slowness.
    let idx = trace / 10 * 7 + trace % 10 * 3;
    list[usize::try_from(idx).expect("a small number") % list.len()]
}

fn span_id(trace: u64, index: u64) -> Vec<u8> {
    (trace * STORY_SPANS_PER_TRACE + index + 1).to_be_bytes().to_vec()
}

fn exception(time_unix_nano: u64) -> Event {
    let attributes: Vec<KeyValue> = vec![
        text("exception.type", "TimeoutError"),
        text("exception.message", "stock did not answer in 700 ms"),
    ];
    Event { time_unix_nano, name: "exception".to_owned(), attributes, ..Event::default() }
}

fn of_service(name: &str, spans: Vec<Span>) -> ResourceSpans {
    let scope = InstrumentationScope { name: "skep.story".to_owned(), ..Default::default() };
    let resource = Resource { attributes: vec![text("service.name", name)], ..Default::default() };
    let scope_spans = ScopeSpans { scope: Some(scope), spans, schema_url: String::new() };
    ResourceSpans { resource: Some(resource), scope_spans: vec![scope_spans], schema_url: String::new() }
}
