use super::schema::Kind;
use ::parquet::data_type::{BoolType, ByteArray, ByteArrayType, DoubleType, Int64Type};
use ::parquet::errors::Result;
use ::parquet::file::writer::SerializedColumnWriter;
use skep_model::Value;
use std::io::Write;

/// The values of one column in the row group that is being filled. A column that few rows have costs little.
pub(super) struct Cells {
    /// The rows that have a value.
    rows: Vec<u32>,
    values: Values,
}

enum Values {
    Bools(Vec<bool>),
    Ints(Vec<i64>),
    Doubles(Vec<f64>),
    /// Behind each other, and where each ends.
    Bytes(Vec<u8>, Vec<usize>),
}

impl Cells {
    pub(super) fn new(kind: Kind) -> Self {
        let values = match kind {
            Kind::Bool => Values::Bools(Vec::new()),
            Kind::Int | Kind::Time => Values::Ints(Vec::new()),
            Kind::Double => Values::Doubles(Vec::new()),
            Kind::Text | Kind::Json | Kind::Bytes => Values::Bytes(Vec::new(), Vec::new()),
        };
        Self { rows: Vec::new(), values }
    }

    /// Adds a row's value, and tells how many bytes it takes. The column's kind was chosen so that each value fits.
    pub(super) fn push(&mut self, row: usize, value: &Value) -> usize {
        let row = u32::try_from(row).expect("a row group has far fewer rows");
        let n_bytes = match (&mut self.values, value) {
            // Present but empty is not set.
            (_, Value::Empty) => return 0,
            (Values::Bools(bools), Value::Bool(bool)) => {
                bools.push(*bool);
                size_of::<bool>()
            }
            (Values::Ints(ints), Value::Int(int)) => {
                ints.push(*int);
                size_of::<i64>()
            }
            (Values::Doubles(doubles), Value::Double(double)) => {
                doubles.push(*double);
                size_of::<f64>()
            }
            (Values::Doubles(doubles), Value::Int(int)) => {
                doubles.push(*int as f64);
                size_of::<f64>()
            }
            (Values::Bytes(bytes, ends), value) => {
                let start = bytes.len();
                match value {
                    Value::Text(text) => bytes.extend_from_slice(text.as_bytes()),
                    Value::Bytes(raw) => bytes.extend_from_slice(raw),
                    other => write!(bytes, "{other}").expect("memory takes every write"),
                }
                ends.push(bytes.len());
                bytes.len() - start + size_of::<usize>()
            }
            (Values::Bools(_) | Values::Ints(_) | Values::Doubles(_), _) => {
                unreachable!("the events are the same as when the kinds were chosen")
            }
        };
        self.rows.push(row);
        n_bytes + size_of::<u32>()
    }

    /// Writes a row group's column and forgets it.
    pub(super) fn write(&mut self, n_rows: usize, column: &mut SerializedColumnWriter<'_>) -> Result<()> {
        let mut is_set = vec![0i16; n_rows];
        for row in self.rows.drain(..) {
            is_set[row as usize] = 1;
        }
        let is_set = Some(&is_set[..]);
        match &mut self.values {
            Values::Bools(bools) => {
                column.typed::<BoolType>().write_batch(bools, is_set, None)?;
                bools.clear();
            }
            Values::Ints(ints) => {
                column.typed::<Int64Type>().write_batch(ints, is_set, None)?;
                ints.clear();
            }
            Values::Doubles(doubles) => {
                column.typed::<DoubleType>().write_batch(doubles, is_set, None)?;
                doubles.clear();
            }
            Values::Bytes(bytes, ends) => {
                let bytes = bytes::Bytes::from(std::mem::take(bytes));
                let mut start = 0;
                let texts: Vec<ByteArray> = ends
                    .drain(..)
                    .map(|end| ByteArray::from(bytes.slice(std::mem::replace(&mut start, end)..end)))
                    .collect();
                column.typed::<ByteArrayType>().write_batch(&texts, is_set, None)?;
            }
        }
        Ok(())
    }
}
