use super::census::Census;
use super::column::MemoryColumn;
use super::shared::{SharedRecord, count_keys, rows_of_each, spread};
use super::{FieldCount, TraceInfo, durations_ms};
use rustc_hash::FxHashMap;
use skep_model::{
    Bitmap, Codes, Column, EventKind, Nanos, Place, Resource, Scope, Text, TraceId, Value, fields,
};
use std::sync::Arc;

/// A run of events in memory. Every slice has one entry a row.
#[derive(Debug)]
pub struct MemorySegment {
    pub(crate) times: Arc<[u64]>,
    pub(crate) ends: Arc<[u64]>,
    pub(crate) time_bounds: (Nanos, Nanos),
    pub(crate) kinds: Arc<[u8]>,
    pub(crate) flags: Arc<[u8]>,
    pub(crate) trace_ids: Arc<[u8]>,
    pub(crate) span_ids: Arc<[u8]>,
    pub(crate) parent_ids: Arc<[u8]>,
    pub(crate) names: MemoryColumn,
    pub(crate) resource_of: Arc<[u32]>,
    pub(crate) resources: Arc<[Arc<Resource>]>,
    pub(crate) scope_of: Arc<[u32]>,
    pub(crate) scopes: Arc<[Arc<Scope>]>,
    pub(crate) columns: FxHashMap<(Place, Text), MemoryColumn>,
    pub(crate) rows_of_trace: FxHashMap<TraceId, Vec<u32>>,
    pub(crate) census: Census,
    /// Length of the requests it came with, before compression.
    pub(crate) request_bytes: usize,
    /// When the newest of them came.
    pub(crate) received: Nanos,
    /// The last log entry that has a row here.
    pub(crate) last_seq: u64,
}

impl MemorySegment {
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

    pub(crate) fn has_parent(&self) -> Bitmap {
        Bitmap::from_fn(self.n_rows(), |row| self.parent_ids[row * 8..][..8] != [0; 8])
    }

    pub(crate) fn has(&self, place: Place, field: &str) -> bool {
        match place {
            Place::Own | Place::Record => self.columns.contains_key(&(place, Text::from(field))),
            Place::Scope => self.scopes.iter().any(|scope| scope.field(field).is_some()),
            Place::Resource => self.resources.iter().any(|resource| resource.field(field).is_some()),
        }
    }

    pub(crate) fn durations_ms(&self) -> Option<Column> {
        let lasted = self.times.iter().zip(self.ends.iter()).map(|(time, end)| end.saturating_sub(*time));
        (self.census.kinds[EventKind::Span as usize] > 0).then(|| durations_ms(lasted, &self.kinds))
    }

    /// The column of one field at one place; nothing when no row has it there.
    ///
    /// Own and record fields are stored so; scope and resource fields are spread from the few scopes and resources.
    pub(crate) fn column(&self, place: Place, field: &str) -> Option<Column> {
        match place {
            // A lookup by borrowed parts needs an owned key: a pair of which one part is unsized cannot be borrowed.
            Place::Own | Place::Record => {
                Some(self.columns.get(&(place, Text::from(field)))?.spread(self.n_rows()))
            }
            Place::Scope => spread_of(&self.scope_of, &self.scopes, field),
            Place::Resource => spread_of(&self.resource_of, &self.resources, field),
        }
    }

    pub(crate) fn fields_unsorted(&self) -> Vec<FieldCount> {
        let own =
            self.columns.iter().map(|((place, name), column)| (*place, name.clone(), column.n_populated()));
        let mut fields: Vec<_> = own.collect();
        let n_rows =
            |of_row: &[u32], n_records| rows_of_each(of_row, n_records).into_iter().map(|n| n as usize);
        let of_scopes = count_keys(&self.scopes, n_rows(&self.scope_of, self.scopes.len()));
        let of_resources = count_keys(&self.resources, n_rows(&self.resource_of, self.resources.len()));
        fields.extend(of_scopes.into_iter().map(|(key, n)| (Place::Scope, key, n)));
        fields.extend(of_resources.into_iter().map(|(key, n)| (Place::Resource, key, n)));
        fields
    }

    /// The rows of one trace, ascending.
    #[must_use]
    pub fn rows_of_trace(&self, trace_id: TraceId) -> &[u32] {
        self.rows_of_trace.get(&trace_id).map_or(&[], Vec::as_slice)
    }

    /// Every trace, unsorted.
    pub(crate) fn traces(&self) -> Vec<TraceInfo> {
        let errors = self.columns.get(&(Place::Record, Text::from(fields::ERROR)));
        let info = |(trace_id, rows): (&TraceId, &Vec<u32>)| {
            let mut info = TraceInfo { trace_id: *trace_id, start: None, has_error: false };
            for row in rows.iter().map(|row| *row as usize) {
                if self.kinds[row] == EventKind::Span as u8 {
                    let is_error = errors.and_then(|column| column.value(row)) == Some(&Value::Bool(true));
                    info.note_span(Nanos(self.times[row]), is_error);
                }
            }
            info
        };
        self.rows_of_trace.iter().map(info).collect()
    }
}

fn spread_of<T: SharedRecord>(of_row: &Arc<[u32]>, records: &[Arc<T>], field: &str) -> Option<Column> {
    let n_rows_of = rows_of_each(of_row, records.len()).into_iter();
    spread(&Codes::U32(Arc::clone(of_row)), records, n_rows_of, field)
}
