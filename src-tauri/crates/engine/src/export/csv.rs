use super::flat::{flat, place};
use super::pieces::Pieces;
use super::{EventWriter, ExportError};
use rustc_hash::{FxHashMap, FxHashSet};
use skep_model::{Event, EventKind, Text, Value};
use std::borrow::Cow;
use std::io::{self, Write};

/// Spans, one a line, behind a line with the names of the columns.
///
/// A text that a spreadsheet would take for a formula has an apostrophe before it
/// (<https://owasp.org/www-community/attacks/CSV_Injection>): telemetry is written by whoever sends a request.
pub(super) struct CsvWriter<'o> {
    out: csv::Writer<&'o mut dyn Write>,
    /// Where each field stands.
    column_of: FxHashMap<Text, usize>,
    n_columns: usize,
}

/// The fields that some span of an export has. They stand in the first line, so everything is read once for them.
pub(super) fn columns(pieces: &Pieces<'_>) -> Result<Vec<Text>, ExportError> {
    let mut seen: FxHashSet<Text> = FxHashSet::default();
    pieces.each(|events| {
        for event in events.iter().filter(|event| event.kind == EventKind::Span) {
            for (name, _) in flat(event) {
                if !seen.contains(name) {
                    seen.insert(Text::from(name));
                }
            }
        }
        Ok(())
    })?;
    let mut columns: Vec<Text> = seen.into_iter().collect();
    columns.sort_unstable_by(|a, b| (place(a), a).cmp(&(place(b), b)));
    Ok(columns)
}

impl<'o> CsvWriter<'o> {
    pub(super) fn new(columns: Vec<Text>, out: &'o mut dyn Write) -> io::Result<Self> {
        let mut out = csv::WriterBuilder::new().flexible(true).from_writer(out);
        if !columns.is_empty() {
            out.write_record(columns.iter().map(|name| harmless(name).into_owned()))?;
        }
        let n_columns = columns.len();
        let column_of = columns.into_iter().enumerate().map(|(idx, name)| (name, idx)).collect();
        Ok(Self { out, column_of, n_columns })
    }
}

impl EventWriter for CsvWriter<'_> {
    fn write(&mut self, events: &[Event]) -> io::Result<()> {
        let mut cells: Vec<String> = Vec::new();
        for event in events.iter().filter(|event| event.kind == EventKind::Span) {
            cells.clear();
            cells.resize(self.n_columns, String::new());
            for (name, value) in flat(event) {
                if let Some(column) = self.column_of.get(name) {
                    cells[*column] = cell(&value);
                }
            }
            self.out.write_record(&cells)?;
        }
        Ok(())
    }

    fn finish(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

/// A number stays one, below zero too; all else is text.
fn cell(value: &Value) -> String {
    match value {
        Value::Int(_) | Value::Double(_) | Value::Bool(_) => value.to_string(),
        _ => harmless(&value.to_string()).into_owned(),
    }
}

fn harmless(text: &str) -> Cow<'_, str> {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']) {
        Cow::Owned(format!("'{text}"))
    } else {
        Cow::Borrowed(text)
    }
}
