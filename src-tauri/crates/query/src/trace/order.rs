use super::{Oddity, SpanRow};
use rustc_hash::{FxBuildHasher, FxHashMap};
use skep_model::SpanId;

/// No parent within the trace.
const NONE: u32 = u32::MAX;

/// Spans in pre-order.
pub(super) struct Forest {
    pub(super) rows: Vec<u32>,
    pub(super) depth: Vec<u32>,
    pub(super) subtree_end: Vec<u32>,
    pub(super) oddity: Vec<Oddity>,
}

impl Forest {
    pub(super) fn new(spans: &[SpanRow]) -> Self {
        let mut links = Links::new(spans);
        let cyclic = links.cut_cycles(spans);
        let children = Children::new(spans, &links.parent);
        let mut forest = Self {
            rows: Vec::with_capacity(spans.len()),
            depth: Vec::with_capacity(spans.len()),
            subtree_end: vec![0; spans.len()],
            oddity: Vec::with_capacity(spans.len()),
        };
        // A stack of its own: traces are thousands of spans deep, and depth is the sender's to choose.
        let mut stack: Vec<(u32, u32)> = children.of(NONE).iter().rev().map(|idx| (*idx, 0)).collect();
        while let Some((idx, depth)) = stack.pop() {
            let span = idx as usize;
            forest.rows.push(idx);
            forest.depth.push(depth);
            forest.oddity.push(Oddity {
                orphan: links.orphan[span],
                cyclic: cyclic[span],
                shared_id: links.shared_id[span],
                ..Oddity::default()
            });
            stack.extend(children.of(idx).iter().rev().map(|child| (*child, depth + 1)));
        }
        debug_assert_eq!(
            forest.rows.len(),
            spans.len(),
            "once cycles are cut, every span hangs below some root"
        );
        forest.close_subtrees();
        forest
    }

    /// One pass with a stack of open rows: a row closes all rows before it that are not above it.
    fn close_subtrees(&mut self) {
        let mut open: Vec<usize> = Vec::new();
        for row in 0..self.rows.len() {
            while let Some(last) = open.last().copied()
                && self.depth[last] >= self.depth[row]
            {
                self.subtree_end[last] = row as u32;
                open.pop();
            }
            open.push(row);
        }
        for row in open {
            self.subtree_end[row] = self.rows.len() as u32;
        }
    }
}

/// Who hangs below whom, by index.
struct Links {
    parent: Vec<u32>,
    orphan: Vec<bool>,
    shared_id: Vec<bool>,
}

impl Links {
    fn new(spans: &[SpanRow]) -> Self {
        let mut first_of: FxHashMap<SpanId, u32> =
            FxHashMap::with_capacity_and_hasher(spans.len(), FxBuildHasher);
        let mut shared_id = vec![false; spans.len()];
        for (idx, span) in spans.iter().enumerate() {
            let Some(id) = span.id else { continue };
            let first = *first_of.entry(id).or_insert(idx as u32);
            if first != idx as u32 {
                // Old Zipkin-style senders give client and server one id. Children hang below the first.
                shared_id[idx] = true;
                shared_id[first as usize] = true;
            }
        }
        let mut orphan = vec![false; spans.len()];
        let parent = spans
            .iter()
            .enumerate()
            .map(|(idx, span)| {
                let Some(parent) = span.parent else { return NONE };
                let found = first_of.get(&parent).copied();
                orphan[idx] = found.is_none();
                found.unwrap_or(NONE)
            })
            .collect();
        Self { parent, orphan, shared_id }
    }

    /// Makes the earliest span of each cycle a root, and tells which spans are on a cycle.
    fn cut_cycles(&mut self, spans: &[SpanRow]) -> Vec<bool> {
        const UNSEEN: u32 = 0;
        let mut cyclic = vec![false; spans.len()];
        // The walk that first came by, from 1. Meeting one's own walk again closes a cycle.
        let mut walk_of = vec![UNSEEN; spans.len()];
        for first in 0..spans.len() {
            let walk = first as u32 + 1;
            let mut idx = first as u32;
            while idx != NONE && walk_of[idx as usize] == UNSEEN {
                walk_of[idx as usize] = walk;
                idx = self.parent[idx as usize];
            }
            if idx == NONE || walk_of[idx as usize] != walk {
                continue;
            }
            let mut earliest = idx;
            let mut member = idx;
            loop {
                cyclic[member as usize] = true;
                if spans[member as usize].start < spans[earliest as usize].start {
                    earliest = member;
                }
                member = self.parent[member as usize];
                if member == idx {
                    break;
                }
            }
            self.parent[earliest as usize] = NONE;
        }
        cyclic
    }
}

/// Children by parent, siblings by start; roots under [`NONE`].
struct Children {
    sorted: Vec<u32>,
    /// Where the children of each span begin in `sorted`; roots come last.
    begin: Vec<u32>,
}

impl Children {
    /// One count and one fill; then each span's children are sorted, which costs little where they came in order.
    fn new(spans: &[SpanRow], parent: &[u32]) -> Self {
        let slot = |idx: usize| if parent[idx] == NONE { spans.len() } else { parent[idx] as usize };
        let mut begin = vec![0u32; spans.len() + 2];
        for idx in 0..spans.len() {
            begin[slot(idx) + 1] += 1;
        }
        for slot in 1..begin.len() {
            begin[slot] += begin[slot - 1];
        }
        let mut next = begin.clone();
        let mut sorted = vec![0; spans.len()];
        for idx in 0..spans.len() {
            let at = &mut next[slot(idx)];
            sorted[*at as usize] = idx as u32;
            *at += 1;
        }
        for bounds in begin.windows(2) {
            sorted[bounds[0] as usize..bounds[1] as usize]
                .sort_unstable_by_key(|idx| (spans[*idx as usize].start, *idx));
        }
        Self { sorted, begin }
    }

    fn of(&self, parent: u32) -> &[u32] {
        let slot = if parent == NONE { self.begin.len() - 2 } else { parent as usize };
        &self.sorted[self.begin[slot] as usize..self.begin[slot + 1] as usize]
    }
}
