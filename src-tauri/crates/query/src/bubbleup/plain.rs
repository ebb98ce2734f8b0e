//! Units counted by value where nearly every value is another: ids, paths, texts without a dictionary.
//!
//! Counting them all would cost more than all other fields together, and tell nothing: a value can only matter when
//! it is on the smaller side, or so frequent that some units of the smaller side were to be expected. So the smaller
//! side is counted, the other side is looked up in that, and what is found nowhere is the tail. Frequent values of
//! the tail show as full buckets, and only then are they looked for.
//!
//! Values are known by their hashes. What has to be remembered is cut into parts by hash, so that each part's table
//! stays in the processor's caches, and parts are counted on all cores.

use super::count::{Tally, add};
use super::known::Known;
use super::population::{Home, Population, index, mark, side_of};
use super::score::{Counts, FieldCounts};
use super::values::{CountedValues, Values};
use crate::ask::{Cancel, QueryError};
use crate::parallel;
use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};

/// Parts by hash: of a million values each has a table of some hundred kilobytes.
const PARTS: usize = 64;

/// Bits of the filter for each value, at least; and in all, what a core's own caches hold beside other things.
const FILTER_BITS_PER_VALUE: usize = 8;
const FILTER_BITS_MIN: usize = 1 << 20;

/// Buckets that the tail's values are thrown into by hash, at most: two bytes each.
const BUCKETS_MAX: usize = 1 << 21;
const BUCKETS_MIN: usize = 1 << 12;

/// How many times fuller than unique values make it a bucket is when it counts as full: so far off that chance fills
/// next to none, and so near that the buckets stay in the processor's caches.
const FULL_PER_LOAD: usize = 8;

/// Segments that are looked up before what was found is counted: as much as that is held at a time.
const PIECES_AT_A_TIME: usize = 16;

/// Counts one field by value, on all cores.
pub(super) fn count_plain(
    population: &Population<'_>,
    field: &str,
    cancel: &Cancel,
) -> Result<CountedValues, QueryError> {
    let hashes = parallel::in_parallel(population.n_segments(), cancel, |idx| population.hashes(idx, field))?;
    let counting = Counting { population, hashes, spread: population.spread.pieces(), cancel };
    let smaller_side = population.smaller_side();
    let counted = smaller_side.as_ref().map_or(&[0, 1][..], std::slice::from_ref);
    let (mut parts, mut present) = counting.count(counted, |_| true)?;
    let mut tail = [0, 0];
    if let Some(side) = smaller_side.map(|side| 1 - side) {
        let (looked_up, others) = counting.look_up(side, &mut parts)?;
        add(&mut present, others);
        tail = looked_up.counts;
        if looked_up.is_any_full() {
            let is_known = |hash: u64| parts[part_of(hash)].find(hash).is_some();
            let is_frequent = |hash| looked_up.is_full(hash) && !is_known(hash);
            let (frequent, _) = counting.count(&[side], is_frequent)?;
            let found = frequent.iter().flat_map(|known| &known.values);
            let n_units: u64 = found.map(|value| u64::from(value.tally.counts[side])).sum();
            tail[side] = tail[side].saturating_sub(n_units);
            parts.extend(frequent);
        }
    }
    // What was needed to find them is let go before they are put together.
    drop(counting);
    let n_values = parts.iter().map(|known| known.values.len()).sum();
    let (mut counts, mut positions) = (Vec::with_capacity(n_values), Vec::with_capacity(n_values));
    for known in parts {
        counts.extend(known.values.iter().map(|value| value.tally.counts.map(u64::from)));
        positions.extend(known.values.iter().map(|value| value.position));
    }
    // As if all of the tail were different: more distinct values make a crowded one less surprising.
    let n_distinct = counts.len() as u64 + tail[0] + tail[1];
    let counts = FieldCounts { sizes: population.sizes, present, values: counts, tail, n_distinct };
    Ok(CountedValues { values: Values::At(positions), counts })
}

struct Counting<'a> {
    population: &'a Population<'a>,
    /// Of each segment's rows.
    hashes: Vec<Option<Arc<[u64]>>>,
    /// Rows of the units in several segments, in pieces.
    spread: Vec<Range<usize>>,
    cancel: &'a Cancel,
}

/// A row that has a value.
#[derive(Clone, Copy)]
struct Item {
    hash: u64,
    mark: u32,
    /// Counted over all segments.
    position: u32,
}

/// Rows that have a value, in parts by its hash; those of a unit with the same value follow each other.
struct Items {
    parts: Vec<Vec<Item>>,
    presence: Tally,
}

/// What one thread found on the other side.
struct LookedUp {
    /// What may be known; every row counts for the presence.
    items: Items,
    tail: Tail,
}

