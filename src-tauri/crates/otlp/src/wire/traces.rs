use super::common;
use super::fields::{Field, Malformed, fields};
use crate::batch::{Batch, Group};
use crate::build::{IdField, LinkDraft, ParentSpan, SpanDraft, SpanEventDraft};
use crate::problem::Problem;
use xxhash_rust::xxh3::xxh3_64;

/// The tag of `Span.attributes`: field 9, length-delimited.
const ATTRIBUTE: u8 = 9 << 3 | 2;

/// `Span`. Its events and links are read after it, since the status that they repeat stands behind them.
pub(super) fn read_span(batch: &mut Batch, group: &Group, bytes: &[u8]) {
    let mut draft = SpanDraft { fingerprint: Some(xxh3_64(bytes)), ..SpanDraft::default() };
    if fill_span(batch, bytes, &mut draft).is_err() {
        return batch.reject(1 + draft.n_children(), 1, Problem::SpanDamaged);
    }
    let (n_events, n_links) = (draft.n_events, draft.n_links);
    let Some(parent) = draft.push(batch, group) else { return };
    if n_events > 0 {
        for field in fields(bytes) {
            if let Ok((11, Field::Bytes(message))) = field {
                read_span_event(batch, group, &parent, message);
            }
        }
    }
    if n_links > 0 {
        for field in fields(bytes) {
            if let Ok((13, Field::Bytes(message))) = field {
                read_link(batch, group, &parent, message);
            }
        }
    }
}

fn fill_span<'a>(batch: &mut Batch, bytes: &'a [u8], draft: &mut SpanDraft<'a>) -> Result<(), Malformed> {
    let mut n_attributes = 0;
    let mut rest = fields(bytes);
    loop {
        while let Some(entry) = rest.next_short(ATTRIBUTE) {
            common::row_attribute(batch, entry, n_attributes, &mut draft.flags)?;
            n_attributes += 1;
        }
        let Some(field) = rest.next() else { return Ok(()) };
        match field? {
            (1, Field::Bytes(id)) => draft.trace_id = IdField::from_bytes(id),
            (2, Field::Bytes(id)) => draft.span_id = IdField::from_bytes(id),
            (3, Field::Bytes(text)) => draft.trace_state = Some(batch.name(text, &mut draft.flags)),
            (4, Field::Bytes(id)) => draft.parent_id = IdField::from_bytes(id),
            (5, Field::Bytes(text)) => draft.name = batch.own_name(text, &mut draft.flags),
            (6, Field::Varint(number)) => draft.kind = int32(number),
            (7, Field::Fixed64(nanos)) => draft.start_ns = nanos,
            (8, Field::Fixed64(nanos)) => draft.end_ns = nanos,
            (9, Field::Bytes(entry)) => {
                common::row_attribute(batch, entry, n_attributes, &mut draft.flags)?;
                n_attributes += 1;
            }
            (10, Field::Varint(number)) => draft.dropped_attributes = number as u32,
            (11, Field::Bytes(_)) => draft.n_events += 1,
            (12, Field::Varint(number)) => draft.dropped_events = number as u32,
            (13, Field::Bytes(_)) => draft.n_links += 1,
            (14, Field::Varint(number)) => draft.dropped_links = number as u32,
            (15, Field::Bytes(message)) => fill_status(batch, message, draft)?,
            (16, Field::Fixed32(flags)) => draft.trace_flags = flags,
            _ => {}
        }
    }
}

fn fill_status(batch: &mut Batch, bytes: &[u8], draft: &mut SpanDraft<'_>) -> Result<(), Malformed> {
    for field in fields(bytes) {
        match field? {
            (2, Field::Bytes(text)) => draft.status_message = Some(batch.name(text, &mut draft.flags)),
            (3, Field::Varint(number)) => draft.status_code = int32(number),
            _ => {}
        }
    }
    Ok(())
}

fn read_span_event(batch: &mut Batch, group: &Group, parent: &ParentSpan<'_>, bytes: &[u8]) {
    let mut draft = SpanEventDraft::default();
    match fill_span_event(batch, bytes, &mut draft) {
        Ok(()) => draft.push(batch, group, parent),
        Err(Malformed) => batch.reject(1, 0, Problem::SpanEventDamaged),
    }
}

fn fill_span_event<'a>(
    batch: &mut Batch,
    bytes: &'a [u8],
    draft: &mut SpanEventDraft<'a>,
) -> Result<(), Malformed> {
    let mut n_attributes = 0;
    for field in fields(bytes) {
        match field? {
            (1, Field::Fixed64(nanos)) => draft.time_ns = nanos,
            (2, Field::Bytes(text)) => draft.name = batch.own_name(text, &mut draft.flags),
            (3, Field::Bytes(entry)) => {
                common::row_attribute(batch, entry, n_attributes, &mut draft.flags)?;
                n_attributes += 1;
            }
            (4, Field::Varint(number)) => draft.dropped_attributes = number as u32,
            _ => {}
        }
    }
    Ok(())
}

fn read_link(batch: &mut Batch, group: &Group, parent: &ParentSpan<'_>, bytes: &[u8]) {
    let mut draft = LinkDraft::default();
    match fill_link(batch, bytes, &mut draft) {
        Ok(()) => draft.push(batch, group, parent),
        Err(Malformed) => batch.reject(1, 0, Problem::LinkDamaged),
    }
}

fn fill_link(batch: &mut Batch, bytes: &[u8], draft: &mut LinkDraft) -> Result<(), Malformed> {
    let mut n_attributes = 0;
    for field in fields(bytes) {
        match field? {
            (1, Field::Bytes(id)) => draft.trace_id = IdField::from_bytes(id),
            (2, Field::Bytes(id)) => draft.span_id = IdField::from_bytes(id),
            (3, Field::Bytes(text)) => draft.trace_state = Some(batch.name(text, &mut draft.flags)),
            (4, Field::Bytes(entry)) => {
                common::row_attribute(batch, entry, n_attributes, &mut draft.flags)?;
                n_attributes += 1;
            }
            (5, Field::Varint(number)) => draft.dropped_attributes = number as u32,
            (6, Field::Fixed32(flags)) => draft.trace_flags = flags,
            _ => {}
        }
    }
    Ok(())
}

/// An `int32` or an enum: the low half of the varint, as every protobuf library reads it.
pub(super) fn int32(number: u64) -> i32 {
    (number as u32).cast_signed()
}
