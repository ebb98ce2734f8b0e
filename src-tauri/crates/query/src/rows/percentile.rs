use crate::ask::{Cancel, QueryError};
use crate::ast::Percentile;
use crate::parallel;
use std::sync::{Mutex, PoisonError};

/// Groups handed to a thread at once.
const GROUPS_PER_PIECE: usize = 64;

/// Makes one piece of the values of each group, and brings those at its percentiles to where sorting would bring them.
/// Nothing else is sorted: that would cost several times as much.
pub(super) fn place(
    values: &mut [Vec<Vec<f64>>],
    percentiles: &[Percentile],
    cancel: &Cancel,
) -> Result<(), QueryError> {
    let pieces: Vec<Mutex<&mut [Vec<Vec<f64>>]>> =
        values.chunks_mut(GROUPS_PER_PIECE).map(Mutex::new).collect();
    parallel::map(pieces.len(), cancel, |idx| {
        let mut groups = pieces[idx].lock().unwrap_or_else(PoisonError::into_inner);
        for pieces in groups.iter_mut() {
            let mut values = if pieces.len() == 1 { pieces.swap_remove(0) } else { pieces.concat() };
            place_in(&mut values, percentiles);
            *pieces = vec![values];
        }
        Ok(())
    })?;
    Ok(())
}

fn place_in(values: &mut [f64], percentiles: &[Percentile]) {
    let mut ranks: Vec<usize> = percentiles.iter().filter_map(|p| p.rank_idx(values.len())).collect();
    ranks.sort_unstable();
    ranks.dedup();
    let mut n_placed = 0;
    for rank in ranks {
        // What stands before is smaller already.
        values[n_placed..].select_nth_unstable_by(rank - n_placed, f64::total_cmp);
        n_placed = rank + 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_stand_where_sorting_puts_them() {
        for n in [0_u64, 1, 2, 7, 100, 4321] {
            let mixed = |i: u64| (i.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 40) as f64 - 8e6;
            let groups = vec![(0..n).map(mixed).collect::<Vec<f64>>(), vec![-0.0, 0.0, f64::INFINITY]];
            let mut sorted = groups.clone();
            sorted.iter_mut().for_each(|values| values.sort_unstable_by(f64::total_cmp));
            let halves = |values: &Vec<f64>| {
                values.chunks(values.len().div_ceil(2).max(1)).map(<[f64]>::to_vec).collect()
            };
            let mut groups: Vec<Vec<Vec<f64>>> = groups.iter().map(halves).collect();
            place(&mut groups, &Percentile::ALL, &Cancel::default()).unwrap();
            for (placed, sorted) in groups.iter().map(|pieces| &pieces[0]).zip(&sorted) {
                for rank in Percentile::ALL.iter().filter_map(|p| p.rank_idx(sorted.len())) {
                    assert_eq!(placed[rank].to_bits(), sorted[rank].to_bits(), "rank {rank} of {n}");
                }
            }
        }
    }
}
