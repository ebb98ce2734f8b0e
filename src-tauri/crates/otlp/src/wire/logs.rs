use super::common;
use super::fields::{Field, Malformed, fields};
use super::traces::int32;
use crate::batch::{Batch, Group};
use crate::build::{IdField, LogDraft};
use crate::problem::Problem;

/// `LogRecord`.
pub(super) fn read_log(batch: &mut Batch, group: &Group, bytes: &[u8]) {
    let mut draft = LogDraft::default();
    match fill_log(batch, bytes, &mut draft) {
        Ok(()) => draft.push(batch, group),
        Err(Malformed) => batch.reject(1, 1, Problem::LogDamaged),
    }
}

fn fill_log(batch: &mut Batch, bytes: &[u8], draft: &mut LogDraft) -> Result<(), Malformed> {
    let mut n_attributes = 0;
    for field in fields(bytes) {
        match field? {
            (1, Field::Fixed64(nanos)) => draft.time_ns = nanos,
            (2, Field::Varint(number)) => draft.severity_number = int32(number),
            (3, Field::Bytes(text)) => draft.severity_text = Some(batch.name(text, &mut draft.flags)),
            (5, Field::Bytes(message)) => draft.body = Some(common::value(batch, message, &mut draft.flags)?),
            (6, Field::Bytes(entry)) => {
                common::row_attribute(batch, entry, n_attributes, &mut draft.flags)?;
                n_attributes += 1;
            }
            (7, Field::Varint(number)) => draft.dropped_attributes = number as u32,
            (8, Field::Fixed32(flags)) => draft.trace_flags = flags,
            (9, Field::Bytes(id)) => draft.trace_id = IdField::from_bytes(id),
            (10, Field::Bytes(id)) => draft.span_id = IdField::from_bytes(id),
            (11, Field::Fixed64(nanos)) => draft.observed_time_ns = nanos,
            (12, Field::Bytes(text)) => draft.event_name = Some(batch.name(text, &mut draft.flags)),
            _ => {}
        }
    }
    Ok(())
}
