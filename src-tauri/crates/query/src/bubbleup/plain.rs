//! Units counted by value where nearly every value is another: ids, paths, texts without a dictionary.
//!
//! Counting them all would cost more than all other fields together, and tell nothing. A value can only be a cell when
//! it is crowded on the smaller side, or so frequent that some units of the smaller side were to be expected. So of the
//! smaller side those values are told apart that several of its rows may have ([`Singles`]), and the other side is
//! looked up in them. What is found nowhere is the tail. Frequent values of the tail show as full buckets, and only then
//! are they looked for.
//!
//! Of the values that one row alone has a few are told apart as well, as many as there may be to show.
//!
//! Values are known by their hashes. What has to be remembered is cut into parts by hash, so that each part's table
//! stays in the processor's caches, and parts are counted on all cores.

use super::compare::difference;
use super::count::{Tally, add};
use super::known::Known;
use super::numbered::count_numbered;
use super::population::{Home, Population, index, mark, side_of};
use super::repeats::Repeats;
use super::reply::FieldKind;
use super::score::{Counts, FieldCounts};
use super::singles::{Singles, is_left};
use super::tail::Tail;
use super::values::{CountedValues, Values, can_matter};
use crate::ask::{Cancel, QueryError};
use crate::memo::Recalled;
use crate::parallel;
use std::cmp::Ordering;
use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};

/// Parts by hash: of a million values each has a table of some hundred kilobytes.
pub(super) const PARTS: usize = 64;

/// Bits of the filter for each value, at least; and in all, what a core's own caches hold beside other things.
const FILTER_BITS_PER_VALUE: usize = 8;
const FILTER_BITS_MIN: usize = 1 << 18;

/// Segments that are looked up before what was found is counted: as much as that is held at a time.
const PIECES_AT_A_TIME: usize = 16;

/// Rows of a bitmap's word.
const WORD_ROWS: usize = u64::BITS as usize;

/// Counts one field by value, on all cores. Of its values so many are shown at most.
pub(super) fn count_plain(
    population: &Population<'_>,
    field: &str,
    kind: FieldKind,
    n_shown_max: usize,
    cancel: &Cancel,
) -> Result<CountedValues, QueryError> {
    if let Some(repeats) = repeats_of(population, field, kind, cancel)? {
        return Ok(count_numbered(population, &repeats, n_shown_max));
    }
    let hashes = parallel::in_parallel(population.n_segments(), cancel, |idx| population.hashes(idx, field))?;
    let counting = Counting { population, hashes, spread: population.spread.pieces(), cancel };
    let mut counted = counting.all_values(&counting.singles(n_shown_max)?)?;
    if !counted.are_shown_exactly(population, n_shown_max) {
        counted = counting.all_values(&Singles::none())?;
    }
    // What was needed to find them is let go before they are put together.
    drop(counting);
    Ok(counted.together(population))
}

/// What repeats, where that is known or worth finding out.
fn repeats_of(
    population: &Population<'_>,
    field: &str,
    kind: FieldKind,
    cancel: &Cancel,
) -> Result<Option<Arc<Repeats>>, QueryError> {
    let Some(memo) = population.scan().memo(field).filter(|_| population.weights.is_none()) else {
        return Ok(None);
    };
    Ok(match memo.repeats(field) {
        Recalled::Repeats(repeats) => Some(repeats),
        Recalled::Due => {
            let repeats = Arc::new(Repeats::of(population.scan(), field, cancel)?);
            memo.keep_repeats(field, kind, &repeats);
            Some(repeats)
        }
        Recalled::Nothing => None,
    })
}

/// Values that were told apart, and what is left of each side.
struct Counted {
    parts: Vec<Known>,
    present: Counts,
    tail: Counts,
    /// Rows that have a value.
    n_rows: Counts,
    /// See [`Singles::last_told`].
    last_told: u32,
    /// The side some of whose single values nobody told apart.
    singles_of: Option<usize>,
}

