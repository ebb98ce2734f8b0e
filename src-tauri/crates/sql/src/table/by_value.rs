//! Rows in the order of columns that have few values.
//!
//! SQLite groups by sorting. Here, equal values are brought together by counting: each combination of values gets a
//! code, combinations are sorted, and each row goes where its combination begins.
//!
//! ```text
//! rows          /cart 200 | / 200 | /cart 500 | /cart 200
//! combinations  0         | 1     | 2         | 0
//! sorted        / 200 | /cart 200 | /cart 500
//! rows          1       0       3   2
//! ```

use super::Table;
use super::order::OrderColumn;
use super::select::{Selection, Wanted};
use super::walk::Here;
use crate::cell::Cell;
use crate::read::{Cells, SegmentCells};
use rustc_hash::FxHashMap;
use skep_engine::AskError;
use std::cmp::Ordering;
use std::hash::{Hash, Hasher};
use std::rc::Rc;

/// All rows that are wanted, in order.
pub(super) struct ByValue {
    parts: Vec<Chosen>,
    /// Position in `parts`, and row.
    rows: std::vec::IntoIter<(u32, u32)>,
    /// The columns that the statement reads.
    read: Vec<usize>,
    /// Rows until the next ones are touched.
    n_touched: usize,
}

/// Rows of a group lie far apart in memory, and SQLite asks for one at a time, so that each would be waited for. Read
/// ahead together, they arrive together.
const ROWS_TOUCHED: usize = 64;

/// What was chosen of a segment.
struct Chosen {
    segment_idx: usize,
    cells: Rc<SegmentCells>,
    selection: Selection,
    /// The combination of each chosen row.
    codes: Vec<u32>,
}

impl ByValue {
    pub(super) fn new(
        table: &Table,
        wanted: &Wanted,
        columns: &[OrderColumn],
        read: &[usize],
    ) -> Result<Self, AskError> {
        let mut parts = Vec::new();
        for (segment_idx, segment) in table.asked.segments().iter().enumerate() {
            let cells = table.cells(segment_idx);
            if let Some(selection) = table.select(segment, &cells, wanted)? {
                // Before the first column there is one combination, of no values.
                let codes = vec![0; selection.len()];
                parts.push(Chosen { segment_idx, cells, selection, codes });
            }
        }
        // Of each combination the rank of each of its values, side by side.
        let (mut combinations, mut n_combinations): (Vec<u32>, usize) = (Vec::new(), 1);
        for (n_before, OrderColumn { column, descending }) in columns.iter().enumerate() {
            let mut values = Coder::default();
            let mut pairs = Coder::default();
            for part in &mut parts {
                table.asked.cancel.check()?;
                let cells = part.cells.cells(&table.columns, *column)?;
                let of_rows = value_codes(cells, &part.selection, &mut values);
                for (code, value) in part.codes.iter_mut().zip(of_rows) {
                    *code = pairs.code((*code, value));
                }
            }
            let ranks = value_ranks(&values.keys, *descending);
            n_combinations = pairs.keys.len();
            let mut longer = Vec::with_capacity(n_combinations * (n_before + 1));
            for (before, value) in &pairs.keys {
                longer.extend_from_slice(&combinations[*before as usize * n_before..][..n_before]);
                longer.push(ranks[*value as usize]);
            }
            combinations = longer;
        }
        let ranks = ranks(n_combinations, |a, b| {
            let of =
                |combination: u32| &combinations[combination as usize * columns.len()..][..columns.len()];
            of(a).cmp(of(b))
        });
        let rows = sorted(&parts, &ranks).into_iter();
        Ok(Self { parts, rows, read: read.to_vec(), n_touched: 0 })
    }

    pub(super) fn step(&mut self, here: &mut Option<Here>) {
        if self.n_touched == 0 {
            let next = self.rows.as_slice().iter().take(ROWS_TOUCHED);
            let touched =
                next.map(|(part, row)| self.parts[*part as usize].cells.touch(&self.read, *row as usize));
            std::hint::black_box(touched.fold(0, u64::wrapping_add));
            self.n_touched = ROWS_TOUCHED;
        }
        self.n_touched -= 1;
        let Some((part, row)) = self.rows.next() else {
            *here = None;
            return;
        };
        let Chosen { segment_idx, cells, .. } = &self.parts[part as usize];
        match here {
            Some(here) if here.segment_idx == *segment_idx => here.row = row,
            _ => *here = Some(Here { segment_idx: *segment_idx, row, cells: Rc::clone(cells) }),
        }
    }
}

/// Gives each distinct key a number, in order of appearance.
struct Coder<K> {
    code_of: FxHashMap<K, u32>,
    keys: Vec<K>,
    /// Neighbours are often alike.
    last: Option<(K, u32)>,
}

