//! What is kept of each group's rows until the last segment is merged.

use super::Cell;
use super::concurrency::Intervals;
use super::group::{GroupIdxs, RowIdxs, coded};
use super::percentile::{Part, Values};
use super::sketch::{Sketch, Sketcher};
use crate::ask::{Cancel, QueryError};
use crate::ast::Percentile;
use crate::resolved::{Every, Figure};
use crate::scan::by_width;
use crate::test::Number;
use crate::{Column, Texts};
use rustc_hash::{FxHashMap, FxHashSet};
use skep_model::{Text, fields};
use std::cmp::Ordering;
use std::sync::Arc;

/// What to keep.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum AccumulatorKind {
    Rows,
    Present(Text),
    Distinct(Text),
    Numbers(Text),
    Values(Text),
    /// Of more numbers than there is memory for: what percentiles are told of within an error.
    Sketches(Text),
    /// From when to when each row was under way.
    Intervals,
}

impl AccumulatorKind {
    /// Whether it is the same whatever was added first: sums of doubles are rounded on the way.
    pub(super) fn adds_up_in_any_order(&self) -> bool {
        !matches!(self, AccumulatorKind::Numbers(_))
    }

    pub(super) fn field(&self) -> Option<&str> {
        match self {
            AccumulatorKind::Rows => None,
            AccumulatorKind::Intervals => Some(fields::DURATION_MS),
            AccumulatorKind::Present(field)
            | AccumulatorKind::Distinct(field)
            | AccumulatorKind::Numbers(field)
            | AccumulatorKind::Values(field)
            | AccumulatorKind::Sketches(field) => Some(field),
        }
    }
}

/// The selected rows of a segment.
pub(super) struct Rows<'a> {
    pub(super) rows: &'a RowIdxs,
    /// Aligned with the rows.
    pub(super) groups: &'a GroupIdxs,
    pub(super) n_rows_of_group: &'a Arc<[u32]>,
    /// Aligned with the rows: how many events each stands for; nothing where that is one.
    pub(super) weights: Option<&'a Arc<[u32]>>,
}

/// What is kept, indexed by group.
pub(super) enum Accumulator {
    /// Rows, or rows that have a field.
    Counts(Vec<u64>),
    Distinct(Distinct),
    Numbers(Vec<Summary>),
    Values(Values),
    Sketches(Vec<Sketch>),
    Intervals(Intervals),
}

/// The distinct values of each group.
#[derive(Default)]
pub(super) struct Distinct {
    values: Vec<Cell>,
    idx_of_value: FxHashMap<Cell, u32>,
    /// Group and value.
    pairs: FxHashSet<(u32, u32)>,
    counts: Vec<u64>,
}

/// Sum and extremes of numbers.
#[derive(Clone, Copy, Default)]
pub(super) struct Summary {
    /// Numbers there were, those included that were not kept.
    n: u64,
    /// Apart from the doubles, so that integers add up exactly.
    int_sum: i128,
    double_sum: f64,
    has_double: bool,
    min: Option<Number>,
    max: Option<Number>,
}

impl Accumulator {
    pub(super) fn new(kind: &AccumulatorKind) -> Self {
        match kind {
            AccumulatorKind::Rows | AccumulatorKind::Present(_) => Accumulator::Counts(Vec::new()),
            AccumulatorKind::Distinct(_) => Accumulator::Distinct(Distinct::default()),
            AccumulatorKind::Numbers(_) => Accumulator::Numbers(Vec::new()),
            AccumulatorKind::Values(_) => Accumulator::Values(Values::default()),
            AccumulatorKind::Sketches(_) => Accumulator::Sketches(Vec::new()),
            AccumulatorKind::Intervals => Accumulator::Intervals(Intervals::default()),
        }
    }

    pub(super) fn resize(&mut self, n_groups: usize) {
        match self {
            Accumulator::Counts(counts) => counts.resize(n_groups, 0),
            Accumulator::Distinct(distinct) => distinct.counts.resize(n_groups, 0),
            Accumulator::Numbers(summaries) => summaries.resize(n_groups, Summary::default()),
            Accumulator::Values(values) => values.resize(n_groups),
            Accumulator::Sketches(sketches) => sketches.resize(n_groups, Sketch::default()),
            Accumulator::Intervals(intervals) => intervals.resize(n_groups),
        }
    }

