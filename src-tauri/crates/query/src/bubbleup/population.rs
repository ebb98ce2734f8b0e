//! Who is counted: the base's rows of each segment, brought into an order in which every unit is counted once.

use super::reply::{BubbleupRequest, Selection, Unit};
use super::score::Counts;
use crate::ask::{Cancel, QueryError, TimeRange};
use crate::ast::{CompareOp, Condition, Expr, Filter, Literal};
use crate::{Bitmap, Column, Scan, Segment, matching};
use rustc_hash::FxHashMap;
use skep_model::{Text, Value, fields};
use std::collections::BTreeSet;

/// The base, split in two.
pub(super) struct Population {
    /// Units of the baseline and of the selection.
    pub(super) n: Counts,
    /// The rows of units that lie in one segment alone: one for each segment.
    pub(super) home: Vec<Marked>,
    /// The rows of units spread over several segments, in the order of the units.
    pub(super) spread: Vec<SpreadRow>,
    /// Which segments have base rows.
    has_rows: Vec<bool>,
}

/// Rows of one segment, those of a unit side by side.
#[derive(Default)]
pub(super) struct Marked {
    pub(super) rows: Vec<u32>,
    /// Aligned with the rows: twice the unit's number, counted from 1 in each segment, plus one when it is selected.
    pub(super) marks: Vec<u32>,
}

/// A row of a unit that lies in several segments.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct SpreadRow {
    /// As [`Marked::marks`], counted over all segments.
    pub(super) mark: u32,
    pub(super) segment_idx: u32,
    pub(super) row: u32,
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
}

impl Population {
    pub(super) fn new(
        scan: &dyn Scan,
        request: &BubbleupRequest,
        cancel: &Cancel,
    ) -> Result<Self, QueryError> {
        let base = matching(scan, &request.base, request.range, cancel)?;
        let (filter, range) = selection_filter(&request.selection);
        let selected = matching(scan, &filter, request.range.intersect(range), cancel)?;
        match request.unit {
            Unit::Event => Ok(Population::of_events(&base, &selected)),
            Unit::Trace => Population::of_traces(scan, &base, &selected, cancel),
        }
    }

    fn of_events(base: &[Bitmap], selected: &[Bitmap]) -> Self {
        let mut population =
            Population { n: [0, 0], home: Vec::new(), spread: Vec::new(), has_rows: Vec::new() };
        for (base, selected) in base.iter().zip(selected) {
            let mut marked = Marked::default();
            for row in base.rows() {
                let is_selected = selected.contains(row);
                population.n[usize::from(is_selected)] += 1;
                marked.push(index(row), index(marked.rows.len()), is_selected);
            }
            population.has_rows.push(!marked.rows.is_empty());
            population.home.push(marked);
        }
        population
    }

    fn of_traces(
        scan: &dyn Scan,
        base: &[Bitmap],
        selected: &[Bitmap],
        cancel: &Cancel,
    ) -> Result<Self, QueryError> {
        let mut units = Units::default();
        let mut rows_of_segments = Vec::new();
        for (segment_idx, segment) in scan.segments().iter().enumerate() {
            cancel.check()?;
            let mut rows =
                units.enter(&**segment, index(segment_idx), &base[segment_idx], &selected[segment_idx])?;
            // Units are numbered as they appear, so rows clustered by trace are in order already.
            if !rows.is_sorted() {
                rows.sort_unstable();
            }
            rows_of_segments.push(rows);
        }
        let mut population =
            Population { n: [0, 0], home: Vec::new(), spread: Vec::new(), has_rows: Vec::new() };
        for info in &units.infos {
            population.n[usize::from(info.is_selected)] += 1;
        }
        for (segment_idx, rows) in rows_of_segments.into_iter().enumerate() {
            let mut marked =
                Marked { rows: Vec::with_capacity(rows.len()), marks: Vec::with_capacity(rows.len()) };
            let (mut local_idx, mut last_unit) = (0, None);
            for (unit, row) in rows {
                let UnitInfo { segment_idx: home, is_selected } = units.infos[unit as usize];
                if home.is_none() {
                    let (segment_idx, mark) = (index(segment_idx), mark(unit, is_selected));
                    population.spread.push(SpreadRow { mark, segment_idx, row });
                    continue;
                }
                local_idx += u32::from(last_unit.is_some_and(|last| last != unit));
                last_unit = Some(unit);
                marked.push(row, local_idx, is_selected);
            }
            population.home.push(marked);
        }
        population.spread.sort_unstable();
        population.has_rows = base.iter().map(|rows| !rows.is_empty()).collect();
        Ok(population)
    }
}

