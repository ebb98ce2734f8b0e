//! Which group each selected row of a segment belongs to.

use super::Cell;
use super::label::Labels;
use crate::ask::QueryError;
use crate::plan::write_id;
use crate::resolved::Every;
use crate::scan::{by_width, wide};
use crate::{Column, Segment};
use rustc_hash::{FxHashMap, FxHashSet};
use skep_model::{Codes, Nanos, Text};
use std::sync::Arc;

/// Largest table of group and code that is indexed directly, in entries; above, a hash map takes over.
const TABLE_ENTRIES_MAX: usize = 1 << 20;

/// Combinations of codes that are groups whether or not they occur, so that numbering them takes no look-up: few, or few
/// for the rows there are. Their numbers fit in sixteen bits.
const COMBINATIONS_MIN: usize = 1 << 8;
const COMBINATIONS_MAX: usize = 1 << 15;
const ROWS_PER_COMBINATION: usize = 8;

/// Buckets of time whose number is found by comparing with where each begins.
const COMPARED_BUCKETS_MAX: usize = 4;

/// The selected rows of a segment.
pub(super) enum RowIdxs {
    /// So many from the first to the last, as where nothing is filtered: a list of them would only be read again.
    All(usize),
    /// Ascending.
    Some(Vec<u32>),
}

/// The group of each selected row, aligned with them.
#[derive(Clone)]
pub(super) enum GroupIdxs {
    /// Up to 65,536 groups.
    Narrow(Arc<[u16]>),
    /// More.
    Wide(Arc<[u32]>),
}

/// The groups of one segment.
pub(super) struct Groups {
    /// What the codes of each key column stand for.
    pub(super) labels: Vec<Labels>,
    /// The codes of each group, one a column, group by group.
    pub(super) keys: Vec<u32>,
    /// How many selected rows each group has; some have none, and are no groups of the answer.
    pub(super) n_rows: Vec<u32>,
    pub(super) of_row: GroupIdxs,
}

/// Splits the selected rows by buckets of time, which are the first column, and by the values of fields.
pub(super) fn group(
    segment: &dyn Segment,
    every: Option<Every>,
    fields: &[Text],
    rows: &RowIdxs,
) -> Result<Groups, QueryError> {
    let mut columns = Vec::with_capacity(usize::from(every.is_some()) + fields.len());
    if let Some(every) = every {
        columns.push(buckets(segment, every, rows)?);
    }
    for field in fields {
        columns.push(match segment.column(field)? {
            Some(Column::Codes { codes, dictionary }) => {
                (KeyCodes::OfSegment(codes), Labels::Entries(dictionary))
            }
            column => {
                let (codes, labels) = coded(column, rows);
                (KeyCodes::OfRows(codes), labels)
            }
        });
    }
    let n_codes = columns.iter().map(|(_, labels)| labels.n_codes());
    let n_combinations = n_codes.fold(1, usize::saturating_mul);
    let combinations_max = (rows.len() / ROWS_PER_COMBINATION).clamp(COMBINATIONS_MIN, COMBINATIONS_MAX);
    Ok(if n_combinations <= combinations_max {
        combinations(columns, n_combinations, rows)
    } else {
        let mut cuts =
            Cuts { of_row: vec![0; rows.len()], labels: Vec::new(), keys: Vec::new(), n_groups: 1 };
        for (codes, labels) in columns {
            match codes {
                KeyCodes::Constant => cuts.cut(std::iter::repeat(0), labels),
                KeyCodes::OfRows(codes) => cuts.cut(codes.into_iter(), labels),
                KeyCodes::Reached { times, moments } => {
                    let mut codes = Vec::with_capacity(rows.len());
                    rows.each(|row| codes.push(reached(times[row], &moments)));
                    cuts.cut(codes.into_iter(), labels);
                }
                KeyCodes::OfSegment(codes) => by_width!(&codes, codes => match rows {
                    RowIdxs::All(_) => cuts.cut(codes.iter().map(|code| wide(*code)), labels),
                    RowIdxs::Some(rows) => {
                        cuts.cut(rows.iter().map(|row| wide(codes[*row as usize])), labels);
                    }
                }),
            }
        }
        cuts.groups()
    })
}

