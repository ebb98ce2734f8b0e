use super::Waterfall;
use skep_model::Nanos;

/// Each row's duration less the union of its direct children, which are clipped to it. Children come sorted by start,
/// as pre-order gives them, so one sweep over them suffices.
pub(super) fn self_times(offset: &[Nanos], duration: &[Nanos], subtree_end: &[u32]) -> Vec<Nanos> {
    let end_of = |row: usize| offset[row].0.saturating_add(duration[row].0);
    (0..offset.len())
        .map(|row| {
            let (begin, end) = (offset[row].0, end_of(row));
            let mut covered = 0;
            let mut covered_until = begin;
            let mut child = row + 1;
            while child < subtree_end[row] as usize {
                let child_begin = offset[child].0.clamp(covered_until, end);
                let child_end = end_of(child).clamp(child_begin, end);
                covered += child_end - child_begin;
                covered_until = covered_until.max(child_end);
                child = subtree_end[child] as usize;
            }
            Nanos(end - begin - covered)
        })
        .collect()
}

/// Pieces of a row as they are drawn: those closer than can be told apart are one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pieces {
    /// From and to, after the trace's start, ascending.
    pub spans: Vec<(Nanos, Nanos)>,
}

impl Pieces {
    /// Adds a piece that begins no earlier than the last one. A gap below `apart` is closed.
    pub fn add(&mut self, from: Nanos, to: Nanos, apart: Nanos) {
        match self.spans.last_mut() {
            Some(last) if from.0 <= last.1.0.saturating_add(apart.0) => last.1 = last.1.max(to),
            _ => self.spans.push((from, to)),
        }
    }
}

impl Waterfall {
    /// Where a row's time is its own: what no child covers. Pieces shorter than `apart` are left out, but for what a row
    /// without children has.
    #[must_use]
    pub fn own_pieces(&self, row: u32, apart: Nanos) -> Pieces {
        let (begin, end) = (self.offset[row as usize], self.end(row));
        let mut own = Pieces::default();
        let mut from = begin;
        for child in self.children(row) {
            let child_begin = self.offset[child as usize].clamp(from, end);
            if child_begin.since(from) > apart {
                own.add(from, child_begin, apart);
            }
            from = from.max(self.end(child).min(end));
        }
        if end.since(from) > apart || from == begin {
            own.add(from, end, apart);
        }
        own
    }
}
