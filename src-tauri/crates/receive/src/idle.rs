//! Connections without a request, in the order in which they fell idle: where no more connections may be had, the one that
//! is idle for longest makes room, so that thousands that say nothing keep nobody out.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio_util::sync::CancellationToken;

/// All idle connections of a receiver.
#[derive(Clone, Debug, Default)]
pub(crate) struct Idle(Arc<Mutex<Waiting>>);

#[derive(Debug, Default)]
struct Waiting {
    n_seen: u64,
    /// By when they fell idle.
    connections: BTreeMap<u64, CancellationToken>,
}

/// One connection's place among them, given up when it is dropped.
#[derive(Debug)]
pub(crate) struct Place {
    idle: Idle,
    number: u64,
    evicted: CancellationToken,
}

impl Idle {
    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes the last place.
    pub(crate) fn wait(&self) -> Place {
        let evicted = CancellationToken::new();
        let mut waiting = self.waiting();
        let number = waiting.n_seen;
        waiting.n_seen += 1;
        waiting.connections.insert(number, evicted.clone());
        Place { idle: self.clone(), number, evicted }
    }

    /// Asks the one that is idle for longest to leave; tells whether there is one.
    pub(crate) fn evict(&self) -> bool {
        let oldest = self.waiting().connections.pop_first();
        oldest.inspect(|(_, evicted)| evicted.cancel()).is_some()
    }
}

impl Place {
    /// Returns when the connection is asked to leave.
    pub(crate) async fn evicted(&self) {
        self.evicted.cancelled().await;
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.idle.waiting().connections.remove(&self.number);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_one_that_waits_longest_leaves_first() {
        let idle = Idle::default();
        let [first, second, third] = [idle.wait(), idle.wait(), idle.wait()];
        drop(first);
        assert!(idle.evict());
        assert!(second.evicted.is_cancelled() && !third.evicted.is_cancelled());
        drop(second);
        assert!(idle.evict() && third.evicted.is_cancelled());
        assert!(!idle.evict(), "nobody is left");
    }
}
