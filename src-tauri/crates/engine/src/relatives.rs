//! What a span's children say of it: its self time, how many they are, and the first other service that it calls.
//!
//! A trace may lie in several segments, so a segment alone does not know. The fields are computed for all segments of
//! a snapshot at once, when a question first names one of them, and kept for as long as the snapshot is asked.

use rustc_hash::{FxHashMap, FxHashSet};
use skep_model::{Codes, Column, EventKind, Nanos, Place, SpanId, TraceId, Value, fields};
use skep_store::{ReadError, Segment};
use std::sync::{Arc, OnceLock};

/// The names of these fields.
pub(crate) const RELATIVE_FIELDS: [&str; 3] = [fields::SELF_MS, fields::CHILD_COUNT, fields::CALLEE];

/// The computed fields of a snapshot's segments.
pub(crate) struct Relatives {
    segments: Vec<Segment>,
    of_segments: OnceLock<Result<Vec<OfSegment>, String>>,
}

/// One entry a row; those of rows that are no spans say nothing.
#[derive(Clone, Debug, Default, PartialEq)]
struct OfSegment {
    self_ns: Vec<u64>,
    n_children: Vec<u32>,
    /// The service called first, from 1 in `services`; 0 for none.
    callee: Vec<u32>,
    services: Arc<[Value]>,
}

/// The columns that are needed of a segment.
struct Spans {
    is_span: Vec<bool>,
    starts: Arc<[u64]>,
    ends: Arc<[u64]>,
    trace_ids: Arc<[u8]>,
    span_ids: Arc<[u8]>,
    parent_ids: Arc<[u8]>,
    /// From 1 in the list of all services; 0 where it is not said.
    service: Vec<u32>,
}

/// A span whose parent lies in another segment.
#[derive(Clone, Copy)]
struct Child {
    trace_id: [u8; TraceId::BYTES],
    start: u64,
    end: u64,
    service: u32,
}

type Id = [u8; SpanId::BYTES];

impl Relatives {
    pub(crate) fn new(segments: Vec<Segment>) -> Self {
        Self { segments, of_segments: OnceLock::new() }
    }

    /// The column of one of [`RELATIVE_FIELDS`] in the segment at this place.
    ///
    /// # Errors
    /// What any segment of the snapshot fails with.
    pub(crate) fn column(&self, segment_idx: usize, field: &str) -> Result<Option<Column>, String> {
        let computed =
            self.of_segments.get_or_init(|| compute(&self.segments).map_err(|error| error.to_string()));
        let of_segment = &computed.as_ref().map_err(Clone::clone)?[segment_idx];
        let kinds = self.segments[segment_idx].kinds().map_err(|error| error.to_string())?;
        Ok(of_segment.column(field, &kinds))
    }
}

impl OfSegment {
    fn column(&self, field: &str, kinds: &[u8]) -> Option<Column> {
        let is_span = |row: usize| kinds[row] == EventKind::Span as u8;
        let doubles = |of_row: &dyn Fn(usize) -> f64| {
            let rows = 0..kinds.len();
            Column::Doubles(rows.map(|row| if is_span(row) { of_row(row) } else { f64::NAN }).collect())
        };
        match field {
            fields::SELF_MS => Some(doubles(&|row| Nanos(self.self_ns[row]).as_millis_f64())),
            fields::CHILD_COUNT => Some(doubles(&|row| f64::from(self.n_children[row]))),
            _ => called(&self.callee, &self.services),
        }
    }
}

/// Only the services that are called here stand in the dictionary.
fn called(callee: &[u32], services: &[Value]) -> Option<Column> {
    let mut new_code = vec![0u32; services.len() + 1];
    let mut dictionary = Vec::new();
    for code in callee.iter().filter(|code| **code != 0) {
        if new_code[*code as usize] == 0 {
            dictionary.push(services[*code as usize - 1].clone());
            new_code[*code as usize] = dictionary.len() as u32;
        }
    }
    let codes = callee.iter().map(|code| new_code[*code as usize]).collect();
    let n_values = dictionary.len() as u32;
    (n_values > 0).then(|| Column::of_codes(Codes::narrow(codes, n_values), dictionary))
}

fn compute(segments: &[Segment]) -> Result<Vec<OfSegment>, ReadError> {
    let mut services: Vec<Value> = Vec::new();
    let mut code_of: FxHashMap<Value, u32> = FxHashMap::default();
    let mut computed = Vec::new();
    let mut elsewhere: FxHashMap<Id, Vec<Child>> = FxHashMap::default();
    for segment in segments {
        let spans = Spans::read(segment, &mut services, &mut code_of)?;
        computed.push(spans.count(&mut elsewhere));
    }
    if !elsewhere.is_empty() {
        for (segment, of_segment) in segments.iter().zip(&mut computed) {
            let spans = Spans::read(segment, &mut services, &mut code_of)?;
            spans.count_again(&elsewhere, of_segment);
        }
    }
    let services: Arc<[Value]> = services.into();
    computed.iter_mut().for_each(|of_segment| of_segment.services = Arc::clone(&services));
    Ok(computed)
}

/// How much of a span its children cover, while they come in order of their starts.
#[derive(Clone, Copy, Default)]
struct Cover {
    covered: u64,
    until: u64,
}

impl Cover {
    /// Adds a child, clipped to its parent.
    fn add(&mut self, (start, end): (u64, u64), child_start: u64, child_end: u64) {
        let child_start = child_start.clamp(self.until.max(start), end);
        let child_end = child_end.clamp(child_start, end);
        self.covered += child_end - child_start;
        self.until = self.until.max(child_end);
    }
}

