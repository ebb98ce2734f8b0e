//! Units whose rows lie in several segments.

use super::population::{side_of, unit_of};
use std::ops::Range;
use std::sync::{Mutex, PoisonError};

/// A row of such a unit.
#[derive(Clone, Copy, Default)]
pub(super) struct SpreadRow {
    /// As [`super::population::Marked::marks`].
    pub(super) mark: u32,
    pub(super) segment_idx: u32,
    pub(super) row: u32,
}

/// Their rows, those of a unit side by side.
#[derive(Default)]
pub(super) struct Spread {
    /// In the order of the units.
    pub(super) rows: Vec<SpreadRow>,
    /// One for each segment.
    parts: Vec<Part>,
    /// Room for a code of each row, lent to one field after the other: as much new memory for each costs more than what is
    /// written into it.
    room: Mutex<Vec<Vec<u32>>>,
}

/// Rows of a piece, at least: enough that a thread's start does not show.
const PIECE_ROWS_MIN: usize = 1 << 16;

/// What lies in one segment.
#[derive(Default)]
pub(super) struct Part {
    pub(super) rows: Vec<u32>,
    /// Where each of the rows stands among those of all segments.
    pub(super) places: Vec<u32>,
}

impl Spread {
    /// No unit, of so many segments.
    pub(super) fn none(n_segments: usize) -> Self {
        let parts = std::iter::repeat_with(Part::default).take(n_segments).collect();
        Spread { parts, ..Spread::default() }
    }

    /// Of the rows of each segment; units are numbered below `n_units`.
    pub(super) fn new(of_segments: &[Vec<SpreadRow>], n_units: usize) -> Self {
        // Each unit's place is known from how many rows those before it have: quicker than to sort.
        let mut next_place = vec![0u32; n_units + 1];
        let rows = || of_segments.iter().flatten();
        rows().for_each(|row| next_place[unit_of(row.mark) + 1] += 1);
        let mut n_before = 0;
        for place in &mut next_place {
            n_before += *place;
            *place = n_before;
        }
        let mut sorted = vec![SpreadRow::default(); rows().count()];
        let part = |rows: &Vec<SpreadRow>| {
            let places = rows.iter().map(|row| {
                let next = &mut next_place[unit_of(row.mark)];
                let place = *next;
                *next += 1;
                sorted[place as usize] = *row;
                place
            });
            Part { places: places.collect(), rows: rows.iter().map(|row| row.row).collect() }
        };
        let parts = of_segments.iter().map(part).collect();
        Spread { rows: sorted, parts, room: Mutex::default() }
    }

    pub(super) fn part(&self, segment_idx: usize) -> &Part {
        &self.parts[segment_idx]
    }

    /// The rows of one side, those of a unit side by side.
    pub(super) fn of_side(&self, side: usize) -> impl Iterator<Item = &SpreadRow> {
        self.rows.iter().filter(move |row| side_of(row.mark) == side)
    }

    /// The rows in pieces of whole units.
    pub(super) fn pieces(&self) -> Vec<Range<usize>> {
        let (mut pieces, mut start) = (Vec::new(), 0);
        while start < self.rows.len() {
            let mut end = (start + PIECE_ROWS_MIN).min(self.rows.len());
            while self.rows.get(end).is_some_and(|row| row.mark == self.rows[end - 1].mark) {
                end += 1;
            }
            pieces.push(start..end);
            start = end;
        }
        pieces
    }

    /// Lends room for a code of each row. What is in it is anything: each segment's part has to be put.
    pub(super) fn with_room<T>(&self, fill: impl FnOnce(&mut [u32]) -> T) -> T {
        let lock = || self.room.lock().unwrap_or_else(PoisonError::into_inner);
        let known = lock().pop();
        let mut room = known.unwrap_or_else(|| vec![0; self.rows.len()]);
        let filled = fill(&mut room);
        lock().push(room);
        filled
    }
}

impl Part {
    pub(super) fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Puts the code of each row in its place.
    pub(super) fn put_codes(&self, codes: &mut [u32], code: impl Fn(usize) -> u32) {
        for (row, place) in self.rows.iter().zip(&self.places) {
            codes[*place as usize] = code(*row as usize);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::population::{index, mark};
    use super::*;

    #[test]
    fn rows_of_a_unit_stand_side_by_side_wherever_they_lie() {
        let row = |unit, segment_idx, row| SpreadRow { mark: mark(unit, unit == 2), segment_idx, row };
        let of_segments = [
            vec![row(0, 0, 7), row(2, 0, 1), row(2, 0, 4)],
            vec![],
            vec![row(0, 2, 3), row(1, 2, 0), row(2, 2, 9)],
        ];
        let spread = Spread::new(&of_segments, 4);
        let seen: Vec<_> =
            spread.rows.iter().map(|row| (unit_of(row.mark), row.segment_idx, row.row)).collect();
        assert_eq!(seen, [(0, 0, 7), (0, 2, 3), (1, 2, 0), (2, 0, 1), (2, 0, 4), (2, 2, 9)]);
        spread.with_room(|codes| {
            spread.part(0).put_codes(codes, |_| 0);
            spread.part(2).put_codes(codes, |row| index(row) + 10);
            assert_eq!(codes, [0, 13, 10, 0, 0, 19]);
        });
        assert!(spread.pieces().into_iter().eq(std::iter::once(0..6)));
        assert!(spread.part(1).is_empty() && Spread::none(1).part(0).is_empty());
    }

    #[test]
    fn pieces_hold_whole_units() {
        // Units of three rows each: no piece ends where it would by its size.
        let n_units = 60_000;
        let rows = |segment_idx: u32| {
            let row = |unit| SpreadRow { mark: mark(unit, false), segment_idx, row: unit };
            (0..n_units).map(row).collect::<Vec<_>>()
        };
        let spread = Spread::new(&[rows(0), rows(1), rows(2)], n_units as usize);
        let pieces = spread.pieces();
        assert!(pieces.len() > 1 && pieces.iter().all(|piece| piece.len() % 3 == 0));
        assert!(pieces.iter().flat_map(Clone::clone).eq(0..spread.rows.len()));
    }
}
