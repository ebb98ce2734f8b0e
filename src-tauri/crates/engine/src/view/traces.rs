use super::ask::filter;
use super::{AskError, TraceView, View};
use rustc_hash::FxHashMap;
use skep_model::{Nanos, Text, TraceId, fields};
use skep_query::{Cancel, TimeRange};
use skep_store::TraceInfo;

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
    /// Lists traces. Two passes: one over what is known of every trace finds the newest that match, one over those reads
    /// their events.
    ///
    /// # Errors
    /// When the filter or the store cannot be read, or `cancel` was called.
    pub fn traces(&self, wanted: &TraceFilter, cancel: &Cancel) -> Result<TraceList, AskError> {
        let filter = filter(&wanted.text)?;
        let everything = filter.expr.is_none() && wanted.range == TimeRange::ALL;
        let mut candidates: FxHashMap<TraceId, Candidate> = FxHashMap::default();
        for segment in self.snapshot().segments() {
            for TraceInfo { trace_id, start, has_error } in segment.traces()? {
                let candidate = candidates.entry(trace_id).or_default();
                candidate.start = candidate.start.into_iter().chain(start).min();
                candidate.has_error |= has_error;
                candidate.matches |= everything;
            }
        }
        if !everything {
            let hits = skep_query::matching(self.scan(), &filter, wanted.range, cancel)?;
            for (segment, hits) in self.snapshot().segments().iter().zip(&hits) {
                if hits.is_empty() {
                    continue;
                }
                let ids = segment.trace_ids()?;
                for row in hits.rows() {
                    // Only a log or a metric point has none.
                    let Ok(id) = TraceId::from_bytes(&ids[row * TraceId::BYTES..][..TraceId::BYTES]) else {
                        continue;
                    };
                    if let Some(candidate) = candidates.get_mut(&id) {
                        candidate.matches = true;
                    }
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
        for (_, trace_id) in newest {
            list.traces.extend(self.trace(trace_id)?.map(|trace| trace.summary()));
        }
        Ok(list)
    }
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
