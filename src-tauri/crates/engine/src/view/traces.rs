use super::ask::filter;
use super::totals::TraceTotal;
use super::trace::read::read_many;
use super::{AskError, OrderId, TraceView, View};
use skep_model::{Nanos, TraceId, Value, fields};
use skep_query::{Cancel, CompareOp, Condition, Expr, Filter, Literal, TimeRange, literal_number};
use std::collections::HashSet;
use std::sync::Arc;

/// Which traces to list.
#[derive(Clone, Debug, Default)]
pub struct TraceFilter {
    /// A WHERE expression that some event of the trace has to match; empty lets every trace through. Terms on
    /// [`TRACE_FIELDS`] are about the trace as a whole, where they stand at the top, joined by `AND`.
    pub text: String,
    /// Within which that event has to lie.
    pub range: TimeRange,
    /// Only traces in which some span failed.
    pub errors_only: bool,
    /// By what they are sorted; the newest first when unsaid.
    pub sort: TraceSort,
    /// The least first.
    pub is_ascending: bool,
    /// At most this many.
    pub n_limit: usize,
    /// A list that is still being read, which is kept for as long as it is named here.
    pub held: Option<OrderId>,
}

/// What a list of traces is sorted by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[allow(missing_docs, reason = "the columns of the list")]
pub enum TraceSort {
    #[default]
    Start,
    Duration,
    Spans,
    Errors,
    Services,
}

/// Fields of a trace as a whole.
pub const TRACE_FIELDS: [&str; 5] =
    ["trace.duration_ms", "trace.span_count", "trace.error_count", "trace.service_count", "trace.pinned"];

/// Traces that match, the first of them.
pub struct TraceList {
    /// In the order that was asked for.
    pub traces: Vec<TraceSummary>,
    /// Names all that match, for [`View::traces_at`].
    pub order: OrderId,
    /// Traces that match, those beyond the limit included.
    pub n_matched: u64,
    /// How many of them hold a failed span.
    pub n_matched_with_errors: u64,
    /// Events read.
    pub rows_examined: u64,
}

/// A trace further down a list.
pub struct PlacedTrace {
    /// From 0.
    pub place: usize,
    /// What is there.
    pub trace: TraceSummary,
}

/// One trace in a list.
#[derive(Clone, Debug, PartialEq)]
pub struct TraceSummary {
    /// Which trace.
    pub trace_id: TraceId,
    /// The earliest start.
    pub start: Nanos,
    /// From the earliest start to the latest end.
    pub duration: Nanos,
    /// Of the root span, or of the earliest span while that has not arrived.
    pub root_service: String,
    /// The same span's name.
    pub root_name: String,
    /// Whether the root span is there.
    pub root_arrived: bool,
    /// Spans.
    pub n_spans: u32,
    /// Failed spans.
    pub n_errors: u32,
    /// The root's HTTP status code, else `ok` or `error` where it says so.
    pub status: Option<String>,
    /// Each service's share of the self time of all spans, largest first.
    pub services: Vec<(String, f64)>,
}

/// New and old names of the same attribute, the new one first.
const HTTP_STATUS_FIELDS: [&str; 2] = ["http.response.status_code", "http.status_code"];

