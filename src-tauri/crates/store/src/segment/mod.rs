//! Some thousands of events as columns.
//!
//! A segment is immutable. It is filled by a [`builder::SegmentBuilder`] and read by columns (queries) or by rows
//! (one trace). What a whole request shares, its resource and its scope, is kept once and pointed to.

mod builder;
mod column;
mod rows;

pub(crate) use builder::SegmentBuilder;
pub use column::CodeColumn;
pub use rows::TraceRows;

use column::DictionaryBuilder;
use rustc_hash::FxHashMap;
use skep_model::{EventKind, Nanos, Place, Resource, Scope, Text, TraceId, Value, fields};
use std::sync::Arc;

/// An immutable run of events, in order of arrival. Every slice has one entry a row.
#[derive(Debug)]
pub struct Segment {
    times: Arc<[u64]>,
    ends: Arc<[u64]>,
    time_bounds: (Nanos, Nanos),
    kinds: Arc<[u8]>,
    flags: Arc<[u8]>,
    trace_ids: Arc<[u8]>,
    span_ids: Arc<[u8]>,
    parent_ids: Arc<[u8]>,
    names: CodeColumn,
    resource_of: Arc<[u32]>,
    resources: Arc<[Arc<Resource>]>,
    scope_of: Arc<[u32]>,
    scopes: Arc<[Arc<Scope>]>,
    columns: FxHashMap<(Place, Text), CodeColumn>,
    rows_of_trace: FxHashMap<TraceId, Vec<u32>>,
    last_seq: u64,
}

impl Segment {
    /// How many events it holds.
    #[must_use]
    pub fn n_rows(&self) -> usize {
        self.times.len()
    }

    /// Event times, raw.
    #[must_use]
    pub fn times(&self) -> &Arc<[u64]> {
        &self.times
    }

    /// Ends, raw; see [`skep_model::Event::end`].
    #[must_use]
    pub fn ends(&self) -> &Arc<[u64]> {
        &self.ends
    }

    /// The earliest and the latest event time.
    #[must_use]
    pub fn time_bounds(&self) -> (Nanos, Nanos) {
        self.time_bounds
    }

    /// What each row is.
    pub fn kinds(&self) -> impl Iterator<Item = EventKind> + '_ {
        (0..self.n_rows()).map(|row| self.kind(row))
    }

    /// Trace ids side by side, 16 bytes a row, zero where there is none.
    #[must_use]
    pub fn trace_ids(&self) -> &Arc<[u8]> {
        &self.trace_ids
    }

    /// Span ids side by side, 8 bytes a row, zero where there is none.
    #[must_use]
    pub fn span_ids(&self) -> &Arc<[u8]> {
        &self.span_ids
    }

    /// Parent ids side by side, 8 bytes a row, zero where there is none.
    #[must_use]
    pub fn parent_ids(&self) -> &Arc<[u8]> {
        &self.parent_ids
    }

    /// Event names; an empty name is missing.
    #[must_use]
    pub fn names(&self) -> &CodeColumn {
        &self.names
    }

    /// The column of one field at one place, every row coded; nothing when no row has it there.
    ///
    /// Own and record fields are stored so; scope and resource fields are spread from the few scopes and resources.
    #[must_use]
    pub fn column(&self, place: Place, field: &str) -> Option<CodeColumn> {
        match place {
            // A lookup by borrowed parts needs an owned key: a pair of which one part is unsized cannot be borrowed.
            Place::Own | Place::Record => self.columns.get(&(place, Text::from(field))).cloned(),
            Place::Scope => spread(&self.scope_of, &self.scopes, |scope| scope_field(scope, field)),
            Place::Resource => spread(&self.resource_of, &self.resources, |resource| {
                resource.attributes.iter().find(|(key, _)| &**key == field).map(|(_, value)| value.clone())
            }),
        }
    }

    /// Every field at every place with the number of rows that have it, unsorted; the fixed columns excepted.
    #[must_use]
    pub fn fields_unsorted(&self) -> Vec<(Place, Text, usize)> {
        let mut fields: Vec<_> = self
            .columns
            .iter()
            .map(|((place, name), column)| (*place, name.clone(), column.n_populated()))
            .collect();
        let scope_keys = |scope: &Scope| {
            let named = [(fields::LIBRARY_NAME, &scope.name), (fields::LIBRARY_VERSION, &scope.version)];
            let named =
                named.into_iter().filter(|(_, text)| !text.is_empty()).map(|(key, _)| Text::from(key));
            named.chain(scope.attributes.iter().map(|(key, _)| key.clone())).collect::<Vec<_>>()
        };
        let resource_keys =
            |resource: &Resource| resource.attributes.iter().map(|(key, _)| key.clone()).collect::<Vec<_>>();
        count_keys(Place::Scope, &self.scope_of, &self.scopes, scope_keys, &mut fields);
        count_keys(Place::Resource, &self.resource_of, &self.resources, resource_keys, &mut fields);
        fields
    }

    /// The rows of one trace, ascending.
    #[must_use]
    pub fn rows_of_trace(&self, trace_id: TraceId) -> &[u32] {
        self.rows_of_trace.get(&trace_id).map_or(&[], Vec::as_slice)
    }

    /// Every trace of the segment and its rows, unsorted.
    pub fn traces_unsorted(&self) -> impl Iterator<Item = (TraceId, &[u32])> {
        self.rows_of_trace.iter().map(|(id, rows)| (*id, rows.as_slice()))
    }

    /// The last log entry that has a row here.
    pub(crate) fn last_seq(&self) -> u64 {
        self.last_seq
    }
}

/// A scope's field as queries name it.
fn scope_field(scope: &Scope, field: &str) -> Option<Value> {
    let named = match field {
        fields::LIBRARY_NAME => &scope.name,
        fields::LIBRARY_VERSION => &scope.version,
        _ => return scope.attributes.iter().find(|(key, _)| &**key == field).map(|(_, value)| value.clone()),
    };
    (!named.is_empty()).then(|| Value::Text(named.clone()))
}

/// Spreads what few shared records say over the rows that point to them.
fn spread<T>(of_row: &[u32], shared: &[Arc<T>], field: impl Fn(&T) -> Option<Value>) -> Option<CodeColumn> {
    let mut dictionary = DictionaryBuilder::default();
    let code_of: Vec<u32> =
        shared.iter().map(|record| field(record).map_or(0, |value| dictionary.code(value))).collect();
    if dictionary.is_empty() {
        return None;
    }
    Some(CodeColumn::new(of_row.iter().map(|idx| code_of[*idx as usize]).collect(), dictionary.into_values()))
}

fn count_keys<T>(
    place: Place,
    of_row: &[u32],
    shared: &[Arc<T>],
    keys: impl Fn(&T) -> Vec<Text>,
    fields: &mut Vec<(Place, Text, usize)>,
) {
    let mut n_rows_of = vec![0usize; shared.len()];
    for idx in of_row {
        n_rows_of[*idx as usize] += 1;
    }
    let mut n_populated: FxHashMap<Text, usize> = FxHashMap::default();
    for (record, n_rows) in shared.iter().zip(n_rows_of) {
        let mut record_keys = keys(record);
        record_keys.sort_unstable();
        record_keys.dedup();
        for key in record_keys {
            *n_populated.entry(key).or_default() += n_rows;
        }
    }
    fields.extend(n_populated.into_iter().map(|(key, n)| (place, key, n)));
}
