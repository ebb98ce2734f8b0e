use super::cells::{Cells, coded};
use crate::cell::Cell;
use crate::schema::{ColumnType, Source};
use skep_engine::store::{ReadError, Segment};
use skep_engine::{AskError, query};
use skep_model::{Codes, Column, Place, Text, fields};
use std::cell::OnceCell;
use std::sync::Arc;

/// A column of a table: one of its own, or one that a statement named.
#[derive(Clone, Debug)]
pub(crate) struct ReadColumn {
    pub(crate) source: ReadSource,
    pub(crate) ty: ColumnType,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ReadSource {
    Own(Source),
    Attribute(Text),
}

/// A segment of which the columns are read when they are asked for, and then held.
pub(crate) struct SegmentCells {
    store: Segment,
    /// The same rows under the names of the query language.
    fields: Arc<dyn query::Segment>,
    cells: Box<[OnceCell<Cells>]>,
}

impl SegmentCells {
    pub(crate) fn new(store: Segment, fields: Arc<dyn query::Segment>, n_columns: usize) -> Self {
        Self { store, fields, cells: (0..n_columns).map(|_| OnceCell::new()).collect() }
    }

    /// A column by its position in the table.
    pub(crate) fn cells(&self, columns: &[ReadColumn], idx: usize) -> Result<&Cells, AskError> {
        let slot = &self.cells[idx];
        if let Some(cells) = slot.get() {
            return Ok(cells);
        }
        let cells = self.read(&columns[idx])?;
        Ok(slot.get_or_init(|| cells))
    }

    /// See [`Cells::touch`]; of these columns those that were read.
    pub(crate) fn touch(&self, columns: &[usize], row: usize) -> u64 {
        let read = columns.iter().filter_map(|idx| self.cells.get(*idx)?.get());
        read.map(|cells| cells.touch(row)).fold(0, u64::wrapping_add)
    }

    fn read(&self, column: &ReadColumn) -> Result<Cells, AskError> {
        let segment = &self.store;
        let as_text = column.ty == ColumnType::Text;
        let of =
            |found: Option<Column>| found.map_or(Cells::Missing, |found| Cells::of_column(found, as_text));
        let source = match &column.source {
            ReadSource::Own(source) => *source,
            ReadSource::Attribute(key) => return Ok(of(self.fields.column(key).map_err(unreadable)?)),
        };
        Ok(match source {
            Source::TraceId => Cells::Ids { bytes: segment.trace_ids()?, width: 16 },
            Source::SpanId => Cells::Ids { bytes: segment.span_ids()?, width: 8 },
            Source::ParentId => Cells::Ids { bytes: segment.parent_ids()?, width: 8 },
            Source::Time => Cells::Nanos { nanos: segment.times()?, missing: None },
            Source::DateTime => Cells::DateTimes(segment.times()?),
            Source::End => Cells::Nanos { nanos: segment.ends()?, missing: Some(0) },
            Source::DurationNs => Cells::Nanos { nanos: durations(segment)?.collect(), missing: None },
            Source::DurationMs => Cells::Reals(durations(segment)?.map(|ns| ns as f64 / 1e6).collect()),
            Source::IsRoot => {
                let has_parent = segment.has_parent()?;
                Cells::Ints {
                    ints: (0..segment.n_rows()).map(|row| (!has_parent.contains(row)).into()).collect(),
                    present: None,
                }
            }
            Source::Name => of(segment.names()?),
            Source::Status => status(segment.column(Place::Record, fields::STATUS_CODE)?, segment.n_rows()),
            Source::Record(field) => of(segment.column(Place::Record, field)?),
            Source::Count(field) => match segment.column(Place::Record, field)? {
                Some(found) => {
                    let (codes, mut entries) = coded(found);
                    entries[0] = Cell::Int(0);
                    Cells::Coded { codes, entries: entries.into() }
                }
                None => Cells::Ints { ints: vec![0; segment.n_rows()].into(), present: None },
            },
            Source::Field(field) => of(self.fields.column(field).map_err(unreadable)?),
            Source::Attributes => Cells::Objects(all_of(segment, Place::Own)?),
            Source::Resource => Cells::Objects(all_of(segment, Place::Resource)?),
        })
    }
}

#[allow(clippy::needless_pass_by_value, reason = "the shape of `map_err`")]
fn unreadable(error: query::Unreadable) -> AskError {
    AskError::Unreadable(error.0)
}

fn durations(segment: &Segment) -> Result<impl Iterator<Item = u64>, ReadError> {
    let (times, ends) = (segment.times()?, segment.ends()?);
    Ok((0..times.len().min(ends.len())).map(move |row| ends[row].saturating_sub(times[row])))
}

/// The words for the codes of OTLP; what says nothing is unset.
fn status(column: Option<Column>, n_rows: usize) -> Cells {
    let word = |cell: Cell| match cell {
        Cell::Null | Cell::Int(0) => Cell::Text("unset".into()),
        Cell::Int(1) => Cell::Text("ok".into()),
        Cell::Int(2) => Cell::Text("error".into()),
        other => other.into_text(),
    };
    let (codes, entries) = match column {
        Some(column) => coded(column),
        None => (Codes::U8(vec![0; n_rows].into()), vec![Cell::Null]),
    };
    Cells::Coded { codes, entries: entries.into_iter().map(word).collect() }
}

/// Every field at one place, by name.
fn all_of(segment: &Segment, place: Place) -> Result<Vec<(Text, Column)>, ReadError> {
    let mut names: Vec<Text> = segment
        .fields_unsorted()?
        .into_iter()
        .filter(|field| field.0 == place)
        .map(|field| field.1)
        .collect();
    names.sort_unstable();
    names.dedup();
    let mut columns = Vec::with_capacity(names.len());
    for name in names {
        if let Some(column) = segment.column(place, &name)? {
            columns.push((name, column));
        }
    }
    Ok(columns)
}
