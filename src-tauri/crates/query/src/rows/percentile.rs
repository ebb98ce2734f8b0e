use crate::ask::{Cancel, QueryError};
use crate::ast::Percentile;
use crate::parallel;
use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};

/// Groups handed to a thread at once.
const GROUPS_PER_PIECE: usize = 64;

/// Numbers of one group, side by side with those of others.
#[derive(Clone)]
pub(super) struct Piece {
    all: Arc<Vec<f64>>,
    /// Aligned with all: how often each was there, and after [`place`] how often it and all before it were. Nothing
    /// where that is once.
    times: Option<Arc<Vec<u64>>>,
    range: Range<usize>,
}

/// Puts numbers beside those of their group.
pub(super) struct Sorter {
    all: Vec<f64>,
    times: Option<Vec<u64>>,
    /// Where each group begins, and where its next number goes.
    places: Vec<(usize, usize)>,
}

impl Sorter {
    /// For groups with so many numbers at most.
    pub(super) fn new(n_of_group: &[u32], is_weighted: bool) -> Self {
        let mut end = 0;
        let place = |n: &u32| {
            let start = end;
            end += *n as usize;
            (start, start)
        };
        let places = n_of_group.iter().map(place).collect();
        Sorter { all: vec![0.0; end], times: is_weighted.then(|| vec![0; end]), places }
    }

    /// Puts a number that was there `n` times.
    pub(super) fn put(&mut self, group: usize, number: f64, n: u64) {
        let (_, next) = &mut self.places[group];
        self.all[*next] = number;
        if let Some(times) = &mut self.times {
            times[*next] = n;
        }
        *next += 1;
    }

    /// One for each group.
    pub(super) fn pieces(self) -> impl Iterator<Item = Piece> {
        let (all, times) = (Arc::new(self.all), self.times.map(Arc::new));
        let piece =
            move |(start, end)| Piece { all: Arc::clone(&all), times: times.clone(), range: start..end };
        self.places.into_iter().map(piece)
    }
}

impl Piece {
    fn values(&self) -> &[f64] {
        &self.all[self.range.clone()]
    }

    fn times(&self) -> Option<&[u64]> {
        self.times.as_ref().map(|times| &times[self.range.clone()])
    }

    /// The value at a percentile, after [`place`]; nothing where there is none.
    pub(super) fn at(&self, percentile: Percentile) -> Option<f64> {
        let values = self.values();
        let idx = match self.times() {
            None => percentile.rank_idx(values.len())?,
            Some(times) => {
                let rank = percentile.rank_idx(usize::try_from(*times.last()?).ok()?)? as u64;
                times.partition_point(|n_through| *n_through <= rank)
            }
        };
        values.get(idx).copied()
    }

    /// All in order, with how often each and those before it were there.
    fn sorted(pieces: &[Piece]) -> Self {
        let pairs = pieces.iter().flat_map(|piece| {
            let times = piece.times();
            piece.values().iter().enumerate().map(move |(idx, value)| (*value, times.map_or(1, |n| n[idx])))
        });
        let mut pairs: Vec<(f64, u64)> = pairs.collect();
        pairs.sort_unstable_by(|(a, _), (b, _)| a.total_cmp(b));
        let mut n_through = 0;
        let times = pairs.iter().map(|(_, n)| {
            n_through += n;
            n_through
        });
        let times: Vec<u64> = times.collect();
        Piece {
            range: 0..pairs.len(),
            all: Arc::new(pairs.into_iter().map(|(value, _)| value).collect()),
            times: Some(Arc::new(times)),
        }
    }
}

/// Makes one piece of those of each group, and brings the values at its percentiles to where sorting would bring
/// them. Nothing else is sorted: that would cost several times as much.
pub(super) fn place(
    values: &mut [Vec<Piece>],
    percentiles: &[Percentile],
    cancel: &Cancel,
) -> Result<(), QueryError> {
    let pieces: Vec<Mutex<&mut [Vec<Piece>]>> = values.chunks_mut(GROUPS_PER_PIECE).map(Mutex::new).collect();
    parallel::in_parallel(pieces.len(), cancel, |idx| {
        let mut groups = pieces[idx].lock().unwrap_or_else(PoisonError::into_inner);
        for pieces in groups.iter_mut() {
            if pieces.iter().any(|piece| piece.times.is_some()) {
                *pieces = vec![Piece::sorted(pieces)];
                continue;
            }
            let mut all = pieces.iter().map(Piece::values).collect::<Vec<_>>().concat();
            place_in(&mut all, percentiles);
            *pieces = vec![Piece { range: 0..all.len(), all: Arc::new(all), times: None }];
        }
        Ok(())
    })?;
    Ok(())
}

/// The pieces as they were before [`place`] counted through them.
pub(super) fn taken_up(mut values: Vec<Vec<Piece>>) -> Vec<Vec<Piece>> {
    for piece in values.iter_mut().flatten() {
        if let Some(through) = &piece.times {
            let before = std::iter::once(&0).chain(through.iter());
            let times: Vec<u64> =
                through.iter().zip(before).map(|(through, before)| through - before).collect();
            piece.times = Some(Arc::new(times));
        }
    }
    values
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
            let n_of_group: Vec<u32> = groups.iter().map(|values| values.len() as u32 + 1).collect();
            let mut halves = [Sorter::new(&n_of_group, false), Sorter::new(&n_of_group, false)];
            for (group, values) in groups.iter().enumerate() {
                values.iter().enumerate().for_each(|(idx, value)| halves[idx % 2].put(group, *value, 1));
            }
            let [evens, odds] = halves.map(Sorter::pieces);
            let mut groups: Vec<Vec<Piece>> = evens.zip(odds).map(|(a, b)| vec![a, b]).collect();
            place(&mut groups, &Percentile::ALL, &Cancel::default()).unwrap();
            for (placed, sorted) in groups.iter().map(|pieces| pieces[0].values()).zip(&sorted) {
                for rank in Percentile::ALL.iter().filter_map(|p| p.rank_idx(sorted.len())) {
                    assert_eq!(placed[rank].to_bits(), sorted[rank].to_bits(), "rank {rank} of {n}");
                }
            }
        }
    }
}