    /// Reads one column at the selected rows. Only intervals need times.
    ///
    /// Counts, sums, means and percentiles are of what the rows stand for, as in Honeycomb; distinct values, extremes
    /// and what is under way are of the rows.
    pub(super) fn of_rows(
        kind: &AccumulatorKind,
        times: Option<&[u64]>,
        column: Option<Column>,
        selected: &Rows<'_>,
    ) -> Self {
        let Rows { rows, groups, n_rows_of_group, .. } = *selected;
        let mut accumulator = Accumulator::new(kind);
        accumulator.resize(n_rows_of_group.len());
        match &mut accumulator {
            Accumulator::Counts(counts) if *kind == AccumulatorKind::Rows && selected.weights.is_none() => {
                counts.iter_mut().zip(n_rows_of_group.iter()).for_each(|(count, n)| *count = u64::from(*n));
            }
            Accumulator::Counts(counts) => {
                let is_present = presence(column.as_ref());
                let is_counted = |row: usize| *kind == AccumulatorKind::Rows || is_present(row);
                groups.each(rows, |idx, row, group| {
                    counts[group] += u64::from(is_counted(row)) * selected.weight(idx);
                });
            }
            Accumulator::Distinct(distinct) => {
                let (codes, labels) = coded(column, rows);
                let mut value_idx = |code| match labels.cell(code) {
                    Cell::Null => None,
                    cell => Some(distinct.value_idx(&cell)),
                };
                // A segment has fewer than 2^32 rows, and so fewer codes.
                let idxs: Vec<Option<u32>> = (0..labels.n_codes() as u32).map(&mut value_idx).collect();
                groups.each(rows, |idx, _, group| {
                    if let Some(value_idx) = idxs[codes[idx] as usize] {
                        // A segment has fewer than 2^32 rows, and so fewer groups.
                        distinct.insert(group as u32, value_idx);
                    }
                });
            }
            Accumulator::Numbers(summaries) => {
                selected.each_number(column.as_ref(), |idx, _, group, number| {
                    summaries[group].add(number, selected.weight(idx));
                });
            }
            Accumulator::Values(values) => {
                if let Some(numbers) = selected.numbers(column) {
                    values.push(Part {
                        numbers,
                        groups: groups.clone(),
                        weights: selected.weights.map(Arc::clone),
                        n_rows_of_group: Arc::clone(n_rows_of_group),
                        answer_groups: (0..n_rows_of_group.len()).map(Some).collect(),
                    });
                }
            }
            Accumulator::Sketches(sketches) => {
                let mut sketcher = Sketcher::new(n_rows_of_group);
                selected.each_number(column.as_ref(), |idx, _, group, number| {
                    sketcher.put(group, number.as_f64(), selected.weights.map_or(1, |weights| weights[idx]));
                });
                *sketches = sketcher.sketches();
            }
            Accumulator::Intervals(intervals) => {
                let times = times.unwrap_or_default();
                selected.each_number(column.as_ref(), |_, row, group, number| {
                    let start = times.get(row).copied().unwrap_or_default();
                    intervals.add(group, start, number.as_f64());
                });
            }
        }
        accumulator
    }

