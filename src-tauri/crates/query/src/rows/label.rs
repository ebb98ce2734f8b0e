//! What groups are named by: by code within a segment, by number over all of them.

use super::Cell;
use rustc_hash::FxHashMap;
use skep_model::{Dictionary, Entry, Value};
use std::sync::Arc;

/// What the codes of one segment stand for; 0 is missing.
pub(super) enum Labels {
    /// `n` is entry `n - 1`.
    Entries(Arc<Dictionary>),
    /// `n` is cell `n`.
    Cells(Vec<Cell>),
}

/// Every label met in one column of the answer, numbered from 0.
#[derive(Default)]
pub(super) struct Vocabulary {
    /// By hash; where two labels have the same, the later one stands under the next number.
    number_of_hash: FxHashMap<u64, u32>,
    pub(super) cells: Vec<Cell>,
}

impl Labels {
    pub(super) fn n_codes(&self) -> usize {
        match self {
            Labels::Entries(dictionary) => dictionary.len() + 1,
            Labels::Cells(cells) => cells.len(),
        }
    }

    pub(super) fn cell(&self, code: u32) -> Cell {
        match self {
            Labels::Entries(dictionary) => match (code as usize).checked_sub(1) {
                Some(idx) => Cell::from(&dictionary.value(idx)),
                None => Cell::Null,
            },
            Labels::Cells(cells) => cells[code as usize].clone(),
        }
    }

    fn is(&self, code: u32, cell: &Cell) -> bool {
        match (self, cell) {
            (Labels::Cells(cells), cell) => cells[code as usize] == *cell,
            (Labels::Entries(dictionary), Cell::Text(text)) => match entry(dictionary, code) {
                Some(Entry::Text(entry)) => *entry == **text,
                _ => self.cell(code) == *cell,
            },
            _ => self.cell(code) == *cell,
        }
    }

    /// The same for the same cell.
    fn hash(&self, code: u32) -> u64 {
        match self {
            Labels::Entries(dictionary) => match entry(dictionary, code) {
                None => 0,
                // These read as texts.
                Some(Entry::Other) => hash(&self.cell(code)),
                Some(_) => dictionary.hashes()[code as usize - 1],
            },
            Labels::Cells(cells) => hash(&cells[code as usize]),
        }
    }
}

impl Vocabulary {
    /// The number of a label.
    pub(super) fn number(&mut self, labels: &Labels, code: u32) -> u32 {
        let mut hash = labels.hash(code);
        while let Some(number) = self.number_of_hash.get(&hash) {
            if labels.is(code, &self.cells[*number as usize]) {
                return *number;
            }
            hash = hash.wrapping_add(1);
        }
        let number = u32::try_from(self.cells.len()).expect("fewer than 2^32 labels fit in memory");
        self.number_of_hash.insert(hash, number);
        self.cells.push(labels.cell(code));
        number
    }
}

fn entry(dictionary: &Dictionary, code: u32) -> Option<Entry<'_>> {
    Some(dictionary.entry((code as usize).checked_sub(1)?))
}

fn hash(cell: &Cell) -> u64 {
    match cell {
        Cell::Null => 0,
        Cell::Bool(bool) => Value::Bool(*bool).hash64(),
        Cell::Int(int) => Value::Int(*int).hash64(),
        Cell::Double(double) => Value::Double(*double).hash64(),
        Cell::Text(text) => Value::Text(Arc::clone(text)).hash64(),
    }
}
