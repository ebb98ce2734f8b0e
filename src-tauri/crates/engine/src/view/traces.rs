use super::ask::filter;
use super::{AskError, TraceView, View};
use rustc_hash::FxHashMap;
use skep_model::{EventKind, Nanos, Text, TraceId, Value, fields};
use skep_query::{Cancel, TimeRange};
use skep_store::Segment;

/// Which traces to list.
#[derive(Clone, Debug, Default)]
pub struct TraceFilter {
    /// A WHERE expression that some event of the trace has to match; empty lets every trace through.
    pub text: String,
    /// Within which that event has to lie.
    pub range: TimeRange,
    /// Only traces in which some span failed.
    pub errors_only: bool,
    /// At most this many.
    pub n_limit: usize,
}

/// The newest traces that match.
pub struct TraceList {
    /// Newest first, by the start of their earliest span.
    pub traces: Vec<TraceSummary>,
    /// Traces that match, those beyond the limit included.
    pub n_matched: u64,
    /// How many of them hold a failed span.
    pub n_matched_with_errors: u64,
    /// Events read.
    pub rows_examined: u64,
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

/// What the first pass knows of a trace.
#[derive(Clone, Copy, Default)]
struct Candidate {
    start: Option<Nanos>,
    has_error: bool,
    matches: bool,
}

/// New and old names of the same attribute, the new one first.
const HTTP_STATUS_FIELDS: [&str; 2] = ["http.response.status_code", "http.status_code"];

impl View {
    /// Lists traces. Two passes: one over all events finds the newest that match, one over those reads them.
    ///
    /// # Errors
    /// When the filter cannot be read, or `cancel` was called.
    pub fn traces(&self, wanted: &TraceFilter, cancel: &Cancel) -> Result<TraceList, AskError> {
        let filter = filter(&wanted.text)?;
        let hits = skep_query::matching(self.scan(), &filter, wanted.range, cancel)?;
        let mut candidates: FxHashMap<TraceId, Candidate> = FxHashMap::default();
        for (segment, hits) in self.snapshot().segments().iter().zip(&hits) {
            let is_error = errors(segment);
            for (trace_id, rows) in segment.traces_unsorted() {
                let candidate = candidates.entry(trace_id).or_default();
                for row in rows.iter().map(|row| *row as usize) {
                    if segment.kind(row) == EventKind::Span {
                        let start = Nanos(segment.times()[row]);
                        candidate.start = Some(candidate.start.map_or(start, |known| known.min(start)));
                        candidate.has_error |= is_error(row);
                    }
                    candidate.matches |= hits.contains(row);
                }
            }
        }
        let mut list = TraceList {
            traces: Vec::new(),
            n_matched: 0,
            n_matched_with_errors: 0,
            rows_examined: self.snapshot().n_rows() as u64,
        };
        let mut newest: Vec<(Nanos, TraceId)> = Vec::new();
        for (trace_id, candidate) in candidates {
            // Logs alone make no trace to list: their spans may never come.
            let Some(start) = candidate.start.filter(|_| candidate.matches) else { continue };
            list.n_matched_with_errors += u64::from(candidate.has_error);
            if candidate.has_error || !wanted.errors_only {
                list.n_matched += 1;
                newest.push((start, trace_id));
            }
        }
        newest.sort_unstable_by(|a, b| b.cmp(a));
        newest.truncate(wanted.n_limit);
        list.traces = newest
            .into_iter()
            .filter_map(|(_, trace_id)| self.trace(trace_id))
            .map(|trace| trace.summary())
            .collect();
        Ok(list)
    }
}

/// Tells which rows of a segment are failed spans.
fn errors(segment: &Segment) -> impl Fn(usize) -> bool {
    let column = segment.column(skep_model::Place::Record, fields::ERROR);
    move |row| column.as_ref().and_then(|column| column.value(row)) == Some(&Value::Bool(true))
}

impl TraceView {
    fn summary(&self) -> TraceSummary {
        let waterfall = &self.waterfall;
        let true_root =
            (0..waterfall.len()).find(|row| waterfall.depth[*row] == 0 && !waterfall.oddity[*row].orphan);
        let earliest = (0..waterfall.len()).min_by_key(|row| waterfall.offset[*row]);
        let root = true_root.or(earliest);
        let mut self_time_of: Vec<(&str, u64)> = Vec::new();
        let mut n_errors = 0;
        for row in 0..waterfall.len() {
            n_errors += u32::from(self.is_error(row));
            let service = self.service(row);
            let self_time = waterfall.self_time[row].0;
            match self_time_of.iter_mut().find(|(known, _)| *known == service) {
                Some((_, total)) => *total += self_time,
                None => self_time_of.push((service, self_time)),
            }
        }
        self_time_of.sort_by(|(a_name, a), (b_name, b)| b.cmp(a).then(a_name.cmp(b_name)));
        let total = self_time_of.iter().map(|(_, self_time)| *self_time).sum::<u64>().max(1) as f64;
        TraceSummary {
            trace_id: self.trace_id,
            start: waterfall.start,
            duration: waterfall.total,
            root_service: root.map_or_else(String::new, |row| self.service(row).to_owned()),
            root_name: root.map_or_else(String::new, |row| self.name(row).to_owned()),
            root_arrived: true_root.is_some(),
            n_spans: u32::try_from(waterfall.len()).unwrap_or(u32::MAX),
            n_errors,
            status: root.and_then(|row| self.status(row)),
            services: self_time_of
                .into_iter()
                .map(|(service, self_time)| (service.to_owned(), self_time as f64 / total))
                .collect(),
        }
    }

    fn status(&self, row: usize) -> Option<String> {
        HTTP_STATUS_FIELDS.iter().find_map(|field| self.own_text(row, field)).or_else(|| {
            match self.own_text(row, &Text::from(fields::STATUS_CODE))?.as_str() {
                "1" => Some("ok".to_owned()),
                "2" => Some("error".to_owned()),
                _ => None,
            }
        })
    }
}
