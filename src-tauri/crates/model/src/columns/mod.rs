//! Events as columns that grow: what a request is read into, and what a segment in memory is.
//!
//! A request's values are looked up in dictionaries of its own while it is read, by as many threads as there are
//! requests; joining a segment then costs one look-up for each distinct value. Nothing here is an object of its own
//! for each event or value.

mod dictionary;
mod event;
mod field;
mod index;
mod room;
mod shared;
#[cfg(test)]
mod tests;

pub use dictionary::{PackedDictionary, ValueRef};
pub use field::FieldColumn;
pub use shared::Shared;

use crate::bytes::{put_bytes, same};
use crate::{EventFlags, EventKind, Nanos, Place, Resource, Scope, SpanId, Text, TraceId, Value, fields};
use dictionary::hash_of;
use index::Index;
use std::sync::Arc;

/// Events as columns: one entry a row in each fixed column, the fields beside them.
#[derive(Clone, Debug, Default)]
pub struct EventColumns {
    /// [`crate::Event::time`].
    pub times: Vec<u64>,
    /// [`crate::Event::end`].
    pub ends: Vec<u64>,
    /// The numbers of [`EventKind`].
    pub kinds: Vec<u8>,
    /// [`EventFlags`].
    pub flags: Vec<u8>,
    /// Zero where there is none.
    pub trace_ids: Vec<[u8; TraceId::BYTES]>,
    /// Zero where there is none.
    pub span_ids: Vec<[u8; SpanId::BYTES]>,
    /// Zero where there is none.
    pub parent_ids: Vec<[u8; SpanId::BYTES]>,
    /// Of each span, in their order: a hash of its content, by which a retried one is told.
    pub fingerprints: Vec<u64>,
    /// Names that are not empty.
    pub names: FieldColumn,
    /// Who sent each.
    pub resources: Shared<Resource>,
    /// By which library each was recorded.
    pub scopes: Shared<Scope>,
    /// The columns of all fields; see [`EventColumns::fields`].
    pub by_name: FieldColumns,
}

/// What a row has besides its fields.
#[derive(Clone, Copy, Debug)]
pub struct Head<'a> {
    /// [`crate::Event::kind`].
    pub kind: EventKind,
    /// [`crate::Event::time`].
    pub time: Nanos,
    /// [`crate::Event::end`].
    pub end: Nanos,
    /// [`crate::Event::trace_id`].
    pub trace_id: Option<TraceId>,
    /// [`crate::Event::span_id`].
    pub span_id: Option<SpanId>,
    /// [`crate::Event::parent_id`].
    pub parent_id: Option<SpanId>,
    /// [`crate::Event::name`].
    pub name: &'a str,
    /// [`crate::Event::resource`].
    pub resource: &'a Arc<Resource>,
    /// [`crate::Event::scope`].
    pub scope: &'a Arc<Scope>,
    /// [`crate::Event::flags`].
    pub flags: EventFlags,
    /// Of a span: a hash of the bytes it came in. Where there are none, one of its content is made.
    pub fingerprint: Option<u64>,
}

/// Rows that room is made for before they come: what a sender announces is not to be believed without end.
const ROWS_AHEAD_MAX: usize = 1024;

/// Columns that room is made in: a field beyond the first few is mostly one of few rows.
const COLUMNS_AHEAD_MAX: usize = 64;

/// Columns that there is room for from the first one on.
const COLUMNS_ROOM: usize = 28;

/// The columns of all fields, by place and name.
#[derive(Clone, Debug, Default)]
pub struct FieldColumns {
    fields: Vec<Field>,
    index: Index,
    /// The field of the first attribute of the row before.
    first: usize,
    /// The fields of the row that is being filled, each with whether its value is new to the dictionary.
    of_row: Vec<(usize, bool)>,
    /// The field looked for last in this row.
    before: Option<usize>,
    /// Rows that are expected, for which a new column makes room.
    n_rows_ahead: usize,
    /// Empty columns with the room that others grew in, the next one last.
    spare: Vec<FieldColumn>,
    /// Second values of attributes of this row, see [`fields::REPEATED_ATTRIBUTES`].
    repeated: Vec<(Text, Value)>,
}

#[derive(Clone, Debug)]
struct Field {
    place: Place,
    name: Text,
    column: FieldColumn,
    /// The field that followed it last time: attributes mostly come in the same order, and comparing one name is
    /// cheaper than looking for it.
    next: usize,
}

