use super::{Place, TraceView};
use crate::view::AskError;
use skep_model::Value;
use skep_query::{QueryError, Scan, Segment};

impl TraceView {
    /// A field's values in some rows, by the names of the query language, in the order of `rows`.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn values(&self, field: &str, rows: &[u32]) -> Result<Vec<Option<Value>>, AskError> {
        let mut wanted: Vec<(Place, usize)> =
            rows.iter().map(|row| self.places[*row as usize]).zip(0..).collect();
        wanted.sort_unstable_by_key(|(place, at)| (place.segment, place.row, *at));
        let mut values = vec![None; rows.len()];
        for of_segment in wanted.chunk_by(|(a, _), (b, _)| a.segment == b.segment) {
            let segment: &dyn Segment = &*self.scan.segments()[of_segment[0].0.segment as usize];
            let rows: Vec<u32> = of_segment.iter().map(|(place, _)| place.row).collect();
            let read = segment.values(field, &rows).map_err(QueryError::from)?;
            for ((_, at), value) in of_segment.iter().zip(read) {
                values[*at] = value;
            }
        }
        Ok(values)
    }
}
