//! Every command of Skep once: its name, its request, its reply and its error.
//!
//! The window and `skep serve` are two thin hosts of [`dispatch`]; the command line calls the same functions.
//!
//! Invariant: this crate knows no transport, and a command exists nowhere else.

mod bindings;
mod columns;
mod command;
mod error;
mod run;
pub mod wire;

pub use bindings::typescript;
pub use command::DemoReply;
pub use error::{ApiError, ErrorCode};
pub use run::{
    Reply, SqlLimits, bubbleup, check_export, dispatch, export, export_file, export_name, fields, heatmap,
    logs, query, reader_status, span, sql, sql_rows, status, trace, trace_document, trace_otlp, trace_rows,
    trace_shape, trace_step, traces, traces_page, translate,
};
