//! What the tee asks of the house around it: filters are the query language's, traces are the store's.

use crate::relatives::RELATIVE_FIELDS;
use crate::scan::SnapshotScan;
use crate::view::filter;
use rustc_hash::FxHashMap;
use skep_forward::Look;
use skep_forward::policy::TraceFacts;
use skep_model::columns::EventColumns;
use skep_model::{Bitmap, EventKind, Text, TraceId};
use skep_query::{Cancel, Expr, TimeRange};
use skep_store::{MemorySegment, ReadError, SealedSegment, Segment, Store};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::{Arc, Mutex, PoisonError, Weak};

/// Prefixes of fields that stand on other spans than the event itself, which may not be there yet.
const RELATIVES: [&str; 7] = ["root.", "parent.", "child.", "any.", "any2.", "any3.", "none."];

/// Newest segments that are looked at for a trace: some two million events, far more than the time a trace is given.
const SEGMENTS_MAX: usize = 32;

pub(crate) struct House {
    store: Store,
    /// What is known of the traces of a segment, by its address, for as long as it is there.
    known: Mutex<FxHashMap<usize, (Alive, Arc<Wholes>)>>,
}

impl Look for House {
    fn check(&self, text: &str) -> Result<(), String> {
        let filter = filter(text).map_err(|error| error.to_string())?;
        match filter.expr.as_ref().and_then(relative) {
            Some(field) => Err(format!(
                "{field} stands on another span, which may come later; use fields of the event itself"
            )),
            None => Ok(()),
        }
    }

    fn matching(&self, events: EventColumns, text: &str) -> Result<Bitmap, String> {
        let filter = filter(text).map_err(|error| error.to_string())?;
        let segment = Segment::Memory(Arc::new(MemorySegment::of_columns(events)));
        let scan = SnapshotScan::of_segments(vec![segment]);
        let matching = skep_query::matching(&scan, &filter, TimeRange::ALL, &Cancel::default());
        let mut matching = matching.map_err(|error| error.to_string())?;
        matching.pop().ok_or_else(|| "the filter gave no answer".to_owned())
    }

    fn traces(&self, ids: &[TraceId]) -> Result<FxHashMap<TraceId, TraceFacts>, String> {
        let snapshot = self.store.snapshot();
        let mut wholes: Wholes = ids.iter().map(|id| (*id, Whole::default())).collect();
        for segment in snapshot.segments().iter().rev().take(SEGMENTS_MAX) {
            let known = self.of_segment(segment).map_err(|error| error.to_string())?;
            for (id, whole) in &mut wholes {
                if let Some(part) = known.get(id) {
                    whole.add(part);
                }
            }
        }
        Ok(wholes.into_iter().map(|(id, whole)| (id, whole.facts())).collect())
    }

    fn network(&self) -> u64 {
        let mut addresses: Vec<_> = if_addrs::get_if_addrs()
            .unwrap_or_default()
            .into_iter()
            .map(|interface| (interface.ip(), interface.name))
            .collect();
        addresses.sort();
        let mut hasher = DefaultHasher::new();
        addresses.hash(&mut hasher);
        hasher.finish()
    }
}

impl House {
    pub(crate) fn new(store: Store) -> Self {
        Self { store, known: Mutex::default() }
    }

    fn of_segment(&self, segment: &Segment) -> Result<Arc<Wholes>, ReadError> {
        let (address, alive) = match segment {
            Segment::Memory(segment) => {
                (Arc::as_ptr(segment) as usize, Alive::Memory(Arc::downgrade(segment)))
            }
            Segment::Sealed(segment) => {
                (Arc::as_ptr(segment) as usize, Alive::Sealed(Arc::downgrade(segment)))
            }
        };
        let known = || self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, wholes)) = known().get(&address) {
            return Ok(Arc::clone(wholes));
        }
        let segment = segment.in_memory()?;
        let mut wholes = Wholes::default();
        for row in 0..segment.n_rows() {
            if let Some(id) = segment.trace_id(row) {
                wholes.entry(id).or_default().take(&segment, row);
            }
        }
        let wholes = Arc::new(wholes);
        let mut known = known();
        known.retain(|_, (alive, _)| alive.is_alive());
        known.insert(address, (alive, Arc::clone(&wholes)));
        Ok(wholes)
    }
}

/// The traces of a segment.
type Wholes = FxHashMap<TraceId, Whole>;

/// A weak pointer keeps the address from being given to another segment.
enum Alive {
    Memory(Weak<MemorySegment>),
    Sealed(Weak<SealedSegment>),
}

impl Alive {
    fn is_alive(&self) -> bool {
        match self {
            Alive::Memory(segment) => segment.strong_count() > 0,
            Alive::Sealed(segment) => segment.strong_count() > 0,
        }
    }
}

/// A trace, as far as it was looked at.
#[derive(Clone, Default)]
struct Whole {
    has_error: bool,
    /// Its first start and its last end.
    bounds: Option<(u64, u64)>,
    /// Of the span that names it: whether it has a parent, its start; and the service.
    named_by: Option<((bool, u64), Text)>,
}

impl Whole {
    fn take(&mut self, segment: &MemorySegment, row: usize) {
        if segment.kind(row) != EventKind::Span {
            return;
        }
        let (start, end) = (segment.times()[row], segment.ends()[row]);
        let rank = (segment.parent_id(row).is_some(), start);
        let is_first = self.named_by.as_ref().is_none_or(|(known, _)| rank < *known);
        self.add(&Whole {
            has_error: segment.is_error(row),
            bounds: Some((start, end.max(start))),
            named_by: is_first.then(|| (rank, Text::from(segment.service(row)))),
        });
    }

    fn add(&mut self, other: &Whole) {
        self.has_error |= other.has_error;
        self.bounds = match (self.bounds, other.bounds) {
            (Some(a), Some(b)) => Some((a.0.min(b.0), a.1.max(b.1))),
            (a, b) => a.or(b),
        };
        let is_better = match (&self.named_by, &other.named_by) {
            (Some((known, _)), Some((rank, _))) => rank < known,
            (None, _) => true,
            (_, None) => false,
        };
        if is_better {
            self.named_by.clone_from(&other.named_by);
        }
    }

    fn facts(self) -> TraceFacts {
        let duration_ms = self.bounds.map_or(0.0, |(first, last)| (last - first) as f64 / 1e6);
        TraceFacts {
            has_error: self.has_error,
            duration_ms,
            service: self.named_by.map(|(_, service)| service),
        }
    }
}

fn relative(expr: &Expr) -> Option<&str> {
    match expr {
        Expr::And(parts) | Expr::Or(parts) => parts.iter().find_map(relative),
        Expr::Not(inside) => relative(inside),
        Expr::Is { field, .. } => {
            // A calculated field names others in its text.
            let is_calculated = field.starts_with('{');
            let names = |prefix: &str| match is_calculated {
                true => field.contains(&format!("${prefix}")),
                false => field.starts_with(prefix),
            };
            let is_relative = RELATIVES.into_iter().any(names) || RELATIVE_FIELDS.contains(&&**field);
            is_relative.then_some(field)
        }
    }
}
