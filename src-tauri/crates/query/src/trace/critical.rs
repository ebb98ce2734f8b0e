use super::Waterfall;
use skep_model::Nanos;

/// What the end of one row waited for: pieces of rows that together cover it without a gap. Making any of them shorter
/// makes the row end sooner, as far as spans can tell.
///
/// Walked backwards from the row's end: before each moment comes the child that ended last, and where none had ended the
/// row itself. A child that outlives its parent is clipped to it, since the parent did not wait for the rest. This is the
/// walk of CRISP (Zhang et al., USENIX ATC 2022) and of Jaeger.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CriticalPath {
    /// The pieces' rows, ascending.
    pub rows: Vec<u32>,
    /// From when, after the trace's start; ascending within a row.
    pub from: Vec<Nanos>,
    /// To when.
    pub to: Vec<Nanos>,
}

impl CriticalPath {
    /// The critical path of one row and what hangs below it.
    #[must_use]
    pub fn of(waterfall: &Waterfall, row: u32) -> Self {
        let mut pieces: Vec<(u32, Nanos, Nanos)> = Vec::new();
        // A stack of its own: traces are as deep as their senders like. A row with what is wanted of it.
        let mut open = vec![(row, waterfall.offset[row as usize], waterfall.end(row))];
        let mut children: Vec<(Nanos, Nanos, u32)> = Vec::new();
        while let Some((row, from, to)) = open.pop() {
            children.clear();
            children.extend(waterfall.children(row).filter_map(|child| {
                let begin = waterfall.offset[child as usize].max(from);
                let end = waterfall.end(child).min(to);
                (begin < end).then_some((end, begin, child))
            }));
            // The last to end comes first; of those that end together the longest.
            children.sort_unstable_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(&b.1)).then(a.2.cmp(&b.2)));
            let mut until = to;
            for (end, begin, child) in &children {
                if *end > until {
                    continue;
                }
                if *end < until {
                    pieces.push((row, *end, until));
                }
                open.push((*child, *begin, *end));
                until = *begin;
            }
            if from < until {
                pieces.push((row, from, until));
            }
        }
        pieces.sort_unstable();
        Self {
            rows: pieces.iter().map(|piece| piece.0).collect(),
            from: pieces.iter().map(|piece| piece.1).collect(),
            to: pieces.iter().map(|piece| piece.2).collect(),
        }
    }

    /// The pieces of one row.
    pub fn of_row(&self, row: u32) -> impl Iterator<Item = (Nanos, Nanos)> + '_ {
        let first = self.rows.partition_point(|other| *other < row);
        let n = self.rows[first..].partition_point(|other| *other == row);
        (first..first + n).map(|at| (self.from[at], self.to[at]))
    }

    /// How much of the path each row has.
    #[must_use]
    pub fn by_row(&self, n_rows: usize) -> Vec<Nanos> {
        let mut by_row = vec![Nanos(0); n_rows];
        for ((row, from), to) in self.rows.iter().zip(&self.from).zip(&self.to) {
            by_row[*row as usize].0 += to.0 - from.0;
        }
        by_row
    }
}