impl FieldColumns {
    /// The field that is likely to come next, if it has this name.
    #[inline]
    fn likely(&self, place: Place, name: &[u8]) -> Option<usize> {
        let likely = self.before.map_or(self.first, |before| self.fields[before].next);
        let field = self.fields.get(likely)?;
        (field.place == place && same(field.name.as_bytes(), name)).then_some(likely)
    }

    fn find(&self, place: Place, name: &[u8]) -> Option<usize> {
        let is = |idx: u32| {
            let field = &self.fields[idx as usize];
            field.place == place && same(field.name.as_bytes(), name)
        };
        self.index.find(hash_of(place as u8, name), is).map(|idx| idx as usize)
    }

    /// The field of this name, if there is one: it is the one that is likely next time.
    fn known(&mut self, place: Place, name: &[u8]) -> Option<usize> {
        self.likely(place, name).or_else(|| {
            let idx = self.find(place, name)?;
            self.expect(idx);
            Some(idx)
        })
    }

    /// The field of this name.
    fn idx(&mut self, place: Place, name: &Text) -> usize {
        self.known(place, name.as_bytes()).unwrap_or_else(|| {
            if self.fields.is_empty() {
                self.fields.reserve(COLUMNS_ROOM);
            }
            let mut column = self.spare.pop().unwrap_or_default();
            column.expect_rows(if self.fields.len() < COLUMNS_AHEAD_MAX { self.n_rows_ahead } else { 0 });
            self.index.push(hash_of(place as u8, name.as_bytes()));
            self.fields.push(Field { place, name: name.clone(), column, next: 0 });
            let idx = self.fields.len() - 1;
            self.expect(idx);
            idx
        })
    }

    fn expect(&mut self, idx: usize) {
        match self.before {
            Some(before) => self.fields[before].next = idx,
            None => self.first = idx,
        }
    }

    fn take_packed(&mut self) -> Self {
        self.abort_row();
        let mut fields = std::mem::take(&mut self.fields);
        let n_kept = COLUMNS_AHEAD_MAX.saturating_sub(self.spare.len());
        // The first one comes to lie on top: the next request's fields mostly come in the same order.
        self.spare.extend(fields.iter_mut().take(n_kept).rev().map(|field| {
            let packed = field.column.take_packed();
            std::mem::replace(&mut field.column, packed)
        }));
        (self.first, self.n_rows_ahead) = (0, 0);
        Self { fields, index: std::mem::take(&mut self.index), ..Self::default() }
    }

    /// Takes back the fields of the row that is being filled.
    fn abort_row(&mut self) {
        while let Some((idx, is_new)) = self.of_row.pop() {
            self.fields[idx].column.pop(is_new);
        }
        self.repeated.clear();
        self.before = None;
    }

    #[inline]
    fn set(&mut self, row: u32, idx: usize, value: ValueRef<'_>) {
        self.before = Some(idx);
        match self.fields[idx].column.set(row, value) {
            Some(is_new) => self.of_row.push((idx, is_new)),
            None => self.repeated.push((self.fields[idx].name.clone(), value.to_value())),
        }
    }
}

/// A field of the row that is being filled; see [`EventColumns::likely_field`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FieldIdx(usize);

/// Where some rows begin; see [`EventColumns::place`].
#[derive(Clone, Copy, Debug)]
pub struct RowPlace {
    row: usize,
    n_scopes: usize,
}

/// # Filling
/// A row's fields are set first, then [`EventColumns::end_row`] adds the row, or [`EventColumns::abort_row`] takes
/// them back.
impl EventColumns {
    /// How many events there are.
    #[must_use]
    pub fn n_rows(&self) -> usize {
        self.times.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.times.is_empty()
    }

    /// How many of them are spans.
    #[must_use]
    pub fn n_spans(&self) -> usize {
        self.fingerprints.len()
    }

    /// Every span: its row, and its fingerprint.
    pub fn spans(&self) -> impl Iterator<Item = (usize, u64)> {
        let is_span = |(_, kind): &(usize, &u8)| **kind == EventKind::Span as u8;
        let rows = self.kinds.iter().enumerate().filter(is_span).map(|(row, _)| row);
        rows.zip(self.fingerprints.iter().copied())
    }

    #[inline]
    fn row(&self) -> u32 {
        u32::try_from(self.times.len()).expect("a request or segment has far fewer than 2^32 rows")
    }

    /// Makes room for so many more rows, within bounds: growing step by step copies each column several times.
    pub fn expect_rows(&mut self, n_rows: usize) {
        let n_rows = n_rows.min(ROWS_AHEAD_MAX);
        self.times.reserve(n_rows);
        self.ends.reserve(n_rows);
        self.kinds.reserve(n_rows);
        self.flags.reserve(n_rows);
        self.trace_ids.reserve(n_rows);
        self.span_ids.reserve(n_rows);
        self.parent_ids.reserve(n_rows);
        self.fingerprints.reserve(n_rows);
        self.names.expect_rows(n_rows);
        self.resources.expect_rows(n_rows);
        self.scopes.expect_rows(n_rows);
        self.by_name.n_rows_ahead = n_rows;
    }

