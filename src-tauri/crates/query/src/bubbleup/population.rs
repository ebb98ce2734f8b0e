//! Who is counted: the base's rows of each segment, brought into an order in which every unit is counted once.

use super::reply::{BubbleupRequest, Unit};
use super::score::Sizes;
use super::sides::Sides;
use super::spread::{Spread, SpreadRow};
use super::units::Units;
use super::weights::Weights;
use crate::ask::{Cancel, QueryError};
use crate::scan::{by_width, wide};
use crate::weight::weights;
use crate::{Bitmap, Codes, Column, Scan, SharedColumn, parallel};
use skep_model::{Dictionary, Value};
use std::sync::{Arc, OnceLock};

/// The base, split in two.
pub(super) struct Population<'a> {
    scan: &'a dyn Scan,
    /// Of the baseline and of the selection.
    pub(super) sizes: Sizes,
    /// What units stand for; nothing where each is one.
    pub(super) weights: Option<Weights>,
    /// Whether a unit is a row, and so has each field once at most.
    pub(super) is_by_row: bool,
    /// Units are numbered below this.
    pub(super) n_numbers: usize,
    /// For each segment, the rows of those before.
    pub(super) first_rows: Vec<u32>,
    /// The rows of units that lie in one segment alone: one for each segment.
    pub(super) homes: Vec<Home>,
    /// The rows of units in several segments.
    pub(super) spread: Spread,
    /// The rows of both sides, once somebody asked.
    n_rows: OnceLock<[usize; 2]>,
}

/// The units of one segment.
pub(super) enum Home {
    /// Each row is one.
    Rows {
        /// Baseline and selection.
        sides: [Bitmap; 2],
        /// Whether every row of the segment is on one of the sides.
        is_all: bool,
        /// As [`Population::first_rows`].
        first_row: u32,
    },
    /// Some rows are one.
    Units(Marked),
}

/// Rows of one segment, those of a unit side by side.
#[derive(Default)]
pub(super) struct Marked {
    pub(super) rows: Vec<u32>,
    /// Aligned with the rows: twice the unit's number, counted from 1 over all segments, plus one when it is selected.
    pub(super) marks: Vec<u32>,
}

impl<'a> Population<'a> {
    pub(super) fn new(
        scan: &'a dyn Scan,
        request: &BubbleupRequest,
        cancel: &Cancel,
    ) -> Result<Self, QueryError> {
        let Sides { base, selected } = Sides::of(scan, request, cancel)?;
        let segments = scan.segments();
        let rates: Vec<Option<Vec<u32>>> =
            parallel::in_parallel(segments.len(), cancel, |idx| weights(&*segments[idx], &base[idx]))?;
        match request.unit {
            Unit::Event if rates.iter().all(Option::is_none) => {
                Ok(Population::of_events(scan, base, selected))
            }
            Unit::Event => Ok(Population::of_weighted_events(scan, &base, &selected, &rates)),
            Unit::Trace => Population::of_traces(scan, &base, &selected, &rates, cancel),
        }
    }

    fn empty(scan: &'a dyn Scan) -> Self {
        let mut n_rows = 0;
        let first_rows = scan.segments().iter().map(|segment| {
            n_rows += segment.n_rows();
            index(n_rows - segment.n_rows())
        });
        let first_rows = first_rows.collect();
        Population {
            scan,
            sizes: Sizes::even([0, 0]),
            weights: None,
            is_by_row: false,
            n_numbers: 0,
            first_rows,
            homes: Vec::new(),
            spread: Spread::none(scan.segments().len()),
            n_rows: OnceLock::new(),
        }
    }

