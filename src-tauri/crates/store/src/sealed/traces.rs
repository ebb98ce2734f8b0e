//! The traces of a sealed segment: which rows are whose, and what is known of each without reading them.

use super::header::Header;
use super::pack::{pack, unpack};
use crate::segment::TraceInfo;
use skep_model::bytes::{Input, put_varint};
use skep_model::{Nanos, TraceId};
use std::ops::Range;

/// A segment's traces in the order of their rows. The zero id stands for the rows of no trace.
#[derive(Debug, Default)]
pub(crate) struct TraceTable {
    pub(crate) ids: Vec<u128>,
    /// Where each run of rows ends.
    pub(crate) ends: Vec<u32>,
    /// The least time of each run.
    pub(crate) bases: Vec<u64>,
    /// The earliest start of a span less the base; `u64::MAX` when there is none.
    pub(crate) starts: Vec<u64>,
    pub(crate) has_error: Vec<bool>,
}

impl TraceTable {
    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut out = Vec::new();
        self.ids.iter().for_each(|id| out.extend_from_slice(&id.to_be_bytes()));
        let mut before = 0;
        let lengths: Vec<u64> =
            self.ends.iter().map(|end| u64::from(end - std::mem::replace(&mut before, *end))).collect();
        pack(&lengths, &mut out);
        let least = self.bases.iter().min().copied().unwrap_or(0);
        put_varint(&mut out, least);
        pack(&self.bases.iter().map(|base| base - least).collect::<Vec<_>>(), &mut out);
        // 0: no span. Else one more than the start; a start is far below the end of time.
        pack(&self.starts.iter().map(|start| start.wrapping_add(1)).collect::<Vec<_>>(), &mut out);
        pack(&self.has_error.iter().map(|is| u64::from(*is)).collect::<Vec<_>>(), &mut out);
        out
    }

    pub(crate) fn decode(bytes: &[u8], header: &Header) -> Option<Self> {
        let n = header.n_traces;
        let mut input = Input::new(bytes);
        let ids = input.take(n.checked_mul(16)?)?;
        let ids = ids.chunks_exact(16).map(|id| id.try_into().map(u128::from_be_bytes));
        let mut table = TraceTable { ids: ids.collect::<Result<_, _>>().ok()?, ..TraceTable::default() };
        let mut end = 0u64;
        unpack(&mut input, n, |length| {
            end = end.saturating_add(length);
            table.ends.push(u32::try_from(end).unwrap_or(u32::MAX));
        })?;
        let least = input.varint()?;
        unpack(&mut input, n, |base| table.bases.push(least.wrapping_add(base)))?;
        unpack(&mut input, n, |start| table.starts.push(start.wrapping_sub(1)))?;
        unpack(&mut input, n, |is| table.has_error.push(is != 0))?;
        (input.is_empty() && end == header.n_rows as u64).then_some(table)
    }

    /// The rows of the `idx`th trace.
    pub(crate) fn rows(&self, idx: usize) -> Range<usize> {
        let start = if idx == 0 { 0 } else { self.ends[idx - 1] as usize };
        start..self.ends[idx] as usize
    }

    /// The trace that a row belongs to.
    pub(crate) fn run_of_row(&self, row: usize) -> usize {
        self.ends.partition_point(|end| *end as usize <= row)
    }

    pub(crate) fn position(&self, trace_id: TraceId) -> Option<usize> {
        let id = u128::from_be_bytes(*trace_id.as_bytes());
        self.ids.iter().position(|known| *known == id)
    }

    /// Every trace, the rows of none left out.
    pub(crate) fn infos(&self) -> Vec<TraceInfo> {
        let infos = self.ids.iter().enumerate().filter_map(|(idx, id)| {
            let trace_id = TraceId::from_bytes(&id.to_be_bytes()).ok()?;
            let start = self.starts[idx];
            let start = (start != u64::MAX).then(|| Nanos(self.bases[idx].wrapping_add(start)));
            Some(TraceInfo { trace_id, start, has_error: self.has_error[idx] })
        });
        infos.collect()
    }

    pub(crate) fn memory_bytes(&self) -> usize {
        self.ids.len() * (16 + 4 + 8 + 8 + 1)
    }
}

/// Tells segments that do not hold a trace: a hash of each of its ids, sorted. A tenth of the table's size, so that
/// those of all segments can be asked.
#[derive(Debug, Default)]
pub(crate) struct TraceFilter(Vec<u32>);

impl TraceFilter {
    pub(crate) fn of(ids: &[u128]) -> Self {
        let mut hashes: Vec<u32> = ids.iter().map(|id| hash(*id)).collect();
        hashes.sort_unstable();
        Self(hashes)
    }

    pub(crate) fn may_hold(&self, trace_id: TraceId) -> bool {
        self.0.binary_search(&hash(u128::from_be_bytes(*trace_id.as_bytes()))).is_ok()
    }

    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut before = 0;
        let steps: Vec<u64> =
            self.0.iter().map(|hash| u64::from(hash - std::mem::replace(&mut before, *hash))).collect();
        let mut out = Vec::new();
        pack(&steps, &mut out);
        out
    }

    pub(crate) fn decode(bytes: &[u8], header: &Header) -> Option<Self> {
        let mut hashes = Vec::with_capacity(header.n_traces);
        let mut hash = 0u32;
        unpack(&mut Input::new(bytes), header.n_traces, |step| {
            hash = hash.wrapping_add(step as u32);
            hashes.push(hash);
        })?;
        Some(Self(hashes))
    }

    pub(crate) fn memory_bytes(&self) -> usize {
        self.0.len() * 4
    }
}

/// The ends of an id are the most random, whoever made it.
fn hash(id: u128) -> u32 {
    (id as u64)
        .wrapping_mul(0x9e37_79b9_7f4a_7c15)
        .wrapping_add((id >> 64) as u64)
        .wrapping_mul(0x9e37_79b9_7f4a_7c15)
        .rotate_left(32) as u32
}
