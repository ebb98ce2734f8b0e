//! What a whole request shares, its resource and its scope: kept once, and spread over the rows when asked.

use super::dictionary::DictionaryBuilder;
use rustc_hash::FxHashMap;
use skep_model::{Codes, Dictionary, Resource, Scope, SharedColumn, Text, Value, fields};
use std::sync::Arc;

/// A record that many rows share, and its fields as queries name them.
pub(crate) trait SharedRecord {
    /// The field's value.
    fn field(&self, name: &str) -> Option<Value>;
    /// Every field it has; a name may stand twice.
    fn keys(&self) -> Vec<Text>;
}

impl SharedRecord for Resource {
    fn field(&self, name: &str) -> Option<Value> {
        self.attributes.iter().find(|(key, _)| &**key == name).map(|(_, value)| value.clone())
    }

    fn keys(&self) -> Vec<Text> {
        self.attributes.iter().map(|(key, _)| key.clone()).collect()
    }
}

impl SharedRecord for Scope {
    fn field(&self, name: &str) -> Option<Value> {
        let named = match name {
            fields::LIBRARY_NAME => &self.name,
            fields::LIBRARY_VERSION => &self.version,
            _ => {
                let own = self.attributes.iter().find(|(key, _)| &**key == name);
                return own.map(|(_, value)| value.clone());
            }
        };
        (!named.is_empty()).then(|| Value::Text(named.clone()))
    }

    fn keys(&self) -> Vec<Text> {
        let named = [(fields::LIBRARY_NAME, &self.name), (fields::LIBRARY_VERSION, &self.version)];
        let named = named.into_iter().filter(|(_, text)| !text.is_empty()).map(|(key, _)| Text::from(key));
        named.chain(self.attributes.iter().map(|(key, _)| key.clone())).collect()
    }
}

/// One field of the shared records as a dictionary: a code for each record, 0 where it lacks the field. Nothing when
/// all do.
pub(crate) fn codes_of_records<T: SharedRecord>(
    records: &[Arc<T>],
    field: &str,
) -> Option<(Vec<u32>, Vec<Value>)> {
    let mut dictionary = DictionaryBuilder::default();
    let codes: Vec<u32> =
        records.iter().map(|record| record.field(field).map_or(0, |value| dictionary.code(value))).collect();
    (!dictionary.is_empty()).then(|| (codes, dictionary.into_values()))
}

/// One field of shared records: a code for each, and the dictionary, with the rows that have each value.
#[derive(Clone, Debug)]
pub(crate) struct RecordCodes {
    pub(crate) code_of: Arc<[u32]>,
    pub(crate) dictionary: Arc<Dictionary>,
}

impl RecordCodes {
    /// `n_rows_of` is how many rows point to each record. Nothing when no record has the field.
    pub(crate) fn of<T: SharedRecord>(records: &[Arc<T>], n_rows_of: &[u32], field: &str) -> Option<Self> {
        let (code_of, dictionary) = codes_of_records(records, field)?;
        let mut totals = vec![0; dictionary.len() + 1];
        code_of.iter().zip(n_rows_of).for_each(|(code, n_rows)| totals[*code as usize] += n_rows);
        let dictionary = Arc::new(Dictionary::from(dictionary).with_totals(totals));
        Some(RecordCodes { code_of: code_of.into(), dictionary })
    }

    /// With the record of each row.
    pub(crate) fn column(self, record_of: Codes, n_rows_of: Arc<[u32]>) -> SharedColumn {
        SharedColumn { record_of, n_rows_of, code_of: self.code_of, dictionary: self.dictionary }
    }
}

/// The fields of shared records with the number of rows that have them.
pub(crate) fn count_keys<T: SharedRecord>(
    records: &[Arc<T>],
    n_rows_of: impl Iterator<Item = usize>,
) -> FxHashMap<Text, usize> {
    let mut n_populated: FxHashMap<Text, usize> = FxHashMap::default();
    for (record, n_rows) in records.iter().zip(n_rows_of) {
        let mut keys = record.keys();
        keys.sort_unstable();
        keys.dedup();
        for key in keys {
            *n_populated.entry(key).or_default() += n_rows;
        }
    }
    n_populated
}

/// How many rows point to each of `n_records`.
pub(crate) fn rows_of_each(of_row: &[u32], n_records: usize) -> Vec<u32> {
    let mut n_rows = vec![0; n_records];
    for idx in of_row {
        n_rows[*idx as usize] += 1;
    }
    n_rows
}