    /// The field of this name, if it follows the one set before as it did in the row before: the usual case, which
    /// costs one comparison.
    #[must_use]
    #[inline]
    pub fn likely_field(&self, place: Place, name: &[u8]) -> Option<FieldIdx> {
        self.by_name.likely(place, name).map(FieldIdx)
    }

    /// The field of this name, if there is one.
    #[must_use]
    pub fn known_field(&mut self, place: Place, name: &[u8]) -> Option<FieldIdx> {
        self.by_name.known(place, name).map(FieldIdx)
    }

    /// The field of this name.
    pub fn field(&mut self, place: Place, name: &Text) -> FieldIdx {
        FieldIdx(self.by_name.idx(place, name))
    }

    /// Sets a field of the row that is being filled. A second value is kept apart.
    pub fn set(&mut self, field: FieldIdx, value: ValueRef<'_>) {
        self.by_name.set(self.row(), field.0, value);
    }

    /// The same with a text that may not be UTF-8: then nothing is set, and the answer is false. One that is known is
    /// not checked again.
    #[inline]
    pub fn set_utf8(&mut self, field: FieldIdx, text: &[u8]) -> bool {
        let row = self.row();
        self.by_name.before = Some(field.0);
        match self.by_name.fields[field.0].column.set_utf8(row, text) {
            Some(Some(is_new)) => self.by_name.of_row.push((field.0, is_new)),
            Some(None) => match str::from_utf8(text) {
                Ok(text) => self.by_name.set(row, field.0, ValueRef::Text(text)),
                Err(_) => return false,
            },
            None => return false,
        }
        true
    }

    /// Sets a field of the record.
    pub fn set_record(&mut self, name: &'static str, value: ValueRef<'_>) {
        let known = self.by_name.known(Place::Record, name.as_bytes());
        let idx = known.unwrap_or_else(|| self.by_name.idx(Place::Record, &Text::from(name)));
        self.set(FieldIdx(idx), value);
    }

    /// Adds the row whose fields were set.
    pub fn end_row(&mut self, head: Head<'_>) {
        let row = self.row();
        if !self.by_name.repeated.is_empty() {
            let repeated = std::mem::take(&mut self.by_name.repeated);
            self.set_record(fields::REPEATED_ATTRIBUTES, ValueRef::Any(&Value::Map(repeated.into())));
        }
        if head.kind == EventKind::Span {
            self.fingerprints.push(head.fingerprint.unwrap_or_else(|| self.content_fingerprint(&head)));
        }
        let Head { kind, time, end, trace_id, span_id, parent_id, name, resource, scope, flags, .. } = head;
        self.times.push(time.0);
        self.ends.push(end.0);
        self.kinds.push(kind as u8);
        self.flags.push(flags.0);
        self.trace_ids.push(trace_id.map_or([0; 16], |id| *id.as_bytes()));
        self.span_ids.push(span_id.map_or([0; 8], |id| *id.as_bytes()));
        self.parent_ids.push(parent_id.map_or([0; 8], |id| *id.as_bytes()));
        if !name.is_empty() {
            self.names.set(row, ValueRef::Text(name));
        }
        self.resources.push(resource);
        self.scopes.push(scope);
        self.by_name.of_row.clear();
        self.by_name.before = None;
    }

    /// Where the next row will stand.
    #[must_use]
    pub fn place(&self) -> RowPlace {
        RowPlace { row: self.n_rows(), n_scopes: self.scopes.records().len() }
    }

    /// Gives all rows since `first`, which share a scope, another one.
    pub fn change_scope(&mut self, first: RowPlace, scope: &Arc<Scope>) {
        self.scopes.change_last(first.row, first.n_scopes, scope);
    }

    /// The flags of the rows since `first`.
    pub fn flags_since(&mut self, first: RowPlace) -> &mut [u8] {
        &mut self.flags[first.row..]
    }

    /// The fields of the row that is being filled, in bytes: names and values.
    fn put_fields_of_row(&self, out: &mut Vec<u8>) {
        for (idx, _) in &self.by_name.of_row {
            let Field { name, column, .. } = &self.by_name.fields[*idx];
            put_bytes(out, name.as_bytes());
            column.put_last(out);
        }
    }

