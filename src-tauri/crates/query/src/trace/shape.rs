use super::{Labels, NO_ROW, Waterfall};
use rustc_hash::FxHashMap;

/// Traces by their paths: spans of the same services and names, from the root down, are one node. Two sides of them are
/// kept apart, so that one trace can be seen alone, or against another, or against many.
#[derive(Clone, Debug, Default)]
pub struct Shape {
    nodes: Vec<Growing>,
    /// By parent node, service and name.
    node_of: FxHashMap<(u32, u32, u32), u32>,
    n_traces: [u32; 2],
}

/// What the spans of one side add up to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sides {
    /// Spans.
    pub n: u64,
    /// Traces that have one.
    pub n_traces: u32,
    /// Failed spans.
    pub n_errors: u64,
    /// The sum of durations, in nanoseconds.
    pub total: u64,
    /// The sum of self times.
    pub self_time: u64,
    /// The sum of self times of the node and all below it: never less than its children's together.
    pub below: u64,
    /// The longest duration.
    pub longest: u64,
}

/// A path: a node of the tree, in pre-order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShapeNode {
    /// The number of its service.
    pub service: u32,
    /// The number of its name.
    pub name: u32,
    /// 0 at the top.
    pub depth: u32,
    /// The first node after its subtree.
    pub subtree_end: u32,
    /// Its longest row on the first side that has one.
    pub row: u32,
    /// Both sides.
    pub sides: [Sides; 2],
}

#[derive(Clone, Debug, Default)]
struct Growing {
    parent: u32,
    service: u32,
    name: u32,
    row: u32,
    sides: [Sides; 2],
    /// The number of the trace of each side that was counted last, from 1.
    last_trace: [u32; 2],
}

impl Shape {
    /// Adds a trace to one side. Linear in its spans.
    pub fn add(&mut self, side: usize, waterfall: &Waterfall, labels: &Labels) {
        self.n_traces[side] += 1;
        let number = self.n_traces[side];
        let mut node_of_row = vec![NO_ROW; waterfall.len()];
        for row in 0..waterfall.len() {
            let parent = match waterfall.parent[row] {
                NO_ROW => NO_ROW,
                parent => node_of_row[parent as usize],
            };
            let (service, name) = (labels.service[row], labels.name[row]);
            let nodes = &mut self.nodes;
            let idx = *self.node_of.entry((parent, service, name)).or_insert_with(|| {
                nodes.push(Growing { parent, service, name, row: row as u32, ..Growing::default() });
                nodes.len() as u32 - 1
            });
            node_of_row[row] = idx;
            let node = &mut self.nodes[idx as usize];
            let amounts = &mut node.sides[side];
            amounts.n += 1;
            if std::mem::replace(&mut node.last_trace[side], number) != number {
                amounts.n_traces += 1;
            }
            amounts.n_errors += u64::from(labels.is_error[row]);
            let duration = waterfall.duration[row].0;
            amounts.total = amounts.total.saturating_add(duration);
            amounts.self_time = amounts.self_time.saturating_add(waterfall.self_time[row].0);
            if duration > amounts.longest {
                amounts.longest = duration;
                if side == 0 {
                    node.row = row as u32;
                }
            }
        }
    }

    /// Traces of each side.
    #[must_use]
    pub fn n_traces(&self) -> [u32; 2] {
        self.n_traces
    }

    /// The nodes in pre-order, the weightiest first below each; those with less than `least` of the heavier side's time
    /// are left out, with what is below them. The mean of a side's traces is what weighs.
    #[must_use]
    pub fn nodes(mut self, least: f64) -> Vec<ShapeNode> {
        // A node stands behind its parent, so that one backward pass sums up.
        for idx in (0..self.nodes.len()).rev() {
            for side in 0..2 {
                let amounts = &mut self.nodes[idx].sides[side];
                amounts.below = amounts.below.saturating_add(amounts.self_time);
                let (parent, below) = (self.nodes[idx].parent, self.nodes[idx].sides[side].below);
                if parent != NO_ROW {
                    let above = &mut self.nodes[parent as usize].sides[side];
                    above.below = above.below.saturating_add(below);
                }
            }
        }
        let n_traces = self.n_traces;
        let weight = |node: &Growing| {
            let of_side = |side: usize| node.sides[side].below as f64 / f64::from(n_traces[side].max(1));
            of_side(0).max(of_side(1))
        };
        let mut children: Vec<Vec<u32>> = vec![Vec::new(); self.nodes.len() + 1];
        for (idx, node) in self.nodes.iter().enumerate() {
            if weight(node) >= least {
                let slot = if node.parent == NO_ROW { self.nodes.len() } else { node.parent as usize };
                children[slot].push(idx as u32);
            }
        }
        for siblings in &mut children {
            siblings.sort_by(|a, b| {
                let (left, right) = (weight(&self.nodes[*a as usize]), weight(&self.nodes[*b as usize]));
                left.total_cmp(&right).then(b.cmp(a))
            });
        }
        let mut nodes: Vec<ShapeNode> = Vec::new();
        let mut open: Vec<(u32, u32)> = children[self.nodes.len()].iter().map(|idx| (*idx, 0)).collect();
        while let Some((idx, depth)) = open.pop() {
            let Growing { service, name, row, sides, .. } = self.nodes[idx as usize];
            nodes.push(ShapeNode { service, name, depth, subtree_end: 0, row, sides });
            open.extend(children[idx as usize].iter().map(|child| (*child, depth + 1)));
        }
        close(&mut nodes);
        nodes
    }
}

/// Tells every node where its subtree ends.
fn close(nodes: &mut [ShapeNode]) {
    let mut open: Vec<usize> = Vec::new();
    for idx in 0..nodes.len() {
        while let Some(last) = open.last().copied()
            && nodes[last].depth >= nodes[idx].depth
        {
            nodes[last].subtree_end = idx as u32;
            open.pop();
        }
        open.push(idx);
    }
    for idx in open {
        nodes[idx].subtree_end = nodes.len() as u32;
    }
}
