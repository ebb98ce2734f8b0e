use super::{Labels, Waterfall};
use skep_model::Nanos;

/// Calls under one parent that ran one after another and that the parent's end waited for. Where none needs another's
/// answer, they could run at once; spans do not tell whether one does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sequence {
    /// Their parent.
    pub parent: u32,
    /// The calls, by start.
    pub rows: Vec<u32>,
    /// The sum of their durations.
    pub total: Nanos,
    /// What would be saved if all ran at once: the sum less the longest.
    pub saving: Nanos,
}

/// Savings of less than a part in this many of the trace are not worth anyone's night.
const SHARE_MIN: u64 = 20;

/// Finds them; `critical` is how much of the critical path each row's subtree has at its top, see
/// [`super::CriticalPath::by_row`]. Largest saving first.
#[must_use]
pub fn sequences(waterfall: &Waterfall, labels: &Labels, is_waited_for: &[bool]) -> Vec<Sequence> {
    let least = waterfall.total.0 / SHARE_MIN;
    let mut found = Vec::new();
    for parent in 0..waterfall.len() as u32 {
        if waterfall.subtree_end[parent as usize] <= parent + 2 || !is_waited_for[parent as usize] {
            continue;
        }
        let mut chain: Vec<u32> = Vec::new();
        let mut close = |chain: &mut Vec<u32>| {
            let durations = || chain.iter().map(|row| waterfall.duration[*row as usize].0);
            let total = durations().fold(0u64, u64::saturating_add);
            let saving = total - durations().max().unwrap_or(0);
            if chain.len() > 1 && saving > least {
                let rows = std::mem::take(chain);
                found.push(Sequence { parent, rows, total: Nanos(total), saving: Nanos(saving) });
            }
            chain.clear();
        };
        for child in waterfall.children(parent) {
            if !labels.is_call[child as usize] || !is_waited_for[child as usize] {
                continue;
            }
            let follows = |last: &u32| waterfall.offset[child as usize] >= waterfall.end(*last);
            if !chain.last().is_none_or(follows) {
                close(&mut chain);
            }
            chain.push(child);
        }
        close(&mut chain);
    }
    found.sort_by(|a, b| b.saving.cmp(&a.saving).then(a.parent.cmp(&b.parent)));
    found
}