    /// Adds another of the same kind, whose group `g` is group `groups[g]` here; one without rows is none.
    pub(super) fn merge(&mut self, other: Accumulator, groups: &[Option<usize>]) {
        fn pairs<T>(groups: &[Option<usize>], theirs: Vec<T>) -> impl Iterator<Item = (usize, T)> {
            groups.iter().zip(theirs).filter_map(|(group, one)| Some(((*group)?, one)))
        }
        match (self, other) {
            (Accumulator::Counts(mine), Accumulator::Counts(theirs)) => {
                pairs(groups, theirs).for_each(|(group, count)| mine[group] += count);
            }
            (Accumulator::Distinct(mine), Accumulator::Distinct(theirs)) => {
                let idxs: Vec<u32> = theirs.values.iter().map(|value| mine.value_idx(value)).collect();
                for (group, value) in theirs.pairs {
                    if let Some(group) = groups[group as usize] {
                        // Groups are numbered by rows of this machine's memory, far below 2^32.
                        mine.insert(group as u32, idxs[value as usize]);
                    }
                }
            }
            (Accumulator::Numbers(mine), Accumulator::Numbers(theirs)) => {
                pairs(groups, theirs).for_each(|(group, summary)| mine[group].merge(summary));
            }
            (Accumulator::Values(mine), Accumulator::Values(theirs)) => mine.merge(theirs, groups),
            (Accumulator::Sketches(mine), Accumulator::Sketches(theirs)) => {
                pairs(groups, theirs).for_each(|(group, sketch)| mine[group].merge(&sketch));
            }
            (Accumulator::Intervals(mine), Accumulator::Intervals(theirs)) => mine.merge(theirs, groups),
            _ => unreachable!("partial answers of one query have the same accumulators"),
        }
    }

    /// The same of fewer groups: group `g` becomes part of group `groups[g]`, below `n_groups`. Also after
    /// [`Accumulator::prepare`], which is then due again.
    pub(super) fn folded(self, kind: &AccumulatorKind, groups: &[usize], n_groups: usize) -> Self {
        let mut folded = Accumulator::new(kind);
        folded.resize(n_groups);
        folded.merge(self, &groups.iter().copied().map(Some).collect::<Vec<_>>());
        folded
    }

