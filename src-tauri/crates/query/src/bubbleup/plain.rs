//! Units counted by value where nearly every value is another: ids, paths, texts without a dictionary.
//!
//! Counting them all would cost more than all other fields together, and tell nothing: a value can only matter when
//! it is on the smaller side, or so frequent that some units of the smaller side were to be expected. So the smaller
//! side is counted, the other side is looked up in that, and what is found nowhere is the tail. Frequent values of
//! the tail show as full buckets, and only then is it read again for them.

use super::count::{Tally, add};
use super::known::{Item, Known};
use super::population::{Home, Population, side_of};
use super::score::{Counts, FieldCounts};
use crate::Column;
use crate::ask::{Cancel, QueryError};
use skep_model::Value;

/// Buckets that the tail's values are thrown into by hash, at most: a byte each.
const BUCKETS_MAX: usize = 1 << 22;
const BUCKETS_MIN: usize = 1 << 12;

/// How many times fuller than unique values make it a bucket is when it counts as full: so far off that chance fills
/// next to none, and so near that the buckets stay in the processor's caches.
const FULL_PER_LOAD: usize = 8;

/// What a row that lies in a unit of several segments has: 0 for nothing, a known value's number, or this bit and a
/// hash.
const TAIL_BIT: u64 = 1 << 63;

/// Counts one field by value.
pub(super) fn count_plain(
    population: &Population<'_>,
    field: &str,
    cancel: &Cancel,
) -> Result<(Known, FieldCounts), QueryError> {
    let smaller_side = population.smaller_side();
    let n_counted = smaller_side.map_or(population.n_rows(), |side| population.n_rows_of_side(side));
    let mut counting = Counting {
        population,
        field,
        cancel,
        known: Known::for_values(n_counted),
        present: [0, 0],
        spread: vec![0; population.spread.len()],
    };
    let counted: &[usize] = smaller_side.as_ref().map_or(&[0, 1], std::slice::from_ref);
    for side in counted {
        counting.count(*side)?;
    }
    let mut tail = Tail::default();
    if let Some(smaller_side) = smaller_side {
        tail = counting.look_up(1 - smaller_side)?;
        if tail.is_any_full() && counting.enter_frequent(1 - smaller_side, &tail)? {
            tail = counting.look_up(1 - smaller_side)?;
        }
    }
    counting.count_spread(&mut tail.counts);
    let values: Vec<Counts> =
        counting.known.tallies.iter().map(|tally| tally.counts.map(u64::from)).collect();
    let [in_baseline, in_selection] = tail.counts;
    // As if all of the tail were different: more distinct values make a crowded one less surprising.
    let n_distinct = values.len() as u64 + in_baseline + in_selection;
    let counts =
        FieldCounts { n: population.n, present: counting.present, values, tail: tail.counts, n_distinct };
    Ok((counting.known, counts))
}

struct Counting<'a> {
    population: &'a Population<'a>,
    field: &'a str,
    cancel: &'a Cancel,
    known: Known,
    present: Counts,
    /// Aligned with [`Population::spread`].
    spread: Vec<u64>,
}

/// What is not known.
#[derive(Default)]
struct Tail {
    /// Units by value: a unit with two of them counts twice.
    counts: Counts,
    /// Rows by hash, up to 255.
    buckets: Vec<u8>,
    /// From so many rows on, a bucket may hold a value that can matter.
    full: u8,
}