/// The codes of one key column.
enum KeyCodes {
    /// Zero in every row.
    Constant,
    /// How many of some moments a row's time has reached.
    Reached { times: Arc<[u64]>, moments: Vec<u64> },
    /// One for each row of the segment.
    OfSegment(Codes),
    /// One for each selected row.
    OfRows(Vec<u32>),
}

/// Every combination of codes is a group: as the digits of its number, the last column lowest.
fn combinations(columns: Vec<(KeyCodes, Labels)>, n_groups: usize, rows: &RowIdxs) -> Groups {
    let of_row = in_one_pass(&columns, rows).unwrap_or_else(|| in_passes(&columns, rows).into());
    let mut keys = vec![0; n_groups * columns.len()];
    for (number, key) in keys.chunks_exact_mut(columns.len().max(1)).enumerate() {
        let mut rest = number;
        for (code, (_, labels)) in key.iter_mut().zip(&columns).rev() {
            *code = index(rest % labels.n_codes());
            rest /= labels.n_codes();
        }
    }
    let n_rows = Codes::U16(Arc::clone(&of_row)).histogram(n_groups);
    let labels = columns.into_iter().map(|(_, labels)| labels).collect();
    Groups { labels, keys, n_rows, of_row: GroupIdxs::Narrow(of_row) }
}

/// The numbers of a whole segment's rows by buckets of time and one field, as charts ask.
fn in_one_pass(columns: &[(KeyCodes, Labels)], rows: &RowIdxs) -> Option<Arc<[u16]>> {
    let [(KeyCodes::Reached { times, moments }, _), (KeyCodes::OfSegment(codes), labels)] = columns else {
        return None;
    };
    let (RowIdxs::All(_), Ok(base)) = (rows, u16::try_from(labels.n_codes())) else { return None };
    // With the moments by themselves, so that comparing with them is no loop.
    by_width!(codes, codes => {
        let rows = times.iter().zip(codes.iter().map(|code| wide(*code) as u16));
        match moments[..] {
            [one] => Some(rows.map(|(time, code)| u16::from(*time >= one) * base + code).collect()),
            [one, two] => {
                let bucket = |time: u64| u16::from(time >= one) + u16::from(time >= two);
                Some(rows.map(|(time, code)| bucket(*time) * base + code).collect())
            }
            _ => None,
        }
    })
}

/// The numbers of any rows, column by column.
fn in_passes(columns: &[(KeyCodes, Labels)], rows: &RowIdxs) -> Vec<u16> {
    let mut numbers = vec![0; rows.len()];
    for (codes, labels) in columns {
        let n_codes = labels.n_codes();
        // One code adds nothing.
        let Some(base) = u16::try_from(n_codes).ok().filter(|base| *base > 1) else { continue };
        match codes {
            KeyCodes::Constant => add_digit(&mut numbers, base, std::iter::repeat(0)),
            KeyCodes::OfRows(codes) => add_digit(&mut numbers, base, codes.iter().map(|code| *code as u16)),
            KeyCodes::Reached { times, moments } => match rows {
                RowIdxs::All(_) => add_reached(&mut numbers, base, times.iter().copied(), moments),
                RowIdxs::Some(rows) => {
                    add_reached(&mut numbers, base, rows.iter().map(|row| times[*row as usize]), moments);
                }
            },
            KeyCodes::OfSegment(codes) => by_width!(codes, codes => match rows {
                RowIdxs::All(_) => add_digit(&mut numbers, base, codes.iter().map(|code| wide(*code) as u16)),
                RowIdxs::Some(rows) => {
                    add_digit(&mut numbers, base, rows.iter().map(|row| wide(codes[*row as usize]) as u16));
                }
            }),
        }
    }
    numbers
}

