//! Which rows are one unit.

use super::population::index;
use super::score::Counts;
use crate::ask::QueryError;
use crate::{Bitmap, Column, Segment};
use rustc_hash::FxHashMap;
use skep_model::{Value, fields};

/// Units seen so far, by number.
#[derive(Default)]
pub(super) struct Units {
    infos: Vec<UnitInfo>,
    unit_of_key: FxHashMap<TraceKey, u32>,
}

/// What joins the rows of a unit.
#[derive(PartialEq, Eq, Hash)]
enum TraceKey {
    Id(u128),
    Value(Value),
}

struct UnitInfo {
    /// The segment of all rows so far; nothing once there are two.
    segment_idx: Option<u32>,
    is_selected: bool,
    weight: u32,
}

impl Units {
    /// The unit and the row of each base row.
    pub(super) fn enter(
        &mut self,
        segment: &dyn Segment,
        segment_idx: u32,
        base: &Bitmap,
        selected: &Bitmap,
        weights: Option<&[u32]>,
    ) -> Result<Vec<(u32, u32)>, QueryError> {
        let mut rows = Vec::with_capacity(base.count());
        let mut push = |units: &mut Units, unit: u32, row: usize| {
            let info = &mut units.infos[unit as usize];
            info.is_selected |= selected.contains(row);
            // Spans of a trace were kept or dropped together, mostly at one rate.
            info.weight = info.weight.max(weights.map_or(1, |weights| weights[row]));
            info.segment_idx = info.segment_idx.filter(|home| *home == segment_idx);
            rows.push((unit, index(row)));
        };
        match segment.column(fields::TRACE_ID)? {
            Some(Column::Ids { bytes, width }) => {
                let mut last = (0u128, 0);
                for row in base.rows() {
                    let mut id = [0; 16];
                    id[..width].copy_from_slice(&bytes[row * width..(row + 1) * width]);
                    let id = u128::from_be_bytes(id);
                    // Spares the look-up inside a run of one trace.
                    if id == 0 || id != last.0 {
                        let key = (id != 0).then_some(TraceKey::Id(id));
                        last = (id, self.unit(key, segment_idx));
                    }
                    push(self, last.1, row);
                }
            }
            Some(Column::Codes { codes, dictionary }) => {
                let mut unit_of_code: Vec<Option<u32>> = vec![None; dictionary.len() + 1];
                for row in base.rows() {
                    let code = codes.at(row) as usize;
                    let unit = match (code.checked_sub(1), unit_of_code[code]) {
                        (None, _) => self.unit(None, segment_idx),
                        (Some(_), Some(unit)) => unit,
                        (Some(entry), None) => {
                            let unit = self.unit(Some(TraceKey::Value(dictionary.value(entry))), segment_idx);
                            unit_of_code[code] = Some(unit);
                            unit
                        }
                    };
                    push(self, unit, row);
                }
            }
            Some(Column::Texts(texts)) => {
                for row in base.rows() {
                    let key = texts.get(row).map(|text| TraceKey::Value(text.into()));
                    let unit = self.unit(key, segment_idx);
                    push(self, unit, row);
                }
            }
            Some(Column::Doubles(_) | Column::Ints { .. }) | None => {
                for row in base.rows() {
                    let unit = self.unit(None, segment_idx);
                    push(self, unit, row);
                }
            }
        }
        Ok(rows)
    }

    /// Units of the baseline and of the selection.
    pub(super) fn counts(&self) -> Counts {
        let n_selected = self.infos.iter().filter(|info| info.is_selected).count();
        [(self.infos.len() - n_selected) as u64, n_selected as u64]
    }

    /// Of each unit, by number.
    pub(super) fn weights(&self) -> Vec<u32> {
        self.infos.iter().map(|info| info.weight).collect()
    }

    pub(super) fn is_selected(&self, unit: u32) -> bool {
        self.infos[unit as usize].is_selected
    }

    /// Whether its rows lie in several segments.
    pub(super) fn is_spread(&self, unit: u32) -> bool {
        self.infos[unit as usize].segment_idx.is_none()
    }

    /// The unit of a trace, or a new one for a row without.
    fn unit(&mut self, key: Option<TraceKey>, segment_idx: u32) -> u32 {
        let next = index(self.infos.len());
        let unit = key.map_or(next, |key| *self.unit_of_key.entry(key).or_insert(next));
        if unit == next {
            self.infos.push(UnitInfo { segment_idx: Some(segment_idx), is_selected: false, weight: 1 });
        }
        unit
    }
}
