//! Segments from a small table of text, or from columns of values.

use skep_model::{Nanos, Value};
use skep_query::{Bitmap, Codes, Column, FieldInfo, Scan, Segment, Texts, Unreadable};
use std::sync::Arc;

/// A value, or missing.
pub(crate) type Slot = Option<Value>;

/// Segments in memory.
pub(crate) struct TableScan(Vec<Arc<dyn Segment>>);

impl Scan for TableScan {
    fn segments(&self) -> &[Arc<dyn Segment>] {
        &self.0
    }
}

struct TableSegment {
    times: Arc<[u64]>,
    columns: Vec<(Arc<str>, usize, Column)>,
}

impl Segment for TableSegment {
    fn n_rows(&self) -> usize {
        self.times.len()
    }

    fn times(&self) -> Result<Arc<[u64]>, Unreadable> {
        Ok(self.times.clone())
    }

    fn time_bounds(&self) -> (Nanos, Nanos) {
        let bound = |time: Option<&u64>| Nanos(time.copied().unwrap_or_default());
        (bound(self.times.iter().min()), bound(self.times.iter().max()))
    }

    fn fields_unsorted(&self) -> Result<Vec<FieldInfo>, Unreadable> {
        let fields = self.columns.iter().filter(|(_, n_populated, _)| *n_populated > 0);
        Ok(fields.map(|(name, n, _)| FieldInfo { name: name.clone(), n_populated: *n }).collect())
    }

    fn column(&self, field: &str) -> Result<Option<Column>, Unreadable> {
        let found = self.columns.iter().find(|(name, n, _)| &**name == field && *n > 0);
        Ok(found.map(|(_, _, column)| column.clone()))
    }
}

/// Reads a table: names in the first line, `|` between cells, a new segment after each line of dashes.
///
/// `-` is missing, `null` empty, `[a,b]` an array of texts, quotes keep a text that reads as something else. Rows
/// without `timestamp_ns` are one nanosecond apart, from 1.
pub(crate) fn scan(text: &str) -> TableScan {
    let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let names: Vec<&str> = lines.next().expect("a line of names").split('|').map(str::trim).collect();
    let mut segments = vec![Vec::new()];
    for line in lines {
        if line.len() > 1 && line.chars().all(|c| c == '-') {
            segments.push(Vec::new());
            continue;
        }
        let row: Vec<Slot> = line.split('|').map(|cell| slot(cell.trim())).collect();
        assert_eq!(row.len(), names.len(), "{line}");
        segments.last_mut().expect("at least one").push(row);
    }
    let mut n_rows_before = 0;
    let segments = segments.into_iter().map(|rows| {
        let n_rows = rows.len();
        let columns = names.iter().enumerate().map(|(idx, name)| {
            ((*name).to_owned(), rows.iter().map(|row| row[idx].clone()).collect::<Vec<Slot>>())
        });
        let segment = segment(columns.collect(), n_rows, n_rows_before, |_| Storage::Codes);
        n_rows_before += n_rows;
        segment
    });
    TableScan(segments.collect())
}

/// How a column is kept, where its name does not say.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Storage {
    Codes,
    /// Plain texts.
    Texts,
    /// Plain integers.
    Ints,
}

/// Cuts columns of equal length into segments.
pub(crate) fn scan_of(columns: &[(&str, Vec<Slot>)], n_segment_rows: usize) -> TableScan {
    scan_stored(columns, n_segment_rows, |_, _| Storage::Codes)
}

/// Cuts columns of equal length into segments, each kept as it is said by field and segment.
pub(crate) fn scan_stored(
    columns: &[(&str, Vec<Slot>)],
    n_segment_rows: usize,
    storage: impl Fn(&str, usize) -> Storage,
) -> TableScan {
    let n_rows = columns[0].1.len();
    let segments = (0..n_rows).step_by(n_segment_rows).map(|start| {
        let end = (start + n_segment_rows).min(n_rows);
        let part = columns.iter().map(|(name, slots)| ((*name).to_owned(), slots[start..end].to_vec()));
        segment(part.collect(), end - start, start, |name| storage(name, start / n_segment_rows))
    });
    TableScan(segments.collect())
}

