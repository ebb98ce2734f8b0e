//! Traces by their paths, alone or beside others.

use super::trace::read::read_many;
use super::{AskError, TraceView, View};
use rustc_hash::FxHashMap;
use skep_model::{Nanos, TraceId, fields};
use skep_query::{Cancel, Labels, Shape, ShapeNode, TimeRange};
use std::collections::HashSet;
use std::sync::Arc;

/// Traces that make the usual: enough for means that stand, few enough to be read at once.
const TYPICAL_MAX: usize = 50;

/// Of those with more spans one is enough to learn from, and fifty take a while.
const TYPICAL_SPANS_MAX: usize = 200_000;

/// A path that weighs less than this part of the whole is not told.
const LEAST_SHARE: f64 = 1.0 / 4000.0;

/// Paths told at most.
const NODES_MAX: usize = 5_000;

/// A trace by its paths, beside what it is compared with.
pub struct TraceShape {
    /// The trace that was asked for.
    pub trace: Arc<TraceView>,
    /// What it was compared with: the traces of the second side.
    pub others: Vec<OtherTrace>,
    /// In pre-order; services and names are numbers into the lists below.
    pub nodes: Vec<ShapeNode>,
    /// Distinct services.
    pub services: Vec<Arc<str>>,
    /// Distinct names.
    pub names: Vec<Arc<str>>,
}

/// What is known of a trace of the second side.
#[derive(Clone, Debug)]
pub struct OtherTrace {
    /// Which trace.
    pub trace_id: TraceId,
    /// Its service and name.
    pub root: (String, String),
    /// The earliest start.
    pub start: Nanos,
    /// From the earliest start to the latest end.
    pub duration: Nanos,
    /// Spans.
    pub n_spans: usize,
}

impl View {
    /// A trace beside others; nothing when it is not there.
    ///
    /// # Errors
    /// When the store cannot be read, or `cancel` was called.
    pub fn trace_shape(
        &self,
        trace_id: TraceId,
        others: &[TraceId],
        cancel: &Cancel,
    ) -> Result<Option<TraceShape>, AskError> {
        let Some(trace) = self.trace(trace_id, cancel)? else { return Ok(None) };
        let mut numbers = Numbers::default();
        let mut shape = Shape::default();
        shape.add(0, &trace.waterfall, &numbers.of(&trace));
        let (mut known, mut n_spans) = (Vec::new(), 0);
        for other in read_many(self.snapshot(), others, cancel)? {
            if n_spans > TYPICAL_SPANS_MAX {
                break;
            }
            n_spans += other.waterfall.len();
            shape.add(1, &other.waterfall, &numbers.of(&other));
            let root = other.waterfall.main_row().map_or_else(Default::default, |row| {
                (other.service(row as usize).to_owned(), other.name(row as usize).to_owned())
            });
            known.push(OtherTrace {
                trace_id: other.trace_id,
                root,
                start: other.waterfall.start,
                duration: other.waterfall.total,
                n_spans: other.waterfall.len(),
            });
        }
        let whole: f64 = trace.waterfall.self_time.iter().map(|own| own.0 as f64).sum();
        let mut nodes = shape.nodes(whole * LEAST_SHARE);
        nodes.truncate(NODES_MAX);
        let n_nodes = nodes.len() as u32;
        nodes.iter_mut().for_each(|node| node.subtree_end = node.subtree_end.min(n_nodes));
        Ok(Some(TraceShape { trace, others: known, nodes, services: numbers.services, names: numbers.names }))
    }

    /// The newest other traces whose root has the same service and name.
    ///
    /// # Errors
    /// When the store cannot be read, or `cancel` was called.
    pub fn traces_like(&self, trace: &TraceView, cancel: &Cancel) -> Result<Vec<TraceId>, AskError> {
        let Some(row) = trace.waterfall.main_row() else { return Ok(Vec::new()) };
        let is = |field: &str, text: &str| format!("`{field}` = {}", quoted(text));
        let (service, name) = (trace.service(row as usize), trace.name(row as usize));
        let text =
            format!("is_root and {} and {}", is(fields::SERVICE_NAME, service), is(fields::NAME, name));
        let filter = super::ask::filter(&text)?;
        let hits = skep_query::matching(self.scan(), &filter, TimeRange::ALL, cancel)?;
        let mut found: Vec<(Nanos, TraceId)> = Vec::new();
        for (segment, hits) in self.snapshot().segments().iter().zip(&hits) {
            if hits.is_empty() {
                continue;
            }
            let (ids, times) = (segment.trace_ids()?, segment.times()?);
            let of_row = |row: usize| {
                let id = TraceId::from_bytes(&ids[row * TraceId::BYTES..][..TraceId::BYTES]).ok()?;
                (id != trace.trace_id).then_some((Nanos(times[row]), id))
            };
            found.extend(hits.rows().filter_map(of_row));
        }
        found.sort_unstable_by(|a, b| b.cmp(a));
        let mut seen = HashSet::new();
        Ok(found.into_iter().map(|(_, id)| id).filter(|id| seen.insert(*id)).take(TYPICAL_MAX).collect())
    }
}

/// A text as the query language writes it.
fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

/// Services and names numbered alike for all traces.
#[derive(Default)]
struct Numbers {
    services: Vec<Arc<str>>,
    names: Vec<Arc<str>>,
    service_of: FxHashMap<Arc<str>, u32>,
    name_of: FxHashMap<Arc<str>, u32>,
}

impl Numbers {
    fn of(&mut self, trace: &TraceView) -> Labels {
        let number = |texts: &[Arc<str>], list: &mut Vec<Arc<str>>, known: &mut FxHashMap<Arc<str>, u32>| {
            let of_text = |text: &Arc<str>| {
                *known.entry(Arc::clone(text)).or_insert_with(|| {
                    list.push(Arc::clone(text));
                    list.len() as u32 - 1
                })
            };
            texts.iter().map(of_text).collect::<Vec<u32>>()
        };
        let services = number(&trace.services, &mut self.services, &mut self.service_of);
        let names = number(&trace.names, &mut self.names, &mut self.name_of);
        let labels = &trace.labels;
        Labels {
            service: labels.service.iter().map(|one| services[*one as usize]).collect(),
            name: labels.name.iter().map(|one| names[*one as usize]).collect(),
            ..labels.clone()
        }
    }
}
