use crate::{Codes, Value};
use std::fmt;
use std::ops::Deref;
use std::sync::{Arc, OnceLock};

/// The distinct values of one column of codes, and what can be told of the column from them alone. Each answer is
/// computed once, when it is first asked for.
pub struct Dictionary {
    values: Arc<[Value]>,
    totals: OnceLock<Box<[u32]>>,
    hashes: OnceLock<Box<[u64]>>,
}

impl Dictionary {
    /// Of a column in which it is known how many rows have each code, those without a value first.
    #[must_use]
    pub fn with_totals(values: impl Into<Arc<[Value]>>, totals: Vec<u32>) -> Self {
        let dictionary = Dictionary::from(values.into());
        debug_assert_eq!(totals.len(), dictionary.len() + 1, "a total for each code, 0 among them");
        Dictionary { totals: totals.into_boxed_slice().into(), ..dictionary }
    }

    /// How many rows have each code, 0 being those without a value. `codes` are those of the dictionary's column.
    pub fn totals(&self, codes: &Codes) -> &[u32] {
        self.totals.get_or_init(|| codes.histogram(self.len() + 1).into())
    }

    /// [`Value::hash64`] of each value.
    pub fn hashes(&self) -> &[u64] {
        self.hashes.get_or_init(|| self.values.iter().map(Value::hash64).collect())
    }

    pub(crate) fn memory_bytes(&self) -> usize {
        // What is not there yet will be once the column is asked about.
        let known_bytes = self.len() * (size_of::<u32>() + size_of::<u64>());
        self.iter().map(Value::memory_bytes).sum::<usize>() + known_bytes
    }
}

impl Deref for Dictionary {
    type Target = [Value];

    fn deref(&self) -> &[Value] {
        &self.values
    }
}

impl<V: Into<Arc<[Value]>>> From<V> for Dictionary {
    fn from(values: V) -> Self {
        Dictionary { values: values.into(), totals: OnceLock::new(), hashes: OnceLock::new() }
    }
}

impl fmt::Debug for Dictionary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.values.fmt(f)
    }
}