fn segment(
    columns: Vec<(String, Vec<Slot>)>,
    n_rows: usize,
    n_rows_before: usize,
    storage: impl Fn(&str) -> Storage,
) -> Arc<dyn Segment> {
    let times: Arc<[u64]> = match columns.iter().find(|(name, _)| name == "timestamp_ns") {
        Some((_, slots)) => slots.iter().map(|slot| int(slot).cast_unsigned()).collect(),
        None => (0..n_rows).map(|row| (n_rows_before + row + 1) as u64).collect(),
    };
    let own = Column::Ints { ints: times.iter().map(|time| time.cast_signed()).collect(), present: None };
    let columns = columns.into_iter().filter(|(name, _)| name != "timestamp_ns").map(|(name, slots)| {
        let n_populated = slots.iter().flatten().count();
        let column = match name.as_str() {
            "duration_ms" => {
                let double = |slot: &Slot| slot.as_ref().and_then(Value::as_f64).unwrap_or(f64::NAN);
                Column::Doubles(slots.iter().map(double).collect())
            }
            "trace.trace_id" => ids(&slots, 16),
            "trace.span_id" | "trace.parent_id" => ids(&slots, 8),
            _ => match storage(&name) {
                Storage::Codes => codes(&slots),
                Storage::Texts => texts(&slots),
                Storage::Ints => ints(&slots),
            },
        };
        (Arc::from(name), n_populated, column)
    });
    Arc::new(TableSegment {
        times,
        columns: std::iter::once(("timestamp_ns".into(), n_rows, own)).chain(columns).collect(),
    })
}

fn codes(slots: &[Slot]) -> Column {
    let mut dictionary: Vec<Value> = Vec::new();
    let mut code_of = std::collections::HashMap::new();
    let codes = slots.iter().map(|slot| {
        let Some(value) = slot else { return 0_u32 };
        *code_of.entry(value.clone()).or_insert_with(|| {
            dictionary.push(value.clone());
            u32::try_from(dictionary.len()).expect("a small table")
        })
    });
    let codes: Vec<u32> = codes.collect();
    let max_code = codes.iter().copied().max().unwrap_or_default();
    Column::of_codes(Codes::narrow(codes, max_code), dictionary)
}

fn texts(slots: &[Slot]) -> Column {
    let (mut offsets, mut bytes) = (vec![0], String::new());
    for slot in slots {
        bytes.push_str(slot.as_ref().map_or("", |value| value.as_str().expect("a text")));
        offsets.push(u32::try_from(bytes.len()).expect("a small table"));
    }
    Column::Texts(Texts { offsets: offsets.into(), bytes: bytes.into(), present: present(slots) })
}

fn ints(slots: &[Slot]) -> Column {
    Column::Ints { ints: slots.iter().map(int).collect(), present: present(slots) }
}

fn present(slots: &[Slot]) -> Option<Arc<Bitmap>> {
    let present = Bitmap::from_fn(slots.len(), |row| slots[row].is_some());
    (present.count() < slots.len()).then(|| Arc::new(present))
}

fn ids(slots: &[Slot], width: usize) -> Column {
    let id = |slot: &Slot| int(slot).to_be_bytes().to_vec();
    let padded = |id: Vec<u8>| [vec![0; width - id.len()], id].concat();
    Column::Ids { bytes: slots.iter().flat_map(|slot| padded(id(slot))).collect(), width }
}

fn int(slot: &Slot) -> i64 {
    match slot {
        None => 0,
        Some(Value::Int(int)) => *int,
        Some(other) => panic!("{other} where a whole number is due"),
    }
}

fn slot(cell: &str) -> Slot {
    if let Some(text) = cell.strip_prefix('"').and_then(|cell| cell.strip_suffix('"')) {
        return Some(text.into());
    }
    if let Some(items) = cell.strip_prefix('[').and_then(|cell| cell.strip_suffix(']')) {
        return Some(Value::Array(items.split(',').map(Value::from).collect()));
    }
    Some(match cell {
        "-" => return None,
        "null" => Value::Empty,
        "true" => true.into(),
        "false" => false.into(),
        _ => match (cell.parse::<i64>(), cell.parse::<f64>()) {
            (Ok(int), _) => int.into(),
            (_, Ok(double)) => double.into(),
            _ => cell.into(),
        },
    })
}
