//! From the store's columns to a trace, one pass over each column that the layout needs.

use super::{Other, Place, TraceView};
use crate::scan::SnapshotScan;
use crate::view::AskError;
use rustc_hash::{FxBuildHasher, FxHashMap};
use skep_model::{Column, EventKind, Nanos, Place as FieldPlace, SpanId, Text, TraceId, Value, fields};
use skep_query::{Cancel, Labels, NO_ROW, SpanRow, Waterfall};
use skep_store::{MemorySegment, ReadError, Segment, Snapshot};
use std::sync::Arc;

/// A sealed segment with fewer rows of the trace is cut down to them; of one with more, columns are read as they stand.
const COLUMN_ROWS_MIN: usize = 4096;

/// What is read of one segment: an entry for each of the trace's spans in it.
#[derive(Default)]
struct Part {
    rows: Vec<u32>,
    spans: Vec<SpanRow>,
    service: Vec<u32>,
    name: Vec<u32>,
    is_error: Vec<bool>,
    kind: Vec<Kind>,
    is_mended: Vec<bool>,
    services: Numbered,
    names: Numbered,
    /// With the ids of their spans.
    others: Vec<(Other, Option<SpanId>)>,
}

#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Kind {
    #[default]
    Within,
    Call,
    Handover,
}

/// Texts by number, in order of first appearance.
#[derive(Default)]
struct Numbered {
    number_of: FxHashMap<Arc<str>, u32>,
    texts: Vec<Arc<str>>,
}

impl Numbered {
    fn number(&mut self, text: &str) -> u32 {
        if let Some(number) = self.number_of.get(text) {
            return *number;
        }
        let number = self.texts.len() as u32;
        let text: Arc<str> = text.into();
        self.texts.push(Arc::clone(&text));
        self.number_of.insert(text, number);
        number
    }
}

/// Reads a trace; nothing when the store has no event of it.
pub(super) fn read(
    snapshot: &Snapshot,
    trace_id: TraceId,
    cancel: &Cancel,
) -> Result<Option<TraceView>, AskError> {
    let mut found: Vec<(Segment, Vec<u32>)> = Vec::new();
    for segment in snapshot.segments() {
        let rows = segment.rows_of_trace(trace_id)?;
        if rows.is_empty() {
            continue;
        }
        if segment.is_sealed() && rows.len() < COLUMN_ROWS_MIN {
            let cut = segment.trace(trace_id)?;
            found.extend(cut.map(|(segment, rows)| (Segment::Memory(segment), rows)));
        } else {
            found.push((segment.clone(), rows));
        }
    }
    if found.is_empty() {
        return Ok(None);
    }
    let parts = skep_query::in_parallel(found.len(), cancel, |idx| {
        let (segment, rows) = &found[idx];
        let part = match segment {
            Segment::Memory(segment) => Part::by_row(segment, rows),
            Segment::Sealed(_) => {
                let columns = SpanColumns::read(segment)
                    .map_err(|error| skep_query::QueryError::Unreadable(error.to_string()))?;
                Part::by_column(&columns, rows)
            }
        };
        Ok(part)
    })?;
    let segments = found.into_iter().map(|(segment, _)| segment).collect();
    Ok(Some(lay_out(trace_id, segments, parts)))
}

/// Reads several traces, those that are there: each segment's columns once, one segment at a time.
pub(in crate::view) fn read_many(
    snapshot: &Snapshot,
    trace_ids: &[TraceId],
    cancel: &Cancel,
) -> Result<Vec<TraceView>, AskError> {
    let mut parts: Vec<(Vec<Segment>, Vec<Part>)> = Vec::new();
    parts.resize_with(trace_ids.len(), Default::default);
    for segment in snapshot.segments() {
        cancel.check()?;
        let mut columns = None;
        for (trace_id, (segments, parts)) in trace_ids.iter().zip(&mut parts) {
            let rows = segment.rows_of_trace(*trace_id)?;
            if rows.is_empty() {
                continue;
            }
            let part = match segment {
                Segment::Memory(segment) => Part::by_row(segment, &rows),
                Segment::Sealed(_) => {
                    let columns = match &mut columns {
                        Some(columns) => columns,
                        none => none.insert(SpanColumns::read(segment)?),
                    };
                    Part::by_column(columns, &rows)
                }
            };
            segments.push(segment.clone());
            parts.push(part);
        }
    }
    let read = trace_ids.iter().zip(parts).filter(|(_, (segments, _))| !segments.is_empty());
    Ok(read.map(|(trace_id, (segments, parts))| lay_out(*trace_id, segments, parts)).collect())
}

