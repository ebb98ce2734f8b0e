use super::{ExportError, ExportWhich};
use crate::view::{AskError, View};
use skep_model::{Bitmap, Event, EventKind, Nanos, Signal};
use skep_query::{Cancel, TimeRange};
use skep_store::{MemorySegment, Snapshot};
use std::sync::Arc;

/// Rows read at a time, give or take the last span's own events and links.
const PIECE_ROWS: usize = 4_096;

/// The events of an export, piece by piece, in the store's order; no span is cut.
pub(crate) struct Pieces<'v> {
    source: Source<'v>,
    signals: Vec<Signal>,
    range: TimeRange,
    cancel: &'v Cancel,
}

enum Source<'v> {
    /// Rows of one trace.
    Trace(Vec<(Arc<MemorySegment>, Vec<u32>)>),
    /// Each segment; where a filter was given, with the rows that match it.
    Segments(&'v Snapshot, Option<Vec<Bitmap>>),
}

impl<'v> Pieces<'v> {
    pub(crate) fn new(
        view: &'v View,
        which: &ExportWhich,
        signals: Vec<Signal>,
        cancel: &'v Cancel,
    ) -> Result<Self, AskError> {
        let (source, range) = match which {
            ExportWhich::Trace(trace_id) => {
                (Source::Trace(view.snapshot().trace(*trace_id)?.parts), TimeRange::ALL)
            }
            ExportWhich::Matching { filter, range } => {
                let filter = View::parse_filter(filter)?;
                let matching = match filter.expr {
                    None => None,
                    Some(_) => Some(skep_query::matching(view.scan(), &filter, TimeRange::ALL, cancel)?),
                };
                (Source::Segments(view.snapshot(), matching), *range)
            }
        };
        Ok(Self { source, signals, range, cancel })
    }

    /// Calls `take` with each piece.
    pub(crate) fn each(
        &self,
        mut take: impl FnMut(&[Event]) -> Result<(), ExportError>,
    ) -> Result<(), ExportError> {
        self.each_rows(|segment, rows| take(&segment.events(rows)))
    }

    /// Calls `take` with the rows of each piece.
    pub(crate) fn each_rows(
        &self,
        mut take: impl FnMut(&MemorySegment, &[u32]) -> Result<(), ExportError>,
    ) -> Result<(), ExportError> {
        match &self.source {
            Source::Trace(parts) => {
                for (segment, rows) in parts {
                    self.rows_of(segment, rows, None, &mut take)?;
                }
            }
            Source::Segments(snapshot, matching) => {
                for (idx, segment) in snapshot.segments().iter().enumerate() {
                    let matching = matching.as_ref().map(|matching| &matching[idx]);
                    let (first, last) = segment.time_bounds();
                    let is_outside = self.range.start.is_some_and(|start| last < start)
                        || self.range.end.is_some_and(|end| end <= first);
                    if is_outside || matching.is_some_and(Bitmap::is_empty) {
                        continue;
                    }
                    let segment = segment.in_memory().map_err(AskError::from)?;
                    let rows: Vec<u32> = (0..).take(segment.n_rows()).collect();
                    self.rows_of(&segment, &rows, matching, &mut take)?;
                }
            }
        }
        Ok(())
    }

    fn rows_of(
        &self,
        segment: &MemorySegment,
        rows: &[u32],
        matching: Option<&Bitmap>,
        take: &mut impl FnMut(&MemorySegment, &[u32]) -> Result<(), ExportError>,
    ) -> Result<(), ExportError> {
        let mut piece = Vec::new();
        // What hangs below a span follows it.
        let is_same_span = |_: &u32, row: &u32| {
            matches!(segment.kind(*row as usize), EventKind::SpanEvent | EventKind::Link)
        };
        for record in rows.chunk_by(is_same_span) {
            let is_wanted = self.is_wanted(segment, record[0] as usize)
                && matching.is_none_or(|matching| record.iter().any(|row| matching.contains(*row as usize)));
            if is_wanted {
                piece.extend_from_slice(record);
            }
            if piece.len() >= PIECE_ROWS {
                self.cancel.check().map_err(AskError::from)?;
                take(segment, &piece)?;
                piece.clear();
            }
        }
        if piece.is_empty() { Ok(()) } else { take(segment, &piece) }
    }

    fn is_wanted(&self, segment: &MemorySegment, row: usize) -> bool {
        let signal = match segment.kind(row) {
            EventKind::Span | EventKind::SpanEvent | EventKind::Link => Signal::Traces,
            EventKind::Log => Signal::Logs,
            EventKind::MetricPoint => Signal::Metrics,
        };
        self.signals.contains(&signal) && self.range.contains(Nanos(segment.times()[row]))
    }
}
