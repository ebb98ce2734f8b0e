use rustc_hash::FxHashMap;
use skep_model::Value;
use std::sync::Arc;

/// Dictionary codes: 0 is missing, `n` is `dictionary[n - 1]`. Cloning shares.
#[derive(Clone, Debug)]
pub struct CodeColumn {
    codes: Arc<[u32]>,
    dictionary: Arc<[Value]>,
}

impl CodeColumn {
    pub(crate) fn new(codes: Arc<[u32]>, dictionary: Arc<[Value]>) -> Self {
        debug_assert!(
            codes.iter().all(|code| *code as usize <= dictionary.len()),
            "a code points into its dictionary, or reading the row would panic"
        );
        Self { codes, dictionary }
    }

    /// One code a row.
    #[must_use]
    pub fn codes(&self) -> &Arc<[u32]> {
        &self.codes
    }

    /// Distinct values, in order of first appearance.
    #[must_use]
    pub fn dictionary(&self) -> &Arc<[Value]> {
        &self.dictionary
    }

    /// The value of one row.
    #[must_use]
    pub fn value(&self, row: usize) -> Option<&Value> {
        let code = *self.codes.get(row)?;
        self.dictionary.get((code as usize).checked_sub(1)?)
    }

    pub(crate) fn n_populated(&self) -> usize {
        self.codes.iter().filter(|code| **code != 0).count()
    }
}

/// Gives each distinct value a code.
#[derive(Clone, Debug, Default)]
pub(crate) struct DictionaryBuilder {
    code_of: FxHashMap<Value, u32>,
    values: Vec<Value>,
}

impl DictionaryBuilder {
    /// The code of `value`, from 1.
    pub(crate) fn code(&mut self, value: Value) -> u32 {
        if let Some(code) = self.code_of.get(&value) {
            return *code;
        }
        self.values.push(value.clone());
        let code = u32::try_from(self.values.len()).expect("a segment has far fewer than 2^32 rows");
        self.code_of.insert(value, code);
        code
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    pub(crate) fn values(&self) -> Arc<[Value]> {
        Arc::from(self.values.as_slice())
    }

    pub(crate) fn into_values(self) -> Arc<[Value]> {
        self.values.into()
    }
}

/// A column that grows. Rows that lack the field cost nothing until a later row has it.
#[derive(Clone, Debug, Default)]
pub(crate) struct ColumnBuilder {
    codes: Vec<u32>,
    dictionary: DictionaryBuilder,
}

impl ColumnBuilder {
    /// Sets the value of `row`, which is not before the last one set. A second value for a row is ignored: keys are
    /// unique by the specification, and the log keeps what was sent.
    pub(crate) fn set(&mut self, row: usize, value: Value) {
        if self.codes.len() <= row {
            self.codes.resize(row, 0);
            let code = self.dictionary.code(value);
            self.codes.push(code);
        }
    }

    /// The column so far, `n_rows` long.
    pub(crate) fn freeze(&self, n_rows: usize) -> CodeColumn {
        let missing = n_rows - self.codes.len();
        let codes = self.codes.iter().copied().chain(std::iter::repeat_n(0, missing)).collect();
        CodeColumn::new(codes, self.dictionary.values())
    }
}