    /// Takes back the fields of the row that was being filled.
    pub fn abort_row(&mut self) {
        self.by_name.abort_row();
    }

    /// Adds the rows of `other` that `is_kept`.
    pub fn append(&mut self, other: &EventColumns, is_kept: impl Fn(usize) -> bool) {
        const LEFT_OUT: u32 = u32::MAX;
        let first = self.row();
        let mut new_row_of = Vec::with_capacity(other.n_rows());
        let mut n_new = 0;
        let mut fingerprints = other.fingerprints.iter();
        for row in 0..other.n_rows() {
            let fingerprint =
                (other.kinds[row] == EventKind::Span as u8).then(|| fingerprints.next()).flatten();
            if !is_kept(row) {
                new_row_of.push(LEFT_OUT);
                continue;
            }
            new_row_of.push(first + n_new);
            n_new += 1;
            self.times.push(other.times[row]);
            self.ends.push(other.ends[row]);
            self.kinds.push(other.kinds[row]);
            self.flags.push(other.flags[row]);
            self.trace_ids.push(other.trace_ids[row]);
            self.span_ids.push(other.span_ids[row]);
            self.parent_ids.push(other.parent_ids[row]);
            self.fingerprints.extend(fingerprint);
            self.resources.push(other.resources.at(row));
            self.scopes.push(other.scopes.at(row));
        }
        let new_row = |row: u32| Some(new_row_of[row as usize]).filter(|row| *row != LEFT_OUT);
        self.names.append(&other.names, new_row);
        self.by_name.before = None;
        for field in &other.by_name.fields {
            let idx = self.field(field.place, &field.name).0;
            self.by_name.before = Some(idx);
            self.by_name.fields[idx].column.append(&field.column, new_row);
        }
        self.by_name.before = None;
    }

    /// Every field that some row has or had, in order of first appearance.
    pub fn fields(&self) -> impl ExactSizeIterator<Item = (Place, &Text, &FieldColumn)> {
        self.by_name.fields.iter().map(|field| (field.place, &field.name, &field.column))
    }

    /// The column of one field; nothing when no row has it.
    #[must_use]
    pub fn find(&self, place: Place, name: &Text) -> Option<&FieldColumn> {
        let idx = self.by_name.find(place, name.as_bytes())?;
        Some(&self.by_name.fields[idx].column).filter(|column| column.n_populated() > 0)
    }

    /// Adds a whole column, as [`EventColumns::end_row`] would have filled it.
    pub fn insert(&mut self, place: Place, name: &Text, column: FieldColumn) {
        let idx = self.by_name.idx(place, name);
        self.by_name.fields[idx].column = column;
    }

    /// What it holds, in little more memory than that needs: to be read, or added to others; it does not grow. What is
    /// left is empty, with the room that this grew in: events of the next request find it made, and in the cache.
    #[must_use]
    pub fn take_packed(&mut self) -> Self {
        Self {
            times: room::take_packed(&mut self.times),
            ends: room::take_packed(&mut self.ends),
            kinds: room::take_packed(&mut self.kinds),
            flags: room::take_packed(&mut self.flags),
            trace_ids: room::take_packed(&mut self.trace_ids),
            span_ids: room::take_packed(&mut self.span_ids),
            parent_ids: room::take_packed(&mut self.parent_ids),
            fingerprints: room::take_packed(&mut self.fingerprints),
            names: self.names.take_packed(),
            resources: self.resources.take_packed(),
            scopes: self.scopes.take_packed(),
            by_name: self.by_name.take_packed(),
        }
    }

    /// Lets go of what is only needed to grow.
    pub fn finish(&mut self) {
        self.names.finish();
        self.by_name.fields.iter_mut().for_each(|field| field.column.finish());
    }

    /// A copy to read from: what is only needed to grow stays behind.
    #[must_use]
    pub fn to_read(&self) -> Self {
        let fields = self.by_name.fields.iter().map(|field| Field {
            place: field.place,
            name: field.name.clone(),
            column: field.column.to_read(),
            next: 0,
        });
        Self {
            times: self.times.clone(),
            ends: self.ends.clone(),
            kinds: self.kinds.clone(),
            flags: self.flags.clone(),
            trace_ids: self.trace_ids.clone(),
            span_ids: self.span_ids.clone(),
            parent_ids: self.parent_ids.clone(),
            fingerprints: Vec::new(),
            names: self.names.to_read(),
            resources: self.resources.to_read(),
            scopes: self.scopes.to_read(),
            by_name: FieldColumns {
                fields: fields.collect(),
                index: self.by_name.index.clone(),
                ..FieldColumns::default()
            },
        }
    }
}