fn lay_out(trace_id: TraceId, segments: Vec<Segment>, parts: Vec<Part>) -> TraceView {
    let n_spans = parts.iter().map(|part| part.spans.len()).sum();
    let (mut spans, mut places) = (Vec::with_capacity(n_spans), Vec::with_capacity(n_spans));
    let (mut services, mut names) = (Numbered::default(), Numbered::default());
    let mut arrived = Labels::default();
    let (mut is_mended, mut others) = (Vec::with_capacity(n_spans), Vec::new());
    for (idx, part) in parts.into_iter().enumerate() {
        let number = |numbered: &mut Numbered, of_part: &Numbered| -> Vec<u32> {
            of_part.texts.iter().map(|text| numbered.number(text)).collect()
        };
        let (service, name) = (number(&mut services, &part.services), number(&mut names, &part.names));
        arrived.service.extend(part.service.iter().map(|number| service[*number as usize]));
        arrived.name.extend(part.name.iter().map(|number| name[*number as usize]));
        arrived.is_error.extend(&part.is_error);
        arrived.is_call.extend(part.kind.iter().map(|kind| *kind == Kind::Call));
        arrived.is_handover.extend(part.kind.iter().map(|kind| *kind == Kind::Handover));
        is_mended.extend(&part.is_mended);
        places.extend(part.rows.iter().map(|row| Place { segment: idx as u32, row: *row }));
        spans.extend(part.spans);
        let placed = part.others.into_iter().map(|(mut other, span_id)| {
            other.place.segment = idx as u32;
            (other, span_id)
        });
        others.extend(placed);
    }
    let waterfall = Waterfall::new(&spans);
    let idx_of = || waterfall.input_idx.iter().map(|idx| *idx as usize);
    let labels = Labels {
        service: idx_of().map(|idx| arrived.service[idx]).collect(),
        name: idx_of().map(|idx| arrived.name[idx]).collect(),
        is_error: idx_of().map(|idx| arrived.is_error[idx]).collect(),
        is_call: idx_of().map(|idx| arrived.is_call[idx]).collect(),
        is_handover: idx_of().map(|idx| arrived.is_handover[idx]).collect(),
    };
    let ids: Vec<[u8; 8]> = idx_of().map(|idx| spans[idx].id.map_or([0; 8], |id| *id.as_bytes())).collect();
    place_others(&mut others, &ids);
    // Stable: links keep the order of the wire.
    others.sort_by_key(|(other, _)| (other.row, other.time));
    TraceView {
        trace_id,
        places: idx_of().map(|idx| places[idx]).collect(),
        is_mended: idx_of().map(|idx| is_mended[idx]).collect(),
        labels,
        services: services.texts,
        names: names.texts,
        ids,
        others: others.into_iter().map(|(other, _)| other).collect(),
        scan: SnapshotScan::of_segments(segments.clone()),
        segments,
        analysis: Default::default(),
        pictures: Default::default(),
        waterfall,
    }
}

/// Finds the row of each event that is no span. Most traces have none, and then nothing is put in order for it.
fn place_others(others: &mut [(Other, Option<SpanId>)], ids: &[[u8; SpanId::BYTES]]) {
    if others.is_empty() {
        return;
    }
    let mut row_of_id = FxHashMap::with_capacity_and_hasher(ids.len(), FxBuildHasher);
    for (row, id) in ids.iter().enumerate().rev() {
        row_of_id.insert(id, row as u32);
    }
    for (other, span_id) in others {
        let row = span_id.as_ref().and_then(|id| row_of_id.get(id.as_bytes()));
        other.row = row.copied().unwrap_or(NO_ROW);
    }
}

impl Part {
    /// Of a segment in memory: it may hold many other traces.
    fn by_row(segment: &MemorySegment, rows: &[u32]) -> Self {
        let mut part = Self::default();
        let (error, kind) = (Text::from(fields::ERROR), Text::from(fields::SPAN_KIND));
        for row in rows {
            let at = *row as usize;
            let time = Nanos(segment.times()[at]);
            if segment.kind(at) != EventKind::Span {
                let is_exception = segment.name(at) == EXCEPTION;
                part.push_other(*row, segment.kind(at), time, is_exception, segment.parent_id(at));
                continue;
            }
            part.rows.push(*row);
            part.spans.push(SpanRow {
                id: segment.span_id(at),
                parent: segment.parent_id(at),
                start: time,
                end: Nanos(segment.ends()[at]),
            });
            part.service.push(part.services.number(segment.service(at)));
            part.name.push(part.names.number(segment.name(at)));
            part.is_error.push(segment.own_value(at, &error).is_some_and(|value| says_error(&value)));
            part.kind.push(segment.own_value(at, &kind).map_or(Kind::Within, |value| kind_of(&value)));
            part.is_mended.push(segment.flags(at).0 != 0);
        }
        part
    }

