//! OTLP/JSON: ProtoJSON with hexadecimal ids and numeric enums
//! (<https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding>).
//!
//! Each record becomes a tree, the tree fills the drafts; what is around them is stepped over, so that memory is needed
//! for one record at a time. Nothing but a syntax error costs more than its own record: an absent or null member is its default, unknown members (snake_case names among them) are ignored, and a
//! member of another type than asked for is read as far as possible, which flags its event as repaired.

pub(crate) mod common;
mod logs;
mod metrics;
pub(crate) mod node;
pub(crate) mod number;
pub(crate) mod parse;
mod scalar;
mod traces;
pub(crate) mod walk;

use crate::DecodeError;
use crate::batch::{Batch, Group};
use crate::problem::Problem;
pub(crate) use node::Node;
use parse::Parser;
use skep_model::{EventFlags, Resource, Scope, Signal};
use std::sync::Arc;
use walk::Shape;

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
    let mut parser = Parser::new(bytes);
    parser.skip(1).and_then(|()| parser.end()).is_ok()
}

/// The name of the list that a request of `signal` is.
pub(crate) fn list_name(signal: Signal) -> &'static str {
    Lists::of(signal).resource_groups
}

/// Nested brackets at each step of the way to a record: the request, a resource's group, a scope's group, a record.
const REQUEST_LEVEL: usize = 1;
const GROUP_LEVEL: usize = 3;
const SCOPE_LEVEL: usize = 5;
const RECORD_LEVEL: usize = 7;

/// Reads a request of any signal. An empty body is an empty request.
pub(crate) fn read(batch: &mut Batch, body: &[u8]) -> Result<(), DecodeError> {
    if body.is_empty() {
        return Ok(());
    }
    let signal = batch.signal();
    let lists = Lists::of(signal);
    let read_record: ReadRecord = match signal {
        Signal::Traces => traces::read_span,
        Signal::Logs => logs::read_log,
        Signal::Metrics => metrics::read_metric,
    };
    let mut parser = Parser::new(body);
    if parser.shape() != Shape::Object {
        parser.skip(REQUEST_LEVEL).and_then(|()| parser.end())?;
        return Err(DecodeError::JsonShape { list: list_name(signal) });
    }
    let [groups] = parser.members([lists.resource_groups], REQUEST_LEVEL)?;
    parser.end()?;
    each(batch, &mut parser, groups, GROUP_LEVEL, |batch, parser| {
        read_resource_group(batch, parser, &lists, read_record)
    })
}

/// Goes to an envelope's list and calls `read` before each of its objects; counts what is no list or no object as
/// unreadable. Comes back to where it was.
fn each<'a>(
    batch: &mut Batch,
    parser: &mut Parser<'a>,
    list: Option<usize>,
    level: usize,
    mut read: impl FnMut(&mut Batch, &mut Parser<'a>) -> Result<(), DecodeError>,
) -> Result<(), DecodeError> {
    let Some(list) = list else { return Ok(()) };
    let place = parser.place();
    parser.go(list);
    match parser.shape() {
        Shape::Null => {}
        Shape::List => parser.items(|parser| match parser.shape() {
            Shape::Object => read(batch, parser),
            Shape::Null => parser.skip(level),
            _ => {
                batch.reject_rest();
                parser.skip(level)
            }
        })?,
        _ => batch.reject_rest(),
    }
    parser.go(place);
    Ok(())
}

fn read_resource_group(
    batch: &mut Batch,
    parser: &mut Parser<'_>,
    lists: &Lists,
    read_record: ReadRecord,
) -> Result<(), DecodeError> {
    let mut flags = EventFlags::default();
    let [resource, schema_url, scope_groups] =
        parser.members(["resource", "schemaUrl", lists.scope_groups], GROUP_LEVEL)?;
    let [resource, schema_url] = trees(parser, [resource, schema_url], GROUP_LEVEL)?;
    let message = message(batch, resource.as_ref(), &mut flags);
    let resource = Arc::new(Resource {
        attributes: common::attributes(batch, message, "attributes", &mut flags),
        dropped_attributes_count: scalar::u32(batch, message, "droppedAttributesCount", &mut flags),
        schema_url: scalar::name_of(batch, schema_url.as_ref(), &mut flags),
        entity_refs: common::entity_refs(batch, message, &mut flags),
    });
    each(batch, parser, scope_groups, SCOPE_LEVEL, |batch, parser| {
        let mut flags = flags;
        let [scope, schema_url, records] =
            parser.members(["scope", "schemaUrl", lists.records], SCOPE_LEVEL)?;
        let [scope, schema_url] = trees(parser, [scope, schema_url], SCOPE_LEVEL)?;
        let message = self::message(batch, scope.as_ref(), &mut flags);
        let scope = Scope {
            name: scalar::name(batch, message, "name", &mut flags),
            version: scalar::name(batch, message, "version", &mut flags),
            attributes: common::attributes(batch, message, "attributes", &mut flags),
            dropped_attributes_count: scalar::u32(batch, message, "droppedAttributesCount", &mut flags),
            schema_url: scalar::name_of(batch, schema_url.as_ref(), &mut flags),
        };
        let group = Group { resource: Arc::clone(&resource), scope: Arc::new(scope), flags };
        each(batch, parser, records, RECORD_LEVEL, |batch, parser| {
            let place = parser.place();
            match parser.tree(RECORD_LEVEL) {
                Ok(record) => read_record(batch, &group, &record),
                Err(DecodeError::JsonTooLarge { .. }) => {
                    batch.reject(1, 1, Problem::RecordTooLarge);
                    parser.go(place);
                    parser.skip(RECORD_LEVEL)?;
                }
                Err(error) => return Err(error),
            }
            Ok(())
        })
    })
}

/// Makes trees of members, and comes back to where it was. A null one is as an absent one.
fn trees<'a, const N: usize>(
    parser: &mut Parser<'a>,
    members: [Option<usize>; N],
    level: usize,
) -> Result<[Option<Node<'a>>; N], DecodeError> {
    let place = parser.place();
    let mut trees = [const { None }; N];
    for (tree, member) in trees.iter_mut().zip(members) {
        let Some(member) = member else { continue };
        parser.go(member);
        *tree = Some(parser.tree(level + 1)?).filter(|node| *node != Node::Null);
    }
    parser.go(place);
    Ok(trees)
}

/// A member that is a message: an object, or a repaired nothing.
fn object<'n, 'a>(
    batch: &mut Batch,
    node: &'n Node<'a>,
    member: &str,
    flags: &mut EventFlags,
) -> &'n Node<'a> {
    message(batch, node.get(member), flags)
}

fn message<'n, 'a>(batch: &mut Batch, node: Option<&'n Node<'a>>, flags: &mut EventFlags) -> &'n Node<'a> {
    match node {
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
