use crate::cell::Cell;
use jiff::Timestamp;
use rusqlite::types::ValueRef;
use skep_model::{Bitmap, Codes, Column, SpanId, Text, Texts, TraceId, Value};
use std::fmt::Write;
use std::sync::Arc;

/// One column of all rows of a segment, from which SQLite is given a value at a time.
pub(crate) enum Cells {
    /// No row has one.
    Missing,
    /// Moments or lengths in nanoseconds; NULL where they are `missing`.
    Nanos {
        nanos: Arc<[u64]>,
        missing: Option<u64>,
    },
    /// Moments, shown by [`date_time`].
    DateTimes(Arc<[u64]>),
    Ints {
        ints: Arc<[i64]>,
        present: Option<Arc<Bitmap>>,
    },
    /// NaN is missing.
    Reals(Arc<[f64]>),
    /// Ids side by side; all zero is missing.
    Ids {
        bytes: Arc<[u8]>,
        width: usize,
    },
    Texts(Texts),
    /// `entries[code]`; the first one stands for what is missing.
    Coded {
        codes: Codes,
        entries: Box<[Cell]>,
    },
    /// A JSON object a row, of the columns that it has.
    Objects(Vec<(Text, Column)>),
}

impl Cells {
    /// A field's values as they were sent; as text only where the column says so.
    pub(crate) fn of_column(column: Column, as_text: bool) -> Self {
        match column {
            Column::Texts(texts) => Cells::Texts(texts),
            Column::Ids { bytes, width } => Cells::Ids { bytes, width },
            Column::Ints { ints, present } if !as_text => Cells::Ints { ints, present },
            Column::Doubles(doubles) if !as_text => Cells::Reals(doubles),
            other => {
                let (codes, mut entries) = coded(other);
                if as_text {
                    entries = entries.into_iter().map(Cell::into_text).collect();
                }
                Cells::Coded { codes, entries: entries.into() }
            }
        }
    }

