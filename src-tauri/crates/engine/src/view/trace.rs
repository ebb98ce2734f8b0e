use super::{AskError, View};
use skep_model::{Event, EventKind, Nanos, SpanId, Text, TraceId, fields};
use skep_query::{SpanRow, Waterfall};
use skep_store::{MemorySegment, TraceRows};

/// One trace, laid out. Spans are addressed by their row in the waterfall.
pub struct TraceView {
    /// Which trace.
    pub trace_id: TraceId,
    /// The spans in pre-order.
    pub waterfall: Waterfall,
    /// Where each event lies: segment (an index into the parts of `rows`) and row.
    spans: Vec<Place>,
    others: Vec<Place>,
    rows: TraceRows,
}

#[derive(Clone, Copy)]
struct Place {
    part: usize,
    row: usize,
}

/// An event on a bar: a span event or a log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mark {
    /// The row of its span in the waterfall.
    pub row: u32,
    /// When, raw.
    pub time: Nanos,
    /// What it is.
    pub kind: MarkKind,
}

/// What a mark stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum MarkKind {
    /// A span event.
    Event = 0,
    /// A span event named `exception`.
    Exception = 1,
    /// A log record.
    Log = 2,
}

impl View {
    /// One trace; nothing when the store has no event of it.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn trace(&self, trace_id: TraceId) -> Result<Option<TraceView>, AskError> {
        let rows = self.snapshot().trace(trace_id)?;
        if rows.is_empty() {
            return Ok(None);
        }
        let mut spans = Vec::new();
        let mut others = Vec::new();
        for (part, (segment, part_rows)) in rows.parts.iter().enumerate() {
            for row in part_rows {
                let place = Place { part, row: *row as usize };
                match segment.kind(place.row) {
                    EventKind::Span => spans.push(place),
                    _ => others.push(place),
                }
            }
        }
        let span_rows: Vec<SpanRow> = spans
            .iter()
            .map(|place| {
                let segment = &rows.parts[place.part].0;
                SpanRow {
                    id: segment.span_id(place.row),
                    parent: segment.parent_id(place.row),
                    start: Nanos(segment.times()[place.row]),
                    end: Nanos(segment.ends()[place.row]),
                }
            })
            .collect();
        Ok(Some(TraceView { trace_id, waterfall: Waterfall::new(&span_rows), spans, others, rows }))
    }
}

impl TraceView {
    fn at(&self, row: usize) -> (&MemorySegment, usize) {
        let place = self.spans[self.waterfall.input_idx[row] as usize];
        (&self.rows.parts[place.part].0, place.row)
    }

    fn others(&self) -> impl Iterator<Item = (&MemorySegment, usize)> {
        self.others.iter().map(|place| (&*self.rows.parts[place.part].0, place.row))
    }

    /// A row's service.
    #[must_use]
    pub fn service(&self, row: usize) -> &str {
        let (segment, segment_row) = self.at(row);
        segment.service(segment_row)
    }

    /// A row's span name.
    #[must_use]
    pub fn name(&self, row: usize) -> &str {
        let (segment, segment_row) = self.at(row);
        segment.name(segment_row)
    }

    /// A row's span id.
    #[must_use]
    pub fn span_id(&self, row: usize) -> Option<SpanId> {
        let (segment, segment_row) = self.at(row);
        segment.span_id(segment_row)
    }

    /// Whether a row's span failed. Honeycomb's senders may say so in words.
    #[must_use]
    pub fn is_error(&self, row: usize) -> bool {
        self.own_text(row, fields::ERROR).is_some_and(|error| !matches!(&*error, "" | "0" | "false"))
    }

    /// Whether a row's span calls another service.
    #[must_use]
    pub fn is_outgoing(&self, row: usize) -> bool {
        self.own_text_is(row, fields::SPAN_KIND, "client")
            || self.own_text_is(row, fields::SPAN_KIND, "producer")
    }

    /// Whether a row's span was repaired or cut.
    #[must_use]
    pub fn is_mended(&self, row: usize) -> bool {
        let (segment, segment_row) = self.at(row);
        segment.flags(segment_row).0 != 0
    }

    /// One of a row's own or record fields as text.
    #[must_use]
    pub fn own_text(&self, row: usize, field: &str) -> Option<String> {
        let (segment, segment_row) = self.at(row);
        segment.own_value(segment_row, &Text::from(field)).map(|value| value.to_string())
    }

    fn own_text_is(&self, row: usize, field: &str, text: &str) -> bool {
        self.own_text(row, field).is_some_and(|own| own == text)
    }

    /// A row's span in full.
    #[must_use]
    pub fn span(&self, row: usize) -> Event {
        let (segment, segment_row) = self.at(row);
        segment.event(segment_row)
    }

    /// The rows whose span has this id, ascending.
    pub fn rows_of(&self, span_id: SpanId) -> impl Iterator<Item = usize> {
        (0..self.waterfall.len()).filter(move |row| self.span_id(*row) == Some(span_id))
    }

    /// How many events, links and logs the trace has beside its spans.
    #[must_use]
    pub fn count(&self, kind: EventKind) -> usize {
        self.others().filter(|(segment, row)| segment.kind(*row) == kind).count()
    }

    /// Everything but spans, or of one span only, in full and in order of arrival.
    #[must_use]
    pub fn others_of(&self, span_id: Option<SpanId>) -> Vec<Event> {
        let of_span = |segment: &MemorySegment, row| span_id.is_none() || segment.parent_id(row) == span_id;
        self.others()
            .filter(|(segment, row)| of_span(segment, *row))
            .map(|(segment, row)| segment.event(row))
            .collect()
    }

    /// Events and logs to draw on the bars, by row. Those whose span is not there have no bar to stand on.
    #[must_use]
    pub fn marks(&self) -> Vec<Mark> {
        let mut row_of = rustc_hash::FxHashMap::default();
        for row in (0..self.waterfall.len()).rev() {
            if let Some(span_id) = self.span_id(row) {
                row_of.insert(span_id, row as u32);
            }
        }
        let mark = |(segment, row): (&MemorySegment, usize)| {
            let kind = match segment.kind(row) {
                EventKind::SpanEvent => {
                    if segment.name(row) == "exception" {
                        MarkKind::Exception
                    } else {
                        MarkKind::Event
                    }
                }
                EventKind::Log => MarkKind::Log,
                EventKind::Span | EventKind::Link | EventKind::MetricPoint => return None,
            };
            let span_row = *row_of.get(&segment.parent_id(row)?)?;
            Some(Mark { row: span_row, time: Nanos(segment.times()[row]), kind })
        };
        let mut marks: Vec<Mark> = self.others().filter_map(mark).collect();
        marks.sort_unstable_by_key(|mark| (mark.row, mark.time));
        marks
    }
}
