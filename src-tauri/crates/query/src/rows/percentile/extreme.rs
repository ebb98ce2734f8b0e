//! Percentiles near either end: of each group only so many of its greatest, or least, numbers are kept as may matter.
//!
//! ```text
//!  1,000 numbers, P99   kept: the 11 greatest, in room for some more; full, it is cut down to 11
//!                       floor: the least of the 11, which what comes next has to exceed
//! ```
//!
//! Once a group is known a little, nearly every number is below its floor: a comparison is all that it costs. Each
//! thread keeps its own, and the greatest of all are among the greatest of each.

use super::{Part, place_ranks};
use crate::ask::{Cancel, QueryError};
use crate::ast::Percentile;
use crate::parallel;
use crate::rows::group::GroupIdxs;
use std::cmp::Ordering;

/// The percentiles that count as near an end, in thousandths from it: beyond, too much would have to be kept.
const NEAR_PER_MILLE: u32 = 100;

/// Room for more numbers than have to be kept, beside as many again: else few would be cut down all the time.
const ROOM_MIN: usize = 6;

/// Groups handed to a thread at once.
const GROUPS_PER_PIECE: usize = 256;

/// Parts that follow each other, handed to a thread at once: neighbours in time have the same groups where these are of
/// buckets of time, and a group that one thread sees whole has its floor sooner.
const PARTS_PER_PIECE: usize = 4;

/// Before every number in the total order, and no comparison with it holds.
const NO_FLOOR: f64 = f64::from_bits(u64::MAX);

/// From which end ranks are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    Greatest,
    Least,
}

impl End {
    /// The end that all percentiles are near.
    pub(super) fn of(percentiles: &[Percentile]) -> Option<End> {
        let all = |is_near: fn(u32) -> bool| percentiles.iter().all(|one| is_near(one.per_mille()));
        if all(|per_mille| per_mille >= 1000 - NEAR_PER_MILLE) {
            Some(End::Greatest)
        } else if all(|per_mille| per_mille <= NEAR_PER_MILLE) {
            Some(End::Least)
        } else {
            None
        }
    }

    /// The place of a percentile of `n` numbers, counted from this end.
    fn rank(self, percentile: Percentile, n: usize) -> Option<usize> {
        let rank = percentile.rank_idx(n)?;
        Some(match self {
            End::Greatest => n - 1 - rank,
            End::Least => rank,
        })
    }

    /// The numbers as they are compared: the greatest come first at either end. Missing stays missing.
    fn turned(self, number: f64) -> f64 {
        match self {
            End::Greatest => number,
            End::Least => -number,
        }
    }
}

/// The value of each group at each percentile, group by group. `n_rows` are the rows of each group in all parts.
pub(super) fn find(
    parts: &[Part],
    n_rows: &[usize],
    percentiles: &[Percentile],
    end: End,
    cancel: &Cancel,
) -> Result<Vec<Option<f64>>, QueryError> {
    let rooms = Rooms::new(n_rows, percentiles, end);
    let start = || Kept::new(&rooms);
    let pieces: Vec<&[Part]> = parts.chunks(PARTS_PER_PIECE).collect();
    let kept = parallel::fold(pieces.len(), cancel, start, |kept: &mut Kept, idx| {
        for part in pieces[idx] {
            match end {
                End::Greatest => kept.add(part, &rooms, |number| End::Greatest.turned(number)),
                End::Least => kept.add(part, &rooms, |number| End::Least.turned(number)),
            }
        }
        Ok(())
    })?;
    let n_pieces = n_rows.len().div_ceil(GROUPS_PER_PIECE);
    let values = parallel::in_parallel(n_pieces, cancel, |piece| {
        let groups = piece * GROUPS_PER_PIECE..n_rows.len().min((piece + 1) * GROUPS_PER_PIECE);
        let mut values = Vec::with_capacity(groups.len() * percentiles.len());
        let mut together = Vec::new();
        for group in groups {
            together.clear();
            kept.iter().for_each(|kept| together.extend_from_slice(kept.of_group(group, &rooms)));
            let n_missing: usize = kept.iter().map(|kept| kept.n_missing[group]).sum();
            let rank = |percentile: &Percentile| end.rank(*percentile, n_rows[group] - n_missing);
            place_ranks(&mut together, percentiles.iter().filter_map(rank).collect(), greatest_first);
            let value = |percentile| rank(percentile).map(|rank| end.turned(together[rank]));
            values.extend(percentiles.iter().map(value));
        }
        Ok(values)
    })?;
    Ok(values.concat())
}