impl View {
    /// Lists traces. Two passes: one over what is known of every trace finds those that match and come first, one over
    /// those reads their events.
    ///
    /// # Errors
    /// When the filter or the store cannot be read, or `cancel` was called.
    pub fn traces(&self, wanted: &TraceFilter, cancel: &Cancel) -> Result<TraceList, AskError> {
        let (filter, of_trace) = split(filter(&wanted.text)?);
        if let Some(held) = wanted.held {
            self.known.orders.get(held);
        }
        let totals = self.known.totals.of(self.snapshot())?;
        let everything = filter.expr.is_none() && wanted.range == TimeRange::ALL;
        let matching = if everything { None } else { Some(self.traces_with(&filter, wanted, cancel)?) };
        let (mut n_matched, mut n_matched_with_errors) = (0, 0);
        let mut found: Vec<(u64, Nanos, TraceId)> = Vec::new();
        for (trace_id, total) in &totals {
            let fits = matching.as_ref().is_none_or(|matching| matching.contains(trace_id))
                && of_trace.iter().all(|(field, condition)| {
                    let pinned = self.snapshot().is_pinned(*trace_id);
                    holds(field, condition, number_of(total, field, pinned))
                });
            if !fits {
                continue;
            }
            n_matched_with_errors += u64::from(total.n_errors > 0);
            if total.n_errors > 0 || !wanted.errors_only {
                n_matched += 1;
                found.push((key(total, wanted.sort), total.start, *trace_id));
            }
        }
        match wanted.is_ascending {
            true => found.sort_unstable(),
            false => found.sort_unstable_by(|a, b| b.cmp(a)),
        }
        let ids: Arc<[TraceId]> = found.into_iter().map(|(.., trace_id)| trace_id).collect();
        let first = &ids[..wanted.n_limit.min(ids.len())];
        let traces = read_many(self.snapshot(), first, cancel)?;
        Ok(TraceList {
            traces: traces.iter().map(TraceView::summary).collect::<Result<_, _>>()?,
            order: self.known.orders.keep(ids),
            n_matched,
            n_matched_with_errors,
            rows_examined: self.snapshot().n_rows() as u64,
        })
    }

    /// The traces from `offset` on of a list that was asked for, `n` at most, in the order of then and as they are now;
    /// those that have left the store meanwhile are left out. Nothing when the list is no longer kept.
    ///
    /// # Errors
    /// When the store cannot be read, or `cancel` was called.
    pub fn traces_at(
        &self,
        order: OrderId,
        offset: usize,
        n: usize,
        cancel: &Cancel,
    ) -> Result<Option<Vec<PlacedTrace>>, AskError> {
        let Some(ids) = self.known.orders.get(order) else { return Ok(None) };
        let wanted = &ids[offset.min(ids.len())..offset.saturating_add(n).min(ids.len())];
        let mut place_of = wanted.iter().copied().zip(offset..);
        let mut placed = Vec::new();
        for trace in read_many(self.snapshot(), wanted, cancel)? {
            // What was read comes in the order in which it was asked for.
            let place = place_of.find(|(id, _)| *id == trace.trace_id);
            if let Some((_, place)) = place {
                placed.push(PlacedTrace { place, trace: trace.summary()? });
            }
        }
        Ok(Some(placed))
    }

    /// Traces with an event that matches.
    fn traces_with(
        &self,
        filter: &Filter,
        wanted: &TraceFilter,
        cancel: &Cancel,
    ) -> Result<HashSet<TraceId>, AskError> {
        let hits = skep_query::matching(self.scan(), filter, wanted.range, cancel)?;
        let mut found = HashSet::new();
        for (segment, hits) in self.snapshot().segments().iter().zip(&hits) {
            if hits.is_empty() {
                continue;
            }
            let ids = segment.trace_ids()?;
            // Only a log or a metric point has none.
            let id = |row: usize| TraceId::from_bytes(&ids[row * TraceId::BYTES..][..TraceId::BYTES]).ok();
            found.extend(hits.rows().filter_map(id));
        }
        Ok(found)
    }
}

/// Takes the terms about whole traces out of a conjunction.
fn split(filter: Filter) -> (Filter, Vec<(String, Condition)>) {
    let terms = match filter.expr {
        Some(Expr::And(terms)) => terms,
        expr => expr.into_iter().collect(),
    };
    let (mut of_event, mut of_trace) = (Vec::new(), Vec::new());
    for term in terms {
        match term {
            Expr::Is { field, condition } if TRACE_FIELDS.contains(&&*field) => {
                of_trace.push((field.to_string(), condition));
            }
            term => of_event.push(term),
        }
    }
    let expr = if of_event.len() > 1 { Some(Expr::And(of_event)) } else { of_event.pop() };
    (Filter { expr }, of_trace)
}

