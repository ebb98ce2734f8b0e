//! Which group each selected row of a segment belongs to.

use super::Cell;
use super::label::Labels;
use crate::ask::QueryError;
use crate::plan::write_id;
use crate::resolved::Every;
use crate::scan::{by_width, wide};
use crate::{Column, Segment};
use rustc_hash::{FxHashMap, FxHashSet};
use skep_model::Text;
use std::sync::Arc;

/// Largest table of group and code that is indexed directly, in entries; above, a hash map takes over.
const TABLE_ENTRIES_MAX: usize = 1 << 20;

/// The groups of one segment.
pub(super) struct Groups {
    /// What the codes of each key column stand for.
    pub(super) labels: Vec<Labels>,
    /// The codes of each group, one a column, group by group.
    pub(super) keys: Vec<u32>,
    pub(super) n_groups: usize,
    /// Each selected row's group, aligned with the selected rows.
    pub(super) of_row: Vec<u32>,
}

/// Splits the selected rows column by column: the groups so far, each cut by the next column's codes.
///
/// With buckets of time these are the first column.
pub(super) fn group(
    segment: &dyn Segment,
    every: Option<Every>,
    fields: &[Text],
    rows: &[u32],
) -> Result<Groups, QueryError> {
    let mut groups = match every {
        Some(every) => buckets(&segment.times()?, every, rows),
        None => Groups { labels: Vec::new(), keys: Vec::new(), n_groups: 1, of_row: vec![0; rows.len()] },
    };
    for field in fields {
        match segment.column(field)? {
            Some(Column::Codes { codes, dictionary }) => by_width!(codes, codes => {
                groups.cut(rows.iter().map(|row| wide(codes[*row as usize])), Labels::Entries(dictionary));
            }),
            column => {
                let (codes, labels) = coded(column, rows);
                groups.cut(codes.into_iter(), labels);
            }
        }
    }
    Ok(groups)
}

impl Groups {
    /// Leaves only rows whose group has one of some values, buckets of time aside: `rows` and `of_row` shrink, the
    /// groups stay as they are.
    pub(super) fn keep(&mut self, only: &FxHashSet<Vec<Cell>>, n_times: usize, rows: &mut Vec<u32>) {
        let n_columns = self.labels.len();
        let is_kept = |group: usize| {
            let codes = &self.keys[group * n_columns..][n_times..n_columns];
            let labels = &self.labels[n_times..];
            let key: Vec<Cell> = labels.iter().zip(codes).map(|(labels, code)| labels.cell(*code)).collect();
            only.contains(&key)
        };
        let kept: Vec<bool> = (0..self.n_groups).map(is_kept).collect();
        let mut of_row = self.of_row.iter();
        rows.retain(|_| of_row.next().is_some_and(|group| kept[*group as usize]));
        self.of_row.retain(|group| kept[*group as usize]);
    }

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
}

/// The buckets of time of the selected rows. Neighbours are mostly in one bucket: a division each is spared.
fn buckets(times: &[u64], every: Every, rows: &[u32]) -> Groups {
    let Every { origin_ns, step_ns } = every;
    let mut known: FxHashMap<u64, u32> = FxHashMap::default();
    let mut cells = Vec::new();
    let (mut inside, mut group) = (0..0, 0);
    let of_row = rows.iter().map(|row| {
        let time = times[*row as usize];
        if !inside.contains(&time) {
            let bucket = (time - origin_ns) / step_ns;
            let from = origin_ns + bucket * step_ns;
            inside = from..from.saturating_add(step_ns);
            group = *known.entry(bucket).or_insert_with(|| {
                // Nanoseconds since 1970 stay below 2^63 for centuries, and what is beyond only has to stay apart.
                cells.push(Cell::Int(bucket.cast_signed()));
                index(cells.len() - 1)
            });
        }
        group
    });
    let of_row = of_row.collect();
    let n_groups = cells.len();
    Groups { keys: (0..index(n_groups)).collect(), labels: vec![Labels::Cells(cells)], n_groups, of_row }
}

/// The codes of the selected rows, and what each code stands for; code 0 is missing.
pub(super) fn coded(column: Option<Column>, rows: &[u32]) -> (Vec<u32>, Labels) {
    let rows = rows.iter().map(|row| *row as usize);
    match column {
        None => (vec![0; rows.len()], Labels::Cells(vec![Cell::Null])),
        Some(Column::Codes { codes, dictionary }) => {
            let codes = by_width!(&codes, codes => rows.map(|row| wide(codes[row])).collect());
            (codes, Labels::Entries(dictionary))
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
    rows: impl Iterator<Item = usize>,
    key: impl Fn(usize) -> Option<K>,
    cell: impl Fn(K) -> Cell,
) -> (Vec<u32>, Labels) {
    let mut known = FxHashMap::default();
    let mut cells = vec![Cell::Null];
    let codes = rows.map(|row| {
        let Some(key) = key(row) else { return 0 };
        *known.entry(key).or_insert_with(|| {
            cells.push(cell(key));
            index(cells.len() - 1)
        })
    });
    let codes = codes.collect();
    (codes, Labels::Cells(cells))
}

/// A position as a code: a segment has fewer than 2^32 rows, so anything counted over its rows fits.
fn index(position: usize) -> u32 {
    u32::try_from(position).expect("a segment has fewer than 2^32 rows")
}