impl<K> Default for Coder<K> {
    fn default() -> Self {
        Self { code_of: FxHashMap::default(), keys: Vec::new(), last: None }
    }
}

impl<K: Clone + Eq + Hash> Coder<K> {
    fn code(&mut self, key: K) -> u32 {
        if let Some((last, code)) = &self.last
            && *last == key
        {
            return *code;
        }
        let code = *self.code_of.entry(key.clone()).or_insert_with_key(|key| {
            self.keys.push(key.clone());
            // There are no more keys than rows, of which there are fewer than 2^32.
            (self.keys.len() - 1) as u32
        });
        self.last = Some((key, code));
        code
    }
}

/// A value that equals itself alone: by type and bits.
#[derive(Clone)]
struct Exact(Cell);

impl PartialEq for Exact {
    fn eq(&self, other: &Self) -> bool {
        match (&self.0, &other.0) {
            (Cell::Real(a), Cell::Real(b)) => a.to_bits() == b.to_bits(),
            (a, b) => a == b,
        }
    }
}

impl Eq for Exact {}

impl Hash for Exact {
    fn hash<H: Hasher>(&self, state: &mut H) {
        std::mem::discriminant(&self.0).hash(state);
        match &self.0 {
            Cell::Null => {}
            Cell::Int(int) => int.hash(state),
            Cell::Real(real) => real.to_bits().hash(state),
            Cell::Text(text) => text.hash(state),
            Cell::Blob(blob) => blob.hash(state),
        }
    }
}

/// The code of each chosen row's value.
fn value_codes(cells: &Cells, selection: &Selection, values: &mut Coder<Exact>) -> Vec<u32> {
    let rows = (0..selection.len()).map_while(|idx| selection.get(idx));
    match cells {
        Cells::Coded { codes, entries } => {
            let code_of: Vec<u32> = entries.iter().map(|entry| values.code(Exact(entry.clone()))).collect();
            rows.map(|row| code_of[codes.at(row as usize) as usize]).collect()
        }
        // Rows of a trace stand side by side: an id is written out once for all of them.
        Cells::Ids { bytes, width } => {
            let mut last = None;
            let code = |row: u32| {
                let id = &bytes[row as usize * width..][..*width];
                match last {
                    Some((known, code)) if known == id => code,
                    _ => {
                        let code = cells.give(row as usize, |value| values.code(Exact(Cell::from(value))));
                        last = Some((id, code));
                        code
                    }
                }
            };
            rows.map(code).collect()
        }
        cells => {
            rows.map(|row| cells.give(row as usize, |value| values.code(Exact(Cell::from(value))))).collect()
        }
    }
}

/// The position of each value in the order; values that compare equal, such as 1 and 1.0, have the same.
fn value_ranks(values: &[Exact], descending: bool) -> Vec<u32> {
    let compare = |a: u32, b: u32| {
        let order = values[a as usize].0.compare(&values[b as usize].0);
        if descending { order.reverse() } else { order }
    };
    let mut order: Vec<u32> = (0..values.len() as u32).collect();
    order.sort_unstable_by(|a, b| compare(*a, *b));
    let mut ranks = vec![0; values.len()];
    let mut rank = 0;
    for (idx, value) in order.iter().enumerate() {
        let differs = idx > 0 && compare(order[idx - 1], *value) != Ordering::Equal;
        rank += u32::from(differs);
        ranks[*value as usize] = rank;
    }
    ranks
}

/// The position of each of `n` in an order; those that compare equal stand side by side.
fn ranks(n: usize, compare: impl Fn(u32, u32) -> Ordering) -> Vec<u32> {
    let mut order: Vec<u32> = (0..n as u32).collect();
    order.sort_unstable_by(|a, b| compare(*a, *b));
    let mut ranks = vec![0; n];
    for (rank, idx) in order.into_iter().enumerate() {
        ranks[idx as usize] = rank as u32;
    }
    ranks
}

/// Every chosen row where it belongs.
fn sorted(parts: &[Chosen], ranks: &[u32]) -> Vec<(u32, u32)> {
    let mut next_of_rank = vec![0usize; ranks.len()];
    for code in parts.iter().flat_map(|part| &part.codes) {
        next_of_rank[ranks[*code as usize] as usize] += 1;
    }
    let mut n_rows = 0;
    for next in &mut next_of_rank {
        n_rows += std::mem::replace(next, n_rows);
    }
    let mut sorted = vec![(0, 0); n_rows];
    for (position, part) in parts.iter().enumerate() {
        for (idx, code) in part.codes.iter().enumerate() {
            let next = &mut next_of_rank[ranks[*code as usize] as usize];
            sorted[*next] = (position as u32, part.selection.get(idx).unwrap_or_default());
            *next += 1;
        }
    }
    sorted
}