impl Counting<'_> {
    /// Counts the units of a side, every value becoming known.
    fn count(&mut self, side: usize) -> Result<(), QueryError> {
        self.each_segment(
            side,
            |counting, home, column| {
                let mut presence = Tally::default();
                let known = &mut counting.known;
                each_item(home, side, column, |mark, item| {
                    presence.add(mark);
                    let number = known.number(item, item.hash());
                    known.add(number, mark);
                });
                add(&mut counting.present, presence.counts.map(u64::from));
            },
            |known, item| u64::from(known.number(item, item.hash())),
        )
    }

    /// Counts the units of the other side where their values are known.
    fn look_up(&mut self, side: usize) -> Result<Tail, QueryError> {
        self.known.tallies.iter_mut().for_each(|tally| tally.clear(side));
        self.present[side] = 0;
        let count_min = self.population.cell_count_min();
        let full = (1..u8::MAX).find(|n| f64::from(*n) >= count_min).unwrap_or(u8::MAX);
        let n_buckets = self.population.n_rows() * FULL_PER_LOAD / usize::from(full);
        let n_buckets = n_buckets.clamp(BUCKETS_MIN, BUCKETS_MAX).next_power_of_two();
        let mut tail = Tail { counts: [0, 0], buckets: vec![0; n_buckets], full };
        self.each_segment(
            side,
            |counting, home, column| {
                let mut presence = Tally::default();
                let known = &mut counting.known;
                let mut of_unit = OfUnit::default();
                each_item(home, side, column, |mark, item| {
                    presence.add(mark);
                    let hash = item.hash();
                    match known.find(item, hash) {
                        Some(number) => known.add(number, mark),
                        None => {
                            tail.fill(hash);
                            of_unit.add(mark, hash, &mut tail.counts);
                        }
                    }
                });
                add(&mut counting.present, presence.counts.map(u64::from));
            },
            |known, item| {
                let hash = item.hash();
                known.find(item, hash).map_or(hash | TAIL_BIT, u64::from)
            },
        )?;
        for item in
            self.spread.iter().zip(&self.population.spread).filter(|(_, row)| side_of(row.mark) == side)
        {
            if *item.0 & TAIL_BIT != 0 {
                tail.fill(*item.0);
            }
        }
        Ok(tail)
    }

    /// Makes the values in full buckets known; whether there were any.
    fn enter_frequent(&mut self, side: usize, tail: &Tail) -> Result<bool, QueryError> {
        let n_known = self.known.len();
        let enter = |known: &mut Known, item: Item<'_>| {
            let hash = item.hash();
            if tail.is_full(hash) { u64::from(known.number(item, hash)) } else { hash | TAIL_BIT }
        };
        self.each_segment(
            side,
            |counting, home, column| {
                each_item(home, side, column, |_, item| {
                    enter(&mut counting.known, item);
                });
            },
            enter,
        )?;
        Ok(self.known.len() > n_known)
    }

    /// Walks the segments that have rows on a side, one column at a time, and says what each spread row has.
    fn each_segment(
        &mut self,
        side: usize,
        mut take: impl FnMut(&mut Self, &Home, &Column),
        spread_item: impl Fn(&mut Known, Item<'_>) -> u64,
    ) -> Result<(), QueryError> {
        let population = self.population;
        for (segment_idx, home) in population.homes.iter().enumerate() {
            self.cancel.check()?;
            let spread = population.spread_of_segment[segment_idx]
                .iter()
                .map(|idx| *idx as usize)
                .filter(|idx| side_of(population.spread[*idx].mark) == side);
            if !home.has_side(side) && spread.clone().next().is_none() {
                continue;
            }
            let Some(column) = population.column(segment_idx, self.field)? else { continue };
            take(self, home, &column);
            for idx in spread {
                let item = item(&column, population.spread[idx].row as usize);
                self.spread[idx] = item.map_or(0, |item| spread_item(&mut self.known, item));
            }
        }
        Ok(())
    }

    /// Counts the units that lie in several segments, now that all their values are at hand.
    fn count_spread(&mut self, tail: &mut Counts) {
        let mut presence = Tally::default();
        let mut of_unit = OfUnit::default();
        for (row, item) in self.population.spread.iter().zip(&self.spread) {
            if *item == 0 {
                continue;
            }
            presence.add(row.mark);
            match u32::try_from(*item) {
                Ok(number) => self.known.add(number, row.mark),
                Err(_) => of_unit.add(row.mark, *item, tail),
            }
        }
        add(&mut self.present, presence.counts.map(u64::from));
    }
}

impl Tail {
    fn fill(&mut self, hash: u64) {
        let bucket = self.bucket(hash);
        self.buckets[bucket] = self.buckets[bucket].saturating_add(1);
    }

    fn is_full(&self, hash: u64) -> bool {
        self.buckets[self.bucket(hash)] >= self.full
    }

    fn is_any_full(&self) -> bool {
        self.buckets.iter().any(|n| *n >= self.full)
    }

    /// By the bits above the slots of [`Known`] and below [`TAIL_BIT`].
    fn bucket(&self, hash: u64) -> usize {
        (hash >> 40) as usize & (self.buckets.len() - 1)
    }
}

/// The tail's value that a unit had last.
///
/// A repeat right after is not counted again. One further off is, which changes nothing: a unit with two values has
/// more than one in either count, and the tail's exact size matters only where no unit has.
#[derive(Default)]
struct OfUnit {
    mark: u32,
    hash: u64,
}

impl OfUnit {
    fn add(&mut self, mark: u32, hash: u64, counts: &mut Counts) {
        if (self.mark, self.hash) != (mark, hash) {
            (self.mark, self.hash) = (mark, hash);
            counts[side_of(mark)] += 1;
        }
    }
}

/// Calls `take` with the mark and the value of each row of a side that has one.
fn each_item(home: &Home, side: usize, column: &Column, mut take: impl FnMut(u32, Item<'_>)) {
    match column {
        Column::Texts(texts) => home.each_of_side(side, |row, mark| {
            if let Some(text) = texts.get(row) {
                take(mark, Item::Text(text));
            }
        }),
        column => home.each_of_side(side, |row, mark| {
            if let Some(item) = item(column, row) {
                take(mark, item);
            }
        }),
    }
}

fn item(column: &Column, row: usize) -> Option<Item<'_>> {
    match column {
        Column::Texts(texts) => texts.get(row).map(Item::Text),
        Column::Doubles(doubles) => (!doubles[row].is_nan()).then_some(Item::Double(doubles[row])),
        Column::Ints { ints, present } => {
            present.as_ref().is_none_or(|present| present.contains(row)).then_some(Item::Int(ints[row]))
        }
        Column::Ids { bytes, width } => {
            let id = &bytes[row * width..(row + 1) * width];
            id.iter().any(|byte| *byte != 0).then_some(Item::Id(id))
        }
        Column::Codes { codes, dictionary } => {
            let entry = (codes.at(row) as usize).checked_sub(1)?;
            (dictionary[entry] != Value::Empty).then_some(Item::Entry(&dictionary[entry]))
        }
    }
}
