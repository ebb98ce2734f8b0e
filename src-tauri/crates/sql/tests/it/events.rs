//! Events to ask about.

use skep_model::{
    Event, EventFlags, EventKind, Nanos, Resource, Scope, SpanId, Text, TraceId, Value, fields,
};
use std::sync::Arc;

/// A plain span; a test changes what it is about.
pub(crate) fn span(n: u64) -> Event {
    let resource =
        Resource { attributes: vec![("service.name".into(), "shop".into())], ..Resource::default() };
    let scope = Scope { name: "lib".into(), version: "1".into(), ..Scope::default() };
    Event {
        kind: EventKind::Span,
        time: Nanos(1_000 * n),
        end: Nanos(1_000 * n + 500),
        trace_id: Some(trace_id(n)),
        span_id: Some(span_id(n)),
        parent_id: None,
        name: "work".into(),
        record: vec![(fields::SPAN_KIND, "server".into()), (fields::STATUS_CODE, 0.into())],
        attributes: Vec::new(),
        resource: Arc::new(resource),
        scope: Arc::new(scope),
        flags: EventFlags::default(),
    }
}

/// Something that belongs to a span: an event, a link, a log.
pub(crate) fn of_span(n: u64, kind: EventKind) -> Event {
    let time = Nanos(1_000 * n + 100);
    Event { kind, time, end: time, span_id: None, parent_id: Some(span_id(n)), record: Vec::new(), ..span(n) }
}

pub(crate) fn with(mut event: Event, key: &str, value: impl Into<Value>) -> Event {
    event.attributes.push((key.into(), value.into()));
    event
}

pub(crate) fn trace_id(n: u64) -> TraceId {
    TraceId::from_bytes(&u128::from(n).wrapping_add(1 << 96).to_be_bytes()).unwrap()
}

pub(crate) fn span_id(n: u64) -> SpanId {
    SpanId::from_bytes(&n.wrapping_add(1 << 40).to_be_bytes()).unwrap()
}

/// Numbers from a seed, so that a failure can be had again.
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn below(&mut self, n: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % n
    }
}

const SERVICES: [&str; 5] = ["shop", "cart", "mail", "=gateway", "näh"];

/// Traces of about ten spans, with events, links and logs on them, and metric points between; times go on but for
/// some that are late. Every kind of value occurs.
pub(crate) fn traffic(seed: u64, n_events: usize) -> Vec<Event> {
    let mut random = Random(seed);
    let mut events = Vec::with_capacity(n_events);
    let mut n = seed << 24;
    let mut trace = n;
    while events.len() < n_events {
        n += 1;
        if random.below(10) == 0 {
            trace = n;
        }
        let service = SERVICES[random.below(5) as usize];
        let resource = Resource {
            attributes: vec![
                ("service.name".into(), service.into()),
                ("host.id".into(), i64::from(n as u32 % 3).into()),
            ],
            ..Resource::default()
        };
        let late = random.below(50) * u64::from(random.below(20) == 0);
        let time = Nanos((events.len() as u64).saturating_sub(late * 20) * 1_000_000 + (seed << 40));
        let mut event = Event {
            time,
            end: Nanos(time.0 + random.below(1_000_000_000)),
            trace_id: Some(trace_id(trace)),
            parent_id: (n != trace).then(|| span_id(n - 1)),
            name: Text::from(format!("GET /{}", random.below(20))),
            resource: Arc::new(resource),
            ..span(n)
        };
        let is_error = random.below(8) == 0;
        match random.below(12) {
            0 => {
                event.kind = EventKind::SpanEvent;
                event.record = vec![(fields::PARENT_NAME, "work".into())];
            }
            1 => {
                event.kind = EventKind::Link;
                event.record = vec![
                    (fields::LINK_TRACE_ID, trace_id(trace).to_string().as_str().into()),
                    (fields::LINK_SPAN_ID, span_id(n).to_string().as_str().into()),
                ];
            }
            2 => {
                event.kind = EventKind::Log;
                event.record = vec![
                    (fields::BODY, Value::text(format!("said {n}"))),
                    (fields::SEVERITY, if is_error { "error" } else { "info" }.into()),
                ];
            }
            3 => {
                event.kind = EventKind::MetricPoint;
                (event.trace_id, event.parent_id) = (None, None);
                event.record =
                    vec![(fields::METRIC_TYPE, "gauge".into()), (fields::METRIC_VALUE, (n as f64).into())];
            }
            _ => {
                let status = if is_error { 2 } else { 0 };
                event.record = vec![
                    (fields::SPAN_KIND, if n == trace { "server" } else { "client" }.into()),
                    (fields::STATUS_CODE, status.into()),
                ];
                if is_error {
                    event.record.push((fields::ERROR, true.into()));
                }
            }
        }
        if event.kind != EventKind::Span {
            (event.span_id, event.end) = (None, event.time);
        }
        event.attributes = attributes(&mut random, n);
        events.push(event);
    }
    events
}

fn attributes(random: &mut Random, n: u64) -> Vec<(Text, Value)> {
    let mut attributes: Vec<(Text, Value)> = vec![("user.id".into(), Value::text(format!("user-{n}")))];
    if random.below(3) > 0 {
        let status = [200, 200, 200, 404, 500][random.below(5) as usize];
        attributes.push(("http.route".into(), Value::text(format!("/r/{}", random.below(12)))));
        attributes.push(("http.response.status_code".into(), Value::Int(status)));
    }
    let mixed = match random.below(9) {
        0 => Value::Int(1),
        1 => Value::Double(1.0),
        2 => Value::from("1"),
        3 => Value::Bool(true),
        4 => Value::Double(f64::NAN),
        5 => Value::Bytes([1u8, 2].as_slice().into()),
        6 => Value::Array(vec![Value::Int(1), "a".into()].into()),
        7 => Value::Double(0.5),
        _ => return attributes,
    };
    attributes.push(("mixed".into(), mixed));
    attributes
}
