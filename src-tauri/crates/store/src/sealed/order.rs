//! In which order a segment's rows are sealed: those of a trace side by side, so that one trace is a few pages.

use crate::segment::{MemorySegment, row_id};
use rustc_hash::FxHashMap;
use skep_model::EventKind;
use std::sync::Arc;

/// Where a row comes from.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Origin {
    pub(crate) input: u32,
    pub(crate) row: u32,
}

/// Rows in their new order.
pub(crate) struct Order {
    pub(crate) rows: Vec<Origin>,
    /// For each input, its rows' new places. `u32::MAX`: left out.
    pub(crate) new_row_of: Vec<Vec<u32>>,
    /// Whether none of them was left out.
    pub(crate) is_whole: bool,
    /// The traces in the order of their rows: id, zero for the rows of none, and how many rows.
    pub(crate) runs: Vec<(u128, u32)>,
}

/// Brings the rows that `keep` lets through into order: traces as they first appear, rows without a trace last; within
/// a trace by the start of the span they belong to, so that times rise and what hangs below a span follows it.
pub(crate) fn order(inputs: &[Arc<MemorySegment>], keep: impl Fn(&MemorySegment, usize) -> bool) -> Order {
    let mut run_of: FxHashMap<u128, u32> = FxHashMap::default();
    let mut runs: Vec<(u128, u32)> = Vec::new();
    // Run, start of the span it belongs to, origin: sorting is stable, so ties stay in order of arrival.
    let mut rows: Vec<(u32, u64, Origin)> = Vec::with_capacity(inputs.iter().map(|i| i.n_rows()).sum());
    for (input, segment) in inputs.iter().enumerate() {
        let (mut last_span, mut last_start) = ([0; 8], 0);
        for row in (0..segment.n_rows()).filter(|row| keep(segment, *row)) {
            let id = id_at(segment, row);
            let run = *run_of.entry(id).or_insert_with(|| {
                runs.push((id, 0));
                row_id(runs.len() - 1)
            });
            runs[run as usize].1 += 1;
            let columns = &segment.columns;
            let time = columns.times[row];
            let start = if columns.kinds[row] == EventKind::Span as u8 {
                last_span = columns.span_ids[row];
                last_start = time;
                time
            } else if last_span != [0; 8] && columns.parent_ids[row] == last_span {
                last_start
            } else {
                time
            };
            rows.push((run, start, Origin { input: row_id(input), row: row_id(row) }));
        }
    }
    // Rows without a trace are no trace: they go last, in order of arrival.
    let none = run_of.get(&0).map(|run| *run as usize);
    let mut next_of = vec![0; runs.len()];
    let mut end = 0;
    for run in (0..runs.len()).filter(|run| Some(*run) != none).chain(none) {
        next_of[run] = end;
        end += runs[run].1 as usize;
    }
    // Each row goes to its run at once: sorting all of them together would compare runs again and again.
    let mut sorted = vec![(0, Origin { input: 0, row: 0 }); rows.len()];
    for (run, start, origin) in rows {
        let next = &mut next_of[run as usize];
        sorted[*next] = (start, origin);
        *next += 1;
    }
    for (run, end) in next_of.into_iter().enumerate().filter(|(run, _)| Some(*run) != none) {
        sorted[end - runs[run].1 as usize..end].sort_by_key(|(start, _)| *start);
    }
    if let Some(none) = none {
        let run = runs.remove(none);
        runs.push(run);
    }
    let mut new_row_of: Vec<Vec<u32>> = inputs.iter().map(|input| vec![u32::MAX; input.n_rows()]).collect();
    for (new_row, (_, origin)) in sorted.iter().enumerate() {
        new_row_of[origin.input as usize][origin.row as usize] = row_id(new_row);
    }
    let is_whole = sorted.len() == inputs.iter().map(|input| input.n_rows()).sum::<usize>();
    Order { is_whole, rows: sorted.into_iter().map(|(_, origin)| origin).collect(), new_row_of, runs }
}

fn id_at(segment: &MemorySegment, row: usize) -> u128 {
    u128::from_be_bytes(segment.columns.trace_ids[row])
}