/// Appends a digit to each number. All combinations fit in sixteen bits.
fn add_digit(numbers: &mut [u16], base: u16, digits: impl Iterator<Item = u16>) {
    for (number, digit) in numbers.iter_mut().zip(digits) {
        *number = number.wrapping_mul(base).wrapping_add(digit);
    }
}

/// The same with how many of some moments each time has reached: few are compared with all of them, one by one.
fn add_reached(numbers: &mut [u16], base: u16, times: impl Iterator<Item = u64>, moments: &[u64]) {
    fn digits<const N: usize>(
        times: impl Iterator<Item = u64>,
        moments: &[u64],
    ) -> impl Iterator<Item = u16> {
        let moments: [u64; N] = std::array::from_fn(|idx| moments[idx]);
        times.map(move |time| moments.iter().map(|moment| u16::from(time >= *moment)).sum())
    }
    match moments.len() {
        1 => add_digit(numbers, base, digits::<1>(times, moments)),
        2 => add_digit(numbers, base, digits::<2>(times, moments)),
        _ => add_digit(numbers, base, times.map(|time| reached(time, moments) as u16)),
    }
}

/// How many of some moments, ascending, a time has reached.
fn reached(time: u64, moments: &[u64]) -> u32 {
    moments.iter().map(|moment| u32::from(time >= *moment)).sum()
}

impl RowIdxs {
    /// How many are selected.
    pub(super) fn len(&self) -> usize {
        match self {
            RowIdxs::All(n) => *n,
            RowIdxs::Some(rows) => rows.len(),
        }
    }

    /// Calls `take` with each of them.
    pub(super) fn each(&self, mut take: impl FnMut(usize)) {
        match self {
            RowIdxs::All(n) => (0..*n).for_each(take),
            RowIdxs::Some(rows) => rows.iter().for_each(|row| take(*row as usize)),
        }
    }
}

impl Groups {
    /// Leaves only rows whose group has one of some values, buckets of time aside: the rows shrink, the groups stay as
    /// they are.
    pub(super) fn keep(&mut self, only: &FxHashSet<Vec<Cell>>, n_times: usize, rows: &mut RowIdxs) {
        let n_columns = self.labels.len();
        let is_kept = |group: usize| {
            let codes = &self.keys[group * n_columns..][n_times..n_columns];
            let labels = &self.labels[n_times..];
            let key: Vec<Cell> = labels.iter().zip(codes).map(|(labels, code)| labels.cell(*code)).collect();
            only.contains(&key)
        };
        let n_rows = self.n_rows.iter().enumerate();
        let kept: Vec<bool> = n_rows.map(|(group, n_rows)| *n_rows > 0 && is_kept(group)).collect();
        if self.n_rows.iter().zip(&kept).all(|(n_rows, is_kept)| *is_kept || *n_rows == 0) {
            return;
        }
        self.n_rows
            .iter_mut()
            .zip(&kept)
            .filter(|(_, is_kept)| !**is_kept)
            .for_each(|(n_rows, _)| *n_rows = 0);
        let mut left = Vec::new();
        let mut of_row = Vec::new();
        self.of_row.each(rows, |_, row, group| {
            if kept[group] {
                left.push(index(row));
                of_row.push(index(group));
            }
        });
        *rows = RowIdxs::Some(left);
        self.of_row = GroupIdxs::of(of_row, self.n_rows.len());
    }
}

impl GroupIdxs {
    fn of(of_row: Vec<u32>, n_groups: usize) -> Self {
        if n_groups <= 1 << 16 {
            GroupIdxs::Narrow(of_row.into_iter().map(|group| group as u16).collect())
        } else {
            GroupIdxs::Wide(of_row.into())
        }
    }