impl Counted {
    /// Those that are told, as counts and the position of a row, and the counts of those that are not.
    fn told(&self, population: &Population<'_>) -> (Vec<(Counts, u32)>, Counts) {
        let (mut told, mut left) = (Vec::new(), [0, 0]);
        let can_matter = can_matter(population);
        for value in self.parts.iter().flat_map(|known| &known.values) {
            let counts = value.tally.counts.map(u64::from);
            // Beside those that are frequent stand some that share their buckets.
            if !can_matter(counts) || self.singles_of.is_some_and(|side| is_left(counts, side, population)) {
                add(&mut left, counts);
            } else {
                told.push((counts, value.position));
            }
        }
        (told, left)
    }

    /// Whether no value of the tail comes before one that is shown: those that one row of the smaller side has, and
    /// none of the other, differ by as much as any of the tail does, and come in the order of their rows.
    fn are_shown_exactly(&self, population: &Population<'_>, n_shown_max: usize) -> bool {
        let Some(side) = self.singles_of.filter(|side| self.tail[*side] > 0) else { return true };
        let n = population.sizes.n;
        let of_single = difference([0, 1].map(|of| u64::from(of == side)), n).unsigned_abs();
        let comes_before =
            |(counts, position): &&(Counts, u32)| match difference(*counts, n).unsigned_abs().cmp(&of_single)
            {
                Ordering::Greater => true,
                Ordering::Equal => *position <= self.last_told,
                Ordering::Less => false,
            };
        self.told(population).0.iter().filter(comes_before).take(n_shown_max).count() == n_shown_max
    }

    fn together(self, population: &Population<'_>) -> CountedValues {
        let (told, left) = self.told(population);
        let Counted { parts, present, mut tail, n_rows, .. } = self;
        drop(parts);
        add(&mut tail, left);
        let (values, positions) = told.into_iter().unzip();
        let counts = FieldCounts::of_near_unique(population, present, values, tail, n_rows);
        CountedValues { values: Values::At(positions), counts }
    }
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
    /// Rows that have a value, and those of them that are not among these.
    n_rows: Counts,
    left: Counts,
}

/// What was counted of some sides.
struct OfSides {
    parts: Vec<Known>,
    present: Counts,
    /// Rows that have a value, and those whose values are not among the parts, each one of its own.
    n_rows: Counts,
    left: Counts,
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