impl Counting<'_> {
    /// Segments, then the units that lie in several.
    fn n_pieces(&self) -> usize {
        self.hashes.len() + self.spread.len()
    }

    /// Calls `take` with each row of a side that has a value, those of a unit together.
    fn each(&self, piece: usize, side: usize, mut take: impl FnMut(Item)) {
        let population = self.population;
        if let Some(spread) = piece.checked_sub(self.hashes.len()) {
            let rows = &population.spread.rows[self.spread[spread].clone()];
            for row in rows.iter().filter(|row| side_of(row.mark) == side) {
                let segment_idx = row.segment_idx as usize;
                let hash = self.hashes[segment_idx].as_ref().map_or(0, |hashes| hashes[row.row as usize]);
                if hash != 0 {
                    let position = population.first_rows[segment_idx] + row.row;
                    take(Item { hash, mark: row.mark, position });
                }
            }
        } else if let Some(hashes) = &self.hashes[piece] {
            let first_row = population.first_rows[piece];
            population.homes[piece].each_of_side(side, |row, mark| {
                if hashes[row] != 0 {
                    take(Item { hash: hashes[row], mark, position: first_row + index(row) });
                }
            });
        }
    }

    /// Counts the rows of some sides whose hash is asked for, and all that have a value.
    fn count(
        &self,
        sides: &[usize],
        is_wanted: impl Fn(u64) -> bool + Sync,
    ) -> Result<(Vec<Known>, Counts), QueryError> {
        let n_rows: usize = sides.iter().map(|side| self.population.n_rows_of_side(*side)).sum();
        let part = || Known::for_values(n_rows / PARTS);
        let mut parts: Vec<Known> = std::iter::repeat_with(part).take(PARTS).collect();
        let find = |piece, items: &mut Items| {
            for side in sides {
                self.each(piece, *side, |item| {
                    items.presence.add(item.mark, self.population.weight(item.mark));
                    if is_wanted(item.hash) {
                        items.push(item);
                    }
                });
            }
        };
        let enter = |known: &mut Known, item: Item| {
            let number = known.number(item.hash);
            known.values[number].add(item.mark, self.population.weight(item.mark), item.position);
            true
        };
        let mut present = [0, 0];
        self.in_turns(
            &mut parts,
            Items::default,
            find,
            |items| items,
            enter,
            |found, _| {
                found.iter().for_each(|items| add(&mut present, items.presence.counts.map(u64::from)));
            },
        )?;
        Ok((parts, present))
    }

    /// Counts the rows of the other side where their values are known, and all that have a value; gives what is left.
    fn look_up(&self, side: usize, parts: &mut [Known]) -> Result<(Tail, Counts), QueryError> {
        let filter = Filter::of(parts);
        // One for each thread.
        let tails = Mutex::new(vec![Tail::of(self.population)]);
        let lock = || tails.lock().unwrap_or_else(PoisonError::into_inner);
        let start = || {
            let tail = lock().pop();
            LookedUp { items: Items::default(), tail: tail.unwrap_or_else(|| Tail::of(self.population)) }
        };
        let enter = |known: &mut Known, item: Item| {
            let number = known.find(item.hash);
            let weight = self.population.weight(item.mark);
            number.map(|number| known.values[number].add(item.mark, weight, item.position)).is_some()
        };
        let find = |piece, found: &mut LookedUp| self.look_up_piece(piece, side, &filter, found);
        let mut present = [0, 0];
        self.in_turns(
            parts,
            start,
            find,
            |found| &found.items,
            enter,
            |found, unknown| {
                let mut tails = lock();
                for LookedUp { items, tail } in found {
                    add(&mut present, items.presence.counts.map(u64::from));
                    tails.push(tail);
                }
                if let Some(tail) = tails.first_mut() {
                    unknown.into_iter().for_each(|item| tail.enter(item, self.population.weight(item.mark)));
                }
            },
        )?;
        let tails = tails.into_inner().unwrap_or_else(PoisonError::into_inner);
        let sum = tails.into_iter().reduce(|mut sum, tail| {
            sum.merge(&tail);
            sum
        });
        Ok((sum.unwrap_or_else(|| Tail::of(self.population)), present))
    }

    /// Finds rows in some segments at a time, and enters them into their parts, before it goes on to the next ones.
    /// What comes of each turn is told to `done`, with the rows that no part took.
    fn in_turns<F: Send + Sync>(
        &self,
        parts: &mut [Known],
        start: impl Fn() -> F + Sync,
        find: impl Fn(usize, &mut F) + Sync,
        items: impl Fn(&F) -> &Items + Sync,
        enter: impl Fn(&mut Known, Item) -> bool + Sync,
        mut done: impl FnMut(Vec<F>, Vec<Item>),
    ) -> Result<(), QueryError> {
        let parts: Vec<Mutex<&mut Known>> = parts.iter_mut().map(Mutex::new).collect();
        for first in (0..self.n_pieces()).step_by(PIECES_AT_A_TIME) {
            let n_pieces = PIECES_AT_A_TIME.min(self.n_pieces() - first);
            let found = parallel::fold(n_pieces, self.cancel, &start, |found, idx| {
                find(first + idx, found);
                Ok(())
            })?;
            let left = parallel::in_parallel(PARTS, self.cancel, |idx| {
                let mut known = parts[idx].lock().unwrap_or_else(PoisonError::into_inner);
                let items = found.iter().flat_map(|found| &items(found).parts[idx]);
                Ok(items.copied().filter(|item| !enter(&mut known, *item)).collect::<Vec<Item>>())
            })?;
            done(found, left.into_iter().flatten().collect());
        }
        Ok(())
    }

    /// Takes the rows of the other side apart: what may be known, and the tail.
    fn look_up_piece(
        &self,
        piece: usize,
        side: usize,
        filter: &Filter,
        LookedUp { items, tail }: &mut LookedUp,
    ) {
        let (Some(Home::Rows { sides, is_all, .. }), Some(Some(hashes))) =
            (self.population.homes.get(piece), self.hashes.get(piece))
        else {
            return self.each(piece, side, |item| {
                let weight = self.population.weight(item.mark);
                items.presence.add(item.mark, weight);
                if filter.may_hold(item.hash) {
                    items.push(item);
                } else {
                    tail.enter(item, weight);
                }
            });
        };
        let (mut n_pushed, mut n_filled) = (0, 0);
        // Nearly all rows: quicker without a list of them, and without marks, as each is a unit.
        for (row, hash) in hashes.iter().enumerate() {
            if *hash == 0 {
                continue;
            }
            // The filter holds all of the smaller side: what is not in it is a row of the other, or of none.
            let may_be_known = filter.may_hold(*hash);
            if (may_be_known || !is_all) && !sides[side].contains(row) {
                continue;
            }
            if may_be_known {
                let position = self.population.first_rows[piece] + index(row);
                items.push(Item { hash: *hash, mark: mark(position, side == 1), position });
                n_pushed += 1;
            } else {
                tail.fill(*hash);
                n_filled += 1;
            }
        }
        items.presence.counts[side] += n_pushed + n_filled;
        tail.counts[side] += u64::from(n_filled);
    }
}

