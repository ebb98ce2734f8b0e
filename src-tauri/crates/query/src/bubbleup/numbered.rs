//! Units counted by value where it is known which values repeat ([`Repeats`]): whoever asks again, whatever is selected.

use super::count::{Tally, add};
use super::population::{Population, index};
use super::repeats::{MISSING, NUMBERED, OfSegment, Repeats, SINGLE};
use super::score::{Counts, FieldCounts};
use super::singles::{FirstRows, is_left, tells_all};
use super::values::{CountedValues, Values, can_matter};

/// Of all rows that are walked through.
struct Walked<'a> {
    population: &'a Population<'a>,
    repeats: &'a Repeats,
    presence: Tally,
    /// By number.
    tallies: Vec<Tally>,
    /// By number the first row that was met; empty where all are, and that is known.
    positions: Vec<u32>,
    /// Rows that have a value, and those of them whose values are single.
    n_rows: Counts,
    singles: Counts,
    /// The first single ones of each side.
    first: [FirstRows; 2],
}

/// Counts one field by value. Of its values so many are shown at most.
pub(super) fn count_numbered(
    population: &Population<'_>,
    repeats: &Repeats,
    n_shown_max: usize,
) -> CountedValues {
    let mut walked = Walked {
        population,
        repeats,
        presence: Tally::default(),
        tallies: vec![Tally::default(); repeats.totals.len()],
        positions: if population.is_everything() { Vec::new() } else { vec![u32::MAX; repeats.totals.len()] },
        n_rows: [0, 0],
        singles: [0, 0],
        first: [FirstRows::up_to(n_shown_max), FirstRows::up_to(n_shown_max)],
    };
    let smaller_side = population.smaller_side();
    match smaller_side.filter(|_| population.is_everything()) {
        // The other side is what this one leaves of the whole, which is known.
        Some(side) => {
            walked.walk(side);
            walked.take_rest(1 - side);
        }
        None => (0..2).for_each(|side| walked.walk(side)),
    }
    walked.together(smaller_side, n_shown_max)
}

impl Walked<'_> {
    fn walk(&mut self, side: usize) {
        let (population, repeats) = (self.population, self.repeats);
        for (segment_idx, home) in population.homes.iter().enumerate() {
            let first_row = population.first_rows[segment_idx];
            match &repeats.segments[segment_idx] {
                OfSegment::Missing => {}
                OfSegment::Single => {
                    home.each_of_side(side, |row, mark| {
                        self.take(SINGLE, mark, first_row + index(row), side);
                    });
                }
                OfSegment::Numbers(numbers) => home.each_of_side(side, |row, mark| {
                    self.take(numbers[row], mark, first_row + index(row), side);
                }),
            }
        }
        for row in population.spread.of_side(side) {
            let number = match &repeats.segments[row.segment_idx as usize] {
                OfSegment::Missing => MISSING,
                OfSegment::Single => SINGLE,
                OfSegment::Numbers(numbers) => numbers[row.row as usize],
            };
            let position = population.first_rows[row.segment_idx as usize] + row.row;
            self.take(number, row.mark, position, side);
        }
    }

    fn take(&mut self, number: u32, mark: u32, position: u32, side: usize) {
        if number == MISSING {
            return;
        }
        self.presence.add(mark, 1);
        self.n_rows[side] += 1;
        if let Some(number) = number.checked_sub(NUMBERED) {
            if let Some(first) = self.positions.get_mut(number as usize) {
                *first = position.min(*first);
            }
            return self.tallies[number as usize].add(mark, 1);
        }
        self.singles[side] += 1;
        self.first[side].enter(position);
    }

    /// Counts a side as all rows without those of the other, each of which is a unit.
    fn take_rest(&mut self, side: usize) {
        let mut n_rows = 0;
        for (home, of_segment) in self.population.homes.iter().zip(&self.repeats.segments) {
            n_rows += match of_segment {
                OfSegment::Missing => 0,
                OfSegment::Single => home.n_rows_of_side(side) + home.n_rows_of_side(1 - side),
                OfSegment::Numbers(numbers) => numbers.iter().filter(|number| **number != MISSING).count(),
            } as u64;
        }
        let mut n_repeated = 0;
        for (tally, total) in self.tallies.iter_mut().zip(&self.repeats.totals) {
            tally.counts[side] = total - tally.counts[1 - side];
            n_repeated += u64::from(*total);
        }
        self.n_rows[side] = n_rows - self.n_rows[1 - side];
        self.singles[side] = n_rows - n_repeated - self.singles[1 - side];
        self.presence.counts[side] = index(self.n_rows[side] as usize);
    }

    fn together(self, smaller_side: Option<usize>, n_shown_max: usize) -> CountedValues {
        let Walked { population, repeats, presence, tallies, n_rows, singles, first, .. } = self;
        let first_rows = if self.positions.is_empty() { &repeats.first_rows } else { &self.positions };
        let (mut values, mut positions, mut tail) = (Vec::new(), Vec::new(), singles);
        let can_matter = can_matter(population);
        // Asked for the first time, some of the smaller side's single values are not told apart.
        let singles_of =
            smaller_side.filter(|side| !tells_all(population.n_rows_of_side(*side), n_shown_max));
        for (tally, first_row) in tallies.into_iter().zip(first_rows) {
            let counts = tally.counts.map(u64::from);
            if counts == [0, 0] {
                continue;
            }
            if can_matter(counts) && !singles_of.is_some_and(|side| is_left(counts, side, population)) {
                values.push(counts);
                positions.push(*first_row);
            } else {
                add(&mut tail, counts);
            }
        }
        for (side, first) in
            first.into_iter().enumerate().filter(|(side, _)| smaller_side.is_none_or(|s| s == *side))
        {
            for position in first.into_positions() {
                values.push([0, 1].map(|of| u64::from(of == side)));
                positions.push(position);
                tail[side] -= 1;
            }
        }
        let present = presence.counts.map(u64::from);
        let counts = FieldCounts::of_near_unique(population, present, values, tail, n_rows);
        CountedValues { values: Values::At(positions), counts }
    }
}