    fn of_events(scan: &'a dyn Scan, base: Vec<Bitmap>, selected: Vec<Bitmap>) -> Self {
        let mut population = Population::empty(scan);
        let mut n = [0, 0];
        for (idx, (mut baseline, mut selected)) in base.into_iter().zip(selected).enumerate() {
            let (n_rows, n_base) = (baseline.n_rows(), baseline.count());
            selected.intersect(&baseline);
            baseline.subtract(&selected);
            let n_selected = selected.count();
            n[0] += (n_base - n_selected) as u64;
            n[1] += n_selected as u64;
            population.n_numbers += n_rows;
            let (sides, is_all) = ([baseline, selected], n_base == n_rows);
            let first_row = population.first_rows[idx];
            population.homes.push(Home::Rows { sides, is_all, first_row });
        }
        (population.sizes, population.is_by_row) = (Sizes::even(n), true);
        population
    }

    /// Rows that do not all count the same are units one by one.
    fn of_weighted_events(
        scan: &'a dyn Scan,
        base: &[Bitmap],
        selected: &[Bitmap],
        rates: &[Option<Vec<u32>>],
    ) -> Self {
        let mut population = Population::empty(scan);
        let mut of_unit = Vec::new();
        let mut is_selected = Bitmap::none(base.iter().map(Bitmap::n_rows).sum());
        for (idx, (base, selected)) in base.iter().zip(selected).enumerate() {
            let first_row = population.first_rows[idx];
            let mut marked = Marked::default();
            for row in 0..base.n_rows() {
                let is_base = base.contains(row);
                of_unit.push(if is_base { rates[idx].as_ref().map_or(1, |rates| rates[row]) } else { 0 });
                if is_base {
                    let unit = first_row + index(row);
                    marked.rows.push(index(row));
                    marked.marks.push(mark(unit, selected.contains(row)));
                    if selected.contains(row) {
                        is_selected.set(unit as usize);
                    }
                }
            }
            population.homes.push(Home::Units(marked));
        }
        population.n_numbers = of_unit.len();
        population.is_by_row = true;
        population.weigh(of_unit, |unit| is_selected.contains(unit));
        population
    }

    fn weigh(&mut self, of_unit: Vec<u32>, is_selected: impl Fn(usize) -> bool) {
        self.weights = Weights::new(of_unit);
        if let Some(weights) = &self.weights {
            self.sizes = weights.sizes(is_selected);
        }
    }

    fn of_traces(
        scan: &'a dyn Scan,
        base: &[Bitmap],
        selected: &[Bitmap],
        rates: &[Option<Vec<u32>>],
        cancel: &Cancel,
    ) -> Result<Self, QueryError> {
        let mut units = Units::default();
        let mut rows_of_segments = Vec::new();
        for (segment_idx, segment) in scan.segments().iter().enumerate() {
            cancel.check()?;
            rows_of_segments.push(units.enter(
                &**segment,
                index(segment_idx),
                &base[segment_idx],
                &selected[segment_idx],
                rates[segment_idx].as_deref(),
            )?);
        }
        let mut population = Population::empty(scan);
        let n = units.counts();
        (population.sizes, population.n_numbers) = (Sizes::even(n), (n[0] + n[1]) as usize);
        if rates.iter().any(Option::is_some) {
            population.weigh(units.weights(), |unit| units.is_selected(index(unit)));
        }
        let parts = parallel::in_parallel(rows_of_segments.len(), cancel, |idx| {
            Ok(Marked::of_rows(&rows_of_segments[idx], &units, index(idx)))
        })?;
        let (marked, spread): (Vec<Marked>, Vec<Vec<SpreadRow>>) = parts.into_iter().unzip();
        population.homes = marked.into_iter().map(Home::Units).collect();
        population.spread = Spread::new(&spread, population.n_numbers);
        Ok(population)
    }