    /// Makes the figures readable: brings the percentiles asked for to their places, and counts what was under way.
    pub(super) fn prepare(
        &mut self,
        percentiles: &[Percentile],
        keys: &[Vec<Cell>],
        every: Option<Every>,
        cancel: &Cancel,
    ) -> Result<(), QueryError> {
        match self {
            Accumulator::Values(values) => values.find(percentiles, cancel),
            Accumulator::Intervals(intervals) => {
                intervals.count(keys, every);
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// One group's figure, after [`Accumulator::prepare`].
    pub(super) fn figure(&self, group: usize, figure: Figure) -> Cell {
        match (self, figure) {
            (Accumulator::Counts(counts), _) => count_cell(counts[group]),
            (Accumulator::Distinct(distinct), _) => count_cell(distinct.counts[group]),
            (Accumulator::Numbers(summaries), figure) => summaries[group].figure(figure),
            (Accumulator::Values(values), Figure::Percentile(percentile)) => {
                values.at(group, percentile).map_or(Cell::Null, Cell::Double)
            }
            (Accumulator::Sketches(sketches), Figure::Percentile(percentile)) => {
                sketches[group].at(percentile).map_or(Cell::Null, Cell::Double)
            }
            (Accumulator::Values(_) | Accumulator::Sketches(_), _) => Cell::Null,
            (Accumulator::Intervals(intervals), _) => count_cell(intervals.most[group]),
        }
    }
}

impl Rows<'_> {
    fn weight(&self, idx: usize) -> u64 {
        self.weights.map_or(1, |weights| u64::from(weights[idx]))
    }

    /// Calls `take` with the place, the row, the group and the number of each row that has one.
    fn each_number(&self, column: Option<&Column>, mut take: impl FnMut(usize, usize, usize, Number)) {
        match column {
            None | Some(Column::Ids { .. } | Column::Texts(_)) => {}
            Some(Column::Codes { codes, dictionary }) => {
                let entries = dictionary.entries().map(Number::of_entry);
                let numbers: Vec<Option<Number>> = std::iter::once(None).chain(entries).collect();
                by_width!(codes, codes => self.groups.each(self.rows, |idx, row, group| {
                    if let Some(number) = numbers[codes[row] as usize] {
                        take(idx, row, group, number);
                    }
                }));
            }
            Some(Column::Doubles(doubles)) => self.groups.each(self.rows, |idx, row, group| {
                if !doubles[row].is_nan() {
                    take(idx, row, group, Number::Double(doubles[row]));
                }
            }),
            Some(Column::Ints { ints, present }) => {
                let is_present = |row: usize| present.as_ref().is_none_or(|present| present.contains(row));
                self.groups.each(self.rows, |idx, row, group| {
                    if is_present(row) {
                        take(idx, row, group, Number::Int(ints[row]));
                    }
                });
            }
        }
    }

    /// The number of each row as a double, NaN where it has none; nothing where none can have one.
    fn numbers(&self, column: Option<Column>) -> Option<Arc<[f64]>> {
        match (column?, self.rows) {
            (Column::Ids { .. } | Column::Texts(_), _) => None,
            (Column::Doubles(doubles), RowIdxs::All(_)) => Some(doubles),
            (Column::Doubles(doubles), RowIdxs::Some(rows)) => {
                Some(rows.iter().map(|row| doubles[*row as usize]).collect())
            }
            (column, rows) => {
                let mut numbers = vec![f64::NAN; rows.len()];
                self.each_number(Some(&column), |idx, _, _, number| numbers[idx] = number.as_f64());
                Some(numbers.into())
            }
        }
    }
}

impl Distinct {
    fn value_idx(&mut self, value: &Cell) -> u32 {
        if let Some(idx) = self.idx_of_value.get(value) {
            return *idx;
        }
        let idx = u32::try_from(self.values.len()).expect("fewer than 2^32 distinct values fit in memory");
        self.values.push(value.clone());
        self.idx_of_value.insert(value.clone(), idx);
        idx
    }

    fn insert(&mut self, group: u32, value_idx: u32) {
        if self.pairs.insert((group, value_idx)) {
            self.counts[group as usize] += 1;
        }
    }
}

impl Summary {
    /// Adds a number that was there `n` times.
    fn add(&mut self, number: Number, n: u64) {
        match number {
            Number::Double(double) if double.is_nan() => return,
            Number::Double(double) => {
                self.double_sum += double * n as f64;
                self.has_double = true;
            }
            Number::Int(int) => self.int_sum += i128::from(int) * i128::from(n),
        }
        self.n += n;
        self.min = extreme(self.min, Some(number), Ordering::Less);
        self.max = extreme(self.max, Some(number), Ordering::Greater);
    }

    fn merge(&mut self, other: Summary) {
        self.n += other.n;
        self.int_sum += other.int_sum;
        self.double_sum += other.double_sum;
        self.has_double |= other.has_double;
        self.min = extreme(self.min, other.min, Ordering::Less);
        self.max = extreme(self.max, other.max, Ordering::Greater);
    }

    fn figure(&self, figure: Figure) -> Cell {
        if self.n == 0 {
            return Cell::Null;
        }
        let sum = self.int_sum as f64 + self.double_sum;
        match figure {
            Figure::Avg => Cell::Double(sum / self.n as f64),
            Figure::Min => self.min.map_or(Cell::Null, Cell::from),
            Figure::Max => self.max.map_or(Cell::Null, Cell::from),
            _ => match i64::try_from(self.int_sum) {
                Ok(sum) if !self.has_double => Cell::Int(sum),
                _ => Cell::Double(sum),
            },
        }
    }
}

fn extreme(a: Option<Number>, b: Option<Number>, wanted: Ordering) -> Option<Number> {
    match (a, b) {
        (Some(a), Some(b)) => Some(if b.compare(a) == Some(wanted) { b } else { a }),
        (a, b) => a.or(b),
    }
}

fn count_cell(count: u64) -> Cell {
    Cell::Int(i64::try_from(count).expect("fewer than 2^63 rows fit in memory"))
}

fn presence(column: Option<&Column>) -> impl Fn(usize) -> bool {
    let empty_code = match column {
        Some(Column::Codes { dictionary, .. }) => dictionary.position_of_empty(),
        _ => None,
    };
    move |row| match column {
        None => false,
        Some(Column::Codes { codes, .. }) => {
            let code = codes.at(row) as usize;
            code != 0 && empty_code.is_none_or(|idx| code != idx + 1)
        }
        Some(Column::Doubles(doubles)) => !doubles[row].is_nan(),
        Some(Column::Ints { present, .. } | Column::Texts(Texts { present, .. })) => {
            present.as_ref().is_none_or(|present| present.contains(row))
        }
        Some(Column::Ids { bytes, width }) => {
            bytes[row * width..(row + 1) * width].iter().any(|byte| *byte != 0)
        }
    }
}
