use crate::json::{Node, number};
use opentelemetry_proto::tonic::{
    common::v1::{AnyValue, InstrumentationScope, KeyValue, any_value::Value},
    resource::v1::Resource,
    trace::v1::{ResourceSpans, ScopeSpans, Span, Status, status::StatusCode},
};

/// Spans by the resource and the scope that they name.
#[derive(Default)]
pub(super) struct Spans {
    groups: Vec<ResourceSpans>,
}

impl Spans {
    /// Adds a span. A trace has few resources and scopes, and most spans those of the one before.
    pub(super) fn push(&mut self, resource: Resource, scope: InstrumentationScope, span: Span) {
        let resource = Some(resource);
        let group = self.groups.iter().rposition(|group| group.resource == resource).unwrap_or_else(|| {
            self.groups.push(ResourceSpans { resource, ..ResourceSpans::default() });
            self.groups.len() - 1
        });
        let scopes = &mut self.groups[group].scope_spans;
        let scope = Some(scope);
        let group = scopes.iter().rposition(|group| group.scope == scope).unwrap_or_else(|| {
            scopes.push(ScopeSpans { scope, ..ScopeSpans::default() });
            scopes.len() - 1
        });
        scopes[group].spans.push(span);
    }

    pub(super) fn finish(self) -> Vec<ResourceSpans> {
        self.groups
    }
}

/// Takes out of a span's attributes what the exporters of OpenTelemetry put there for want of another place.
pub(super) fn take_out_of_attributes(span: &mut Span) -> InstrumentationScope {
    let mut scope = InstrumentationScope::default();
    let mut status: Option<Status> = None;
    span.attributes.retain(|attribute| {
        let value = attribute.value.as_ref().and_then(|value| value.value.as_ref());
        let text = || match value {
            Some(Value::StringValue(text)) => text.clone(),
            _ => String::new(),
        };
        let count = || match value {
            Some(Value::IntValue(count)) => u32::try_from(*count).unwrap_or(u32::MAX),
            _ => text().parse().unwrap_or(0),
        };
        match &*attribute.key {
            "otel.library.name" | "otel.scope.name" => scope.name = text(),
            "otel.library.version" | "otel.scope.version" => scope.version = text(),
            "otel.status_code" => {
                let code = match &*text() {
                    "ERROR" => StatusCode::Error,
                    "OK" => StatusCode::Ok,
                    _ => StatusCode::Unset,
                };
                status.get_or_insert_default().code = code as i32;
            }
            "otel.status_description" => status.get_or_insert_default().message = text(),
            "otel.dropped_attributes_count" => span.dropped_attributes_count = count(),
            "otel.dropped_events_count" => span.dropped_events_count = count(),
            "otel.dropped_links_count" => span.dropped_links_count = count(),
            "w3c.tracestate" => span.trace_state = text(),
            _ => return true,
        }
        false
    });
    span.status = status;
    scope
}

pub(super) fn attribute(key: &str, value: Value) -> KeyValue {
    KeyValue { key: key.to_owned(), value: Some(AnyValue { value: Some(value) }), key_strindex: 0 }
}

/// An id of up to `N` bytes in hexadecimal digits, its leading zeros perhaps left out.
pub(super) fn id<const N: usize>(node: Option<&Node<'_>>) -> Option<Vec<u8>> {
    let text = text(node).filter(|text| text.len() <= 2 * N)?;
    let digits = format!("{text:0>width$}", width = 2 * N);
    let id = const_hex::decode(digits).ok()?;
    (id.len() == N && id.iter().any(|byte| *byte != 0)).then_some(id)
}

/// Microseconds as nanoseconds; zero where there is no such number.
pub(super) fn nanos(node: Option<&Node<'_>>) -> u64 {
    let micros = match node {
        Some(Node::Number(digits)) => Some(*digits),
        Some(Node::Text(text)) => Some(&*text.text),
        _ => None,
    };
    let nanos = micros.and_then(|digits| match number::integer(digits) {
        Some(micros) => micros.checked_mul(1_000).and_then(|nanos| u64::try_from(nanos).ok()),
        // A fraction of a microsecond, such as browsers measure.
        None => number::double(digits).and_then(|micros| u64::try_from((micros * 1e3) as i64).ok()),
    });
    nanos.unwrap_or(0)
}

pub(super) fn text<'n>(node: Option<&'n Node<'_>>) -> Option<&'n str> {
    match node {
        Some(Node::Text(text)) => Some(&text.text),
        _ => None,
    }
}

pub(super) fn list<'n, 'a>(node: Option<&'n Node<'a>>) -> &'n [Node<'a>] {
    match node {
        Some(Node::List(nodes)) => nodes,
        _ => &[],
    }
}
