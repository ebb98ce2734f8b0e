//! Which values of a near-unique field occur more than once in a whole scan. All others can only be single, whatever is
//! selected: what is left to count for a comparison are the rows of the smaller side, and of them those that repeat.

use super::plain::{PARTS, part_of};
use super::population::index;
use crate::ask::{Cancel, QueryError};
use crate::{Scan, parallel};

/// What stands in the place of a number.
pub(super) const MISSING: u32 = 0;
pub(super) const SINGLE: u32 = 1;
/// The first number.
pub(super) const NUMBERED: u32 = 2;

/// Bits for each row that tell most values that occur once: with eight, all but one in nine.
const BITS_PER_ROW: usize = 8;
const BITS_MIN: usize = 1 << 12;
const BITS_MAX: usize = 1 << 28;

/// Parts whose suspects are held at a time.
const PARTS_AT_A_TIME: usize = PARTS / 8;

/// A field's values over all segments of a scan, those that repeat numbered.
#[derive(Debug)]
pub(crate) struct Repeats {
    pub(super) segments: Vec<OfSegment>,
    /// By number, from 0: the rows that have it, and the first of them by its position over all segments.
    pub(super) totals: Vec<u32>,
    pub(super) first_rows: Vec<u32>,
}

/// The rows of one segment.
#[derive(Debug)]
pub(super) enum OfSegment {
    /// None of them has a value.
    Missing,
    /// Each has one, which occurs nowhere else.
    Single,
    /// One for each row: [`MISSING`], [`SINGLE`], or [`NUMBERED`] and the number.
    Numbers(Box<[u32]>),
}

/// Hashes that were met, and those that were met again, by some of their bits.
struct Met {
    once: Vec<u64>,
    again: Vec<u64>,
}

/// A row whose value may repeat.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Suspect {
    hash: u64,
    position: u32,
}

impl Repeats {
    /// Looks at every row.
    pub(super) fn of(scan: &dyn Scan, field: &str, cancel: &Cancel) -> Result<Self, QueryError> {
        let segments = scan.segments();
        let mut n_rows = 0;
        let first_rows: Vec<usize> = segments
            .iter()
            .map(|segment| {
                n_rows += segment.n_rows();
                n_rows - segment.n_rows()
            })
            .collect();
        let hashes = parallel::in_parallel(segments.len(), cancel, |idx| Ok(segments[idx].hashes(field)?))?;
        let hashes_of = |idx: usize| hashes[idx].as_deref().unwrap_or_default();

        let met = parallel::fold(
            segments.len(),
            cancel,
            || Met::for_rows(n_rows),
            |met, idx| {
                hashes_of(idx).iter().filter(|hash| **hash != 0).for_each(|hash| met.enter(*hash));
                Ok(())
            },
        )?;
        let met = met.into_iter().reduce(|met, other| met.merged(&other)).unwrap_or_else(|| Met::for_rows(0));
        let of_rows = |idx: usize| -> Vec<u32> {
            hashes_of(idx).iter().map(|hash| if *hash == 0 { MISSING } else { SINGLE }).collect()
        };
        let mut of_rows: Vec<Vec<u32>> = (0..segments.len()).map(of_rows).collect();
        let mut repeats = Repeats { segments: Vec::new(), totals: Vec::new(), first_rows: Vec::new() };
        for first_part in (0..PARTS).step_by(PARTS_AT_A_TIME) {
            let start = || vec![Vec::new(); PARTS_AT_A_TIME];
            let found =
                parallel::fold(segments.len(), cancel, start, |parts: &mut Vec<Vec<Suspect>>, idx| {
                    for (row, hash) in hashes_of(idx).iter().enumerate() {
                        let part = part_of(*hash).wrapping_sub(first_part);
                        if part < PARTS_AT_A_TIME && *hash != 0 && met.may_repeat(*hash) {
                            parts[part].push(Suspect { hash: *hash, position: index(first_rows[idx] + row) });
                        }
                    }
                    Ok(())
                })?;
            // Those of a value side by side, its first row first.
            let parts = parallel::in_parallel(PARTS_AT_A_TIME, cancel, |part| {
                let mut suspects: Vec<Suspect> =
                    found.iter().flat_map(|of_thread| &of_thread[part]).copied().collect();
                suspects.sort_unstable();
                Ok(suspects)
            })?;
            let same_value = |a: &Suspect, b: &Suspect| a.hash == b.hash;
            let several =
                parts.iter().flat_map(|part| part.chunk_by(same_value)).filter(|rows| rows.len() > 1);
            for rows in several {
                let number = NUMBERED + index(repeats.totals.len());
                repeats.totals.push(index(rows.len()));
                repeats.first_rows.push(rows[0].position);
                for row in rows {
                    let position = row.position as usize;
                    let segment_idx = first_rows.partition_point(|first| *first <= position) - 1;
                    of_rows[segment_idx][position - first_rows[segment_idx]] = number;
                }
            }
        }
        repeats.segments = of_rows.into_iter().map(OfSegment::of_rows).collect();
        Ok(repeats)
    }

    /// Bytes it keeps in memory.
    pub(crate) fn memory_bytes(&self) -> usize {
        let numbers = self.segments.iter().map(|segment| match segment {
            OfSegment::Missing | OfSegment::Single => 0,
            OfSegment::Numbers(numbers) => numbers.len(),
        });
        (numbers.sum::<usize>() + self.totals.len() + self.first_rows.len()) * size_of::<u32>()
    }
}

impl OfSegment {
    fn of_rows(rows: Vec<u32>) -> Self {
        if rows.iter().all(|number| *number == MISSING) {
            OfSegment::Missing
        } else if rows.iter().all(|number| *number == SINGLE) {
            OfSegment::Single
        } else {
            OfSegment::Numbers(rows.into())
        }
    }
}

impl Met {
    fn for_rows(n_rows: usize) -> Self {
        let n_bits = (n_rows * BITS_PER_ROW).clamp(BITS_MIN, BITS_MAX).next_power_of_two();
        let none = || vec![0; n_bits / u64::BITS as usize];
        Met { once: none(), again: none() }
    }

    fn enter(&mut self, hash: u64) {
        let (word, bit) = self.place(hash);
        self.again[word] |= self.once[word] & bit;
        self.once[word] |= bit;
    }

    fn may_repeat(&self, hash: u64) -> bool {
        let (word, bit) = self.place(hash);
        self.again[word] & bit != 0
    }

    fn merged(mut self, other: &Met) -> Self {
        for (idx, (once, again)) in other.once.iter().zip(&other.again).enumerate() {
            self.again[idx] |= again | self.once[idx] & once;
            self.once[idx] |= once;
        }
        self
    }

    fn place(&self, hash: u64) -> (usize, u64) {
        ((hash >> 6) as usize & (self.once.len() - 1), 1 << (hash & 63))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_met_twice_may_repeat_wherever_it_was_met() {
        let hash = |n: u64| (n + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let mut halves = [Met::for_rows(10_000), Met::for_rows(10_000)];
        (0..10_000).for_each(|n| halves[n as usize % 2].enter(hash(n)));
        halves[0].enter(hash(4));
        halves[0].enter(hash(5));
        let [even, odd] = halves;
        let met = even.merged(&odd);
        assert!(met.may_repeat(hash(4)) && met.may_repeat(hash(5)));
        let n_suspects = (0..10_000).filter(|n| met.may_repeat(hash(*n))).count();
        assert!(n_suspects < 2_000, "{n_suspects}");
    }
}
