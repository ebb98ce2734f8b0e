use super::TraceView;
use crate::view::AskError;
use crate::view::ask::filter;
use skep_model::{Bitmap, Column, SpanId, Value};
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
        let wanted = text.to_lowercase();
        let segments = self.scan.segments();
        let hits = skep_query::in_parallel(segments.len(), cancel, |idx| {
            let segment = &*segments[idx];
            let mut hits = Bitmap::none(segment.n_rows());
            for field in segment.fields_unsorted()? {
                if let Some(column) = segment.column(&field.name)? {
                    mark(&column, &wanted, &mut hits);
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

/// Numbers and ids are texts too, to who looks for them. Each entry of a dictionary is looked at once.
fn mark(column: &Column, wanted: &str, hits: &mut Bitmap) {
    let holds = |value: &Value| match value {
        Value::Text(text) => contains(text, wanted),
        Value::Bool(_) => false,
        other => contains(&other.to_string(), wanted),
    };
    match column {
        Column::Codes { codes, dictionary } => {
            let mut by_code = vec![false];
            by_code.extend(dictionary.values().map(|value| holds(&value)));
            if by_code.contains(&true) {
                (0..codes.n_rows())
                    .filter(|row| by_code[codes.at(*row) as usize])
                    .for_each(|row| hits.set(row));
            }
        }
        Column::Texts(texts) => {
            let is_hit = |row: &usize| texts.get(*row).is_some_and(|text| contains(text, wanted));
            (0..texts.n_rows()).filter(is_hit).for_each(|row| hits.set(row));
        }
        // Of a measured number nobody knows the digits.
        Column::Doubles(_) => {}
        Column::Ints { .. } | Column::Ids { .. } => {
            let is_hit = |row: &usize| column.value(*row).is_some_and(|value| holds(&value));
            (0..column.n_rows()).filter(is_hit).for_each(|row| hits.set(row));
        }
    }
}

fn contains(text: &str, wanted: &str) -> bool {
    if text.is_ascii() && wanted.is_ascii() {
        let (text, wanted) = (text.as_bytes(), wanted.as_bytes());
        return text.windows(wanted.len()).any(|window| window.eq_ignore_ascii_case(wanted));
    }
    text.to_lowercase().contains(wanted)
}
