use super::Cell;
use super::accumulate::{Accumulator, AccumulatorKind, Rows};
use super::group::{Groups, RowIdxs, group};
use super::label::{Labels, Vocabulary};
use crate::ask::{Cancel, QueryError};
use crate::ast::Percentile;
use crate::resolved::{Figure, Output, Resolved};
use crate::weight::weights;
use crate::{Bitmap, Column, Segment};
use rustc_hash::FxHashMap;
use skep_model::{Dictionary, fields};
use std::sync::Arc;

/// The answer over the selected rows of one segment, its groups named by the segment's codes.
#[derive(Default)]
pub(super) struct Partial {
    rows_examined: u64,
    rows_matched: u64,
    labels: Vec<Labels>,
    /// The codes of each group, group by group.
    keys: Vec<u32>,
    /// How many rows each group has; one without rows is no group of the answer.
    n_rows: Arc<[u32]>,
    accumulators: Vec<Accumulator>,
}

/// The answer over some segments.
pub(super) struct Total {
    pub(super) rows_examined: u64,
    pub(super) rows_matched: u64,
    /// One for each key column.
    vocabularies: Vec<Vocabulary>,
    groups: Numbered,
    accumulators: Vec<Accumulator>,
}

/// The groups of an answer, numbered in order of first appearance.
enum Numbered {
    /// Without a key there is one, of no rows as well.
    Single,
    /// With one key column a group is a label, under its number.
    Labels,
    Keys {
        group_of_key: FxHashMap<Box<[u32]>, usize>,
        /// The numbers of each group's labels, group by group.
        keys: Vec<u32>,
    },
}

impl Partial {
    pub(super) fn of_segment(
        resolved: &Resolved,
        segment: &dyn Segment,
        rows: &Bitmap,
    ) -> Result<Self, QueryError> {
        let rows_matched = rows.count();
        let counted = Partial {
            rows_examined: segment.n_rows() as u64,
            rows_matched: rows_matched as u64,
            ..Partial::default()
        };
        if rows_matched == 0 {
            return Ok(counted);
        }
        let answer = match whole(resolved, segment, rows_matched)? {
            Some(answer) => answer,
            None => of_rows(resolved, segment, rows, rows_matched)?,
        };
        Ok(Partial { rows_examined: counted.rows_examined, rows_matched: counted.rows_matched, ..answer })
    }
}

/// What the dictionary alone tells: how many rows of a whole segment have each value of one field.
fn whole(
    resolved: &Resolved,
    segment: &dyn Segment,
    rows_matched: usize,
) -> Result<Option<Partial>, QueryError> {
    let counts_rows = resolved.accumulators.iter().all(|kind| *kind == AccumulatorKind::Rows);
    let (None, None, [field], true) = (resolved.every, &resolved.only, &*resolved.group_by, counts_rows)
    else {
        return Ok(None);
    };
    if rows_matched < segment.n_rows() || segment.column(fields::SAMPLE_RATE)?.is_some() {
        return Ok(None);
    }
    let counted = match segment.counted(field)? {
        Some(dictionary) => Some(dictionary),
        None => counted(segment.column(field)?),
    };
    let Some(dictionary) = counted else { return Ok(None) };
    let totals =
        dictionary.known_totals().unwrap_or_default().iter().zip(0..).filter(|(total, _)| **total > 0);
    let (n_rows, keys): (Vec<u32>, Vec<u32>) = totals.map(|(total, code): (_, u32)| (*total, code)).unzip();
    let counts = || Accumulator::Counts(n_rows.iter().map(|n| u64::from(*n)).collect());
    let accumulators = resolved.accumulators.iter().map(|_| counts()).collect();
    let labels = vec![Labels::Entries(dictionary)];
    Ok(Some(Partial { labels, keys, accumulators, n_rows: n_rows.into(), ..Partial::default() }))
}

/// The dictionary of a column, once its rows are counted.
fn counted(column: Option<Column>) -> Option<Arc<Dictionary>> {
    let Some(Column::Codes { codes, dictionary }) = column else { return None };
    dictionary.totals(&codes);
    Some(dictionary)
}

