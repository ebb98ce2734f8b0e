//! Units counted by value where nearly every value is another: ids, paths, texts without a dictionary.
//!
//! Counting them all would cost more than all other fields together, and tell nothing: a value can only matter when
//! it is on the smaller side, or so frequent that some units of the smaller side were to be expected. So the smaller
//! side is counted, the other side is looked up in that, and what is found nowhere is the tail. Frequent values of
//! the tail show as full buckets, and only then is it looked up again with them.
//!
//! Values are known by their hashes. What has to be remembered is cut into parts by hash, so that each part's table
//! stays in the processor's caches, and parts are counted on all cores.

use super::count::{Tally, add};
use super::known::{Known, KnownValue};
use super::population::{Home, Population, index, mark, side_of};
use super::score::{Counts, FieldCounts};
use super::values::{CountedValues, Values};
use crate::ask::{Cancel, QueryError};
use crate::parallel;
use rustc_hash::FxHashSet;
use std::sync::Arc;

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

/// Counts one field by value, on all cores.
pub(super) fn count_plain(
    population: &Population<'_>,
    field: &str,
    cancel: &Cancel,
) -> Result<CountedValues, QueryError> {
    let hashes = parallel::map(population.n_segments(), cancel, |idx| population.hashes(idx, field))?;
    let counting = Counting { population, hashes, cancel };
    let smaller_side = population.smaller_side();
    let counted = counting.items(smaller_side.as_ref().map_or(&[0, 1], std::slice::from_ref))?;
    let mut present = [0, 0];
    counted.iter().for_each(|items| add(&mut present, items.presence.counts.map(u64::from)));
    let (parts, tail) = match smaller_side {
        Some(side) => counting.count_beside(&counted, 1 - side, &mut present)?,
        None => (counting.count(&counted, &[], &[])?, [0, 0]),
    };
    // What was needed to find them is let go before they are put together.
    drop((counting, counted));
    let n_values = parts.iter().map(|part| part.values.len()).sum();
    let (mut counts, mut positions) = (Vec::with_capacity(n_values), Vec::with_capacity(n_values));
    for (units, position) in parts.into_iter().flat_map(|part| part.values) {
        counts.push(units.map(u64::from));
        positions.push(position);
    }
    // As if all of the tail were different: more distinct values make a crowded one less surprising.
    let n_distinct = counts.len() as u64 + tail[0] + tail[1];
    let counts = FieldCounts { n: population.n, present, values: counts, tail, n_distinct };
    Ok(CountedValues { values: Values::At(positions), counts })
}

struct Counting<'a> {
    population: &'a Population<'a>,
    /// Of each segment's rows.
    hashes: Vec<Option<Arc<[u64]>>>,
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

/// The values with hashes of one part.
struct Part {
    /// The counts of each value, and a row that has it.
    values: Vec<([u32; 2], u32)>,
    /// Rows that only seemed to have one of them.
    unknown: Vec<Item>,
}

