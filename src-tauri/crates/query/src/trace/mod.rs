//! One trace as a waterfall: spans in pre-order, with depth, self time and everything odd about them.
//!
//! Honest about what is missing: nothing is invented to make the tree whole. A span whose parent is not there stands
//! at the top and says so; a cycle of parents is cut at its earliest span, which says so too.

mod critical;
mod fold;
mod labels;
mod order;
mod overview;
mod repeats;
mod self_time;
mod sequence;
mod shape;
mod skew;

pub use critical::CriticalPath;
pub use fold::{Folds, Line, fold};
pub use labels::{ErrorsBelow, Labels};
pub use overview::{Strip, overview};
pub use repeats::{Repeat, Repeats};
pub use self_time::Pieces;
pub use sequence::{Sequence, sequences};
pub use shape::{Shape, ShapeNode, Sides};
pub use skew::{ClockSkew, clock_skews};

use order::Forest;
use self_time::self_times;
use skep_model::{Nanos, SpanId};

/// No row: what a root has for a parent.
pub const NO_ROW: u32 = u32::MAX;

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
    /// The row of its parent, [`NO_ROW`] at the top.
    pub parent: Vec<u32>,
    /// The first row after the row's subtree.
    pub subtree_end: Vec<u32>,
    /// After [`Waterfall::start`].
    pub offset: Vec<Nanos>,
    /// Zero where the end lies before the start; up to the trace's end while it runs.
    pub duration: Vec<Nanos>,
    /// The part of the duration that no child covers.
    pub self_time: Vec<Nanos>,
    /// The earliest start and the latest end of its subtree: children may begin before it and outlive it.
    pub reach: Vec<(Nanos, Nanos)>,
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
        let parent = parents(&depth);
        let reach = reaches(&parent, &offset, &duration);
        Self {
            input_idx: rows,
            depth,
            parent,
            subtree_end,
            offset,
            duration,
            self_time,
            reach,
            oddity,
            start,
            total: last.since(start),
        }
    }

    /// Where a row ends, after [`Waterfall::start`].
    #[must_use]
    pub fn end(&self, row: u32) -> Nanos {
        Nanos(self.offset[row as usize].0.saturating_add(self.duration[row as usize].0))
    }

    /// The direct children of a row, by start; those at the top under [`NO_ROW`].
    pub fn children(&self, row: u32) -> impl Iterator<Item = u32> + '_ {
        let (first, end) = match row {
            NO_ROW => (0, self.len() as u32),
            row => (row + 1, self.subtree_end[row as usize]),
        };
        let next = move |child: &u32| Some(self.subtree_end[*child as usize]).filter(|next| *next < end);
        std::iter::successors(Some(first).filter(|first| *first < end), next)
    }

    /// The row that stands for the request: the first true root, else the longest at the top.
    #[must_use]
    pub fn main_row(&self) -> Option<u32> {
        let is_root = |row: &u32| {
            let oddity = self.oddity[*row as usize];
            !oddity.orphan && !oddity.cyclic
        };
        self.children(NO_ROW).find(is_root).or_else(|| {
            self.children(NO_ROW).max_by_key(|row| (self.duration[*row as usize], u32::MAX - *row))
        })
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

/// Each row's parent, in one pass over the depths.
fn parents(depth: &[u32]) -> Vec<u32> {
    let mut path: Vec<u32> = Vec::new();
    let parent_of = |(row, depth): (usize, &u32)| {
        path.truncate(*depth as usize);
        let parent = path.last().copied().unwrap_or(NO_ROW);
        path.push(row as u32);
        parent
    };
    depth.iter().enumerate().map(parent_of).collect()
}

/// One backward pass: every row tells its parent how far it reaches.
fn reaches(parent: &[u32], offset: &[Nanos], duration: &[Nanos]) -> Vec<(Nanos, Nanos)> {
    let own = |row: usize| (offset[row], Nanos(offset[row].0.saturating_add(duration[row].0)));
    let mut reach: Vec<(Nanos, Nanos)> = (0..parent.len()).map(own).collect();
    for row in (0..parent.len()).rev() {
        let (first, last) = reach[row];
        if parent[row] != NO_ROW {
            let above = &mut reach[parent[row] as usize];
            *above = (above.0.min(first), above.1.max(last));
        }
    }
    reach
}

#[cfg(test)]
mod cases;
#[cfg(test)]
mod findings_tests;
#[cfg(test)]
mod odd;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod text;
