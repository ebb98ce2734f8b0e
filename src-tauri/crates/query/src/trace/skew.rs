use super::{Labels, NO_ROW, Waterfall};
use rustc_hash::FxHashMap;

/// The clocks of two services disagree: what one called seems to have begun before the call, or to have ended after its
/// answer. Told, never corrected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClockSkew {
    /// The calling service.
    pub caller: u32,
    /// The called one.
    pub callee: u32,
    /// How far the called one's clock is behind, in nanoseconds; negative where it is ahead. The median over its calls.
    pub behind_ns: i64,
    /// Calls that cannot be as their clocks say.
    pub n_impossible: u32,
    /// Calls in all.
    pub n_calls: u32,
    /// The first call that cannot be: the called row.
    pub row: u32,
}

/// Compares each call with what it called in another service. A caller that waits must contain what it waited for; one
/// that hands over must at least begin first. Only pairs with an impossible call are told, the furthest apart first.
#[must_use]
pub fn clock_skews(waterfall: &Waterfall, labels: &Labels) -> Vec<ClockSkew> {
    let mut pairs: FxHashMap<(u32, u32), (ClockSkew, Vec<i64>)> = FxHashMap::default();
    for row in 0..waterfall.len() {
        let parent = waterfall.parent[row];
        if parent == NO_ROW {
            continue;
        }
        let (caller, callee) = (labels.service[parent as usize], labels.service[row]);
        let waits = labels.is_call[parent as usize];
        if caller == callee || !(waits || labels.is_handover[parent as usize]) {
            continue;
        }
        let none = ClockSkew { caller, callee, behind_ns: 0, n_impossible: 0, n_calls: 0, row: row as u32 };
        let (pair, behind) = pairs.entry((caller, callee)).or_insert_with(|| (none, Vec::new()));
        pair.n_calls += 1;
        let ns = |nanos: u64| i64::try_from(nanos).unwrap_or(i64::MAX);
        let early = ns(waterfall.offset[parent as usize].0).saturating_sub(ns(waterfall.offset[row].0));
        let late = ns(waterfall.end(row as u32).0).saturating_sub(ns(waterfall.end(parent).0));
        // Longer than its caller: no clock makes that fit, so it did not wait.
        let fits = waits && waterfall.duration[row] <= waterfall.duration[parent as usize];
        let is_impossible = early > 0 || (fits && late > 0);
        if !is_impossible {
            continue;
        }
        if pair.n_impossible == 0 {
            pair.row = row as u32;
        }
        pair.n_impossible += 1;
        // A call's way there and back is taken to last equally long, as NTP does.
        behind.push(if fits { early.midpoint(late.saturating_neg()) } else { early });
    }
    let mut skews: Vec<ClockSkew> = pairs
        .into_values()
        .filter_map(|(pair, mut behind)| {
            behind.sort_unstable();
            let behind_ns = *behind.get(behind.len() / 2)?;
            Some(ClockSkew { behind_ns, ..pair })
        })
        .collect();
    skews.sort_by_key(|skew| (u64::MAX - skew.behind_ns.unsigned_abs(), skew.row));
    skews
}