impl Counting<'_> {
    /// Segments, and the units that lie in several.
    fn n_pieces(&self) -> usize {
        self.hashes.len() + 1
    }

    /// Calls `take` with each row of a side that has a value, those of a unit together.
    fn each(&self, piece: usize, side: usize, mut take: impl FnMut(Item)) {
        let population = self.population;
        if piece == self.hashes.len() {
            for row in population.spread.iter().filter(|row| side_of(row.mark) == side) {
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

    fn item_of_row(&self, segment_idx: usize, side: usize, row: usize, hash: u64) -> Item {
        let position = self.population.first_rows[segment_idx] + index(row);
        Item { hash, mark: mark(position, side == 1), position }
    }

    /// The rows of some sides: as many sets of them as there are threads.
    fn items(&self, sides: &[usize]) -> Result<Vec<Items>, QueryError> {
        // Each thread has about as many; growing would hold twice as much.
        let n_rows: usize = sides.iter().map(|side| self.population.n_rows_of_side(*side)).sum();
        let start = || Items::with_room(n_rows / parallel::n_threads() / PARTS);
        parallel::fold(self.n_pieces(), self.cancel, start, |items, piece| {
            for side in sides {
                self.each(piece, *side, |item| {
                    items.presence.add(item.mark);
                    items.push(item);
                });
            }
            Ok(())
        })
    }

    /// Counts the smaller side's rows, and of the other side those whose values are on the smaller side too, or are
    /// frequent. The counts are of all others.
    fn count_beside(
        &self,
        counted: &[Items],
        side: usize,
        present: &mut Counts,
    ) -> Result<(Vec<Part>, Counts), QueryError> {
        let mut frequent = Vec::new();
        loop {
            let mut looked_up = self.look_up(side, &Filter::of(counted, &frequent))?;
            let parts = self.count(counted, &frequent, &looked_up)?;
            let others = looked_up.split_off(1);
            let LookedUp { items, mut tail } = looked_up.swap_remove(0);
            let presences = others.iter().map(|other| other.items.presence).chain([items.presence]);
            let presences: Vec<Tally> = presences.collect();
            others.iter().for_each(|other| tail.merge(&other.tail));
            parts.iter().flat_map(|part| &part.unknown).for_each(|item| tail.enter(*item));
            if frequent.is_empty() && tail.is_any_full() {
                frequent = self.frequent(side, &tail)?;
                continue;
            }
            presences.iter().for_each(|presence| add(present, presence.counts.map(u64::from)));
            return Ok((parts, tail.counts));
        }
    }

    /// Takes the rows of the other side apart: what may be known, and the tail.
    fn look_up(&self, side: usize, filter: &Filter) -> Result<Vec<LookedUp>, QueryError> {
        let start = || LookedUp { items: Items::with_room(0), tail: Tail::of(self.population) };
        parallel::fold(self.n_pieces(), self.cancel, start, |LookedUp { items, tail }, piece| {
            if let (Some(Home::Rows { sides, is_all, .. }), Some(Some(hashes))) =
                (self.population.homes.get(piece), self.hashes.get(piece))
            {
                let before = items.n_items();
                let mut n_present = 0;
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
                    n_present += 1;
                    if may_be_known {
                        items.push(self.item_of_row(piece, side, row, *hash));
                    } else {
                        tail.fill(*hash);
                    }
                }
                items.presence.counts[side] += n_present;
                tail.counts[side] += u64::from(n_present) - (items.n_items() - before) as u64;
                return Ok(());
            }
            self.each(piece, side, |item| {
                items.presence.add(item.mark);
                if filter.may_hold(item.hash) {
                    items.push(item);
                } else {
                    tail.enter(item);
                }
            });
            Ok(())
        })
    }

    /// Counts part by part.
    fn count(
        &self,
        counted: &[Items],
        frequent: &[u64],
        looked_up: &[LookedUp],
    ) -> Result<Vec<Part>, QueryError> {
        parallel::map(PARTS, self.cancel, |idx| {
            let n_items = counted.iter().map(|items| items.parts[idx].len()).sum();
            let (mut known, mut unknown) = (Known::for_values(n_items), Vec::new());
            for hash in frequent.iter().filter(|hash| part_of(**hash) == idx) {
                known.number(*hash);
            }
            for item in counted.iter().flat_map(|items| &items.parts[idx]) {
                let number = known.number(item.hash);
                known.values[number].add(item.mark, item.position);
            }
            for item in looked_up.iter().flat_map(|other| &other.items.parts[idx]) {
                match known.find(item.hash) {
                    Some(number) => known.values[number].add(item.mark, item.position),
                    None => unknown.push(*item),
                }
            }
            let value = |value: &KnownValue| (value.tally.counts, value.position);
            Ok(Part { values: known.values.iter().map(value).collect(), unknown })
        })
    }

    /// The values in full buckets.
    fn frequent(&self, side: usize, tail: &Tail) -> Result<Vec<u64>, QueryError> {
        let found = parallel::fold(self.n_pieces(), self.cancel, FxHashSet::default, |found, piece| {
            self.each(piece, side, |item| {
                if tail.is_full(item.hash) {
                    found.insert(item.hash);
                }
            });
            Ok(())
        })?;
        let mut frequent: Vec<u64> = found.into_iter().flatten().collect();
        frequent.sort_unstable();
        frequent.dedup();
        Ok(frequent)
    }
}

impl Items {
    /// With room for so many rows in each part, and some more.
    fn with_room(n_rows: usize) -> Self {
        let part = || Vec::with_capacity(n_rows + n_rows / 8);
        Items { parts: std::iter::repeat_with(part).take(PARTS).collect(), presence: Tally::default() }
    }

    fn n_items(&self) -> usize {
        self.parts.iter().map(Vec::len).sum()
    }

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
    fn of(counted: &[Items], frequent: &[u64]) -> Self {
        let items = || counted.iter().flat_map(|items| &items.parts).flatten();
        let n_items: usize = counted.iter().flat_map(|items| &items.parts).map(Vec::len).sum();
        let n_bits = ((n_items + frequent.len()) * FILTER_BITS_PER_VALUE).max(FILTER_BITS_MIN);
        let mut filter = Filter { words: vec![0; n_bits.div_ceil(64).next_power_of_two()] };
        for hash in items().map(|item| &item.hash).chain(frequent) {
            let (word, bit) = filter.place(*hash);
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

    fn enter(&mut self, item: Item) {
        self.fill(item.hash);
        if self.last != (item.mark, item.hash) {
            self.last = (item.mark, item.hash);
            self.counts[side_of(item.mark)] += 1;
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
