//! One trace as a waterfall: spans in pre-order, with depth, self time and everything odd about them.
//!
//! Honest about what is missing: nothing is invented to make the tree whole. A span whose parent is not there stands
//! at the top and says so; a cycle of parents is cut at its earliest span, which says so too.

mod order;
mod self_time;

use order::Forest;
use self_time::self_times;
use skep_model::{Nanos, SpanId};

/// One span as the waterfall needs it.
#[derive(Clone, Copy, Debug)]
pub struct SpanRow {
    /// Its id.
    pub id: Option<SpanId>,
    /// The id of its parent; nothing for a root.
    pub parent: Option<SpanId>,
    /// Raw start.
    pub start: Nanos,
    /// Raw end; zero while it runs.
    pub end: Nanos,
}

/// A trace laid out: every slice has one entry a row, rows are spans in pre-order.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Waterfall {
    /// Which span of the input each row is.
    pub input_idx: Vec<u32>,
    /// 0 for a root.
    pub depth: Vec<u32>,
    /// The first row after the row's subtree.
    pub subtree_end: Vec<u32>,
    /// After [`Waterfall::start`].
    pub offset: Vec<Nanos>,
    /// Zero where the end lies before the start; up to the trace's end while it runs.
    pub duration: Vec<Nanos>,
    /// The part of the duration that no child covers.
    pub self_time: Vec<Nanos>,
    /// What is odd about it.
    pub oddity: Vec<Oddity>,
    /// The earliest start.
    pub start: Nanos,
    /// From the earliest start to the latest end.
    pub total: Nanos,
}

/// What is odd about a span, several at once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Oddity {
    /// Its parent is named but not there.
    pub orphan: bool,
    /// It has not ended.
    pub running: bool,
    /// Its end lies before its start.
    pub backwards: bool,
    /// It is one of a cycle of parents.
    pub cyclic: bool,
    /// Another span has the same id.
    pub shared_id: bool,
}

impl Waterfall {
    /// Lays out spans that arrived in any order. Total: any parents give a forest that holds each span once.
    ///
    /// Linear but for the sorting of siblings by start.
    #[must_use]
    pub fn new(spans: &[SpanRow]) -> Self {
        let start = spans.iter().map(|span| span.start).min().unwrap_or_default();
        let last = spans.iter().map(|span| span.end.max(span.start)).max().unwrap_or_default();
        let duration_of = |span: &SpanRow| match span.end {
            Nanos(0) => last.since(span.start),
            end => end.since(span.start),
        };
        let Forest { rows, depth, subtree_end, mut oddity } = Forest::new(spans);
        for (row, oddity) in rows.iter().zip(&mut oddity) {
            let span = &spans[*row as usize];
            oddity.running = span.end == Nanos(0);
            oddity.backwards = !oddity.running && span.end < span.start;
        }
        let offset: Vec<Nanos> = rows.iter().map(|idx| spans[*idx as usize].start.since(start)).collect();
        let duration: Vec<Nanos> = rows.iter().map(|idx| duration_of(&spans[*idx as usize])).collect();
        let self_time = self_times(&offset, &duration, &subtree_end);
        Self {
            input_idx: rows,
            depth,
            subtree_end,
            offset,
            duration,
            self_time,
            oddity,
            start,
            total: last.since(start),
        }
    }

    /// Rows.
    #[must_use]
    pub fn len(&self) -> usize {
        self.input_idx.len()
    }

    /// Whether there is no span at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.input_idx.is_empty()
    }
}

#[cfg(test)]
mod tests;
