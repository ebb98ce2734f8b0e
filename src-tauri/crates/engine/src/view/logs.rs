//! Log records of the whole store, or of a trace, a page of a list at a time.

use super::ask::filter;
use super::{AskError, View};
use skep_model::{Event, EventKind, TraceId, fields};
use skep_query::{Cancel, QueryError, TimeRange};

/// Which logs to list.
#[derive(Clone, Debug, Default)]
pub struct LogFilter {
    /// A WHERE expression; empty lets everything through.
    pub text: String,
    /// Within which they were written.
    pub range: TimeRange,
    /// Only those of a trace.
    pub trace_id: Option<TraceId>,
    /// The least `severity_code`; 0 lets also through those that do not say.
    pub severity_min: i64,
    /// Oldest first.
    pub is_ascending: bool,
    /// How many to pass over.
    pub first: usize,
    /// At most this many.
    pub n_limit: usize,
}

/// A page of logs.
#[derive(Debug, Default)]
pub struct LogList {
    /// In the order that was asked for.
    pub logs: Vec<Event>,
    /// All that match.
    pub n_matched: u64,
    /// How many of them have each severity: unspecified, trace, debug, info, warn, error, fatal; before `severity_min`.
    pub by_severity: [u64; 7],
    /// Events read.
    pub rows_examined: u64,
}

impl View {
    /// Lists logs.
    ///
    /// # Errors
    /// When the filter or the store cannot be read, or `cancel` was called.
    pub fn logs(&self, wanted: &LogFilter, cancel: &Cancel) -> Result<LogList, AskError> {
        let filter = filter(&wanted.text)?;
        let hits = skep_query::matching(self.scan(), &filter, wanted.range, cancel)?;
        let mut list = LogList { rows_examined: self.snapshot().n_rows() as u64, ..LogList::default() };
        let mut found: Vec<(u64, u32, u32)> = Vec::new();
        for (idx, segment) in self.snapshot().segments().iter().enumerate() {
            if segment.census().kinds[EventKind::Log as usize] == 0 {
                continue;
            }
            cancel.check().map_err(AskError::from)?;
            let of_trace = wanted.trace_id.map(|trace_id| segment.rows_of_trace(trace_id)).transpose()?;
            if of_trace.as_ref().is_some_and(Vec::is_empty) {
                continue;
            }
            let (kinds, times) = (segment.kinds()?, segment.times()?);
            let severity = self.scan().segments()[idx]
                .column(fields::SEVERITY_CODE)
                .map_err(|error| AskError::from(QueryError::from(error)))?;
            let mut add = |row: usize| {
                if kinds[row] != EventKind::Log as u8 || !hits[idx].contains(row) {
                    return;
                }
                let code =
                    severity.as_ref().and_then(|column| column.value(row)).and_then(|value| value.as_f64());
                let code = code.unwrap_or(0.0) as i64;
                // OTLP gives each word four numbers, from 1.
                list.by_severity[usize::try_from((code + 3) / 4).unwrap_or(0).min(6)] += 1;
                if code >= wanted.severity_min {
                    found.push((times[row], idx as u32, row as u32));
                }
            };
            match of_trace {
                Some(rows) => rows.into_iter().for_each(|row| add(row as usize)),
                None => hits[idx].for_each_row(add),
            }
        }
        list.n_matched = found.len() as u64;
        found.sort_unstable();
        if !wanted.is_ascending {
            found.reverse();
        }
        let page: Vec<(u64, u32, u32)> = found.into_iter().skip(wanted.first).take(wanted.n_limit).collect();
        for run in page.chunk_by(|a, b| a.1 == b.1) {
            // Events are read ascending, and given back in the list's order.
            let mut rows: Vec<u32> = run.iter().map(|(.., row)| *row).collect();
            rows.sort_unstable();
            let events = self.snapshot().segments()[run[0].1 as usize].events(&rows)?;
            for (.., row) in run {
                if let Ok(at) = rows.binary_search(row) {
                    list.logs.push(events[at].clone());
                }
            }
        }
        Ok(list)
    }
}