impl Default for Items {
    fn default() -> Self {
        Items { parts: vec![Vec::new(); PARTS], presence: Tally::default() }
    }
}

impl Items {
    fn push(&mut self, item: Item) {
        self.parts[part_of(item.hash)].push(item);
    }
}

fn part_of(hash: u64) -> usize {
    (hash >> (u64::BITS - PARTS.ilog2())) as usize
}

/// A bit for each hash: tells most unknown values without a look at a table.
struct Filter {
    /// A power of two long.
    words: Vec<u64>,
}

impl Filter {
    fn of(parts: &[Known]) -> Self {
        let n_bits = parts.iter().map(|known| known.values.len()).sum::<usize>() * FILTER_BITS_PER_VALUE;
        let mut filter =
            Filter { words: vec![0; n_bits.max(FILTER_BITS_MIN).div_ceil(64).next_power_of_two()] };
        for value in parts.iter().flat_map(|known| &known.values) {
            let (word, bit) = filter.place(value.hash);
            filter.words[word] |= bit;
        }
        filter
    }

    fn may_hold(&self, hash: u64) -> bool {
        let (word, bit) = self.place(hash);
        self.words[word] & bit != 0
    }

    fn place(&self, hash: u64) -> (usize, u64) {
        ((hash >> 6) as usize & (self.words.len() - 1), 1 << (hash & 63))
    }
}

/// What is not known.
struct Tail {
    /// Units by value: a unit with two of them counts twice.
    counts: Counts,
    /// Rows by hash, up to 65,535.
    buckets: Vec<u16>,
    /// From so many rows on, a bucket may hold a value that can matter.
    full: u16,
    /// The mark and the hash of the row before.
    ///
    /// A repeat right after is not counted again. One further off is, which changes nothing: a unit with two values
    /// has more than one in either count, and the tail's exact size matters only where no unit has.
    last: (u32, u64),
}

impl Tail {
    fn of(population: &Population<'_>) -> Self {
        let count_min = population.cell_count_min();
        let full = (1..u16::MAX).find(|n| f64::from(*n) >= count_min).unwrap_or(u16::MAX);
        let n_buckets = population.n_rows() * FULL_PER_LOAD / usize::from(full);
        let n_buckets = n_buckets.clamp(BUCKETS_MIN, BUCKETS_MAX).next_power_of_two();
        Tail { counts: [0, 0], buckets: vec![0; n_buckets], full, last: (0, 0) }
    }

    fn fill(&mut self, hash: u64) {
        let bucket = self.bucket(hash);
        self.buckets[bucket] = self.buckets[bucket].saturating_add(1);
    }

    fn enter(&mut self, item: Item, weight: u32) {
        self.fill(item.hash);
        if self.last != (item.mark, item.hash) {
            self.last = (item.mark, item.hash);
            self.counts[side_of(item.mark)] += u64::from(weight);
        }
    }

    fn merge(&mut self, other: &Tail) {
        add(&mut self.counts, other.counts);
        let buckets = self.buckets.iter_mut().zip(&other.buckets);
        buckets.for_each(|(mine, theirs)| *mine = mine.saturating_add(*theirs));
    }

    fn is_full(&self, hash: u64) -> bool {
        self.buckets[self.bucket(hash)] >= self.full
    }

    fn is_any_full(&self) -> bool {
        self.buckets.iter().any(|n| *n >= self.full)
    }

    fn bucket(&self, hash: u64) -> usize {
        (hash >> 36) as usize & (self.buckets.len() - 1)
    }
}