    pub(super) fn scan(&self) -> &'a dyn Scan {
        self.scan
    }

    pub(super) fn n_segments(&self) -> usize {
        self.homes.len()
    }

    /// Whether a segment has base rows.
    pub(super) fn has_rows(&self, segment_idx: usize) -> bool {
        !self.homes[segment_idx].is_empty() || !self.spread.part(segment_idx).is_empty()
    }

    /// One field's column in a segment; nothing where the segment has no base rows, or no such field.
    pub(super) fn column(&self, segment_idx: usize, field: &str) -> Result<Option<Column>, QueryError> {
        if !self.has_rows(segment_idx) {
            return Ok(None);
        }
        Ok(self.scan.segments()[segment_idx].column(field)?)
    }

    /// As [`Population::column`], of a field that records have which rows share.
    pub(super) fn shared(&self, segment_idx: usize, field: &str) -> Result<Option<SharedColumn>, QueryError> {
        if !self.has_rows(segment_idx) {
            return Ok(None);
        }
        Ok(self.scan.segments()[segment_idx].shared(field)?)
    }

    /// Whether a field is a number wherever it is: known where a segment keeps its bounds, else looked at.
    pub(super) fn are_numbers(&self, field: &str, cancel: &Cancel) -> Result<bool, QueryError> {
        for (segment_idx, segment) in self.scan.segments().iter().enumerate() {
            cancel.check()?;
            if !self.has_rows(segment_idx) || segment.bounds(field).is_some() {
                continue;
            }
            if let Some(shared) = segment.shared(field)? {
                if !shared.dictionary.are_numbers() {
                    return Ok(false);
                }
                continue;
            }
            match segment.column(field)? {
                Some(Column::Codes { dictionary, .. }) if !dictionary.are_numbers() => return Ok(false),
                Some(Column::Texts(_) | Column::Ids { .. }) => return Ok(false),
                Some(Column::Codes { .. } | Column::Doubles(_) | Column::Ints { .. }) | None => {}
            }
        }
        Ok(true)
    }

    /// As [`Population::column`], of a field's hashes.
    pub(super) fn hashes(&self, segment_idx: usize, field: &str) -> Result<Option<Arc<[u64]>>, QueryError> {
        if !self.has_rows(segment_idx) {
            return Ok(None);
        }
        Ok(self.scan.segments()[segment_idx].hashes(field)?)
    }

    /// The values of rows that have one, by their positions over all segments.
    pub(super) fn values(&self, field: &str, positions: &[u32]) -> Result<Vec<Value>, QueryError> {
        let mut order: Vec<usize> = (0..positions.len()).collect();
        order.sort_unstable_by_key(|idx| positions[*idx]);
        let segment_of = |idx: &usize| self.first_rows.partition_point(|first| *first <= positions[*idx]) - 1;
        let mut values = vec![Value::Empty; positions.len()];
        for of_segment in order.chunk_by(|a, b| segment_of(a) == segment_of(b)) {
            let segment_idx = segment_of(&of_segment[0]);
            let rows = of_segment.iter().map(|idx| positions[*idx] - self.first_rows[segment_idx]);
            let found = self.scan.segments()[segment_idx].values(field, &rows.collect::<Vec<_>>())?;
            for (idx, value) in of_segment.iter().zip(found) {
                values[*idx] = value.unwrap_or(Value::Empty);
            }
        }
        Ok(values)
    }

    /// What a unit stands for.
    pub(super) fn weight(&self, mark: u32) -> u32 {
        self.weights.as_ref().map_or(1, |weights| weights.of_mark(mark))
    }

    /// Whether every row of the scan is a unit, on one of the sides.
    pub(super) fn is_everything(&self) -> bool {
        self.homes.iter().all(|home| matches!(home, Home::Rows { is_all: true, .. }))
    }

    pub(super) fn n_rows(&self) -> usize {
        self.n_rows_of_side(0) + self.n_rows_of_side(1)
    }

    /// The rows of a side's units.
    pub(super) fn n_rows_of_side(&self, side: usize) -> usize {
        let count = |side| {
            let spread = self.spread.rows.iter().filter(|row| side_of(row.mark) == side).count();
            self.homes.iter().map(|home| home.n_rows_of_side(side)).sum::<usize>() + spread
        };
        self.n_rows.get_or_init(|| [count(0), count(1)])[side]
    }

    /// The side with fewer units, the baseline being 0; nothing when both have as many.
    pub(super) fn smaller_side(&self) -> Option<usize> {
        let [n_baseline, n_selection] = self.sizes.n;
        (n_baseline != n_selection).then_some(usize::from(n_selection < n_baseline))
    }

    /// The least count at which a value can be a cell by itself, wherever its units are.
    pub(super) fn cell_count_min(&self) -> f64 {
        let [n_baseline, n_selection] = self.sizes.n;
        let share = n_baseline.min(n_selection) as f64 / (n_baseline + n_selection) as f64;
        super::score::EXPECTED_MIN / share
    }
}

