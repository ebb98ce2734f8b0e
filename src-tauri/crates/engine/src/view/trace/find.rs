use super::TraceView;
use super::needle::Needle;
use crate::view::AskError;
use crate::view::ask::filter;
use skep_model::{Bitmap, SpanId};
use skep_query::{Cancel, Condition, Expr, Filter, NO_ROW, QueryError, Scan, TimeRange};

impl TraceView {
    /// Rows that match, ascending. A text that reads as a condition is one; any other is looked for in every value. An
    /// event or a log that matches stands for its span.
    ///
    /// # Errors
    /// When the store cannot be read, or `cancel` was called.
    pub fn find(&self, text: &str, cancel: &Cancel) -> Result<Vec<u32>, AskError> {
        let text = text.trim();
        if text.is_empty() {
            return Ok(Vec::new());
        }
        match skep_query::parse_filter(text) {
            Ok(filter) if self.is_condition(&filter)? => self.matching(&filter, cancel),
            _ => self.containing(text, cancel),
        }
    }

    /// Rows that pass a WHERE expression, ascending.
    ///
    /// # Errors
    /// When the text cannot be read, the store cannot, or `cancel` was called.
    pub fn passing(&self, text: &str, cancel: &Cancel) -> Result<Vec<u32>, AskError> {
        self.matching(&filter(text)?, cancel)
    }

    /// A word alone is a condition only where it names a field of the trace: `error` does, `cart` may not.
    fn is_condition(&self, filter: &Filter) -> Result<bool, AskError> {
        let Some(Expr::Is { field, condition: Condition::Truthy }) = &filter.expr else {
            return Ok(filter.expr.is_some());
        };
        for segment in self.scan.segments() {
            if segment.column(field).map_err(QueryError::from)?.is_some() {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn matching(&self, filter: &Filter, cancel: &Cancel) -> Result<Vec<u32>, AskError> {
        Ok(self.rows_in(&skep_query::matching(&self.scan, filter, TimeRange::ALL, cancel)?))
    }

    /// Rows with the text in some value, in any case of letters.
    fn containing(&self, text: &str, cancel: &Cancel) -> Result<Vec<u32>, AskError> {
        if let Ok(id) = SpanId::from_hex(text)
            && let Some(row) = self.row_of(id, 0)
        {
            return Ok(vec![row as u32]);
        }
        let needle = Needle::new(text);
        let segments = self.scan.segments();
        let hits = skep_query::in_parallel(segments.len(), cancel, |idx| {
            let segment = &*segments[idx];
            let mut hits = Bitmap::none(segment.n_rows());
            for field in segment.fields_unsorted()? {
                if let Some(column) = segment.column(&field.name)? {
                    needle.mark(&column, &mut hits);
                }
            }
            Ok(hits)
        })?;
        Ok(self.rows_in(&hits))
    }

    /// From rows of segments to rows of the waterfall.
    fn rows_in(&self, hits: &[Bitmap]) -> Vec<u32> {
        let is_hit = |place: &super::Place| hits[place.segment as usize].contains(place.row as usize);
        let mut is_found: Vec<bool> = self.places.iter().map(is_hit).collect();
        for other in self.others.iter().filter(|other| other.row != NO_ROW && is_hit(&other.place)) {
            is_found[other.row as usize] = true;
        }
        (0..self.places.len() as u32).filter(|row| is_found[*row as usize]).collect()
    }
}
