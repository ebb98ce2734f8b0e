use super::Node;
use super::eval::eval;
use crate::{Codes, Column, Unreadable};
use rustc_hash::FxHashMap;
use skep_model::{Text, Value};

/// The column that an expression makes of the columns of a segment; nothing where it is missing in every row.
///
/// What depends on dictionary codes alone is worked out once for each combination of them, not for each row.
pub(crate) fn column(
    node: &Node,
    n_rows: usize,
    get: impl Fn(&str) -> Result<Option<Column>, Unreadable>,
) -> Result<Option<Column>, Unreadable> {
    let mut inputs: Vec<(Text, Column)> = Vec::new();
    for field in node.fields() {
        inputs.extend(get(&field)?.map(|column| (field, column)));
    }
    let mut results = Results::default();
    let at = |row: usize| {
        let value = |field: &str| {
            let input = inputs.iter().find(|(name, _)| &**name == field);
            input.and_then(|(_, column)| column.value(row)).unwrap_or(Value::Empty)
        };
        eval(node, &value)
    };
    let coded: Option<Vec<(&Codes, u64)>> = inputs
        .iter()
        .map(|(_, column)| match column {
            Column::Codes { codes, dictionary } => Some((codes, dictionary.len() as u64 + 1)),
            _ => None,
        })
        .collect();
    let n_combinations =
        |coded: &[(&Codes, u64)]| coded.iter().try_fold(1u64, |n, (_, codes)| n.checked_mul(*codes));
    let codes: Vec<u32> = match coded.filter(|coded| n_combinations(coded).is_some()) {
        Some(coded) => {
            let mut known: FxHashMap<u64, u32> = FxHashMap::default();
            let mut of_row = |row: usize| {
                let combination = coded.iter().fold(0, |sum, (codes, n)| sum * n + u64::from(codes.at(row)));
                *known.entry(combination).or_insert_with(|| results.code(at(row)))
            };
            (0..n_rows).map(&mut of_row).collect()
        }
        None => (0..n_rows).map(|row| results.code(at(row))).collect(),
    };
    let n = u32::try_from(results.all.len()).expect("no more than rows");
    Ok((n > 0).then(|| Column::of_codes(Codes::narrow(codes, n), results.all)))
}

/// Distinct results; codes count from 1, and 0 is missing.
#[derive(Default)]
struct Results {
    all: Vec<Value>,
    code_of: FxHashMap<Value, u32>,
}

impl Results {
    fn code(&mut self, value: Value) -> u32 {
        if value == Value::Empty || matches!(value, Value::Double(double) if double.is_nan()) {
            return 0;
        }
        *self.code_of.entry(value).or_insert_with_key(|value| {
            self.all.push(value.clone());
            u32::try_from(self.all.len()).expect("no more than rows")
        })
    }
}