impl Marked {
    /// From units and their rows; the rows of units in several segments come apart.
    fn of_rows(rows: &[(u32, u32)], units: &Units, segment_idx: u32) -> (Marked, Vec<SpreadRow>) {
        let mut marked =
            Marked { rows: Vec::with_capacity(rows.len()), marks: Vec::with_capacity(rows.len()) };
        let mut spread = Vec::new();
        for (unit, row) in rows {
            let mark = mark(*unit, units.is_selected(*unit));
            if units.is_spread(*unit) {
                spread.push(SpreadRow { mark, segment_idx, row: *row });
            } else {
                marked.rows.push(*row);
                marked.marks.push(mark);
            }
        }
        // Units are numbered as they appear, so rows clustered by trace are in order already.
        if !marked.marks.is_sorted() {
            let mut rows: Vec<(u32, u32)> = marked.marks.iter().copied().zip(marked.rows).collect();
            rows.sort_unstable();
            (marked.marks, marked.rows) = rows.into_iter().unzip();
        }
        (marked, spread)
    }
}

impl Home {
    pub(super) fn is_empty(&self) -> bool {
        match self {
            Home::Rows { sides, .. } => sides.iter().all(Bitmap::is_empty),
            Home::Units(marked) => marked.rows.is_empty(),
        }
    }

    pub(super) fn n_rows_of_side(&self, side: usize) -> usize {
        match self {
            Home::Rows { sides, .. } => sides[side].count(),
            Home::Units(marked) => marked.marks.iter().filter(|mark| side_of(**mark) == side).count(),
        }
    }

    /// Calls `take` with each row of one side and its mark.
    pub(super) fn each_of_side(&self, side: usize, mut take: impl FnMut(usize, u32)) {
        match self {
            Home::Rows { sides, first_row, .. } => sides[side].for_each_row(|row| {
                take(row, mark(first_row + index(row), side == 1));
            }),
            Home::Units(marked) => {
                for (row, mark) in marked.rows.iter().zip(&marked.marks) {
                    if side_of(*mark) == side {
                        take(*row as usize, *mark);
                    }
                }
            }
        }
    }

    /// How many rows have each code.
    pub(super) fn n_rows_by_code(&self, codes: &Codes, dictionary: &Dictionary) -> Vec<u32> {
        if let Home::Rows { is_all: true, .. } = self {
            return dictionary.totals(codes).to_vec();
        }
        let mut n_rows = vec![0; dictionary.len() + 1];
        by_width!(codes, codes => self.each_row(|row| n_rows[wide(codes[row]) as usize] += 1));
        n_rows
    }

    /// Calls `take` with each row, in no certain order.
    pub(super) fn each_row(&self, mut take: impl FnMut(usize)) {
        match self {
            Home::Rows { sides, .. } => sides.iter().for_each(|rows| rows.for_each_row(&mut take)),
            Home::Units(marked) => marked.rows.iter().for_each(|row| take(*row as usize)),
        }
    }
}

pub(super) fn mark(unit_idx: u32, is_selected: bool) -> u32 {
    // Fewer than 2^31 units: each has a row in memory.
    (unit_idx + 1) << 1 | u32::from(is_selected)
}

/// The number of a mark's unit.
pub(super) fn unit_of(mark: u32) -> usize {
    (mark >> 1) as usize - 1
}

/// 1 for the selection, 0 for the baseline.
pub(super) fn side_of(mark: u32) -> usize {
    (mark & 1) as usize
}

pub(super) fn index(position: usize) -> u32 {
    u32::try_from(position).expect("fewer than 2^32 rows fit in memory")
}
