//! OTLP/JSON: ProtoJSON with hexadecimal ids and numeric enums
//! (<https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding>).
//!
//! The body becomes a tree, the tree fills the drafts. Nothing in it but a syntax error costs more than its own
//! record: an absent or null member is its default, unknown members (snake_case names among them) are ignored, and a
//! member of another type than asked for is read as far as possible, which flags its event as repaired.

pub(crate) mod common;
mod logs;
mod metrics;
pub(crate) mod node;
pub(crate) mod number;
pub(crate) mod parse;
mod scalar;
mod traces;

use crate::DecodeError;
use crate::batch::{Batch, Group};
use crate::problem::Problem;
pub(crate) use node::Node;
pub(crate) use parse::parse;
use skep_model::{EventFlags, Resource, Scope, Signal};
use std::sync::Arc;

type ReadRecord = fn(&mut Batch, &Group, &Node<'_>);

/// The names of the three nested lists of a request.
struct Lists {
    resource_groups: &'static str,
    scope_groups: &'static str,
    records: &'static str,
}

impl Lists {
    fn of(signal: Signal) -> Self {
        let (resource_groups, scope_groups, records) = match signal {
            Signal::Traces => ("resourceSpans", "scopeSpans", "spans"),
            Signal::Logs => ("resourceLogs", "scopeLogs", "logRecords"),
            Signal::Metrics => ("resourceMetrics", "scopeMetrics", "metrics"),
        };
        Lists { resource_groups, scope_groups, records }
    }
}

/// Whether bytes are one JSON value, as far as the decoder asks: what it is can be told by decoding it.
#[must_use]
pub fn is_json(bytes: &[u8]) -> bool {
    parse(bytes).is_ok()
}

/// The name of the list that a request of `signal` is.
pub(crate) fn list_name(signal: Signal) -> &'static str {
    Lists::of(signal).resource_groups
}

/// Reads a request of any signal. An empty body is an empty request.
pub(crate) fn read(batch: &mut Batch, body: &[u8]) -> Result<(), DecodeError> {
    if body.is_empty() {
        return Ok(());
    }
    let request = parse(body)?;
    let signal = batch.signal();
    if !matches!(request, Node::Object(_)) {
        return Err(DecodeError::JsonShape { list: list_name(signal) });
    }
    let lists = Lists::of(signal);
    let read_record: ReadRecord = match signal {
        Signal::Traces => traces::read_span,
        Signal::Logs => logs::read_log,
        Signal::Metrics => metrics::read_metric,
    };
    each(batch, &request, lists.resource_groups, |batch, group| {
        read_resource_group(batch, group, &lists, read_record);
    });
    Ok(())
}

/// Calls `read` for each entry of an envelope's list, and counts what is no list or no object as unreadable.
fn each(batch: &mut Batch, envelope: &Node<'_>, list: &str, mut read: impl FnMut(&mut Batch, &Node<'_>)) {
    match envelope.get(list) {
        None => {}
        Some(Node::List(entries)) => {
            for entry in entries {
                match entry {
                    Node::Object(_) => read(batch, entry),
                    Node::Null => {}
                    _ => batch.reject_rest(),
                }
            }
        }
        Some(_) => batch.reject_rest(),
    }
}

fn read_resource_group(batch: &mut Batch, group: &Node<'_>, lists: &Lists, read_record: ReadRecord) {
    let mut flags = EventFlags::default();
    let message = object(batch, group, "resource", &mut flags);
    let resource = Arc::new(Resource {
        attributes: common::attributes(batch, message, "attributes", &mut flags),
        dropped_attributes_count: scalar::u32(batch, message, "droppedAttributesCount", &mut flags),
        schema_url: scalar::name(batch, group, "schemaUrl", &mut flags),
        entity_refs: common::entity_refs(batch, message, &mut flags),
    });
    each(batch, group, lists.scope_groups, |batch, scope_group| {
        let mut flags = flags;
        let message = object(batch, scope_group, "scope", &mut flags);
        let scope = Scope {
            name: scalar::name(batch, message, "name", &mut flags),
            version: scalar::name(batch, message, "version", &mut flags),
            attributes: common::attributes(batch, message, "attributes", &mut flags),
            dropped_attributes_count: scalar::u32(batch, message, "droppedAttributesCount", &mut flags),
            schema_url: scalar::name(batch, scope_group, "schemaUrl", &mut flags),
        };
        let group = Group { resource: Arc::clone(&resource), scope: Arc::new(scope), flags };
        each(batch, scope_group, lists.records, |batch, record| read_record(batch, &group, record));
    });
}

/// A member that is a message: an object, or a repaired nothing.
fn object<'n, 'a>(
    batch: &mut Batch,
    node: &'n Node<'a>,
    member: &str,
    flags: &mut EventFlags,
) -> &'n Node<'a> {
    match node.get(member) {
        Some(message @ Node::Object(_)) => message,
        Some(_) => {
            batch.repair(Problem::WrongType, flags);
            &Node::Null
        }
        None => &Node::Null,
    }
}

/// A member that is a repeated field: its items, or a repaired nothing.
fn list<'n, 'a>(
    batch: &mut Batch,
    node: &'n Node<'a>,
    member: &str,
    flags: &mut EventFlags,
) -> &'n [Node<'a>] {
    match node.get(member) {
        Some(Node::List(items)) => items,
        Some(_) => {
            batch.repair(Problem::WrongType, flags);
            &[]
        }
        None => &[],
    }
}
