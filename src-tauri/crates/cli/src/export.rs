//! What a store keeps, written to a file or a pipe.

use crate::args::{ExportArgs, Format, Signal};
use crate::ask::view;
use crate::failure::Failure;
use crate::when::range;
use anyhow::Context;
use skep_api::ApiError;
use skep_engine::model::{self, Nanos, TraceId};
use skep_engine::query::{Cancel, TimeRange};
use skep_engine::store::clock::SystemClock;
use skep_engine::{ExportError, ExportFormat, ExportRequest, ExportWhich, Exported, View};
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

/// Bytes written at a time.
const BUFFER_BYTES: usize = 256 << 10;

pub(crate) fn export(args: &ExportArgs) -> Result<(), Failure> {
    let request = request(args)?;
    let view = view(&args.store)?;
    match &args.out {
        None => to_stdout(view, &request, args),
        Some(path) => to_file(view, &request, args, path),
    }
}

fn to_stdout(view: &View, request: &ExportRequest, args: &ExportArgs) -> Result<(), Failure> {
    match write(view, request, io::stdout().lock()) {
        Ok(exported) => not_nothing(&exported, args),
        // Who reads has had enough.
        Err(ExportError::Write(error)) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        Err(error) => Err(failure(error, args)),
    }
}

fn to_file(view: &View, request: &ExportRequest, args: &ExportArgs, path: &Path) -> Result<(), Failure> {
    // A file of this name is there when all of it is.
    let part = path.with_added_extension("part");
    let cannot_write = || format!("cannot write {}", path.display());
    let file = File::create(&part).with_context(cannot_write)?;
    let written = write(view, request, file).map_err(|error| failure(error, args));
    let written = written.and_then(|exported| {
        not_nothing(&exported, args)?;
        std::fs::rename(&part, path).with_context(cannot_write)?;
        Ok(exported)
    });
    if written.is_err() {
        std::fs::remove_file(&part).ok();
    }
    let Exported { n_spans, n_logs, n_points } = written?;
    eprintln!("{n_spans} spans, {n_logs} logs and {n_points} data points written to {}", path.display());
    Ok(())
}

/// A trace that is asked for by its id has to be there; a filter may match nothing.
fn not_nothing(exported: &Exported, args: &ExportArgs) -> Result<(), Failure> {
    match &args.trace {
        Some(id) if *exported == Exported::default() => {
            Err(Failure::Other(anyhow::anyhow!("the store has no trace {id}")))
        }
        _ => Ok(()),
    }
}

fn write(view: &View, request: &ExportRequest, out: impl Write) -> Result<Exported, ExportError> {
    let mut out = BufWriter::with_capacity(BUFFER_BYTES, out);
    let exported = view.export(request, &Cancel::default(), &mut out)?;
    out.flush()?;
    Ok(exported)
}

fn request(args: &ExportArgs) -> Result<ExportRequest, Failure> {
    let which = match &args.trace {
        Some(id) => {
            let id = TraceId::from_hex(id);
            let id = id.map_err(|_| Failure::Usage("a trace id is 32 hexadecimal digits".to_owned()))?;
            ExportWhich::Trace(id)
        }
        None => {
            let times = range(&args.times, &SystemClock::new())?;
            let nanos = |ns: Option<String>| ns.and_then(|ns| ns.parse().ok()).map(Nanos);
            let range = TimeRange { start: nanos(times.start_ns), end: nanos(times.end_ns) };
            ExportWhich::Matching { filter: args.filter.clone().unwrap_or_default(), range }
        }
    };
    let signals = args.signal.iter().map(|signal| match signal {
        Signal::Traces => model::Signal::Traces,
        Signal::Logs => model::Signal::Logs,
        Signal::Metrics => model::Signal::Metrics,
    });
    let format = match args.format {
        Format::OtlpJson => ExportFormat::OtlpJson,
        Format::OtlpProto => ExportFormat::OtlpProto,
        Format::Jsonl => ExportFormat::JsonLines,
        Format::Csv => ExportFormat::Csv,
    };
    if format == ExportFormat::OtlpProto && args.signal.len() != 1 {
        let reason = "a file of protobuf does not say which signal it is: choose one with --signal";
        return Err(Failure::Usage(reason.to_owned()));
    }
    Ok(ExportRequest { which, signals: signals.collect(), format })
}

fn failure(error: ExportError, args: &ExportArgs) -> Failure {
    match error {
        ExportError::Ask(error) => {
            Failure::of_answer(&ApiError::from(error), args.filter.as_deref().unwrap_or_default())
        }
        ExportError::Unfit(reason) => Failure::Usage(reason.to_owned()),
        ExportError::Write(_) => Failure::from(error),
    }
}