fn of_rows(
    resolved: &Resolved,
    segment: &dyn Segment,
    rows: &Bitmap,
    rows_matched: usize,
) -> Result<Partial, QueryError> {
    let mut row_idxs = if rows_matched == segment.n_rows() {
        RowIdxs::All(rows_matched)
    } else {
        let mut idxs = Vec::with_capacity(rows_matched);
        rows.for_each_row(|row| idxs.push(u32::try_from(row).expect("a segment has fewer than 2^32 rows")));
        RowIdxs::Some(idxs)
    };
    let mut groups = group(segment, resolved.every, &resolved.group_by, &row_idxs)?;
    if let Some(only) = &resolved.only {
        groups.keep(only, usize::from(resolved.every.is_some()), &mut row_idxs);
    }
    let Groups { labels, keys, n_rows, of_row } = groups;
    let n_rows: Arc<[u32]> = n_rows.into();
    let weights: Option<Arc<[u32]>> = weights(segment, rows)?.map(|all| match &row_idxs {
        RowIdxs::All(_) => all.into(),
        RowIdxs::Some(rows) => rows.iter().map(|row| all[*row as usize]).collect(),
    });
    let mut accumulators = Vec::new();
    for kind in &resolved.accumulators {
        let column = kind.field().map_or(Ok(None), |field| segment.column(field))?;
        let intervals = match kind {
            AccumulatorKind::Intervals => Some(segment.times()?),
            _ => None,
        };
        let times = intervals.as_deref();
        let selected =
            Rows { rows: &row_idxs, groups: &of_row, n_rows_of_group: &n_rows, weights: weights.as_ref() };
        accumulators.push(Accumulator::of_rows(kind, times, column, &selected));
    }
    Ok(Partial { labels, keys, n_rows, accumulators, ..Partial::default() })
}

impl Total {
    /// The answer over no segment: without GROUP BY one group of no rows, else no group.
    pub(super) fn new(resolved: &Resolved) -> Self {
        let groups = match resolved.n_key_columns {
            0 => Numbered::Single,
            1 => Numbered::Labels,
            _ => Numbered::Keys { group_of_key: FxHashMap::default(), keys: Vec::new() },
        };
        let mut total = Total {
            rows_examined: 0,
            rows_matched: 0,
            vocabularies: (0..resolved.n_key_columns).map(|_| Vocabulary::default()).collect(),
            groups,
            accumulators: resolved.accumulators.iter().map(Accumulator::new).collect(),
        };
        let n_groups = total.n_groups();
        total.accumulators.iter_mut().for_each(|accumulator| accumulator.resize(n_groups));
        total
    }

    fn n_groups(&self) -> usize {
        match &self.groups {
            Numbered::Single => 1,
            Numbered::Labels => self.vocabularies[0].cells.len(),
            Numbered::Keys { group_of_key, .. } => group_of_key.len(),
        }
    }

    /// Adds a segment's groups, which may be known already; several of them may be one, as a null is missing too.
    pub(super) fn add(&mut self, partial: Partial) {
        self.rows_examined += partial.rows_examined;
        self.rows_matched += partial.rows_matched;
        let n_columns = self.vocabularies.len();
        // Of each column's codes; most are met in several groups.
        const UNKNOWN: u32 = u32::MAX;
        let mut numbers: Vec<Vec<u32>> =
            partial.labels.iter().map(|labels| vec![UNKNOWN; labels.n_codes()]).collect();
        let mut key = vec![0; n_columns];
        let mut groups = Vec::with_capacity(partial.n_rows.len());
        for (group, n_rows) in partial.n_rows.iter().enumerate() {
            if *n_rows == 0 {
                groups.push(None);
                continue;
            }
            for (column, number) in key.iter_mut().enumerate() {
                let code = partial.keys[group * n_columns + column];
                let known = &mut numbers[column][code as usize];
                if *known == UNKNOWN {
                    *known = self.vocabularies[column].number(&partial.labels[column], code);
                }
                *number = *known;
            }
            groups.push(Some(self.groups.group(&key)));
        }
        let n_groups = self.n_groups();
        for (mine, theirs) in self.accumulators.iter_mut().zip(partial.accumulators) {
            mine.resize(n_groups);
            mine.merge(theirs, &groups);
        }
    }

    /// Together with the answer over other segments.
    pub(super) fn merged(mut self, other: Total) -> Self {
        let n_groups = other.n_groups();
        let keys = match other.groups {
            Numbered::Single => Vec::new(),
            Numbered::Labels => (0..).take(n_groups).collect(),
            Numbered::Keys { keys, .. } => keys,
        };
        self.add(Partial {
            rows_examined: other.rows_examined,
            rows_matched: other.rows_matched,
            labels: other.vocabularies.into_iter().map(|known| Labels::Cells(known.cells)).collect(),
            keys,
            // That there are some is all that counts.
            n_rows: std::iter::repeat_n(1, n_groups).collect(),
            accumulators: other.accumulators,
        });
        self
    }

