//! The fields of a sealed segment's resources, or of its scopes.

use crate::segment::{RecordCodes, SharedRecord};
use rustc_hash::FxHashMap;
use skep_model::Text;
use std::sync::{Arc, OnceLock};

/// Each field that any of them has; most fields are none, and would be looked for in all of them.
#[derive(Debug)]
pub(super) struct SharedFields {
    /// How many rows have each record.
    pub(super) n_rows_of: Arc<[u32]>,
    /// What the records say of it, put together when it is first asked for.
    codes: FxHashMap<Text, OnceLock<Option<RecordCodes>>>,
}

impl SharedFields {
    pub(super) fn of<T: SharedRecord>(records: &[(Arc<T>, u32)]) -> Self {
        let names = records.iter().flat_map(|(record, _)| record.keys());
        SharedFields {
            n_rows_of: records.iter().map(|(_, n_rows)| *n_rows).collect(),
            codes: names.map(|name| (name, OnceLock::new())).collect(),
        }
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.codes.contains_key(name)
    }

    pub(super) fn codes(
        &self,
        name: &str,
        make: impl FnOnce() -> Option<RecordCodes>,
    ) -> Option<RecordCodes> {
        self.codes.get(name)?.get_or_init(make).clone()
    }
}
