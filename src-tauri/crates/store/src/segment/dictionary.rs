use super::builder::row_id;
use indexmap::IndexSet;
use rustc_hash::FxBuildHasher;
use skep_model::Value;

/// Gives each distinct value a code.
#[derive(Clone, Debug, Default)]
pub(crate) struct DictionaryBuilder {
    values: IndexSet<Value, FxBuildHasher>,
}

impl DictionaryBuilder {
    /// The code of `value`, from 1.
    pub(crate) fn code(&mut self, value: Value) -> u32 {
        row_id(self.values.insert_full(value).0 + 1)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    pub(crate) fn into_values(self) -> Vec<Value> {
        self.values.into_iter().collect()
    }
}