    /// The values of one group's key columns.
    fn key(&self, group: usize) -> Vec<Cell> {
        let n_columns = self.vocabularies.len();
        match &self.groups {
            Numbered::Single => Vec::new(),
            Numbered::Labels => vec![self.vocabularies[0].cells[group].clone()],
            Numbered::Keys { keys, .. } => {
                let numbers = keys[group * n_columns..][..n_columns].iter();
                let cells = numbers.zip(&self.vocabularies);
                cells.map(|(number, known)| known.cells[*number as usize].clone()).collect()
            }
        }
    }

    /// The rows of the table, unsorted, their times still buckets.
    pub(super) fn finish(
        &mut self,
        resolved: &Resolved,
        cancel: &Cancel,
    ) -> Result<Vec<Vec<Cell>>, QueryError> {
        let n_figures = resolved.outputs.len();
        let row = |group| {
            let mut row = self.key(group);
            row.reserve_exact(n_figures);
            row
        };
        let mut rows: Vec<Vec<Cell>> = (0..self.n_groups()).map(row).collect();
        for (idx, accumulator) in self.accumulators.iter_mut().enumerate() {
            accumulator.prepare(&percentiles_of(resolved, idx), &rows, resolved.every, cancel)?;
        }
        for output in &resolved.outputs {
            let accumulator = &self.accumulators[output.accumulator_idx];
            for (group, row) in rows.iter_mut().enumerate() {
                row.push(accumulator.figure(group, output.figure));
            }
        }
        Ok(rows)
    }

    /// The figures of all groups together, and of those that are not shown, after [`Total::finish`]; nothing where
    /// growth, or what is under way in a bucket of time, would have to be told of no one bucket.
    pub(super) fn together(
        self,
        resolved: &Resolved,
        is_shown: &[bool],
        cancel: &Cancel,
    ) -> Result<[Vec<Cell>; 2], QueryError> {
        let parts: Vec<usize> = is_shown.iter().map(|is_shown| usize::from(*is_shown)).collect();
        let has_meaning = |output: &Output| {
            !output.is_rate && (resolved.every.is_none() || !matches!(output.figure, Figure::Concurrency))
        };
        let mut figures =
            [vec![Cell::Null; resolved.outputs.len()], vec![Cell::Null; resolved.outputs.len()]];
        for (idx, (kind, accumulator)) in resolved.accumulators.iter().zip(self.accumulators).enumerate() {
            let percentiles = percentiles_of(resolved, idx);
            let mut read = |accumulator: &mut Accumulator, n_groups: usize, into: usize| {
                accumulator.prepare(&percentiles, &vec![Vec::new(); n_groups], None, cancel)?;
                let outputs = resolved.outputs.iter().enumerate();
                for (at, output) in outputs.filter(|(_, one)| one.accumulator_idx == idx && has_meaning(one))
                {
                    figures[into][at] = accumulator.figure(0, output.figure);
                }
                Ok::<_, QueryError>(())
            };
            let mut of_parts = accumulator.folded(kind, &parts, 2);
            read(&mut of_parts, 2, 1)?;
            read(&mut of_parts.folded(kind, &[0, 0], 1), 1, 0)?;
        }
        Ok(figures)
    }
}

impl Numbered {
    /// The group whose labels have these numbers.
    fn group(&mut self, key: &[u32]) -> usize {
        match self {
            Numbered::Single => 0,
            Numbered::Labels => key[0] as usize,
            Numbered::Keys { group_of_key, keys } => {
                if let Some(group) = group_of_key.get(key) {
                    return *group;
                }
                let next = group_of_key.len();
                group_of_key.insert(key.into(), next);
                keys.extend_from_slice(key);
                next
            }
        }
    }
}

/// The percentiles that are read from an accumulator.
fn percentiles_of(resolved: &Resolved, accumulator_idx: usize) -> Vec<Percentile> {
    let outputs = resolved.outputs.iter().filter(|output| output.accumulator_idx == accumulator_idx);
    let percentiles = outputs.filter_map(|output| match output.figure {
        Figure::Percentile(percentile) => Some(percentile),
        _ => None,
    });
    percentiles.collect()
}