    /// Calls `take` with each selected row's place among them, the row, and its group.
    pub(super) fn each(&self, rows: &RowIdxs, mut take: impl FnMut(usize, usize, usize)) {
        match (self, rows) {
            (GroupIdxs::Narrow(groups), RowIdxs::All(_)) => {
                groups.iter().enumerate().for_each(|(row, group)| take(row, row, usize::from(*group)));
            }
            (GroupIdxs::Wide(groups), RowIdxs::All(_)) => {
                groups.iter().enumerate().for_each(|(row, group)| take(row, row, *group as usize));
            }
            (GroupIdxs::Narrow(groups), RowIdxs::Some(rows)) => {
                let pairs = rows.iter().zip(groups.iter()).enumerate();
                pairs.for_each(|(idx, (row, group))| take(idx, *row as usize, usize::from(*group)));
            }
            (GroupIdxs::Wide(groups), RowIdxs::Some(rows)) => {
                let pairs = rows.iter().zip(groups.iter()).enumerate();
                pairs.for_each(|(idx, (row, group))| take(idx, *row as usize, *group as usize));
            }
        }
    }
}

/// Groups that are cut column by column, so that only combinations that occur are any.
struct Cuts {
    labels: Vec<Labels>,
    keys: Vec<u32>,
    n_groups: usize,
    of_row: Vec<u32>,
}

impl Cuts {
    /// Cuts each group by the codes of one more column, aligned with the rows.
    fn cut(&mut self, codes: impl Iterator<Item = u32>, labels: Labels) {
        let rows = self.of_row.iter_mut().zip(codes);
        let n_codes = labels.n_codes();
        let n_entries = self.n_groups.saturating_mul(n_codes);
        // Pairs of group and code that occur, in order of first appearance.
        let mut members: Vec<(u32, u32)> = Vec::new();
        if n_entries <= TABLE_ENTRIES_MAX {
            let mut table = vec![u32::MAX; n_entries];
            for (group, code) in rows {
                let entry = &mut table[*group as usize * n_codes + code as usize];
                if *entry == u32::MAX {
                    *entry = index(members.len());
                    members.push((*group, code));
                }
                *group = *entry;
            }
        } else {
            let mut map: FxHashMap<(u32, u32), u32> = FxHashMap::default();
            for (group, code) in rows {
                let next = index(members.len());
                let found = *map.entry((*group, code)).or_insert(next);
                if found == next {
                    members.push((*group, code));
                }
                *group = found;
            }
        }
        let n_columns = self.labels.len();
        let mut keys = Vec::with_capacity(members.len() * (n_columns + 1));
        for (parent, code) in &members {
            keys.extend_from_slice(&self.keys[*parent as usize * n_columns..][..n_columns]);
            keys.push(*code);
        }
        self.labels.push(labels);
        (self.keys, self.n_groups) = (keys, members.len());
    }

    fn groups(self) -> Groups {
        let mut n_rows = vec![0; self.n_groups];
        self.of_row.iter().for_each(|group| n_rows[*group as usize] += 1);
        let of_row = GroupIdxs::of(self.of_row, self.n_groups);
        Groups { labels: self.labels, keys: self.keys, n_rows, of_row }
    }
}

