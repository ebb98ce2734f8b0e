//! Protobuf, walked in place.
//!
//! Field numbers are those of opentelemetry-proto v1.x. By proto3's rules unknown fields, and known ones of another
//! wire type, are skipped, and the last of several values of a singular field wins; where that field is a message,
//! the last one wins as a whole instead of being merged, which no exporter relies on.

mod common;
mod fields;
mod logs;
mod metrics;
mod traces;

use crate::batch::{Batch, Group};
use crate::problem::Problem;
use fields::Malformed;
pub(crate) use fields::{Field, fields};
use skep_model::{EventFlags, Resource, Scope, Signal};
use std::sync::Arc;

/// A record may be shorter than the first: room for one more row in so many, since making it again costs more.
const ROWS_MORE_ONE_IN: usize = 4;

/// Reads a request of any signal: all three have the same envelope of resource groups, scope groups and records.
pub(crate) fn read(batch: &mut Batch, request: &[u8]) {
    let read_record = match batch.signal() {
        Signal::Traces => traces::read_span,
        Signal::Logs => logs::read_log,
        Signal::Metrics => metrics::read_metric,
    };
    for field in fields(request) {
        match field {
            Ok((1, Field::Bytes(group))) => read_resource_group(batch, group, read_record),
            Ok(_) => {}
            Err(Malformed) => batch.reject_rest(),
        }
    }
}

/// Walks a group twice, because what its records share may stand behind them (`schema_url` always does).
fn read_resource_group(batch: &mut Batch, bytes: &[u8], read_record: fn(&mut Batch, &Group, &[u8])) {
    let mut resource = Resource::default();
    let mut flags = EventFlags::default();
    for field in fields(bytes) {
        match field {
            Ok((1, Field::Bytes(message))) => {
                resource.attributes.clear();
                resource.entity_refs.clear();
                if common::resource(batch, message, &mut resource, &mut flags).is_err() {
                    batch.repair(Problem::GroupDamaged, &mut flags);
                }
            }
            Ok((3, Field::Bytes(url))) => resource.schema_url = batch.name(url, &mut flags),
            Ok(_) | Err(Malformed) => {}
        }
    }
    let resource = Arc::new(resource);
    for field in fields(bytes) {
        match field {
            Ok((2, Field::Bytes(group))) => read_scope_group(batch, group, &resource, flags, read_record),
            Ok(_) => {}
            Err(Malformed) => batch.reject_rest(),
        }
    }
}

/// Walks a group once: to step from record to record first would fetch each from memory twice. What they share stands
/// before them, as a rule; what stands behind them (`schema_url` always does) is given to them when they have been read.
fn read_scope_group(
    batch: &mut Batch,
    bytes: &[u8],
    resource: &Arc<Resource>,
    mut flags: EventFlags,
    read_record: fn(&mut Batch, &Group, &[u8]),
) {
    let mut scope = Scope::default();
    let mut group = Group { resource: Arc::clone(resource), scope: Arc::default(), flags };
    let mut first = None;
    for field in fields(bytes) {
        match field {
            Ok((1, Field::Bytes(message))) => {
                scope.attributes.clear();
                if common::scope(batch, message, &mut scope, &mut flags).is_err() {
                    batch.repair(Problem::GroupDamaged, &mut flags);
                }
            }
            Ok((2, Field::Bytes(record))) => {
                if first.is_none() {
                    first = Some(batch.columns.place());
                    (group.scope, group.flags) = (Arc::new(scope.clone()), flags);
                    // As if all were nearly as long as the first: it only makes room.
                    let n_rows = bytes.len() / record.len().max(1);
                    batch.columns.expect_rows(n_rows + n_rows / ROWS_MORE_ONE_IN);
                }
                read_record(batch, &group, record);
            }
            Ok((3, Field::Bytes(url))) => scope.schema_url = batch.name(url, &mut flags),
            Ok(_) => {}
            Err(Malformed) => batch.reject_rest(),
        }
    }
    if let Some(first) = first
        && (*group.scope != scope || group.flags != flags)
    {
        batch.change_group(first, &Arc::new(scope), flags);
    }
}
