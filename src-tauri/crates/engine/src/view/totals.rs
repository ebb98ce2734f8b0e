//! What is known of every trace without laying it out, kept for each segment: a list of a hundred thousand traces is
//! sorted and cut by these before any of them is read.

use super::AskError;
use rustc_hash::FxHashMap;
use skep_model::{Column, EventKind, Nanos, Place, TraceId, Value, fields};
use skep_store::{MemorySegment, ReadError, SealedSegment, Segment, Snapshot};
use std::sync::{Arc, Mutex, PoisonError, Weak};

/// Of one trace, from its spans in one segment, or in all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TraceTotal {
    pub(crate) trace_id: TraceId,
    pub(crate) start: Nanos,
    pub(crate) end: Nanos,
    pub(crate) n_spans: u32,
    pub(crate) n_errors: u32,
    /// A bit for each service; those beyond the first 63 share the last one.
    services: u64,
}

impl TraceTotal {
    pub(crate) fn duration(&self) -> Nanos {
        self.end.since(self.start)
    }

    pub(crate) fn n_services(&self) -> u32 {
        self.services.count_ones()
    }

    fn add(&mut self, other: &TraceTotal) {
        self.start = self.start.min(other.start);
        self.end = self.end.max(other.end);
        self.n_spans += other.n_spans;
        self.n_errors += other.n_errors;
        self.services |= other.services;
    }
}

/// The totals of a segment, for as long as it is alive.
type Known = (Alive, Arc<[TraceTotal]>);

/// The totals of segments that were asked for, for as long as the segments are there.
#[derive(Default)]
pub(crate) struct Totals {
    known: Mutex<FxHashMap<usize, Known>>,
    services: Mutex<FxHashMap<Arc<str>, u32>>,
}

/// Says whether the segment that stood at an address is still the same.
enum Alive {
    Memory(Weak<MemorySegment>),
    Sealed(Weak<SealedSegment>),
}

impl Alive {
    fn of(segment: &Segment) -> (usize, Self) {
        match segment {
            Segment::Memory(segment) => {
                (Arc::as_ptr(segment) as usize, Alive::Memory(Arc::downgrade(segment)))
            }
            Segment::Sealed(segment) => {
                (Arc::as_ptr(segment) as usize, Alive::Sealed(Arc::downgrade(segment)))
            }
        }
    }

    fn is_alive(&self) -> bool {
        match self {
            Alive::Memory(segment) => segment.strong_count() > 0,
            Alive::Sealed(segment) => segment.strong_count() > 0,
        }
    }
}

/// What all services share that came after the first 63: a trace of several of them counts them as one.
const LAST_BIT: u32 = u64::BITS - 1;

impl Totals {
    /// Every trace of a snapshot that has a span.
    pub(crate) fn of(&self, snapshot: &Snapshot) -> Result<FxHashMap<TraceId, TraceTotal>, AskError> {
        let mut all: FxHashMap<TraceId, TraceTotal> = FxHashMap::default();
        for segment in snapshot.segments() {
            for total in &*self.of_segment(segment)? {
                all.entry(total.trace_id).and_modify(|known| known.add(total)).or_insert(*total);
            }
        }
        Ok(all)
    }

    fn of_segment(&self, segment: &Segment) -> Result<Arc<[TraceTotal]>, AskError> {
        let (address, alive) = Alive::of(segment);
        let known = || self.known.lock().unwrap_or_else(PoisonError::into_inner);
        // A weak pointer keeps the address from being given to another segment.
        if let Some((_, totals)) = known().get(&address) {
            return Ok(Arc::clone(totals));
        }
        let totals: Arc<[TraceTotal]> = self.count(segment)?.into();
        let mut known = known();
        known.retain(|_, (alive, _)| alive.is_alive());
        known.insert(address, (alive, Arc::clone(&totals)));
        Ok(totals)
    }

    fn count(&self, segment: &Segment) -> Result<Vec<TraceTotal>, ReadError> {
        if segment.census().kinds[EventKind::Span as usize] == 0 {
            return Ok(Vec::new());
        }
        let (ids, kinds) = (segment.trace_ids()?, segment.kinds()?);
        let (times, ends) = (segment.times()?, segment.ends()?);
        let is_error = error_rows(segment)?;
        let service_bit = self.service_bits(segment)?;
        let mut totals: Vec<TraceTotal> = Vec::new();
        let mut at_of: FxHashMap<TraceId, usize> = FxHashMap::default();
        let mut last = usize::MAX;
        for row in (0..segment.n_rows()).filter(|row| kinds[*row] == EventKind::Span as u8) {
            let Ok(trace_id) = TraceId::from_bytes(&ids[row * TraceId::BYTES..][..TraceId::BYTES]) else {
                continue;
            };
            let total = TraceTotal {
                trace_id,
                start: Nanos(times[row]),
                end: Nanos(ends[row].max(times[row])),
                n_spans: 1,
                n_errors: u32::from(is_error(row)),
                services: service_bit(row),
            };
            // Rows of a trace stand side by side where the segment is sealed.
            if totals.get(last).is_none_or(|total| total.trace_id != trace_id) {
                last = *at_of.entry(trace_id).or_insert(totals.len());
            }
            match totals.get_mut(last) {
                Some(known) => known.add(&total),
                None => totals.push(total),
            }
        }
        Ok(totals)
    }

    fn service_bits(&self, segment: &Segment) -> Result<impl Fn(usize) -> u64, ReadError> {
        let column = segment.column(Place::Resource, fields::SERVICE_NAME)?;
        let mut numbers = self.services.lock().unwrap_or_else(PoisonError::into_inner);
        let mut bit = |name: &str| {
            // Senders make up names: those that share the last bit are not remembered.
            let next = numbers.len() as u32;
            1u64 << match numbers.get(name) {
                Some(known) => *known,
                None if next >= LAST_BIT => LAST_BIT,
                None => *numbers.entry(name.into()).or_insert(next),
            }
        };
        let unknown = bit(fields::UNKNOWN_SERVICE);
        let (codes, mut bits) = (column, vec![unknown]);
        if let Some(Column::Codes { dictionary, .. }) = &codes {
            bits.extend(dictionary.values().map(|value| bit(&value.to_string())));
        }
        Ok(move |row: usize| match &codes {
            Some(Column::Codes { codes, .. }) => bits[codes.at(row) as usize],
            _ => unknown,
        })
    }
}

/// Which rows failed, as their senders said.
fn error_rows(segment: &Segment) -> Result<impl Fn(usize) -> bool, ReadError> {
    let columns = [segment.column(Place::Own, fields::ERROR)?, segment.column(Place::Record, fields::ERROR)?];
    let says = |value: &Value| match value {
        Value::Bool(is_error) => *is_error,
        other => !matches!(&*other.to_string(), "" | "0" | "false"),
    };
    let columns = columns.map(|column| {
        let by_code = match &column {
            Some(Column::Codes { dictionary, .. }) => dictionary.values().map(|value| says(&value)).collect(),
            _ => Vec::new(),
        };
        (column, by_code)
    });
    Ok(move |row: usize| {
        let said = columns.iter().find_map(|(column, by_code)| match column {
            Some(Column::Codes { codes, .. }) => {
                (codes.at(row) as usize).checked_sub(1).map(|code| by_code[code])
            }
            Some(column) => column.value(row).map(|value| says(&value)),
            None => None,
        });
        said.unwrap_or(false)
    })
}