impl Spans {
    fn read(
        segment: &Segment,
        services: &mut Vec<Value>,
        code_of: &mut FxHashMap<Value, u32>,
    ) -> Result<Self, ReadError> {
        let mut service = vec![0; segment.n_rows()];
        if let Some(Column::Codes { codes, dictionary }) =
            segment.column(Place::Resource, fields::SERVICE_NAME)?
        {
            let global: Vec<u32> = dictionary
                .values()
                .map(|name| {
                    *code_of.entry(name).or_insert_with_key(|name| {
                        services.push(name.clone());
                        services.len() as u32
                    })
                })
                .collect();
            for (row, service) in service.iter_mut().enumerate() {
                *service = codes.at(row).checked_sub(1).map_or(0, |code| global[code as usize]);
            }
        }
        Ok(Self {
            is_span: segment.kinds()?.iter().map(|kind| *kind == EventKind::Span as u8).collect(),
            starts: segment.times()?,
            ends: segment.ends()?,
            trace_ids: segment.trace_ids()?,
            span_ids: segment.span_ids()?,
            parent_ids: segment.parent_ids()?,
            service,
        })
    }

    fn trace(&self, row: usize) -> &[u8; TraceId::BYTES] {
        &self.trace_ids.as_chunks().0[row]
    }

    fn id(&self, row: usize) -> &Id {
        &self.span_ids.as_chunks().0[row]
    }

    fn parent(&self, row: usize) -> &Id {
        &self.parent_ids.as_chunks().0[row]
    }

    /// Start and end; a span that still runs, or that ends before it starts, has no length.
    fn bounds(&self, row: usize) -> (u64, u64) {
        (self.starts[row], self.ends[row].max(self.starts[row]))
    }

    fn rows(&self) -> impl Iterator<Item = usize> {
        (0..self.is_span.len()).filter(|row| self.is_span[*row])
    }

    /// Spans by their id; the first of those that share one.
    fn row_of_id(&self) -> FxHashMap<Id, usize> {
        let mut row_of_id = FxHashMap::default();
        for row in self.rows() {
            row_of_id.entry(*self.id(row)).or_insert(row);
        }
        row_of_id
    }

    /// Rows with the rows of their parents, in order of their starts. Children of others go to `elsewhere`.
    fn children(&self, elsewhere: &mut FxHashMap<Id, Vec<Child>>) -> Vec<(usize, usize)> {
        let row_of_id = self.row_of_id();
        let mut children = Vec::new();
        for row in self.rows().filter(|row| *self.parent(*row) != [0; SpanId::BYTES]) {
            match row_of_id.get(self.parent(row)).filter(|parent| self.trace(**parent) == self.trace(row)) {
                Some(parent) if *parent != row => children.push((row, *parent)),
                Some(_) => {}
                None => {
                    let (start, end) = self.bounds(row);
                    let child = Child { trace_id: *self.trace(row), start, end, service: self.service[row] };
                    elsewhere.entry(*self.parent(row)).or_default().push(child);
                }
            }
        }
        children.sort_by_key(|(row, _)| self.starts[*row]);
        children
    }

    /// What the children in this segment say.
    fn count(&self, elsewhere: &mut FxHashMap<Id, Vec<Child>>) -> OfSegment {
        let n_rows = self.is_span.len();
        let mut cover = vec![Cover::default(); n_rows];
        let (mut n_children, mut callee) = (vec![0; n_rows], vec![0; n_rows]);
        for (row, parent) in self.children(elsewhere) {
            let (start, end) = self.bounds(row);
            cover[parent].add(self.bounds(parent), start, end);
            n_children[parent] += 1;
            if callee[parent] == 0 && self.service[row] != self.service[parent] {
                callee[parent] = self.service[row];
            }
        }
        let self_ns = |row: usize| {
            let (start, end) = self.bounds(row);
            end - start - cover[row].covered
        };
        OfSegment {
            self_ns: (0..n_rows).map(self_ns).collect(),
            n_children,
            callee,
            services: Arc::default(),
        }
    }

    /// The same anew for those spans that have children in other segments.
    fn count_again(&self, elsewhere: &FxHashMap<Id, Vec<Child>>, counted: &mut OfSegment) {
        let row_of_id = self.row_of_id();
        let of_row = |row: usize| {
            let others = elsewhere.get(self.id(row)).filter(|_| row_of_id.get(self.id(row)) == Some(&row))?;
            let mut others: Vec<Child> =
                others.iter().filter(|child| child.trace_id == *self.trace(row)).copied().collect();
            others.sort_by_key(|child| child.start);
            (!others.is_empty()).then_some((row, others))
        };
        let mut families: FxHashMap<usize, Vec<Child>> = self.rows().filter_map(of_row).collect();
        let parents: FxHashSet<usize> = families.keys().copied().collect();
        for (row, parent) in self.children(&mut FxHashMap::default()) {
            if parents.contains(&parent) {
                let (start, end) = self.bounds(row);
                let child = Child { trace_id: *self.trace(row), start, end, service: self.service[row] };
                families.entry(parent).or_default().push(child);
            }
        }
        for (parent, mut children) in families {
            children.sort_by_key(|child| child.start);
            let mut cover = Cover::default();
            let (start, end) = self.bounds(parent);
            children.iter().for_each(|child| cover.add((start, end), child.start, child.end));
            counted.self_ns[parent] = end - start - cover.covered;
            counted.n_children[parent] = u32::try_from(children.len()).unwrap_or(u32::MAX);
            let others = children.iter().map(|child| child.service);
            counted.callee[parent] =
                others.into_iter().find(|other| *other != self.service[parent]).unwrap_or(0);
        }
    }
}