    fn by_column(columns: &SpanColumns, rows: &[u32]) -> Self {
        let mut part = Self::default();
        // A small part of a large segment names few of its services and names.
        let mut local = (FxHashMap::default(), FxHashMap::default());
        let id = |ids: &[u8], row: usize| SpanId::from_bytes(&ids[row * 8..row * 8 + 8]).ok();
        for row in rows {
            let at = *row as usize;
            let time = Nanos(columns.times[at]);
            if columns.kinds[at] != EventKind::Span as u8 {
                let kind = OTHER_KINDS.into_iter().find(|kind| *kind as u8 == columns.kinds[at]);
                let kind = kind.unwrap_or(EventKind::MetricPoint);
                let is_exception = columns.name[at] == columns.exception;
                part.push_other(*row, kind, time, is_exception, id(&columns.parents, at));
                continue;
            }
            part.rows.push(*row);
            part.spans.push(SpanRow {
                id: id(&columns.ids, at),
                parent: id(&columns.parents, at),
                start: time,
                end: Nanos(columns.ends[at]),
            });
            let (service, name) = (columns.service[at], columns.name[at]);
            let (services, names) = (&mut part.services, &mut part.names);
            part.service.push(
                *local
                    .0
                    .entry(service)
                    .or_insert_with(|| services.number(&columns.services.texts[service as usize])),
            );
            part.name.push(
                *local.1.entry(name).or_insert_with(|| names.number(&columns.names.texts[name as usize])),
            );
            part.is_error.push(columns.is_error[at].unwrap_or(false));
            part.kind.push(columns.kind[at].unwrap_or_default());
            part.is_mended.push(columns.flags[at] != 0);
        }
        part
    }

    fn push_other(
        &mut self,
        row: u32,
        kind: EventKind,
        time: Nanos,
        is_exception: bool,
        span_id: Option<SpanId>,
    ) {
        let place = Place { segment: 0, row };
        self.others.push((Other { place, row: NO_ROW, time, kind, is_exception }, span_id));
    }
}

/// What the layout needs of a sealed segment, an entry for each of its rows.
struct SpanColumns {
    times: Arc<[u64]>,
    ends: Arc<[u64]>,
    kinds: Arc<[u8]>,
    ids: Arc<[u8]>,
    parents: Arc<[u8]>,
    flags: Arc<[u8]>,
    service: Vec<u32>,
    name: Vec<u32>,
    is_error: Vec<Option<bool>>,
    kind: Vec<Option<Kind>>,
    services: Numbered,
    names: Numbered,
    /// The number of the name that exceptions have.
    exception: u32,
}

impl SpanColumns {
    fn read(segment: &Segment) -> Result<Self, ReadError> {
        let n_rows = segment.n_rows();
        let (mut services, mut names) = (Numbered::default(), Numbered::default());
        let unknown = services.number(fields::UNKNOWN_SERVICE);
        let service =
            per_row(segment.column(FieldPlace::Resource, fields::SERVICE_NAME)?, n_rows, unknown, |value| {
                services.number(&value.to_string())
            });
        let unnamed = names.number("");
        let name = match segment.names()? {
            // Nearly all different: looked at in place.
            Some(Column::Texts(texts)) => {
                (0..n_rows).map(|row| names.number(texts.get(row).unwrap_or_default())).collect()
            }
            column => per_row(column, n_rows, unnamed, |value| names.number(&value.to_string())),
        };
        let of_field = |field: &str| -> Result<_, ReadError> {
            Ok((segment.column(FieldPlace::Own, field)?, segment.column(FieldPlace::Record, field)?))
        };
        Ok(Self {
            times: segment.times()?,
            ends: segment.ends()?,
            kinds: segment.kinds()?,
            ids: segment.span_ids()?,
            parents: segment.parent_ids()?,
            flags: segment.flags()?,
            service,
            name,
            is_error: nearest(of_field(fields::ERROR)?, n_rows, says_error),
            kind: nearest(of_field(fields::SPAN_KIND)?, n_rows, kind_of),
            exception: names.number(EXCEPTION),
            services,
            names,
        })
    }
}

const EXCEPTION: &str = "exception";
const OTHER_KINDS: [EventKind; 4] =
    [EventKind::SpanEvent, EventKind::Link, EventKind::Log, EventKind::MetricPoint];

/// What a field says of each row: its entry of the dictionary is looked at once.
fn per_row<T: Copy>(
    column: Option<Column>,
    n_rows: usize,
    none: T,
    mut of: impl FnMut(&Value) -> T,
) -> Vec<T> {
    match column {
        None => vec![none; n_rows],
        Some(Column::Codes { codes, dictionary }) => {
            let mut by_code = vec![none];
            by_code.extend(dictionary.values().map(|value| of(&value)));
            (0..n_rows).map(|row| by_code[codes.at(row) as usize]).collect()
        }
        Some(column) => (0..n_rows).map(|row| column.value(row).map_or(none, |value| of(&value))).collect(),
    }
}

/// The same of a field at two places, of which the first wins.
fn nearest<T: Copy>(
    (own, record): (Option<Column>, Option<Column>),
    n_rows: usize,
    of: impl Fn(&Value) -> T,
) -> Vec<Option<T>> {
    let record = per_row(record, n_rows, None, |value| Some(of(value)));
    if own.is_none() {
        return record;
    }
    let own = per_row(own, n_rows, None, |value| Some(of(value)));
    own.into_iter().zip(record).map(|(own, record)| own.or(record)).collect()
}

/// Honeycomb's senders may say so in words.
fn says_error(value: &Value) -> bool {
    match value {
        Value::Bool(is_error) => *is_error,
        other => !matches!(&*other.to_string(), "" | "0" | "false"),
    }
}

fn kind_of(value: &Value) -> Kind {
    match &*value.to_string() {
        "client" => Kind::Call,
        "producer" => Kind::Handover,
        _ => Kind::Within,
    }
}
