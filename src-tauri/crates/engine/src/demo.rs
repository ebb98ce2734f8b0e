//! A little traffic of a small shop, for those who have no service at hand. It is encoded as any client would and goes
//! the way of any request. One thing is wrong in it: checkouts of version 1.2.0 in eu-west-1 query each cart item.

use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::{AnyValue, InstrumentationScope, KeyValue, any_value};
use opentelemetry_proto::tonic::logs::v1::{LogRecord, ResourceLogs, ScopeLogs, SeverityNumber};
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span, Status, span, status};
use prost::Message;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use skep_model::{Nanos, Signal};
use std::collections::BTreeMap;
use std::time::Duration;

/// Traces of one demo.
const N_TRACES: u32 = 400;

/// Over which they are spread, ending now.
const SPAN_OF_TIME_MS: u64 = 5 * 60 * 1000;

const MS: u64 = 1_000_000;

/// Requests to send, and what is in them.
pub(crate) struct Demo {
    pub(crate) bodies: Vec<(Signal, Vec<u8>)>,
    pub(crate) n_traces: u32,
    pub(crate) n_spans: u32,
}

/// Makes the traffic of the last five minutes before `now`, which also seeds it.
pub(crate) fn demo(now: Nanos) -> Demo {
    let mut rng = StdRng::seed_from_u64(now.0);
    let mut shop =
        Shop { rng: &mut rng, spans_of: BTreeMap::new(), logs_of: BTreeMap::new(), trace_id: [0; 16] };
    for _ in 0..N_TRACES {
        let ago_ms = shop.rng.random_range(0..SPAN_OF_TIME_MS);
        shop.visit(now.0.saturating_sub((ago_ms + 5_000) * MS));
    }
    let mut n_spans = 0;
    let mut bodies = Vec::new();
    for (process, spans) in shop.spans_of {
        n_spans += spans.len() as u32;
        let request = ExportTraceServiceRequest {
            resource_spans: vec![ResourceSpans {
                resource: Some(resource(process)),
                scope_spans: vec![ScopeSpans { scope: Some(scope()), spans, ..ScopeSpans::default() }],
                ..ResourceSpans::default()
            }],
        };
        bodies.push((Signal::Traces, request.encode_to_vec()));
    }
    for (process, log_records) in shop.logs_of {
        let request = ExportLogsServiceRequest {
            resource_logs: vec![ResourceLogs {
                resource: Some(resource(process)),
                scope_logs: vec![ScopeLogs { scope: Some(scope()), log_records, ..ScopeLogs::default() }],
                ..ResourceLogs::default()
            }],
        };
        bodies.push((Signal::Logs, request.encode_to_vec()));
    }
    Demo { bodies, n_traces: N_TRACES, n_spans }
}

fn resource((service, version, region): Process) -> Resource {
    Resource {
        attributes: vec![
            text("service.name", service),
            text("service.version", version),
            text("cloud.region", region),
            text("telemetry.sdk.language", "demo"),
        ],
        ..Resource::default()
    }
}

fn scope() -> InstrumentationScope {
    InstrumentationScope { name: "skep.demo".into(), ..InstrumentationScope::default() }
}

/// A service, its version and its region.
type Process = (&'static str, &'static str, &'static str);

struct Shop<'a> {
    rng: &'a mut StdRng,
    spans_of: BTreeMap<Process, Vec<Span>>,
    logs_of: BTreeMap<Process, Vec<LogRecord>>,
    trace_id: [u8; 16],
}

