use super::Cell;
use crate::resolved::Every;
use rustc_hash::FxHashMap;

/// When the rows of each group were under way.
#[derive(Default)]
pub(super) struct Intervals {
    /// First moment, and first moment after.
    of_group: Vec<Vec<(u64, u64)>>,
    /// The most at one moment, once counted.
    pub(super) most: Vec<u64>,
}

impl Intervals {
    pub(super) fn resize(&mut self, n_groups: usize) {
        self.of_group.resize(n_groups, Vec::new());
    }

    /// Rows that take no time, or none that can be told, are under way for a nanosecond: they did happen.
    pub(super) fn add(&mut self, group: usize, start: u64, duration_ms: f64) {
        if duration_ms.is_nan() {
            return;
        }
        #[expect(
            clippy::cast_sign_loss,
            reason = "a cast takes what is negative as zero and what is too much as all"
        )]
        let duration_ns = ((duration_ms * 1e6).round() as u64).max(1);
        self.of_group[group].push((start, start.saturating_add(duration_ns)));
    }

    pub(super) fn merge(&mut self, other: Intervals, groups: &[Option<usize>]) {
        for (group, intervals) in groups.iter().zip(other.of_group) {
            if let Some(group) = group {
                self.of_group[*group].extend(intervals);
            }
        }
    }

    /// Finds the most under way in each group. With buckets the first value of a key is a bucket of time, and
    /// what began in an earlier bucket of the same group is still under way.
    pub(super) fn count(&mut self, keys: &[Vec<Cell>], every: Option<Every>) {
        self.most = vec![0; keys.len()];
        let Some(Every { origin_ns, step_ns }) = every else {
            for (most, intervals) in self.most.iter_mut().zip(&self.of_group) {
                *most = Sweep::new(intervals.iter().copied()).most(0, u64::MAX);
            }
            return;
        };
        let mut series: FxHashMap<&[Cell], Vec<(u64, usize)>> = FxHashMap::default();
        for (group, key) in keys.iter().enumerate() {
            if let Some((Cell::Int(bucket), rest)) = key.split_first() {
                series.entry(rest).or_default().push((bucket.cast_unsigned(), group));
            }
        }
        for mut buckets in series.into_values() {
            buckets.sort_unstable();
            let intervals = buckets.iter().flat_map(|(_, group)| self.of_group[*group].iter().copied());
            let mut sweep = Sweep::new(intervals);
            for (bucket, group) in buckets {
                let start = bucket.saturating_mul(step_ns).saturating_add(origin_ns);
                self.most[group] = sweep.most(start, start.saturating_add(step_ns));
            }
        }
    }
}

/// How many are under way, moment by moment.
struct Sweep {
    /// Beginnings and ends by time. At one moment ends come first: what follows another without a gap is not beside
    /// it.
    changes: Vec<(u64, i64)>,
    next: usize,
    now: i64,
}

impl Sweep {
    fn new(intervals: impl Iterator<Item = (u64, u64)>) -> Self {
        let mut changes: Vec<(u64, i64)> =
            intervals.flat_map(|(start, end)| [(start, 1), (end, -1)]).collect();
        changes.sort_unstable();
        Sweep { changes, next: 0, now: 0 }
    }

    /// The most from `start` to before `end`; asked in ascending order.
    fn most(&mut self, start: u64, end: u64) -> u64 {
        while self.step(|time| time <= start) {}
        let mut most = self.now;
        while self.step(|time| time < end) {
            most = most.max(self.now);
        }
        most.cast_unsigned()
    }

    fn step(&mut self, is_due: impl Fn(u64) -> bool) -> bool {
        match self.changes.get(self.next) {
            Some((time, change)) if is_due(*time) => {
                self.now += change;
                self.next += 1;
                true
            }
            _ => false,
        }
    }
}
