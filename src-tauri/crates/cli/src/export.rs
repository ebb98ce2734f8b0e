//! What a store keeps, written to a file or a pipe.

use crate::args::{ExportArgs, Format, Signal};
use crate::ask::view;
use crate::failure::Failure;
use crate::when::range;
use skep_api::ApiError;
use skep_engine::model::{self, Nanos, TraceId};
use skep_engine::query::{Cancel, TimeRange};
use skep_engine::store::clock::SystemClock;
use skep_engine::{ExportError, ExportFormat, ExportRequest, ExportWhich, Exported, View};
use std::io::{self, BufWriter, Write};
use std::path::Path;
use tokio::runtime::Runtime;

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
    let mut out = BufWriter::with_capacity(BUFFER_BYTES, io::stdout());
    let written = view.export(request, &Cancel::default(), &mut out);
    match written.and_then(|_| Ok(out.flush()?)) {
        // Who reads has had enough.
        Err(ExportError::Write(error)) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        written => written.map_err(|error| failure(error, args)),
    }
}

fn to_file(view: &View, request: &ExportRequest, args: &ExportArgs, path: &Path) -> Result<(), Failure> {
    let cancel = Cancel::default();
    let _interrupts = interrupts(cancel.clone())?;
    let written = view.export_file(request, &cancel, path).map_err(|error| failure(error, args));
    let Exported { n_spans, n_logs, n_points } = written?;
    eprintln!("{n_spans} spans, {n_logs} logs and {n_points} data points written to {}", path.display());
    Ok(())
}

/// Stops at an interrupt, while what is returned is held, so that no part of a file is left.
fn interrupts(cancel: Cancel) -> io::Result<Runtime> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_io().build()?;
    runtime.spawn(async move {
        if tokio::signal::ctrl_c().await.is_ok() {
            cancel.cancel();
        }
    });
    Ok(runtime)
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
        Format::Parquet => ExportFormat::Parquet,
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
        ExportError::Write(_) | ExportError::File { .. } | ExportError::NoTrace(_) => Failure::from(error),
    }
}
