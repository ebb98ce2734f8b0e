use super::census::Census;
use super::shared::{RecordCodes, SharedRecord, count_keys, rows_of_each};
use super::{FieldCount, TraceInfo, durations_ms};
use skep_model::columns::{EventColumns, Shared};
use skep_model::{Bitmap, Codes, Column, EventKind, Nanos, Place, Text, TraceId, Value, fields};
use std::hash::Hash;
use std::sync::OnceLock;

/// A run of events in memory.
#[derive(Debug)]
pub struct MemorySegment {
    pub(crate) columns: EventColumns,
    pub(crate) time_bounds: (Nanos, Nanos),
    pub(crate) census: Census,
    /// Length of the requests it came with, before compression.
    pub(crate) request_bytes: usize,
    /// When the newest of them came.
    pub(crate) received: Nanos,
    /// The last log entry that has a row here.
    pub(crate) last_seq: u64,
    /// The rows of traces, those of each side by side, ascending; made when first asked for.
    rows_by_trace: OnceLock<Vec<u32>>,
}

impl MemorySegment {
    pub(crate) fn new(
        mut columns: EventColumns,
        request_bytes: usize,
        received: Nanos,
        last_seq: u64,
    ) -> Self {
        columns.finish();
        let times = || columns.times.iter().copied();
        Self {
            time_bounds: (Nanos(times().min().unwrap_or(0)), Nanos(times().max().unwrap_or(0))),
            census: Census::of(&columns),
            columns,
            request_bytes,
            received,
            last_seq,
            rows_by_trace: OnceLock::new(),
        }
    }

    /// Events that are in no store, to be looked at as if they were.
    #[must_use]
    pub fn of_columns(columns: EventColumns) -> Self {
        Self::new(columns, 0, Nanos(0), 0)
    }

    /// How many events it holds.
    #[must_use]
    pub fn n_rows(&self) -> usize {
        self.columns.n_rows()
    }

    /// Event times, raw.
    #[must_use]
    pub fn times(&self) -> &[u64] {
        &self.columns.times
    }

    /// Ends, raw; see [`skep_model::Event::end`].
    #[must_use]
    pub fn ends(&self) -> &[u64] {
        &self.columns.ends
    }

    pub(crate) fn has_parent(&self) -> Bitmap {
        Bitmap::from_fn(self.n_rows(), |row| self.columns.parent_ids[row] != [0; 8])
    }

    pub(crate) fn has(&self, place: Place, field: &str) -> bool {
        match place {
            Place::Own | Place::Record => self.columns.find(place, &Text::from(field)).is_some(),
            Place::Scope => self.columns.scopes.records().iter().any(|scope| scope.field(field).is_some()),
            Place::Resource => {
                self.columns.resources.records().iter().any(|resource| resource.field(field).is_some())
            }
        }
    }

    pub(crate) fn durations_ms(&self) -> Option<Column> {
        let EventColumns { times, ends, kinds, .. } = &self.columns;
        let lasted = times.iter().zip(ends).map(|(time, end)| end.saturating_sub(*time));
        (self.census.kinds[EventKind::Span as usize] > 0).then(|| durations_ms(lasted, kinds))
    }

    /// The column of one field at one place; nothing when no row has it there.
    ///
    /// Own and record fields are stored so; scope and resource fields are spread from the few scopes and resources.
    pub(crate) fn column(&self, place: Place, field: &str) -> Option<Column> {
        let EventColumns { scopes, resources, .. } = &self.columns;
        match place {
            Place::Own | Place::Record => {
                Some(self.columns.find(place, &Text::from(field))?.spread(self.n_rows()))
            }
            Place::Scope => spread_of(scopes, field),
            Place::Resource => spread_of(resources, field),
        }
    }

    pub(crate) fn fields_unsorted(&self) -> Vec<FieldCount> {
        let EventColumns { scopes, resources, .. } = &self.columns;
        let own =
            self.columns.fields().map(|(place, name, column)| (place, name.clone(), column.n_populated()));
        let mut fields: Vec<_> = own.filter(|(.., n_populated)| *n_populated > 0).collect();
        let n_rows =
            |of_row: &[u32], n_records| rows_of_each(of_row, n_records).into_iter().map(|n| n as usize);
        let of_scopes = count_keys(scopes.records(), n_rows(scopes.of_row(), scopes.records().len()));
        let of_resources =
            count_keys(resources.records(), n_rows(resources.of_row(), resources.records().len()));
        fields.extend(of_scopes.into_iter().map(|(key, n)| (Place::Scope, key, n)));
        fields.extend(of_resources.into_iter().map(|(key, n)| (Place::Resource, key, n)));
        fields
    }

    fn rows_by_trace(&self) -> &[u32] {
        self.rows_by_trace.get_or_init(|| {
            let ids = &self.columns.trace_ids;
            let mut rows: Vec<u32> =
                (0..ids.len() as u32).filter(|row| ids[*row as usize] != [0; 16]).collect();
            // Stable: the rows of a trace stay ascending.
            rows.sort_by_key(|row| ids[*row as usize]);
            rows
        })
    }

    /// The rows of one trace, ascending.
    #[must_use]
    pub fn rows_of_trace(&self, trace_id: TraceId) -> &[u32] {
        let (rows, ids) = (self.rows_by_trace(), &self.columns.trace_ids);
        let start = rows.partition_point(|row| ids[*row as usize] < *trace_id.as_bytes());
        let n = rows[start..].partition_point(|row| ids[*row as usize] == *trace_id.as_bytes());
        &rows[start..start + n]
    }

    /// Every trace, unsorted.
    pub(crate) fn traces(&self) -> Vec<TraceInfo> {
        let columns = &self.columns;
        let errors = columns.find(Place::Record, &Text::from(fields::ERROR));
        let of_trace = |a: &u32, b: &u32| columns.trace_ids[*a as usize] == columns.trace_ids[*b as usize];
        let info = |rows: &[u32]| {
            let trace_id = columns.trace_id(rows[0] as usize)?;
            let mut info = TraceInfo { trace_id, start: None, has_error: false };
            for row in rows.iter().map(|row| *row as usize) {
                if columns.kinds[row] == EventKind::Span as u8 {
                    let is_error = errors.and_then(|column| column.value(row)) == Some(Value::Bool(true));
                    info.note_span(Nanos(columns.times[row]), is_error);
                }
            }
            Some(info)
        };
        self.rows_by_trace().chunk_by(of_trace).filter_map(info).collect()
    }
}

fn spread_of<T: SharedRecord + Hash + Eq>(shared: &Shared<T>, field: &str) -> Option<Column> {
    let n_rows_of = rows_of_each(shared.of_row(), shared.records().len());
    let codes = RecordCodes::of(shared.records(), &n_rows_of, field)?;
    Some(codes.column(Codes::U32(shared.of_row().into()), n_rows_of.into()).spread())
}
