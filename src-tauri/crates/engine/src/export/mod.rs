//! What is kept, written out: as OTLP that equals what came in, or flat for other tools. One segment is in memory at a
//! time, however much is exported.

mod csv;
mod file;
mod flat;
mod jsonl;
mod otlp;
mod parquet;
mod pieces;

use crate::view::{AskError, View};
use csv::CsvWriter;
use jsonl::JsonLinesWriter;
use otlp::OtlpWriter;
use parquet::ParquetWriter;
pub(crate) use pieces::Pieces;
use skep_model::{Encoding, Event, EventKind, Signal, TraceId};
use skep_query::{Cancel, TimeRange};
use std::io::{self, Write};
use std::path::PathBuf;

/// What is exported, and how it is written.
#[derive(Clone, Debug)]
pub struct ExportRequest {
    /// Which events.
    pub which: ExportWhich,
    /// Of which signals; none means all that the format can say.
    pub signals: Vec<Signal>,
    /// The form.
    pub format: ExportFormat,
}

/// Which events are exported. A span goes with its events and links, never in parts.
#[derive(Clone, Debug)]
pub enum ExportWhich {
    /// One trace, the logs that belong to it included.
    Trace(TraceId),
    /// Spans, logs and points by time and content.
    Matching {
        /// A WHERE expression; empty lets everything through. A span is exported when it matches, or one of its events
        /// or links does.
        filter: String,
        /// Within which a span starts, a log or a point lies.
        range: TimeRange,
    },
}

/// How events are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExportFormat {
    /// OTLP JSON, a request a line, as the Collector's file exporter writes it.
    OtlpJson,
    /// OTLP protobuf, each request behind its length in four bytes, big-endian, as the Collector's file exporter writes
    /// it. Such bytes do not say which signal they are: only one is written.
    OtlpProto,
    /// A JSON object an event, its fields by the names that queries use.
    JsonLines,
    /// Spans as comma-separated values, the same fields as columns.
    Csv,
    /// Parquet: a row an event, the same fields as typed columns.
    Parquet,
}

/// What was written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Exported {
    /// Spans, each with its events and links.
    pub n_spans: u64,
    /// Log records.
    pub n_logs: u64,
    /// Data points.
    pub n_points: u64,
}

/// Why an export ended early.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// It cannot be read, or was stopped.
    #[error(transparent)]
    Ask(#[from] AskError),
    /// It cannot be written.
    #[error("cannot write: {0}")]
    Write(#[from] io::Error),
    /// The file cannot be written.
    #[error("cannot write {path:?}: {source}")]
    File {
        /// Which one.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// There is nothing of the trace that was asked for.
    #[error("the store has no trace {0}")]
    NoTrace(TraceId),
    /// The format cannot say this.
    #[error("{0}")]
    Unfit(&'static str),
}

/// What each format makes of events.
trait EventWriter {
    /// Writes whole spans, logs and points.
    fn write(&mut self, events: &[Event]) -> io::Result<()>;
    /// Writes what is left.
    fn finish(&mut self) -> io::Result<()>;
}

impl View {
    /// Writes events out.
    ///
    /// # Errors
    /// [`ExportError`]; what was written until then is whole lines and messages.
    pub fn export(
        &self,
        request: &ExportRequest,
        cancel: &Cancel,
        out: &mut (dyn Write + Send),
    ) -> Result<Exported, ExportError> {
        let signals = signals(request)?;
        let pieces = Pieces::new(self, &request.which, signals, cancel)?;
        let mut writer: Box<dyn EventWriter + '_> = match request.format {
            ExportFormat::OtlpJson => Box::new(OtlpWriter::new(Encoding::Json, out)),
            ExportFormat::OtlpProto => Box::new(OtlpWriter::new(Encoding::Protobuf, out)),
            ExportFormat::JsonLines => Box::new(JsonLinesWriter::new(out)),
            ExportFormat::Csv => Box::new(CsvWriter::new(csv::columns(&pieces)?, out)?),
            ExportFormat::Parquet => Box::new(ParquetWriter::new(parquet::columns(&pieces)?, out)?),
        };
        let mut exported = Exported::default();
        pieces.each(|events| {
            for event in events {
                match event.kind {
                    EventKind::Span => exported.n_spans += 1,
                    EventKind::Log => exported.n_logs += 1,
                    EventKind::MetricPoint => exported.n_points += 1,
                    EventKind::SpanEvent | EventKind::Link => {}
                }
            }
            Ok(writer.write(events)?)
        })?;
        // Of a trace that is there, one signal may say nothing.
        if let ExportWhich::Trace(id) = request.which
            && exported == Exported::default()
            && !matches!(request.signals[..], [_] | [_, _])
        {
            return Err(ExportError::NoTrace(id));
        }
        writer.finish()?;
        Ok(exported)
    }
}

/// The signals that are written.
fn signals(request: &ExportRequest) -> Result<Vec<Signal>, ExportError> {
    let signals = if request.signals.is_empty() { Signal::ALL.to_vec() } else { request.signals.clone() };
    match request.format {
        ExportFormat::OtlpProto if signals.len() != 1 => {
            Err(ExportError::Unfit("OTLP protobuf does not say which signal it is: choose one"))
        }
        ExportFormat::Csv if !signals.contains(&Signal::Traces) => {
            Err(ExportError::Unfit("only spans are written as CSV"))
        }
        ExportFormat::Csv => Ok(vec![Signal::Traces]),
        _ => Ok(signals),
    }
}