    /// Hands the value of a row to `take`: a callback, since some values stand nowhere until they are asked for.
    pub(crate) fn give<T>(&self, row: usize, take: impl FnOnce(ValueRef<'_>) -> T) -> T {
        match self {
            Cells::Missing => take(ValueRef::Null),
            Cells::Nanos { nanos, missing } => match nanos[row] {
                ns if Some(ns) == *missing => take(ValueRef::Null),
                ns => take(ValueRef::Integer(ns.cast_signed())),
            },
            Cells::DateTimes(times) => take(ValueRef::Text(date_time(times[row]).as_bytes())),
            Cells::Ints { ints, present } => match present {
                Some(present) if !present.contains(row) => take(ValueRef::Null),
                _ => take(ValueRef::Integer(ints[row])),
            },
            Cells::Reals(reals) if reals[row].is_nan() => take(ValueRef::Null),
            Cells::Reals(reals) => take(ValueRef::Real(reals[row])),
            Cells::Ids { bytes, width } => give_id(&bytes[row * width..][..*width], take),
            Cells::Texts(texts) => match texts.get(row) {
                Some(text) => take(ValueRef::Text(text.as_bytes())),
                None => take(ValueRef::Null),
            },
            Cells::Coded { codes, entries } => take(entries[codes.at(row) as usize].as_sqlite()),
            Cells::Objects(columns) => take(ValueRef::Text(object(columns, row).as_bytes())),
        }
    }
}

impl Cells {
    /// Reads a few bytes of a row's value, whatever they say, so that they are at hand when the value is asked for.
    pub(crate) fn touch(&self, row: usize) -> u64 {
        match self {
            Cells::Nanos { nanos: words, .. } | Cells::DateTimes(words) => words[row],
            Cells::Ints { ints, .. } => ints[row].cast_unsigned(),
            Cells::Reals(reals) => reals[row].to_bits(),
            Cells::Ids { bytes, width } => bytes[row * width].into(),
            Cells::Texts(texts) => texts.start(row) as u64,
            Cells::Coded { codes, .. } => codes.at(row).into(),
            Cells::Missing | Cells::Objects(_) => 0,
        }
    }
}

fn give_id<T>(id: &[u8], take: impl FnOnce(ValueRef<'_>) -> T) -> T {
    if id.iter().all(|byte| *byte == 0) {
        return take(ValueRef::Null);
    }
    let mut hex = [0; TraceId::BYTES * 2];
    let hex = &mut hex[..id.len() * 2];
    match const_hex::encode_to_slice(id, hex) {
        Ok(()) => take(ValueRef::Text(hex)),
        Err(_) => take(ValueRef::Null),
    }
}

/// A moment in UTC as SQLite's `datetime()` writes it, so that both compare as texts, with nine digits behind: the later,
/// the greater. Every `u64` of nanoseconds lies before the year 2555.
pub(crate) fn date_time(ns: u64) -> String {
    let shown = Timestamp::from_nanosecond(ns.into()).map(|time| format!("{time:.9}"));
    shown.map_or_else(|_| ns.to_string(), |text| text.replace('T', " ").replace('Z', ""))
}

fn object(columns: &[(Text, Column)], row: usize) -> String {
    let mut json = String::from("{");
    for (key, column) in columns {
        if let Some(value) = value_at(column, row) {
            let comma = if json.len() > 1 { "," } else { "" };
            // Neither a text nor a value can fail to be JSON.
            let key = serde_json::to_string(&**key).unwrap_or_default();
            let value = serde_json::to_string(&value).unwrap_or_default();
            let _ = write!(json, "{comma}{key}:{value}");
        }
    }
    json.push('}');
    json
}

fn value_at(column: &Column, row: usize) -> Option<Value> {
    match column {
        Column::Codes { codes, dictionary } => {
            Some(dictionary.value((codes.at(row) as usize).checked_sub(1)?))
        }
        Column::Texts(texts) => texts.get(row).map(Value::from),
        Column::Doubles(doubles) => Some(doubles[row]).filter(|double| !double.is_nan()).map(Value::from),
        Column::Ints { ints, present } => {
            present.as_ref().is_none_or(|rows| rows.contains(row)).then(|| ints[row].into())
        }
        Column::Ids { bytes, width } => {
            let id = &bytes[row * width..][..*width];
            id.iter().any(|byte| *byte != 0).then(|| Value::text(const_hex::encode(id)))
        }
    }
}

impl Cells {
    /// Whether rows share values: a dictionary of nearly as many as there are rows brings nothing together.
    pub(crate) fn are_few(&self, n_rows: usize) -> bool {
        let n_values = match self {
            Cells::Missing => 1,
            Cells::Coded { entries, .. } => entries.len(),
            // Neighbours in a segment are of the same trace.
            Cells::Ids { bytes, width } => {
                let ids = || bytes.chunks_exact(*width);
                1 + ids().zip(ids().skip(1)).filter(|(a, b)| a != b).count()
            }
            _ => n_rows,
        };
        n_values <= FEW_VALUES || n_values <= n_rows / ROWS_OF_VALUE_MIN
    }
}

/// Values of a segment that are few whatever its size, and rows of each of them where they are more.
const FEW_VALUES: usize = 256;
const ROWS_OF_VALUE_MIN: usize = 8;

/// Any column as codes, with an entry for what is missing before the others.
pub(crate) fn coded(column: Column) -> (Codes, Vec<Cell>) {
    let mut entries = vec![Cell::Null];
    match column {
        Column::Codes { codes, dictionary } => {
            entries.extend(dictionary.values().map(|value| Cell::from(&value)));
            (codes, entries)
        }
        // What has no dictionary is nearly unique: an entry a row is no waste.
        column => {
            let code = |row| match value_at(&column, row) {
                None => 0,
                Some(value) => {
                    entries.push(Cell::from(&value));
                    entries.len() as u32 - 1
                }
            };
            let codes: Vec<u32> = (0..n_rows(&column)).map(code).collect();
            (Codes::U32(codes.into()), entries)
        }
    }
}

fn n_rows(column: &Column) -> usize {
    match column {
        Column::Codes { codes, .. } => codes.n_rows(),
        Column::Texts(texts) => texts.n_rows(),
        Column::Doubles(doubles) => doubles.len(),
        Column::Ints { ints, .. } => ints.len(),
        Column::Ids { bytes, width } => bytes.len() / width,
    }
}

/// Which rows may equal what is asked for. Only what surely differs is left out: SQLite compares again, and before
/// that it converts, by rules that look at both sides.
impl Cells {
    pub(crate) fn may_equal(&self, wanted: &Cell, n_rows: usize) -> Option<Bitmap> {
        match self {
            Cells::Missing => Some(Bitmap::none(n_rows)),
            Cells::Coded { codes, entries } => {
                let holds: Vec<bool> = entries.iter().map(|entry| may_be_equal(entry, wanted)).collect();
                if holds.iter().all(|holds| *holds) {
                    return None;
                }
                Some(match codes {
                    Codes::U8(codes) => Bitmap::of_slice(codes, |code| holds[usize::from(code)]),
                    Codes::U16(codes) => Bitmap::of_slice(codes, |code| holds[usize::from(code)]),
                    Codes::U32(codes) => Bitmap::of_slice(codes, |code| holds[code as usize]),
                })
            }
            Cells::Texts(texts) => {
                let Cell::Text(wanted) = wanted else { return None };
                Some(Bitmap::from_fn(n_rows, |row| texts.get(row) == Some(wanted)))
            }
            Cells::Ids { bytes, width } => {
                let Cell::Text(wanted) = wanted else { return None };
                Some(match id_bytes(wanted, *width) {
                    Some(wanted) => Bitmap::from_fn(n_rows, |row| bytes[row * width..][..*width] == wanted),
                    None => Bitmap::none(n_rows),
                })
            }
            Cells::Nanos { .. }
            | Cells::DateTimes(_)
            | Cells::Ints { .. }
            | Cells::Reals(_)
            | Cells::Objects(_) => None,
        }
    }
}

fn may_be_equal(entry: &Cell, wanted: &Cell) -> bool {
    match (entry, wanted) {
        (Cell::Null, _) => false,
        (Cell::Text(entry), Cell::Text(wanted)) => entry == wanted,
        // Numbers and texts may be converted into each other, and numbers of both types equal one another.
        (Cell::Int(entry), Cell::Int(wanted)) => entry == wanted,
        (Cell::Blob(_), Cell::Blob(_)) => true,
        (Cell::Blob(_), _) | (_, Cell::Blob(_)) => false,
        _ => true,
    }
}

/// An id from exactly the text that it is shown as.
pub(crate) fn id_bytes(text: &str, width: usize) -> Option<Vec<u8>> {
    let is_lower_hex = text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    let is_zero = text.bytes().all(|byte| byte == b'0');
    if text.len() != width * 2 || !is_lower_hex || is_zero { None } else { const_hex::decode(text).ok() }
}

const _: () = assert!(SpanId::BYTES <= TraceId::BYTES, "the buffer for digits fits both");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_have_nine_digits() {
        assert_eq!(date_time(1_769_850_000_000_000_001), "2026-01-31 09:00:00.000000001");
        assert_eq!(date_time(0), "1970-01-01 00:00:00.000000000");
        assert_eq!(date_time(u64::MAX), "2554-07-21 23:34:33.709551615");
    }

    #[test]
    fn an_id_is_what_it_is_shown_as_and_nothing_else() {
        assert_eq!(id_bytes("00000000000000ff", 8), Some(vec![0, 0, 0, 0, 0, 0, 0, 255]));
        for text in ["00000000000000FF", "0000000000000000", "ff", "", "00000000000000fg", "zé"] {
            assert_eq!(id_bytes(text, 8), None, "{text}");
        }
    }
}
