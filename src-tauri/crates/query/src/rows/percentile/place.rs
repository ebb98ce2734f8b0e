//! Any percentiles: the numbers of a group are put side by side, and those at its ranks brought to their places.

use super::super::places::Places;
use super::{Part, place_ranks};
use crate::ask::{Cancel, QueryError};
use crate::ast::Percentile;
use crate::parallel;
use crate::rows::group::RowIdxs;
use std::ops::Range;
use std::sync::Arc;

/// Groups handed to a thread at once.
const GROUPS_PER_PIECE: usize = 64;

/// The value of each group at each percentile, group by group.
pub(super) fn find(
    parts: &[Part],
    n_groups: usize,
    percentiles: &[Percentile],
    cancel: &Cancel,
) -> Result<Vec<Option<f64>>, QueryError> {
    let pieces = parallel::in_parallel(parts.len(), cancel, |idx| {
        let part = &parts[idx];
        let mut sorter = Sorter::new(&part.n_rows_of_group, part.weights.is_some());
        part.groups.each(&RowIdxs::All(part.numbers.len()), |row, _, group| {
            let number = part.numbers[row];
            if !number.is_nan() {
                sorter.put(group, number, part.weights.as_ref().map_or(1, |weights| u64::from(weights[row])));
            }
        });
        Ok(sorter.pieces().collect::<Vec<Piece>>())
    })?;
    let mut of_group: Vec<Vec<Piece>> = vec![Vec::new(); n_groups];
    for (part, pieces) in parts.iter().zip(pieces) {
        for (group, piece) in part.answer_groups.iter().zip(pieces) {
            if let Some(group) = group {
                of_group[*group].push(piece);
            }
        }
    }
    let n_pieces = n_groups.div_ceil(GROUPS_PER_PIECE);
    let values = parallel::in_parallel(n_pieces, cancel, |piece| {
        let groups = &of_group[piece * GROUPS_PER_PIECE..n_groups.min((piece + 1) * GROUPS_PER_PIECE)];
        Ok(groups.iter().flat_map(|pieces| at_ranks(pieces, percentiles)).collect::<Vec<_>>())
    })?;
    Ok(values.concat())
}

/// One group's values at percentiles.
fn at_ranks(pieces: &[Piece], percentiles: &[Percentile]) -> Vec<Option<f64>> {
    if pieces.iter().any(|piece| piece.times.is_some()) {
        let sorted = Sorted::new(pieces);
        return percentiles.iter().map(|percentile| sorted.at(*percentile)).collect();
    }
    let mut all = pieces.iter().map(Piece::values).collect::<Vec<_>>().concat();
    let rank = |percentile: &Percentile| percentile.rank_idx(all.len());
    let ranks: Vec<Option<usize>> = percentiles.iter().map(rank).collect();
    place_ranks(&mut all, ranks.iter().copied().flatten().collect(), f64::total_cmp);
    ranks.into_iter().map(|rank| rank.map(|rank| all[rank])).collect()
}

/// Numbers of one group, side by side with those of others.
#[derive(Clone)]
struct Piece {
    all: Arc<Vec<f64>>,
    /// Aligned with all: how often each was there. Nothing where that is once.
    times: Option<Arc<Vec<u64>>>,
    range: Range<usize>,
}

/// Puts numbers beside those of their group.
struct Sorter {
    all: Vec<f64>,
    times: Option<Vec<u64>>,
    places: Places,
}

impl Sorter {
    /// For groups with so many numbers at most.
    fn new(n_of_group: &[u32], is_weighted: bool) -> Self {
        let (places, n) = Places::of(n_of_group);
        Sorter { all: vec![0.0; n], times: is_weighted.then(|| vec![0; n]), places }
    }

    /// Puts a number that was there `n` times.
    fn put(&mut self, group: usize, number: f64, n: u64) {
        let place = self.places.take(group);
        self.all[place] = number;
        if let Some(times) = &mut self.times {
            times[place] = n;
        }
    }

    /// One for each group.
    fn pieces(self) -> impl Iterator<Item = Piece> {
        let (all, times) = (Arc::new(self.all), self.times.map(Arc::new));
        let piece = move |range| Piece { all: Arc::clone(&all), times: times.clone(), range };
        self.places.into_ranges().map(piece)
    }
}

impl Piece {
    fn values(&self) -> &[f64] {
        &self.all[self.range.clone()]
    }

    fn times(&self) -> Option<&[u64]> {
        self.times.as_ref().map(|times| &times[self.range.clone()])
    }
}

/// The numbers of a group in order.
struct Sorted {
    values: Vec<f64>,
    /// How often each and those before it were there.
    through: Vec<u64>,
}

impl Sorted {
    fn new(pieces: &[Piece]) -> Self {
        let pairs = pieces.iter().flat_map(|piece| {
            let times = piece.times();
            piece.values().iter().enumerate().map(move |(idx, value)| (*value, times.map_or(1, |n| n[idx])))
        });
        let mut pairs: Vec<(f64, u64)> = pairs.collect();
        pairs.sort_unstable_by(|(a, _), (b, _)| a.total_cmp(b));
        let mut n_through = 0;
        let through = pairs.iter().map(|(_, n)| {
            n_through += n;
            n_through
        });
        let through = through.collect();
        Sorted { values: pairs.into_iter().map(|(value, _)| value).collect(), through }
    }

    fn at(&self, percentile: Percentile) -> Option<f64> {
        let n = usize::try_from(*self.through.last()?).ok()?;
        let rank = percentile.rank_idx(n)? as u64;
        self.values.get(self.through.partition_point(|n_through| *n_through <= rank)).copied()
    }
}