impl Population {
    /// One field's column in each segment, where the segment has base rows and the field.
    pub(super) fn columns(&self, scan: &dyn Scan, field: &str) -> Result<Vec<Option<Column>>, QueryError> {
        let segments = scan.segments().iter().zip(&self.has_rows);
        let columns =
            segments.map(|(segment, has_rows)| if *has_rows { segment.column(field) } else { Ok(None) });
        Ok(columns.collect::<Result<_, _>>()?)
    }

    /// Every field of the segments with base rows, sorted.
    pub(super) fn fields(&self, scan: &dyn Scan) -> Result<BTreeSet<Text>, QueryError> {
        let segments = scan.segments().iter().zip(&self.has_rows);
        let mut names = BTreeSet::new();
        for (segment, _) in segments.filter(|(_, has_rows)| **has_rows) {
            names.extend(segment.fields_unsorted()?.into_iter().map(|field| field.name));
        }
        Ok(names)
    }
}

impl Marked {
    fn push(&mut self, row: u32, unit_idx: u32, is_selected: bool) {
        self.rows.push(row);
        self.marks.push(mark(unit_idx, is_selected));
    }
}

/// Units seen so far, by number.
#[derive(Default)]
struct Units {
    infos: Vec<UnitInfo>,
    unit_of_key: FxHashMap<TraceKey, u32>,
}

impl Units {
    /// The unit and the row of each base row.
    fn enter(
        &mut self,
        segment: &dyn Segment,
        segment_idx: u32,
        base: &Bitmap,
        selected: &Bitmap,
    ) -> Result<Vec<(u32, u32)>, QueryError> {
        let mut rows = Vec::with_capacity(base.count());
        let mut push = |units: &mut Units, unit: u32, row: usize| {
            let info = &mut units.infos[unit as usize];
            info.is_selected |= selected.contains(row);
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
                            let unit =
                                self.unit(Some(TraceKey::Value(dictionary[entry].clone())), segment_idx);
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

    /// The unit of a trace, or a new one for a row without.
    fn unit(&mut self, key: Option<TraceKey>, segment_idx: u32) -> u32 {
        let next = index(self.infos.len());
        let unit = key.map_or(next, |key| *self.unit_of_key.entry(key).or_insert(next));
        if unit == next {
            self.infos.push(UnitInfo { segment_idx: Some(segment_idx), is_selected: false });
        }
        unit
    }
}

/// A box is a filter and a time range.
fn selection_filter(selection: &Selection) -> (Filter, TimeRange) {
    match selection {
        Selection::Filter(filter) => (filter.clone(), TimeRange::ALL),
        Selection::Box { field, start, end, min, max } => {
            let is = |op, bound: f64| Expr::is(field.clone(), Condition::Compare(op, Literal::Double(bound)));
            // An open box still holds only rows that have a number.
            let low = is(CompareOp::Ge, min.unwrap_or(f64::NEG_INFINITY));
            let high = is(CompareOp::Le, max.unwrap_or(f64::INFINITY));
            (Expr::and(vec![low, high]).into(), TimeRange { start: *start, end: *end })
        }
    }
}

fn mark(unit_idx: u32, is_selected: bool) -> u32 {
    // Fewer than 2^31 units: each has a row in memory.
    (unit_idx + 1) << 1 | u32::from(is_selected)
}

fn index(position: usize) -> u32 {
    u32::try_from(position).expect("fewer than 2^32 rows fit in memory")
}
