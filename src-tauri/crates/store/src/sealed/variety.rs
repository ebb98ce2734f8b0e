//! How many different values a field has, and of which type they are.

use super::header::Form;
use rustc_hash::{FxBuildHasher, FxHashSet};
use skep_model::columns::{FieldColumn, PackedDictionary};

/// Of so many values it is enough to look at one in eight, those whose hashes begin with three zeros: that tells how
/// many are different to about one in fifty.
const SAMPLED_VALUES_MIN: usize = 16 << 10;
const SAMPLED_BITS: u32 = 3;

/// Whether there are more than `limit` distinct values in all. Inputs share values: each of many small requests may
/// bring only new ones, and all of them together few.
pub(super) fn has_more_values(parts: &[(usize, &FieldColumn)], limit: usize) -> bool {
    let n_at_most: usize = parts.iter().map(|(_, part)| part.dictionary().len()).sum();
    if n_at_most <= limit {
        return false;
    }
    // Two values of one hash would only make this guess a little low.
    let n_ignored_bits = if limit < SAMPLED_VALUES_MIN { 0 } else { SAMPLED_BITS };
    let limit = limit >> n_ignored_bits;
    let is_looked_at = |hash: &u64| hash.leading_zeros() >= n_ignored_bits;
    let mut seen = FxHashSet::with_capacity_and_hasher(limit + 1, FxBuildHasher);
    let hashes = parts.iter().flat_map(|(_, part)| {
        let dictionary = part.dictionary();
        (0..dictionary.len()).map(|number| dictionary.hash(number))
    });
    hashes.filter(is_looked_at).any(|hash| seen.insert(hash) && seen.len() > limit)
}

/// How values that are all of one type can be kept without a dictionary.
pub(super) fn plain_form(parts: &[(usize, &FieldColumn)]) -> Option<Form> {
    let all = |is_it: fn(&PackedDictionary, usize) -> bool| {
        parts
            .iter()
            .all(|(_, part)| (0..part.dictionary().len()).all(|number| is_it(part.dictionary(), number)))
    };
    if all(PackedDictionary::is_text) {
        Some(Form::Texts)
    } else if all(|values, number| values.int(number).is_some()) {
        Some(Form::Ints)
    } else if all(|values, number| values.double(number).is_some_and(|double| !double.is_nan())) {
        Some(Form::Doubles)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use skep_model::columns::ValueRef;
    use std::ops::Range;

    fn has_more(inputs: &[Range<i64>], limit: usize) -> bool {
        let column =
            |values: &Range<i64>| FieldColumn::of_values((0..).zip(values.clone().map(ValueRef::Int)));
        let columns: Vec<FieldColumn> = inputs.iter().map(column).collect();
        has_more_values(&columns.iter().enumerate().collect::<Vec<_>>(), limit)
    }

    #[test]
    fn inputs_that_share_their_values_have_few() {
        let alike = vec![0..100; 10];
        assert!(!has_more(&alike, 100));
        assert!(has_more(&alike, 99));
        let unlike: Vec<Range<i64>> = (0..10).map(|idx| idx * 100..idx * 100 + 100).collect();
        assert!(has_more(&unlike, 500));
        assert!(!has_more(&unlike, 1000));
    }

    #[test]
    fn of_very_many_values_a_sample_tells_how_many_are_different() {
        let limit = 2 * SAMPLED_VALUES_MIN;
        let n = i64::try_from(limit).unwrap();
        // An eighth more, and an eighth less: far beyond what a sample is wrong by.
        assert!(has_more(&vec![0..n + n / 8; 2], limit));
        assert!(!has_more(&vec![0..n - n / 8; 3], limit));
    }
}