    /// The sides whose values are told apart first: the smaller one, or both.
    fn counted_sides(&self) -> &'static [usize] {
        match self.population.smaller_side() {
            Some(0) => &[0],
            Some(_) => &[1],
            None => &[0, 1],
        }
    }

    fn singles(&self, n_shown_max: usize) -> Result<Singles, QueryError> {
        // A row that stands for many is a crowd by itself.
        let Some(side) = self.population.smaller_side().filter(|_| self.population.weights.is_none()) else {
            return Ok(Singles::none());
        };
        let start = || Singles::of(self.population.n_rows_of_side(side), n_shown_max);
        if start().is_none() {
            return Ok(Singles::none());
        }
        let found = parallel::fold(self.n_pieces(), self.cancel, start, |singles, piece| {
            self.each(piece, side, |item| singles.enter(item.hash, item.position));
            Ok(())
        })?;
        let merged = found.into_iter().reduce(|mut all, singles| {
            all.merge(singles);
            all
        });
        Ok(merged.unwrap_or_else(Singles::none))
    }

    /// Counts all values but those that are single, and those of the other side that can be no cell.
    fn all_values(&self, singles: &Singles) -> Result<Counted, QueryError> {
        let OfSides { mut parts, mut present, mut n_rows, left: mut tail } =
            self.count(self.counted_sides(), |item| singles.is_told(item.hash, item.position))?;
        if let Some(side) = self.population.smaller_side().map(|side| 1 - side) {
            let (looked_up, others, n_others) = self.look_up(side, &mut parts)?;
            add(&mut present, others);
            add(&mut n_rows, n_others);
            add(&mut tail, looked_up.counts);
            if looked_up.is_any_full() {
                let is_known = |hash: u64| parts[part_of(hash)].find(hash).is_some();
                let is_frequent = |item: &Item| looked_up.is_full(item.hash) && !is_known(item.hash);
                let frequent = self.count(&[0, 1], is_frequent)?.parts;
                for value in frequent.iter().flat_map(|known| &known.values) {
                    let counts = value.tally.counts.map(u64::from);
                    tail = [0, 1].map(|side: usize| tail[side].saturating_sub(counts[side]));
                }
                parts.extend(frequent);
            }
        }
        let singles_of = self.population.smaller_side().filter(|_| !singles.is_none());
        Ok(Counted { parts, present, tail, n_rows, last_told: singles.last_told(), singles_of })
    }

    /// Counts the rows of some sides that are asked for, all that have a value, and those that were not asked for, each
    /// a value of its own.
    fn count(
        &self,
        sides: &[usize],
        is_wanted: impl Fn(&Item) -> bool + Sync,
    ) -> Result<OfSides, QueryError> {
        let mut parts: Vec<Known> = std::iter::repeat_with(|| Known::for_values(0)).take(PARTS).collect();
        let find = |piece, items: &mut Items| {
            for side in sides {
                self.each(piece, *side, |item| {
                    let weight = self.population.weight(item.mark);
                    items.presence.add(item.mark, weight);
                    items.n_rows[*side] += 1;
                    if is_wanted(&item) {
                        items.push(item);
                    } else {
                        items.left[*side] += u64::from(weight);
                    }
                });
            }
        };
        let enter = |known: &mut Known, item: Item| {
            let number = known.number(item.hash);
            known.values[number].add(item.mark, self.population.weight(item.mark), item.position);
            true
        };
        let found = self.in_turns(&mut parts, Items::default, find, |items| items, enter, |_, _| {})?;
        let (mut present, mut n_rows, mut left) = ([0, 0], [0, 0], [0, 0]);
        for items in &found {
            add(&mut present, items.presence.counts.map(u64::from));
            add(&mut n_rows, items.n_rows);
            add(&mut left, items.left);
        }
        Ok(OfSides { parts, present, n_rows, left })
    }

    /// Counts the rows of the other side where their values are known; gives what is left, the units that have a value,
    /// and the rows.
    fn look_up(&self, side: usize, parts: &mut [Known]) -> Result<(Tail, Counts, Counts), QueryError> {
        let filter = Filter::of(parts);
        let start = || LookedUp { items: Items::default(), tail: Tail::of(self.population) };
        let enter = |known: &mut Known, item: Item| {
            let number = known.find(item.hash);
            let weight = self.population.weight(item.mark);
            number.map(|number| known.values[number].add(item.mark, weight, item.position)).is_some()
        };
        let find = |piece, found: &mut LookedUp| self.look_up_piece(piece, side, &filter, found);
        let enter_unknown = |found: &mut LookedUp, unknown: Vec<Item>| {
            for item in unknown {
                found.tail.enter(item.mark, item.hash, self.population.weight(item.mark));
            }
        };
        let found = self.in_turns(parts, start, find, |found| &mut found.items, enter, enter_unknown)?;
        let (mut present, mut n_rows) = ([0, 0], [0, 0]);
        for LookedUp { items, .. } in &found {
            add(&mut present, items.presence.counts.map(u64::from));
            add(&mut n_rows, items.n_rows);
        }
        let sum = found.into_iter().map(|found| found.tail).reduce(|mut sum, tail| {
            sum.merge(&tail);
            sum
        });
        Ok((sum.unwrap_or_else(|| Tail::of(self.population)), present, n_rows))
    }

    /// Finds rows in some segments at a time, and enters them into their parts, before it goes on to the next ones; the
    /// rows that no part took are left to one of those who found them. Who finds goes on with the room of the turn
    /// before.
    fn in_turns<F: Send + Sync>(
        &self,
        parts: &mut [Known],
        start: impl Fn() -> F + Sync,
        find: impl Fn(usize, &mut F) + Sync,
        items: impl Fn(&mut F) -> &mut Items + Sync,
        enter: impl Fn(&mut Known, Item) -> bool + Sync,
        leave: impl Fn(&mut F, Vec<Item>),
    ) -> Result<Vec<F>, QueryError> {
        let parts: Vec<Mutex<&mut Known>> = parts.iter_mut().map(Mutex::new).collect();
        let idle = Mutex::new(Vec::new());
        let lock = || idle.lock().unwrap_or_else(PoisonError::into_inner);
        for first in (0..self.n_pieces()).step_by(PIECES_AT_A_TIME) {
            let n_pieces = PIECES_AT_A_TIME.min(self.n_pieces() - first);
            let again = || {
                let found = lock().pop();
                found.unwrap_or_else(&start)
            };
            let mut found = parallel::fold(n_pieces, self.cancel, again, |found, idx| {
                find(first + idx, found);
                Ok(())
            })?;
            let of_parts: Vec<&mut Items> = found.iter_mut().map(&items).collect();
            let left = parallel::in_parallel(PARTS, self.cancel, |idx| {
                let mut known = parts[idx].lock().unwrap_or_else(PoisonError::into_inner);
                let items = of_parts.iter().flat_map(|items| &items.parts[idx]);
                Ok(items.copied().filter(|item| !enter(&mut known, *item)).collect::<Vec<Item>>())
            })?;
            of_parts.into_iter().flat_map(|items| &mut items.parts).for_each(Vec::clear);
            if let Some(any) = found.first_mut() {
                leave(any, left.into_iter().flatten().collect());
            }
            lock().extend(found);
        }
        Ok(idle.into_inner().unwrap_or_else(PoisonError::into_inner))
    }

    /// Takes the rows of the other side apart: what may be known, and the tail.
    fn look_up_piece(
        &self,
        piece: usize,
        side: usize,
        filter: &Filter,
        LookedUp { items, tail }: &mut LookedUp,
    ) {
        let (Some(Home::Rows { sides, .. }), Some(Some(hashes))) =
            (self.population.homes.get(piece), self.hashes.get(piece))
        else {
            return self.each(piece, side, |item| {
                let weight = self.population.weight(item.mark);
                items.presence.add(item.mark, weight);
                items.n_rows[side] += 1;
                if filter.may_hold(item.hash) {
                    items.push(item);
                } else {
                    tail.enter(item.mark, item.hash, weight);
                }
            });
        };
        let (mut n_pushed, mut n_filled) = (0, 0);
        let first_row = self.population.first_rows[piece];
        // Nearly all rows: quicker without a list of them, and without marks, as each is a unit.
        for (of_word, (hashes, word)) in hashes.chunks(WORD_ROWS).zip(sides[side].words()).enumerate() {
            for (bit, hash) in hashes.iter().enumerate() {
                if *hash == 0 || word >> bit & 1 == 0 {
                    continue;
                }
                if filter.may_hold(*hash) {
                    let position = first_row + index(of_word * WORD_ROWS + bit);
                    items.push(Item { hash: *hash, mark: mark(position, side == 1), position });
                    n_pushed += 1;
                } else {
                    tail.fill(*hash);
                    n_filled += 1;
                }
            }
        }
        items.presence.counts[side] += n_pushed + n_filled;
        items.n_rows[side] += u64::from(n_pushed + n_filled);
        tail.counts[side] += u64::from(n_filled);
    }
}

impl Default for Items {
    fn default() -> Self {
        Items { parts: vec![Vec::new(); PARTS], presence: Tally::default(), n_rows: [0, 0], left: [0, 0] }
    }
}

impl Items {
    fn push(&mut self, item: Item) {
        self.parts[part_of(item.hash)].push(item);
    }
}

pub(super) fn part_of(hash: u64) -> usize {
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