fn number_of(total: &TraceTotal, field: &str, is_pinned: bool) -> f64 {
    match field {
        "trace.duration_ms" => total.duration().as_millis_f64(),
        "trace.span_count" => f64::from(total.n_spans),
        "trace.error_count" => f64::from(total.n_errors),
        "trace.service_count" => f64::from(total.n_services()),
        _ => f64::from(u8::from(is_pinned)),
    }
}

fn holds(field: &str, condition: &Condition, number: f64) -> bool {
    let is = |op: CompareOp, literal: &Literal| {
        let Some(other) = literal_number(field, literal) else { return false };
        match op {
            CompareOp::Eq => number == other,
            CompareOp::Ne => number != other,
            CompareOp::Lt => number < other,
            CompareOp::Le => number <= other,
            CompareOp::Gt => number > other,
            CompareOp::Ge => number >= other,
        }
    };
    match condition {
        Condition::Compare(op, literal) => is(*op, literal),
        Condition::In(literals) => literals.iter().any(|literal| is(CompareOp::Eq, literal)),
        Condition::NotIn(literals) => !literals.iter().any(|literal| is(CompareOp::Eq, literal)),
        Condition::Exists => true,
        Condition::Truthy => number != 0.0,
        Condition::DoesNotExist | Condition::Text(..) | Condition::NotText(..) => false,
    }
}

fn key(total: &TraceTotal, sort: TraceSort) -> u64 {
    match sort {
        TraceSort::Start => total.start.0,
        TraceSort::Duration => total.duration().0,
        TraceSort::Spans => u64::from(total.n_spans),
        TraceSort::Errors => u64::from(total.n_errors),
        TraceSort::Services => u64::from(total.n_services()),
    }
}

impl TraceView {
    fn summary(&self) -> Result<TraceSummary, AskError> {
        let waterfall = &self.waterfall;
        let true_root =
            (0..waterfall.len()).find(|row| waterfall.depth[*row] == 0 && !waterfall.oddity[*row].orphan);
        let earliest = (0..waterfall.len()).min_by_key(|row| waterfall.offset[*row]);
        let root = true_root.or(earliest);
        // Wrong clocks make lengths whose sum no integer holds.
        let mut self_time_of = vec![0.0; self.services.len()];
        for (service, self_time) in self.labels.service.iter().zip(&waterfall.self_time) {
            self_time_of[*service as usize] += self_time.0 as f64;
        }
        let total = self_time_of.iter().sum::<f64>().max(1.0);
        let present: HashSet<u32> = self.labels.service.iter().copied().collect();
        let mut services: Vec<(String, f64)> = present
            .into_iter()
            .map(|number| {
                let share = self_time_of[number as usize] / total;
                (self.services[number as usize].to_string(), share)
            })
            .collect();
        services.sort_by(|(a_name, a), (b_name, b)| b.total_cmp(a).then(a_name.cmp(b_name)));
        Ok(TraceSummary {
            trace_id: self.trace_id,
            start: waterfall.start,
            duration: waterfall.total,
            root_service: root.map_or_else(String::new, |row| self.service(row).to_owned()),
            root_name: root.map_or_else(String::new, |row| self.name(row).to_owned()),
            root_arrived: true_root.is_some(),
            n_spans: u32::try_from(waterfall.len()).unwrap_or(u32::MAX),
            n_errors: self.labels.is_error.iter().filter(|is_error| **is_error).count() as u32,
            status: root.map_or(Ok(None), |row| self.status(row))?,
            services,
        })
    }

    fn status(&self, row: usize) -> Result<Option<String>, AskError> {
        let value = |field| Ok::<_, AskError>(self.values(field, &[row as u32])?.pop().flatten());
        for field in HTTP_STATUS_FIELDS {
            if let Some(code) = value(field)? {
                return Ok(Some(code.to_string()));
            }
        }
        Ok(match value(fields::STATUS_CODE)? {
            Some(Value::Int(1)) => Some("ok".to_owned()),
            Some(Value::Int(2)) => Some("error".to_owned()),
            _ => None,
        })
    }
}
