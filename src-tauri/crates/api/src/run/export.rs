//! Writing events out. How the bytes leave is the host's: a file, or a download.

use super::{range, trace};
use crate::error::{ApiError, ErrorCode};
use crate::wire::*;
use skep_engine::query::Cancel;
use skep_engine::{self as engine, ExportError, ExportWhich, Exported, View};
use std::io::Write;
use std::path::Path;

/// What a file of it is called. It holds nothing of what the file holds.
#[must_use]
pub fn export_name(request: &ExportRequest) -> String {
    let extension = match request.format {
        ExportFormat::OtlpJson => "otlp.jsonl",
        ExportFormat::Jsonl => "jsonl",
        ExportFormat::Csv => "csv",
        ExportFormat::Parquet => "parquet",
    };
    match request.trace_id.as_deref().map(trace::trace_id) {
        Some(Ok(id)) => format!("skep-trace-{id}.{extension}"),
        _ => format!("skep-export.{extension}"),
    }
}

/// Writes events out.
///
/// # Errors
/// When the request cannot be read, there is no such trace, it cannot be written, or `cancel` was called.
pub fn export(
    view: &View,
    request: &ExportRequest,
    cancel: &Cancel,
    out: &mut (dyn Write + Send),
) -> Result<Exported, ApiError> {
    Ok(view.export(&of_wire(request)?, cancel, out)?)
}

/// Writes events into a file, which is there when all of it is.
///
/// # Errors
/// As [`export`].
pub fn export_file(
    view: &View,
    request: &ExportRequest,
    cancel: &Cancel,
    path: &Path,
) -> Result<Exported, ApiError> {
    Ok(view.export_file(&of_wire(request)?, cancel, path)?)
}

/// Whether it can be asked for at all.
///
/// # Errors
/// When it cannot be read.
pub fn check_export(request: &ExportRequest) -> Result<(), ApiError> {
    let wanted = of_wire(request)?;
    if let ExportWhich::Matching { filter, .. } = wanted.which {
        View::parse_filter(&filter)?;
    }
    Ok(())
}

fn of_wire(request: &ExportRequest) -> Result<engine::ExportRequest, ApiError> {
    let ExportRequest { trace_id, filter, start_ns, end_ns, format } = request;
    let which = match (trace_id, filter) {
        (Some(id), None) if start_ns.is_none() && end_ns.is_none() => {
            ExportWhich::Trace(trace::trace_id(id)?)
        }
        (Some(_), _) => {
            let message = "either a trace, or a filter and a time";
            return Err(ApiError::new(ErrorCode::BadRequest, message));
        }
        (None, filter) => ExportWhich::Matching {
            filter: filter.clone().unwrap_or_default(),
            range: range(start_ns.as_deref(), end_ns.as_deref())?,
        },
    };
    let format = match format {
        ExportFormat::OtlpJson => engine::ExportFormat::OtlpJson,
        ExportFormat::Jsonl => engine::ExportFormat::JsonLines,
        ExportFormat::Csv => engine::ExportFormat::Csv,
        ExportFormat::Parquet => engine::ExportFormat::Parquet,
    };
    Ok(engine::ExportRequest { which, signals: Vec::new(), format })
}

impl From<ExportError> for ApiError {
    fn from(error: ExportError) -> Self {
        let code = match error {
            ExportError::Ask(error) => return error.into(),
            ExportError::NoTrace(_) => ErrorCode::NotFound,
            ExportError::Unfit(_) => ErrorCode::BadRequest,
            ExportError::Write(_) | ExportError::File { .. } => ErrorCode::Internal,
        };
        ApiError::new(code, error.to_string())
    }
}