impl Shop<'_> {
    fn visit(&mut self, start: u64) {
        self.trace_id = self.rng.random();
        let region = ["eu-west-1", "eu-west-1", "us-east-1", "ap-south-1"][self.rng.random_range(0..4)];
        let version = if self.rng.random_bool(0.5) { "1.2.0" } else { "1.1.4" };
        // Released as one, so that a root shows what sets its slow checkouts apart.
        let gateway = ("gateway", version, region);
        let tier = ["free", "gold", "silver"][self.rng.random_range(0..3)];
        match self.rng.random_range(0..10) {
            0..=4 => self.browse(gateway, start, tier),
            5..=8 => self.checkout(gateway, ("checkout", version, region), start, tier),
            _ => self.login(gateway, start, tier),
        }
    }

    fn browse(&mut self, gateway: Process, start: u64, tier: &str) {
        let catalog = ("catalog", "2.4.0", gateway.2);
        let root = self.id();
        let (served, query) = (self.spread(6), self.spread(9));
        let child = self.span(catalog, Some(root), "GET /products", start + MS, query + 2 * MS, vec![]);
        let statement =
            vec![text("db.system.name", "postgresql"), text("db.query.text", "SELECT * FROM products")];
        self.span(catalog, Some(child), "SELECT products", start + 2 * MS, query, statement);
        self.root(gateway, root, "GET", "/api/products", start, served + query + 3 * MS, tier, 200);
    }

    fn checkout(&mut self, gateway: Process, checkout: Process, start: u64, tier: &str) {
        let (root, n_items) = (self.id(), self.rng.random_range(8..40));
        let one_by_one = checkout.1 == "1.2.0" && checkout.2 == "eu-west-1";
        let mut at = start + 3 * MS;
        let parent = self.id();
        let statement =
            |text_of: &str| vec![text("db.system.name", "postgresql"), text("db.query.text", text_of)];
        if one_by_one {
            for _ in 0..n_items {
                let took = self.spread(16);
                self.span(
                    checkout,
                    Some(parent),
                    "SELECT cart_item",
                    at,
                    took,
                    statement("SELECT * FROM cart_items WHERE id = $1"),
                );
                at += took + MS;
            }
        } else {
            let took = self.spread(18);
            self.span(
                checkout,
                Some(parent),
                "SELECT cart_items",
                at,
                took,
                statement("SELECT * FROM cart_items WHERE cart = $1"),
            );
            at += took;
        }
        let payments = ("payments", "5.1.0", gateway.2);
        let declined = self.rng.random_bool(0.06);
        let charge = self.spread(60);
        let charged = self.span(
            payments,
            Some(parent),
            "POST /charges",
            at,
            charge,
            vec![text("payment.provider", "demo-pay")],
        );
        if declined {
            self.fail(payments, charged, at + charge, "card declined");
            self.log(payments, charged, at + charge, SeverityNumber::Error, "charge failed: card declined");
        }
        let words = format!("order of {n_items} items placed");
        self.log(checkout, parent, at + charge + MS, SeverityNumber::Info, &words);
        let took = at + charge + 2 * MS - start;
        let attributes = vec![int("cart.items", n_items), text("user.tier", tier)];
        self.push(checkout, parent, Some(root), "POST /checkout", start + 2 * MS, took - 2 * MS, attributes);
        let status = if declined { 402 } else { 201 };
        self.root(gateway, root, "POST", "/api/checkout", start, took + 2 * MS, tier, status);
    }

    fn login(&mut self, gateway: Process, start: u64, tier: &str) {
        let (root, hash) = (self.id(), self.spread(70));
        self.span(("identity", "1.0.9", gateway.2), Some(root), "POST /token", start + MS, hash, vec![]);
        self.root(gateway, root, "POST", "/api/login", start, hash + 4 * MS, tier, 200);
    }

    #[allow(clippy::too_many_arguments, reason = "a root is all of these")]
    fn root(
        &mut self,
        process: Process,
        id: [u8; 8],
        method: &str,
        route: &str,
        start: u64,
        took: u64,
        tier: &str,
        status: i64,
    ) {
        let attributes = vec![
            text("http.request.method", method),
            text("http.route", route),
            int("http.response.status_code", status),
            text("user.tier", tier),
        ];
        let name = format!("{method} {route}");
        self.push(process, id, None, &name, start, took, attributes);
        if let Some(span) = self.spans_of.get_mut(&process).and_then(|spans| spans.last_mut()) {
            span.kind = span::SpanKind::Server as i32;
        }
    }

    fn span(
        &mut self,
        process: Process,
        parent: Option<[u8; 8]>,
        name: &str,
        start: u64,
        took: u64,
        attributes: Vec<KeyValue>,
    ) -> [u8; 8] {
        let id = self.id();
        self.push(process, id, parent, name, start, took, attributes);
        id
    }

    #[allow(clippy::too_many_arguments, reason = "a span is all of these")]
    fn push(
        &mut self,
        process: Process,
        id: [u8; 8],
        parent: Option<[u8; 8]>,
        name: &str,
        start: u64,
        took: u64,
        attributes: Vec<KeyValue>,
    ) {
        // Whoever asks a database calls another service, even if that sends no spans.
        let is_query = attributes.iter().any(|attribute| attribute.key == "db.system.name");
        let kind = if is_query { span::SpanKind::Client } else { span::SpanKind::Internal };
        self.spans_of.entry(process).or_default().push(Span {
            trace_id: self.trace_id.to_vec(),
            span_id: id.to_vec(),
            parent_span_id: parent.map(|id| id.to_vec()).unwrap_or_default(),
            name: name.to_owned(),
            kind: kind as i32,
            start_time_unix_nano: start,
            end_time_unix_nano: start + took,
            attributes,
            ..Span::default()
        });
    }

    fn fail(&mut self, process: Process, id: [u8; 8], at: u64, message: &str) {
        let spans = self.spans_of.entry(process).or_default();
        if let Some(span) = spans.iter_mut().find(|span| span.span_id == id) {
            span.status =
                Some(Status { code: status::StatusCode::Error as i32, message: message.to_owned() });
            span.events.push(span::Event {
                time_unix_nano: at,
                name: "exception".to_owned(),
                attributes: vec![
                    text("exception.type", "PaymentDeclined"),
                    text("exception.message", message),
                ],
                ..span::Event::default()
            });
        }
    }

    fn log(&mut self, process: Process, span: [u8; 8], at: u64, severity: SeverityNumber, words: &str) {
        self.logs_of.entry(process).or_default().push(LogRecord {
            time_unix_nano: at,
            severity_number: severity as i32,
            body: Some(AnyValue { value: Some(any_value::Value::StringValue(words.to_owned())) }),
            trace_id: self.trace_id.to_vec(),
            span_id: span.to_vec(),
            ..LogRecord::default()
        });
    }

    fn id(&mut self) -> [u8; 8] {
        self.rng.random()
    }

    /// A length of time around `ms`, skewed as latencies are.
    fn spread(&mut self, ms: u64) -> u64 {
        let uniform: f64 = self.rng.random_range(0.05..1.0);
        Duration::from_millis(ms).mul_f64(0.6 / uniform.sqrt()).as_nanos() as u64
    }
}

fn text(key: &str, value: &str) -> KeyValue {
    field(key, any_value::Value::StringValue(value.to_owned()))
}

fn int(key: &str, value: i64) -> KeyValue {
    field(key, any_value::Value::IntValue(value))
}

fn field(key: &str, value: any_value::Value) -> KeyValue {
    KeyValue { key: key.to_owned(), value: Some(AnyValue { value: Some(value) }), ..KeyValue::default() }
}