fn greatest_first(a: &f64, b: &f64) -> Ordering {
    b.total_cmp(a)
}

/// Where the numbers of each group are kept.
struct Rooms {
    /// Where each group's room begins, and where the last one ends.
    starts: Vec<usize>,
    /// How many of each group's greatest numbers may matter.
    n_needed: Vec<usize>,
}

impl Rooms {
    fn new(n_rows: &[usize], percentiles: &[Percentile], end: End) -> Self {
        // Grows with the numbers there are, which are as many as rows or fewer.
        let needed = |n: &usize| {
            let ranks = percentiles.iter().filter_map(|percentile| end.rank(*percentile, *n));
            ranks.map(|rank| rank + 1).max().unwrap_or(0)
        };
        let n_needed: Vec<usize> = n_rows.iter().map(needed).collect();
        let mut starts = Vec::with_capacity(n_rows.len() + 1);
        let mut at = 0;
        starts.push(at);
        for (needed, n_rows) in n_needed.iter().zip(n_rows) {
            at += (2 * needed + ROOM_MIN).min(*n_rows);
            starts.push(at);
        }
        Rooms { starts, n_needed }
    }
}

/// The greatest numbers that one thread has seen of each group.
struct Kept {
    /// Room by room.
    numbers: Vec<f64>,
    /// How many of each room are taken.
    n_taken: Vec<usize>,
    /// What a number has to exceed to matter.
    floors: Vec<f64>,
    n_missing: Vec<usize>,
}

impl Kept {
    fn new(rooms: &Rooms) -> Self {
        let n_groups = rooms.n_needed.len();
        Kept {
            numbers: vec![0.0; rooms.starts[n_groups]],
            n_taken: vec![0; n_groups],
            floors: vec![NO_FLOOR; n_groups],
            n_missing: vec![0; n_groups],
        }
    }

    fn of_group(&self, group: usize, rooms: &Rooms) -> &[f64] {
        &self.numbers[rooms.starts[group]..][..self.n_taken[group]]
    }

    fn add(&mut self, part: &Part, rooms: &Rooms, turned: impl Fn(f64) -> f64) {
        // By the segment's groups, so that a row is looked up once.
        let floor = |group: &Option<usize>| group.map_or(NO_FLOOR, |group| self.floors[group]);
        let mut floors: Vec<f64> = part.answer_groups.iter().map(floor).collect();
        let mut look = |number: f64, group: usize| {
            let number = turned(number);
            // Not below is also what is missing, and what there is no floor for.
            let is_below = number < floors[group];
            if !is_below && let Some(answer_group) = part.answer_groups[group] {
                floors[group] = self.take(number, answer_group, rooms);
            }
        };
        match &part.groups {
            GroupIdxs::Narrow(groups) => {
                let pairs = part.numbers.iter().zip(groups.iter());
                pairs.for_each(|(number, group)| look(*number, usize::from(*group)));
            }
            GroupIdxs::Wide(groups) => {
                let pairs = part.numbers.iter().zip(groups.iter());
                pairs.for_each(|(number, group)| look(*number, *group as usize));
            }
        }
    }

    /// Keeps a number if it may matter, and gives the group's floor.
    fn take(&mut self, number: f64, group: usize, rooms: &Rooms) -> f64 {
        let floor = self.floors[group];
        if number.is_nan() {
            self.n_missing[group] += 1;
            return floor;
        }
        // By the total order: zeros of both signs are told apart.
        if number.total_cmp(&floor).is_le() {
            return floor;
        }
        let room = &mut self.numbers[rooms.starts[group]..rooms.starts[group + 1]];
        let n_taken = &mut self.n_taken[group];
        room[*n_taken] = number;
        *n_taken += 1;
        let n_needed = rooms.n_needed[group];
        if *n_taken == room.len() && n_needed < room.len() {
            let (_, last, _) = room.select_nth_unstable_by(n_needed - 1, greatest_first);
            self.floors[group] = *last;
            *n_taken = n_needed;
        }
        self.floors[group]
    }
}
