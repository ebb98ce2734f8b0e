//! The first look at a field: its dictionaries are counted, and what has none is noted.

use super::count::{Coder, add, count_home};
use super::population::Population;
use super::score::Counts;
use crate::Column;
use crate::ask::{Cancel, QueryError};
use skep_model::Dictionary;
use std::sync::Arc;

/// A field's dictionaries and their counts; the codes themselves are let go segment by segment.
pub(super) struct Walk {
    /// For each segment; nothing where there is none.
    pub(super) dictionaries: Vec<Option<Arc<Dictionary>>>,
    /// Units of the segment by code: one entry more than the dictionary has. Empty where there is none.
    pub(super) counts: Vec<Vec<[u32; 2]>>,
    /// Units that lie in one segment and have the field.
    pub(super) present: Counts,
    /// The segment's own code of each row of a unit in several.
    pub(super) spread_codes: Vec<u32>,
    /// Whether every value is a number.
    pub(super) is_all_numbers: bool,
    /// Whether some segment has the field without a dictionary.
    pub(super) has_plain: bool,
}

pub(super) fn walk(population: &Population<'_>, field: &str, cancel: &Cancel) -> Result<Walk, QueryError> {
    let mut walk = Walk {
        dictionaries: Vec::with_capacity(population.n_segments()),
        counts: Vec::with_capacity(population.n_segments()),
        present: [0, 0],
        spread_codes: vec![0; population.spread.len()],
        is_all_numbers: true,
        has_plain: false,
    };
    for segment_idx in 0..population.n_segments() {
        cancel.check()?;
        let (mut segment_counts, mut segment_dictionary) = (Vec::new(), None);
        match population.column(segment_idx, field)? {
            None => {}
            Some(Column::Codes { codes, dictionary }) => {
                walk.is_all_numbers &= dictionary.are_numbers();
                // What has plain values elsewhere is counted by value, and numbers by step.
                if !walk.has_plain {
                    let coder = Coder::dictionary(codes, Arc::clone(&dictionary));
                    let home = &population.homes[segment_idx];
                    let (present, counts) = count_home(population, home, &coder, dictionary.len() + 1);
                    add(&mut walk.present, present);
                    for idx in &population.spread_of_segment[segment_idx] {
                        let row = population.spread[*idx as usize].row;
                        walk.spread_codes[*idx as usize] = coder.code(row);
                    }
                    (segment_counts, segment_dictionary) = (counts, Some(dictionary));
                }
            }
            Some(Column::Doubles(_) | Column::Ints { .. }) => walk.has_plain = true,
            Some(Column::Texts(_) | Column::Ids { .. }) => {
                (walk.has_plain, walk.is_all_numbers) = (true, false);
            }
        }
        walk.counts.push(segment_counts);
        walk.dictionaries.push(segment_dictionary);
        if walk.has_plain && !walk.is_all_numbers {
            break;
        }
    }
    Ok(walk)
}