/// The buckets of time of the selected rows, those between the segment's first moment and its last.
fn buckets(segment: &dyn Segment, every: Every, rows: &RowIdxs) -> Result<(KeyCodes, Labels), QueryError> {
    let Every { origin_ns, step_ns } = every;
    let bucket_of = |time: u64| time.saturating_sub(origin_ns) / step_ns;
    // Nanoseconds since 1970 stay below 2^63 for centuries, and what is beyond only has to stay apart.
    let cell = |bucket: u64| Cell::Int(bucket.cast_signed());
    let (Nanos(first), Nanos(last)) = segment.time_bounds();
    let (first, last) = (bucket_of(first), bucket_of(last));
    if first == last {
        return Ok((KeyCodes::Constant, Labels::Cells(vec![cell(first)])));
    }
    let times = segment.times()?;
    let n_buckets = last - first + 1;
    if n_buckets <= COMPARED_BUCKETS_MAX as u64 {
        let begin = |bucket: u64| origin_ns.saturating_add(bucket.saturating_mul(step_ns));
        let moments = (first + 1..=last).map(begin).collect();
        return Ok((KeyCodes::Reached { times, moments }, Labels::Cells((first..=last).map(cell).collect())));
    }
    // Neighbours are mostly in one bucket: a division each is spared.
    let mut known: FxHashMap<u64, u32> = FxHashMap::default();
    let mut cells = Vec::new();
    let (mut inside, mut code) = (0..0, 0);
    let mut codes = Vec::with_capacity(rows.len());
    rows.each(|row| {
        let time = times[row];
        if !inside.contains(&time) {
            let bucket = bucket_of(time);
            let from = origin_ns + bucket * step_ns;
            inside = from..from.saturating_add(step_ns);
            code = *known.entry(bucket).or_insert_with(|| {
                cells.push(cell(bucket));
                index(cells.len() - 1)
            });
        }
        codes.push(code);
    });
    Ok((KeyCodes::OfRows(codes), Labels::Cells(cells)))
}

/// The codes of the selected rows, and what each code stands for; code 0 is missing.
pub(super) fn coded(column: Option<Column>, rows: &RowIdxs) -> (Vec<u32>, Labels) {
    match column {
        None => (vec![0; rows.len()], Labels::Cells(vec![Cell::Null])),
        Some(Column::Codes { codes, dictionary }) => {
            let mut selected = Vec::with_capacity(rows.len());
            by_width!(&codes, codes => rows.each(|row| selected.push(wide(codes[row]))));
            (selected, Labels::Entries(dictionary))
        }
        Some(Column::Doubles(doubles)) => {
            let key = |row: usize| Some(doubles[row]).filter(|double| !double.is_nan()).map(f64::to_bits);
            intern(rows, key, |bits| Cell::Double(f64::from_bits(bits)))
        }
        Some(Column::Ints { ints, present }) => {
            let is_present = |row: usize| present.as_ref().is_none_or(|present| present.contains(row));
            intern(rows, |row| is_present(row).then(|| ints[row]), Cell::Int)
        }
        // Codes for the selected rows alone: there is no dictionary, and most rows are a value of their own.
        Some(Column::Texts(texts)) => intern(rows, |row| texts.get(row), |text| Cell::Text(Arc::from(text))),
        Some(Column::Ids { bytes, width }) => {
            let key = |row: usize| {
                let mut id = [0; 16];
                id[..width].copy_from_slice(&bytes[row * width..(row + 1) * width]);
                Some(u128::from_be_bytes(id)).filter(|id| *id != 0)
            };
            intern(rows, key, |id| {
                let mut text = String::with_capacity(2 * width);
                write_id(&mut text, &id.to_be_bytes()[..width]);
                Cell::Text(Arc::from(text))
            })
        }
    }
}

fn intern<K: Copy + Eq + std::hash::Hash>(
    rows: &RowIdxs,
    key: impl Fn(usize) -> Option<K>,
    cell: impl Fn(K) -> Cell,
) -> (Vec<u32>, Labels) {
    let mut known = FxHashMap::default();
    let mut cells = vec![Cell::Null];
    let mut codes = Vec::with_capacity(rows.len());
    rows.each(|row| {
        codes.push(key(row).map_or(0, |key| {
            *known.entry(key).or_insert_with(|| {
                cells.push(cell(key));
                index(cells.len() - 1)
            })
        }));
    });
    (codes, Labels::Cells(cells))
}

/// A position as a code: a segment has fewer than 2^32 rows, so anything counted over its rows fits.
fn index(position: usize) -> u32 {
    u32::try_from(position).expect("a segment has fewer than 2^32 rows")
}
