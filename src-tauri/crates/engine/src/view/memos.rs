//! What was found out about the segments of the newest snapshot that was asked.

use skep_query::Memo;
use skep_store::Snapshot;
use std::sync::{Arc, Mutex, PoisonError};

#[derive(Default)]
pub(super) struct Memos {
    newest: Mutex<Newest>,
}

#[derive(Default)]
struct Newest {
    generation: u64,
    memo: Arc<Memo>,
    /// Asked for since the last look for idle ones.
    is_used: bool,
}

impl Memos {
    /// That of a snapshot; an older one has none that is kept.
    pub(super) fn of(&self, snapshot: &Snapshot) -> Arc<Memo> {
        let mut newest = self.newest.lock().unwrap_or_else(PoisonError::into_inner);
        if snapshot.generation() < newest.generation {
            return Arc::default();
        }
        if snapshot.generation() > newest.generation {
            *newest = Newest { generation: snapshot.generation(), ..Newest::default() };
        }
        newest.is_used = true;
        Arc::clone(&newest.memo)
    }

    /// Lets go of it when it was not asked for since the last time.
    pub(super) fn let_go_of_idle(&self) {
        let mut newest = self.newest.lock().unwrap_or_else(PoisonError::into_inner);
        if !std::mem::take(&mut newest.is_used) {
            newest.memo = Arc::default();
        }
    }
}
