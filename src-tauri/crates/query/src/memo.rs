//! What a question found out that another one about the same segments need not find out again.

use crate::bubbleup::{FieldKind, Repeats};
use rustc_hash::FxHashMap;
use skep_model::Text;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Bytes that are kept at most.
const BYTES_MAX: usize = 64 << 20;

/// Belongs to some segments, and goes with them: whoever has others makes a new one.
#[derive(Debug, Default)]
pub struct Memo {
    known: Mutex<Known>,
}

#[derive(Debug, Default)]
struct Known {
    repeats: FxHashMap<Text, Found>,
    n_bytes: usize,
}

#[derive(Clone, Debug)]
enum Found {
    /// It was asked for, and may be again.
    Asked,
    Repeats(FieldKind, Arc<Repeats>),
    /// There is no room for it.
    TooLarge,
}

/// What is known of a field's repeats.
pub(crate) enum Recalled {
    Repeats(Arc<Repeats>),
    /// Worth finding out: this is not the first time that somebody asks.
    Due,
    Nothing,
}

impl Memo {
    fn known(&self) -> MutexGuard<'_, Known> {
        // What is in there is whole at any time.
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Which rows of a field have a value that others have too. Finding out costs as much as one question about it, and so
    /// is due when somebody asks again.
    pub(crate) fn repeats(&self, field: &str) -> Recalled {
        let mut known = self.known();
        match known.repeats.get(field) {
            None => {
                known.repeats.insert(field.into(), Found::Asked);
                Recalled::Nothing
            }
            Some(Found::Asked) => Recalled::Due,
            Some(Found::Repeats(_, repeats)) => Recalled::Repeats(Arc::clone(repeats)),
            Some(Found::TooLarge) => Recalled::Nothing,
        }
    }

    /// The kind of a field whose repeats are known, and which so is near-unique.
    pub(crate) fn kind_of_repeating(&self, field: &str) -> Option<FieldKind> {
        match self.known().repeats.get(field) {
            Some(Found::Repeats(kind, _)) => Some(*kind),
            _ => None,
        }
    }

    /// Keeps what was found out.
    pub(crate) fn keep_repeats(&self, field: &str, kind: FieldKind, repeats: &Arc<Repeats>) {
        let mut known = self.known();
        let n_bytes = known.n_bytes + repeats.memory_bytes();
        let found = if n_bytes <= BYTES_MAX {
            known.n_bytes = n_bytes;
            Found::Repeats(kind, Arc::clone(repeats))
        } else {
            Found::TooLarge
        };
        known.repeats.insert(field.into(), found);
    }
}
