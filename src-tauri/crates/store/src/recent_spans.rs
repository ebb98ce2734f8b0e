use rustc_hash::FxHashSet;
use std::collections::VecDeque;

/// Spans remembered, so that a retried request doubles nothing.
pub(crate) const RECENT_SPANS_LIMIT: usize = 1 << 20;

/// The spans seen last, by a fingerprint of their whole content: the same id with other content is kept, since
/// senders do reuse ids. At 2^20 spans two different ones share a 64-bit fingerprint with a chance of 3e-8.
#[derive(Debug, Default)]
pub(crate) struct RecentSpans {
    known: FxHashSet<u64>,
    order: VecDeque<u64>,
}

impl RecentSpans {
    /// Remembers a span by its fingerprint; false when it was known already.
    pub(crate) fn remember(&mut self, fingerprint: u64) -> bool {
        if !self.known.insert(fingerprint) {
            return false;
        }
        self.order.push_back(fingerprint);
        if self.order.len() > RECENT_SPANS_LIMIT
            && let Some(oldest) = self.order.pop_front()
        {
            self.known.remove(&oldest);
        }
        true
    }

    /// Of the last `n_last` remembered the `n` oldest, fewer when some are forgotten already.
    pub(crate) fn oldest_of_last(&self, n_last: usize, n: usize) -> Vec<u64> {
        let n_forgotten = n_last.saturating_sub(self.order.len());
        let start = self.order.len().saturating_sub(n_last);
        self.order.iter().skip(start).take(n.saturating_sub(n_forgotten)).copied().collect()
    }

    /// Forgets the spans of a request that was not kept after all: the last `n` remembered.
    pub(crate) fn forget_last(&mut self, n: usize) {
        for _ in 0..n {
            if let Some(newest) = self.order.pop_back() {
                self.known.remove(&newest);
            }
        }
    }
}
