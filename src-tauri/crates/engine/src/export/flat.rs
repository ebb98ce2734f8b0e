//! An event as one flat record: the names that queries use, and what they see there.

use rustc_hash::FxHashSet;
use skep_model::{Event, EventKind, Nanos, Text, Value, fields};
use std::borrow::Cow;

/// Names and values, each name once.
pub(super) type Flat<'e> = Vec<(&'e str, Cow<'e, Value>)>;

/// Fields that stand first where fields are columns, in this order.
const FIRST: [&str; 7] = [
    fields::TIMESTAMP,
    fields::TRACE_ID,
    fields::SPAN_ID,
    fields::PARENT_ID,
    fields::SERVICE_NAME,
    fields::NAME,
    fields::DURATION_MS,
];

/// Where a field stands among others; by name where they stand at the same place.
pub(super) fn place(name: &str) -> usize {
    FIRST.iter().position(|first| *first == name).unwrap_or(FIRST.len())
}

/// The fields of an event: first what every event has, then its own, then what it shares.
pub(super) fn flat(event: &Event) -> Flat<'_> {
    let scope = &event.scope;
    let library = [(fields::LIBRARY_NAME, &scope.name), (fields::LIBRARY_VERSION, &scope.version)];
    let library = library.into_iter().filter(|(_, text)| !text.is_empty());
    // Where several places have a name, the first of them is what a query sees; see `skep_model::Place`.
    let placed = named(&event.attributes)
        .chain(event.record.iter().map(|(name, value)| (*name, Cow::Borrowed(value))))
        .chain(library.map(|(name, text)| (name, Cow::Owned(Value::Text(text.clone())))))
        .chain(named(&scope.attributes))
        .chain(named(&event.resource.attributes));
    let mut flat = computed(event);
    let n_computed = flat.len();
    let mut seen: FxHashSet<&str> = FIXED.into_iter().collect();
    flat.extend(placed.filter(|(name, _)| seen.insert(name)));
    // A sender's field of the same name wins over a computed one, the fixed ones excepted.
    let sent: FxHashSet<&str> = flat[n_computed..].iter().map(|(name, _)| *name).collect();
    let mut idx = 0;
    flat.retain(|(name, _)| {
        idx += 1;
        idx > n_computed || !sent.contains(name)
    });
    flat
}

fn named(attributes: &[(Text, Value)]) -> impl Iterator<Item = (&str, Cow<'_, Value>)> {
    attributes.iter().map(|(key, value)| (&**key, Cow::Borrowed(value)))
}

/// Fields that no sender's field of the same name replaces.
const FIXED: [&str; 5] =
    [fields::TIMESTAMP, fields::TRACE_ID, fields::SPAN_ID, fields::PARENT_ID, fields::DURATION_MS];

fn computed(event: &Event) -> Flat<'_> {
    let text = |text: String| Some(Value::text(text));
    let is_span = event.kind == EventKind::Span;
    let is_invalid = is_span && event.end != Nanos(0) && event.end < event.time;
    let duration = Value::Double(event.end.since(event.time).as_millis_f64());
    let computed = [
        // As digits: a number of JSON would lose the last ones.
        (fields::TIMESTAMP, text(event.time.to_string())),
        (fields::SIGNAL_TYPE, Some(event.kind.signal_type().into())),
        (fields::ANNOTATION_TYPE, event.kind.annotation_type().map(Value::from)),
        (fields::NAME, Some(Value::Text(event.name.clone())).filter(|_| !event.name.is_empty())),
        (fields::TRACE_ID, event.trace_id.and_then(|id| text(id.to_string()))),
        (fields::SPAN_ID, event.span_id.and_then(|id| text(id.to_string()))),
        (fields::PARENT_ID, event.parent_id.and_then(|id| text(id.to_string()))),
        (fields::DURATION_MS, Some(duration).filter(|_| is_span)),
        (fields::IS_ROOT, Some(Value::Bool(event.parent_id.is_none())).filter(|_| is_span)),
        (fields::INVALID_DURATION, Some(Value::Bool(true)).filter(|_| is_invalid)),
    ];
    let present = computed.into_iter().filter_map(|(name, value)| Some((name, Cow::Owned(value?))));
    present.collect()
}
