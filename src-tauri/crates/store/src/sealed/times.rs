//! Times and ends in few bits: as steps within a trace, and as lengths.

use super::header::PAGE_ROWS;
use super::pack::{pack, unpack};
use super::traces::TraceTable;
use skep_model::bytes::{Input, unzigzag, zigzag};
use std::ops::Range;

/// Writes times page by page: the first row of a trace, and of a page, as its distance from the trace's base, every
/// other as its step from the row before.
pub(crate) fn put_times(times: &[u64], table: &TraceTable, mut push: impl FnMut(usize, Vec<u8>)) {
    let mut run = 0;
    for (page, rows) in times.chunks(PAGE_ROWS).enumerate() {
        let first = page * PAGE_ROWS;
        let steps = rows.iter().enumerate().map(|(idx, time)| {
            let row = first + idx;
            let is_first_of_run = run_at(table, row, &mut run);
            if idx == 0 || is_first_of_run {
                time - table.bases[run]
            } else {
                zigzag(time.wrapping_sub(rows[idx - 1]).cast_signed())
            }
        });
        let steps: Vec<u64> = steps.collect();
        let mut out = Vec::new();
        pack(&steps, &mut out);
        push(page + 1, out);
    }
}

/// Reads the times of one page, whose rows are `rows`.
pub(crate) fn times(page: &[u8], rows: Range<usize>, table: &TraceTable, times: &mut Vec<u64>) -> Option<()> {
    let mut input = Input::new(page);
    let (mut run, mut row, mut before) = (table.run_of_row(rows.start), rows.start, 0u64);
    unpack(&mut input, rows.len(), |step| {
        let is_first_of_run = run_at(table, row, &mut run);
        let time = if row == rows.start || is_first_of_run {
            table.bases[run].wrapping_add(step)
        } else {
            before.wrapping_add(unzigzag(step).cast_unsigned())
        };
        times.push(time);
        (before, row) = (time, row + 1);
    })?;
    input.is_empty().then_some(())
}

/// Moves `run` to that of `row`, which is not before the last one asked; whether the row is the run's first.
fn run_at(table: &TraceTable, row: usize, run: &mut usize) -> bool {
    while table.ends[*run] as usize <= row {
        *run += 1;
    }
    row == if *run == 0 { 0 } else { table.ends[*run - 1] as usize }
}

/// Writes ends: the length, one more for all but those that end when they begin.
pub(crate) fn put_ends(rows: &[(u64, u64)], out: &mut Vec<u8>) {
    let lengths: Vec<u64> =
        rows.iter().map(|(time, end)| swap_running(end.wrapping_sub(*time), *time)).collect();
    pack(&lengths, out);
}

/// Reads the ends of rows with these times.
pub(crate) fn ends(page: &[u8], times: &[u64], ends: &mut Vec<u64>) -> Option<()> {
    let mut input = Input::new(page);
    let mut row = 0;
    unpack(&mut input, times.len(), |length| {
        let time = times[row];
        ends.push(time.wrapping_add(swap_running(length, time)));
        row += 1;
    })?;
    input.is_empty().then_some(())
}

/// Reads how long rows lasted without looking at times: right where [`are_durations`] says so.
pub(crate) fn lengths(page: &[u8], n: usize, lengths: &mut Vec<u64>) -> Option<()> {
    let mut input = Input::new(page);
    // A row without an end lasted for no time at all.
    unpack(&mut input, n, |length| lengths.push(if length == 1 { 0 } else { length }))?;
    input.is_empty().then_some(())
}

/// Whether lengths as they are written say how long rows lasted: none is so great that it may stand for something
/// else, given the latest time.
pub(crate) fn are_durations(lengths: &[u64], time_max: u64) -> bool {
    const PLAIN_MAX: u64 = u64::MAX >> 1;
    time_max <= PLAIN_MAX && lengths.iter().all(|length| *length <= PLAIN_MAX)
}

/// A span that still runs has the end zero, and so a length near 2^64 that would widen its whole block: it changes
/// places with the length of one nanosecond. Done twice, nothing has changed.
fn swap_running(length: u64, time: u64) -> u64 {
    let running = time.wrapping_neg();
    match length {
        1 => running,
        _ if length == running => 1,
        _ => length,
    }
}
