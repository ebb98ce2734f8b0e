//! Which group each selected row of a segment belongs to.

use super::Cell;
use crate::ask::QueryError;
use crate::plan::write_id;
use crate::scan::{by_width, wide};
use crate::{Column, Segment};
use rustc_hash::FxHashMap;
use skep_model::Text;
use std::sync::Arc;

/// Largest table of group and code that is indexed directly, in entries; above, a hash map takes over.
const TABLE_ENTRIES_MAX: usize = 1 << 20;

/// The groups of one segment.
pub(super) struct Groups {
    /// The values of each group, one a field.
    pub(super) keys: Vec<Box<[Cell]>>,
    /// Each selected row's group, aligned with the selected rows.
    pub(super) of_row: Vec<u32>,
}

/// Splits the selected rows field by field: the groups so far, each cut by the next field's codes.
///
/// With a granularity the first value is a bucket of time, counted from 1970.
pub(super) fn group(
    segment: &dyn Segment,
    granularity_ns: Option<u64>,
    fields: &[Text],
    rows: &[u32],
) -> Result<Groups, QueryError> {
    let mut keys: Vec<Box<[Cell]>> = vec![Box::default()];
    let mut of_row = vec![0u32; rows.len()];
    let times = granularity_ns.map(|ns| Ok::<_, QueryError>(buckets(&segment.times()?, ns, rows)));
    let fields = fields.iter().map(|field| Ok(coded(segment.column(field)?, rows)));
    for coded in times.into_iter().chain(fields) {
        let (codes, cells) = coded?;
        let mut cut = Cut::new(keys.len(), cells.len());
        for (group, code) in of_row.iter_mut().zip(&codes) {
            *group = cut.group(*group, *code);
        }
        let extended = cut.members.iter().map(|(parent, code)| {
            let parent = keys[*parent as usize].iter();
            parent.chain([&cells[*code as usize]]).cloned().collect()
        });
        keys = extended.collect();
    }
    Ok(Groups { keys, of_row })
}

/// The buckets of time of the selected rows, as codes. Neighbours are mostly in one bucket: a division each is spared.
fn buckets(times: &[u64], granularity_ns: u64, rows: &[u32]) -> (Vec<u32>, Vec<Cell>) {
    let mut known: FxHashMap<u64, u32> = FxHashMap::default();
    let mut cells = vec![Cell::Null];
    let (mut inside, mut code) = (0..0, 0);
    let codes = rows.iter().map(|row| {
        let time = times[*row as usize];
        if !inside.contains(&time) {
            let bucket = time / granularity_ns;
            inside = bucket * granularity_ns..(bucket * granularity_ns).saturating_add(granularity_ns);
            code = *known.entry(bucket).or_insert_with(|| {
                // A bucket is at least a million nanoseconds long.
                cells.push(Cell::Int(bucket.cast_signed()));
                index(cells.len() - 1)
            });
        }
        code
    });
    (codes.collect(), cells)
}

/// The codes of the selected rows, and what each code stands for; code 0 is missing.
pub(super) fn coded(column: Option<Column>, rows: &[u32]) -> (Vec<u32>, Vec<Cell>) {
    let rows = rows.iter().map(|row| *row as usize);
    match column {
        None => (vec![0; rows.len()], vec![Cell::Null]),
        Some(Column::Codes { codes, dictionary }) => {
            let cells = std::iter::once(Cell::Null).chain(dictionary.iter().map(Cell::from)).collect();
            (by_width!(&codes, codes => rows.map(|row| wide(codes[row])).collect()), cells)
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
) -> (Vec<u32>, Vec<Cell>) {
    let mut known = FxHashMap::default();
    let mut cells = vec![Cell::Null];
    let codes = rows.map(|row| {
        let Some(key) = key(row) else { return 0 };
        *known.entry(key).or_insert_with(|| {
            cells.push(cell(key));
            index(cells.len() - 1)
        })
    });
    (codes.collect(), cells)
}

/// Numbers the pairs of group and code that occur, in order of first appearance.
struct Cut {
    n_codes: usize,
    /// `group * n_codes + code` to new group; `u32::MAX` where the pair has not occurred. Empty when too large.
    table: Vec<u32>,
    map: FxHashMap<(u32, u32), u32>,
    members: Vec<(u32, u32)>,
}

impl Cut {
    fn new(n_groups: usize, n_codes: usize) -> Self {
        let n_entries = n_groups.saturating_mul(n_codes);
        let table = if n_entries <= TABLE_ENTRIES_MAX { vec![u32::MAX; n_entries] } else { Vec::new() };
        Cut { n_codes, table, map: FxHashMap::default(), members: Vec::new() }
    }

    fn group(&mut self, group: u32, code: u32) -> u32 {
        let next = index(self.members.len());
        let found = if self.table.is_empty() {
            *self.map.entry((group, code)).or_insert(next)
        } else {
            let entry = &mut self.table[group as usize * self.n_codes + code as usize];
            if *entry == u32::MAX {
                *entry = next;
            }
            *entry
        };
        if found == next {
            self.members.push((group, code));
        }
        found
    }
}

/// A position as a code: a segment has fewer than 2^32 rows, so anything counted over its rows fits.
fn index(position: usize) -> u32 {
    u32::try_from(position).expect("a segment has fewer than 2^32 rows")
}
