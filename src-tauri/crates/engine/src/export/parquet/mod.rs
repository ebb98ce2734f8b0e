//! Events as Parquet: one row an event, whatever its signal, one typed column a field.
//!
//! A row group is held in memory, as the values of its columns, until it has [`GROUP_ROWS`] or [`GROUP_BYTES`]. What the
//! columns are is known only after all events were looked at once, as with CSV.

mod columns;
mod schema;

use super::flat::{Flat, flat};
use super::pieces::Pieces;
use super::{EventWriter, ExportError};
use ::parquet::basic::{Compression, Encoding, ZstdLevel};
use ::parquet::errors::ParquetError;
use ::parquet::file::properties::{EnabledStatistics, WriterProperties};
use ::parquet::file::writer::SerializedFileWriter;
use ::parquet::schema::types::ColumnPath;
use columns::Cells;
use rustc_hash::FxHashMap;
use schema::{Column, Kind};
use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};
use skep_model::{Event, Text, Value, fields};
use std::borrow::Cow;
use std::io::{self, Write};
use std::sync::Arc;

/// Rows of a row group at most: as many as a sealed segment has.
const GROUP_ROWS: usize = 64 << 10;

/// Bytes of values after which a row group is written before it has that many rows.
const GROUP_BYTES: usize = 64 << 20;

type Out<'o> = &'o mut (dyn Write + Send);

/// Row groups, written as soon as they are full.
pub(super) struct ParquetWriter<'o> {
    out: SerializedFileWriter<Out<'o>>,
    columns: Vec<Cells>,
    /// Where each field stands.
    column_of: FxHashMap<Text, usize>,
    /// Where the fields without a column of their own stand, if there are any.
    rest: Option<usize>,
    n_rows: usize,
    n_bytes: usize,
}

/// The columns of an export. They are in the file's schema, so everything is read once for them.
pub(super) fn columns(pieces: &Pieces<'_>) -> Result<Vec<Column>, ExportError> {
    let mut census = schema::Census::new();
    pieces.each(|events| {
        for event in events {
            census.note(&typed(event));
        }
        Ok(())
    })?;
    Ok(census.columns())
}

impl<'o> ParquetWriter<'o> {
    pub(super) fn new(columns: Vec<Column>, out: Out<'o>) -> io::Result<Self> {
        let schema = Arc::new(schema::of(&columns).map_err(write_error)?);
        let properties = Arc::new(properties(&columns));
        let out = SerializedFileWriter::new(out, schema, properties).map_err(write_error)?;
        let rest = columns.iter().position(|column| column.is_rest);
        let cells = columns.iter().map(|column| Cells::new(column.kind)).collect();
        let named = columns.into_iter().enumerate().filter(|(_, column)| !column.is_rest);
        let column_of = named.map(|(idx, column)| (column.name, idx)).collect();
        Ok(Self { out, columns: cells, column_of, rest, n_rows: 0, n_bytes: 0 })
    }

    fn push(&mut self, event: &Event) -> io::Result<()> {
        let mut others: Flat<'_> = Vec::new();
        for (name, value) in typed(event) {
            match self.column_of.get(name) {
                Some(column) => self.n_bytes += self.columns[*column].push(self.n_rows, &value),
                None => others.push((name, value)),
            }
        }
        if let (Some(rest), false) = (self.rest, others.is_empty()) {
            let text = Value::text(serde_json::to_string(&Object(&others))?);
            self.n_bytes += self.columns[rest].push(self.n_rows, &text);
        }
        self.n_rows += 1;
        Ok(())
    }

    fn write_group(&mut self) -> io::Result<()> {
        if self.n_rows == 0 {
            return Ok(());
        }
        let mut group = self.out.next_row_group().map_err(write_error)?;
        for cells in &mut self.columns {
            let mut column = group.next_column().map_err(write_error)?.expect("the schema has these columns");
            cells.write(self.n_rows, &mut column).map_err(write_error)?;
            column.close().map_err(write_error)?;
        }
        group.close().map_err(write_error)?;
        (self.n_rows, self.n_bytes) = (0, 0);
        Ok(())
    }
}

impl EventWriter for ParquetWriter<'_> {
    fn write(&mut self, events: &[Event]) -> io::Result<()> {
        for event in events {
            self.push(event)?;
            if self.n_rows >= GROUP_ROWS || self.n_bytes >= GROUP_BYTES {
                self.write_group()?;
            }
        }
        Ok(())
    }

    fn finish(&mut self) -> io::Result<()> {
        self.write_group()?;
        self.out.finish().map_err(write_error)?;
        self.out.inner_mut().flush()
    }
}

/// The flat fields, with the time as a number wherever a signed one can say it.
fn typed(event: &Event) -> Flat<'_> {
    let mut flat = flat(event);
    if let (Ok(nanos), Some((_, time))) =
        (i64::try_from(event.time.0), flat.iter_mut().find(|(name, _)| *name == fields::TIMESTAMP))
    {
        *time = Cow::Owned(Value::Int(nanos));
    }
    flat
}

fn properties(columns: &[Column]) -> WriterProperties {
    let mut properties = WriterProperties::builder()
        .set_created_by(concat!("skep version ", env!("CARGO_PKG_VERSION")).to_owned())
        .set_compression(Compression::ZSTD(ZstdLevel::default()))
        // What a reader skips row groups by; figures for each page would cost a wide file more than they save.
        .set_statistics_enabled(EnabledStatistics::Chunk)
        .set_offset_index_disabled(true);
    for column in columns {
        let path = || ColumnPath::new(vec![column.name.to_string()]);
        if column.kind == Kind::Time {
            properties = properties
                .set_column_dictionary_enabled(path(), false)
                .set_column_encoding(path(), Encoding::DELTA_BINARY_PACKED);
        } else if &*column.name == fields::SPAN_ID {
            // Each stands once.
            properties = properties.set_column_dictionary_enabled(path(), false);
        }
    }
    properties.build()
}

/// The system's own error where there is one: who reads a pipe may have had enough.
fn write_error(error: ParquetError) -> io::Error {
    match error {
        ParquetError::External(source) => match source.downcast::<io::Error>() {
            Ok(error) => *error,
            Err(source) => io::Error::other(source),
        },
        error => io::Error::other(error),
    }
}

struct Object<'e>(&'e Flat<'e>);

impl Serialize for Object<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (name, value) in self.0 {
            map.serialize_entry(name, &**value)?;
        }
        map.end()
    }
}
