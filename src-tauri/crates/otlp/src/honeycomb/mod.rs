//! Honeycomb's own events: a list of `{time, samplerate, data}`, as JSON or msgpack, and markers
//! (<https://api-docs.honeycomb.io/api/events>).
//!
//! Honeycomb's mapping from OTLP is gone backwards, so that a query finds the fields it would find there: what has a
//! trace and a span id is a span, what annotates one a span event or a link, everything else a log record. What
//! Honeycomb computes from OTLP goes where OTLP's own would; any other field is the event's own.

mod event;
mod ids;
mod items;
mod json;
mod marker;
mod msgpack;
mod single;
mod time;

pub use items::{batch_of, items};
pub use marker::Marker;
pub use single::batch_of_one;
pub use time::rfc3339;

use crate::batch::{Batch, Group};
use crate::limits::HONEYCOMB_EVENTS_MAX;
use crate::problem::Problem;
use crate::{DecodeError, Request};
use skep_model::fields::{DATASET, SERVICE_NAME};
use skep_model::{Attributes, Encoding, EventFlags, Nanos, Resource, Scope, Text, Value};
use std::collections::HashMap;
use std::sync::Arc;

/// What markers name that belong to no one dataset.
const ALL_DATASETS: &str = "__all__";

/// An event as it was read, in either encoding.
struct Item {
    time: TimeField,
    /// As sent.
    sample_rate: Option<Value>,
    data: Attributes,
    flags: EventFlags,
}

/// A time as it was sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum TimeField {
    #[default]
    Absent,
    Read(Nanos),
    Unreadable,
}

impl TimeField {
    fn of(read: Option<Nanos>) -> Self {
        read.map_or(TimeField::Unreadable, TimeField::Read)
    }
}

/// Why one event is not kept, and its neighbours are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Refused {
    Malformed,
    Empty,
    TooWide,
}

impl Refused {
    fn problem(self) -> Problem {
        match self {
            Refused::Malformed => Problem::EventDamaged,
            Refused::Empty => Problem::EventEmpty,
            Refused::TooWide => Problem::EventTooWide,
        }
    }

    /// As Honeycomb's API documentation words it.
    fn error(self) -> &'static str {
        match self {
            Refused::Malformed => "Request body is malformed and cannot be read.",
            Refused::Empty => "Request body should not be empty.",
            Refused::TooWide => "Event has too many columns.",
        }
    }
}

/// Reads a batch or a marker.
pub(crate) fn read(batch: &mut Batch, request: Request<'_>) -> Result<(), DecodeError> {
    let mut target = Target::new(request.dataset, request.received);
    match request.encoding {
        Encoding::HoneycombMarker => {
            let marker = Marker::read(request.body, request.received)?;
            let item = marker.into_item();
            event::push(batch, &mut target, item);
            Ok(())
        }
        Encoding::HoneycombMsgpack => {
            msgpack::read(batch, request.body, |batch, idx, item| target.take(batch, idx, item))
        }
        _ => json::read(batch, request.body, |batch, idx, item| target.take(batch, idx, item)),
    }
}

/// Refuses a list that is empty, or longer than is answered.
fn check_len(n_items: usize) -> Result<(), DecodeError> {
    match n_items {
        0 => Err(DecodeError::HoneycombEmpty),
        n if n > HONEYCOMB_EVENTS_MAX => Err(DecodeError::HoneycombTooLarge),
        _ => Ok(()),
    }
}

/// Where a request's events go: what they do not say of themselves, and what they share.
struct Target<'a> {
    dataset: Option<&'a str>,
    received: Nanos,
    scope: Arc<Scope>,
    group_of: HashMap<Option<Text>, Group>,
}

impl<'a> Target<'a> {
    fn new(dataset: Option<&'a str>, received: Nanos) -> Self {
        Target { dataset, received, scope: Arc::default(), group_of: HashMap::new() }
    }

    fn take(&mut self, batch: &mut Batch, idx: usize, item: Result<Item, Refused>) {
        match item {
            Ok(item) => event::push(batch, self, item),
            Err(refused) => batch.reject_at(idx, refused.problem(), refused.error()),
        }
    }

    /// What the events of one service share. One that does not name its service is its dataset's, which Honeycomb names
    /// after the service.
    fn group(&mut self, service: Option<&Text>) -> &Group {
        let Target { dataset, scope, group_of, .. } = self;
        group_of.entry(service.cloned()).or_insert_with(|| {
            let service =
                service.cloned().or_else(|| dataset.filter(|name| *name != ALL_DATASETS).map(Text::from));
            let named = |name: &str, value: Text| (Text::from(name), Value::Text(value));
            let service = service.map(|service| named(SERVICE_NAME, service));
            let dataset = dataset.map(|dataset| named(DATASET, Text::from(dataset)));
            let attributes = service.into_iter().chain(dataset).collect();
            let resource = Resource { attributes, ..Resource::default() };
            Group { resource: Arc::new(resource), scope: Arc::clone(scope), flags: EventFlags::default() }
        })
    }
}
