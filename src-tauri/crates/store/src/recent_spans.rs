use crate::sealed::{put_bytes, put_value};
use rustc_hash::FxHashSet;
use skep_model::Event;
use std::cell::RefCell;
use std::collections::VecDeque;
use xxhash_rust::xxh3::xxh3_64;

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
    /// Remembers a span; false when it was known already.
    pub(crate) fn insert(&mut self, span: &Event) -> bool {
        self.remember(fingerprint(span))
    }

    /// Remembers a span by its fingerprint.
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

/// Hashes the span's bytes in one go: put together first, they take a fraction of the time of many small pieces.
fn fingerprint(span: &Event) -> u64 {
    thread_local!(static BYTES: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) });
    BYTES.with_borrow_mut(|bytes| {
        bytes.clear();
        bytes.extend(span.trace_id.map_or([0; 16], |id| *id.as_bytes()));
        bytes.extend(span.span_id.map_or([0; 8], |id| *id.as_bytes()));
        bytes.extend(span.parent_id.map_or([0; 8], |id| *id.as_bytes()));
        bytes.extend(span.time.0.to_le_bytes());
        bytes.extend(span.end.0.to_le_bytes());
        put_bytes(bytes, span.name.as_bytes());
        for (name, value) in &span.record {
            put_bytes(bytes, name.as_bytes());
            put_value(bytes, value);
        }
        for (key, value) in &span.attributes {
            put_bytes(bytes, key.as_bytes());
            put_value(bytes, value);
        }
        xxh3_64(bytes)
    })
}
