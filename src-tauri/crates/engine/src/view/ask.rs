use super::View;
use super::traces::TRACE_FIELDS;
use crate::relatives::RELATIVE_FIELDS;
use rustc_hash::FxHashMap;
use skep_model::fields;
use skep_query::{
    Bubbleup, BubbleupRequest, Buckets, Cancel, FieldInfo, Filter, Heatmap, HeatmapRequest, Newest,
    NewestRequest, Query, QueryError, Scan, Selection, Series, SyntaxError, Table, TimeRange,
};
use std::sync::Arc;

/// Events of a store in which BubbleUp works out, unasked, which service each span calls.
const CALLEE_ROWS_MAX: usize = 1 << 19;

/// Why a question has no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AskError {
    /// The text cannot be read.
    #[error("{error}")]
    Syntax {
        /// What was read.
        text: String,
        /// Where and why.
        error: SyntaxError,
    },
    /// It can be read but not answered.
    #[error("{0}")]
    Invalid(String),
    /// It was stopped.
    #[error("stopped")]
    Cancelled,
    /// The store could not read a column.
    #[error("{0}")]
    Unreadable(String),
}

impl From<skep_store::ReadError> for AskError {
    fn from(error: skep_store::ReadError) -> Self {
        AskError::Unreadable(error.to_string())
    }
}

impl From<QueryError> for AskError {
    fn from(error: QueryError) -> Self {
        match error {
            QueryError::Cancelled => AskError::Cancelled,
            QueryError::Invalid(reason) => AskError::Invalid(reason),
            QueryError::Unreadable(_) => AskError::Unreadable(error.to_string()),
        }
    }
}

/// Reads a WHERE expression.
pub(crate) fn filter(text: &str) -> Result<Filter, AskError> {
    skep_query::parse_filter(text).map_err(|error| AskError::Syntax { text: text.to_owned(), error })
}

/// Reads a whole query.
fn parse(text: &str) -> Result<Query, AskError> {
    skep_query::parse(text).map_err(|error| AskError::Syntax { text: text.to_owned(), error })
}

impl View {
    /// Answers a query of the text language with a table.
    ///
    /// # Errors
    /// When the text cannot be read or answered, or `cancel` was called.
    pub fn query(&self, text: &str, range: TimeRange, cancel: &Cancel) -> Result<Table, AskError> {
        Ok(skep_query::run(&self.scan, &parse(text)?, range, cancel)?)
    }

    /// The same with what all groups are together, and those that are not shown.
    ///
    /// # Errors
    /// As [`View::query`].
    pub fn query_with_foot(&self, text: &str, range: TimeRange, cancel: &Cancel) -> Result<Table, AskError> {
        Ok(skep_query::run_with_foot(&self.scan, &parse(text)?, range, cancel)?)
    }

    /// Tells the first groups of a query's table over time.
    ///
    /// # Errors
    /// As [`View::query`]; for more buckets or groups than an answer holds.
    pub fn series(
        &self,
        text: &str,
        buckets: Buckets,
        n_groups_max: usize,
        cancel: &Cancel,
    ) -> Result<Series, AskError> {
        Ok(skep_query::over_time(&self.scan, &parse(text)?, buckets, n_groups_max, cancel)?)
    }

    /// A page of the newest events.
    ///
    /// # Errors
    /// When it cannot be answered, or `cancel` was called.
    pub fn newest(&self, request: &NewestRequest, cancel: &Cancel) -> Result<Newest, AskError> {
        Ok(skep_query::newest(&self.scan, request, cancel)?)
    }

    /// Counts values of a field over time.
    ///
    /// # Errors
    /// When it cannot be answered, or `cancel` was called.
    pub fn heatmap(&self, request: &HeatmapRequest, cancel: &Cancel) -> Result<Heatmap, AskError> {
        Ok(skep_query::heatmap(&self.scan, request, cancel)?)
    }

    /// Compares a selection with the rest: what is stored, what is asked for, and which service a span calls. That has
    /// to be worked out, and so is left out of large stores unless the question needs the like anyway.
    ///
    /// # Errors
    /// When it cannot be answered, or `cancel` was called.
    pub fn bubbleup(&self, request: &BubbleupRequest, cancel: &Cancel) -> Result<Bubbleup, AskError> {
        let asked = match &request.selection {
            Selection::Filter(filter) => filter.clone().and(request.base.clone()).fields(),
            Selection::Boxes(boxes) => boxes.iter().map(|one| one.field.clone()).collect(),
        };
        let scan = self.scan.beside(self.known.memos.of(&self.snapshot));
        let is_worked_out = asked.iter().any(|field| RELATIVE_FIELDS.contains(&&**field));
        if !is_worked_out && self.snapshot.n_rows() > CALLEE_ROWS_MAX {
            return Ok(skep_query::bubbleup(&scan, request, cancel)?);
        }
        let mut request = request.clone();
        request.further_fields.push(fields::CALLEE.into());
        Ok(skep_query::bubbleup(&scan, &request, cancel)?)
    }

    /// Every field, by name, with the number of events that have it.
    ///
    /// # Errors
    /// When the store cannot read a segment.
    pub fn fields(&self) -> Result<Vec<FieldInfo>, AskError> {
        let mut n_populated: FxHashMap<Arc<str>, usize> = FxHashMap::default();
        for segment in self.scan.segments() {
            for field in segment.fields_unsorted().map_err(QueryError::from)? {
                *n_populated.entry(field.name).or_default() += field.n_populated;
            }
        }
        // Not counted, since that would compute them: as many events as can have them.
        let n_spans = n_populated.get(fields::DURATION_MS).copied().unwrap_or(0);
        for name in RELATIVE_FIELDS.iter().chain(&TRACE_FIELDS).filter(|_| n_spans > 0) {
            n_populated.entry(Arc::from(*name)).or_insert(n_spans);
        }
        let mut fields: Vec<FieldInfo> =
            n_populated.into_iter().map(|(name, n_populated)| FieldInfo { name, n_populated }).collect();
        fields.sort_unstable_by(|a, b| a.name.cmp(&b.name));
        Ok(fields)
    }

    /// Reads a WHERE expression; empty text lets everything through.
    ///
    /// # Errors
    /// When the text cannot be read.
    pub fn parse_filter(text: &str) -> Result<Filter, AskError> {
        filter(text)
    }
}
