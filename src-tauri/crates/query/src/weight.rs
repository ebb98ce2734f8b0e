//! How many events a stored one stands for. A sender that keeps one of ten says so in `SampleRate`, as Honeycomb's do;
//! counts, sums, means and percentiles are then those of what was there.

use crate::ask::QueryError;
use crate::scan::{by_width, wide};
use crate::{Bitmap, Column, Segment};
use skep_model::fields;

/// The weight of each row of a segment; nothing where each of the rows asked for stands for itself. What is no number of
/// one or more is one.
pub(crate) fn weights(segment: &dyn Segment, rows: &Bitmap) -> Result<Option<Vec<u32>>, QueryError> {
    let Some(column) = segment.column(fields::SAMPLE_RATE)? else { return Ok(None) };
    let weights: Vec<u32> = match &column {
        Column::Codes { codes, dictionary } => {
            let entries = dictionary.entries().map(|entry| entry.as_f64().map_or(1, weight));
            let of_code: Vec<u32> = std::iter::once(1).chain(entries).collect();
            if of_code.iter().all(|weight| *weight == 1) {
                return Ok(None);
            }
            by_width!(codes, codes => codes.iter().map(|code| of_code[wide(*code) as usize]).collect())
        }
        Column::Doubles(doubles) => doubles.iter().map(|rate| weight(*rate)).collect(),
        Column::Ints { ints, present } => {
            let is_there = |row: usize| present.as_ref().is_none_or(|present| present.contains(row));
            let rate = |(row, int): (usize, &i64)| if is_there(row) { weight(*int as f64) } else { 1 };
            ints.iter().enumerate().map(rate).collect()
        }
        Column::Ids { .. } | Column::Texts(_) => return Ok(None),
    };
    Ok(rows.rows().any(|row| weights[row] != 1).then_some(weights))
}

fn weight(rate: f64) -> u32 {
    // Not a number compares as false, and so is one.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between its bounds")]
    if rate > 1.0 { rate.round().min(f64::from(u32::MAX)) as u32 } else { 1 }
}
