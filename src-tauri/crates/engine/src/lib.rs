//! The composition root: a [`Config`] becomes an [`Engine`] that receives, keeps, answers and sends on.
//!
//! ```text
//! receive --> StoreSink --> store --snapshot--> View --> api
//!                             '----log--------> forward
//! ```
//!
//! A second process has no engine: it opens a [`Reader`] and looks at a [`View`] of it.
//!
//! Invariant: this crate knows no window and no transport; whoever hosts it brings those.

mod allowed;
mod arrivals;
mod beside;
mod caps;
mod data_dir;
mod demo;
mod engine;
mod export;
mod follow;
mod heap;
pub mod import;
mod local;
mod logging;
mod look;
mod queries;
mod refusals;
mod relatives;
mod running;
mod scan;
mod send;
pub mod settings;
mod sink;
mod token;
mod view;

pub use allowed::{ALLOWED_MAX, AllowError, AllowedName};
pub use arrivals::{Arrivals, ArrivalsNow, HISTORY_SECS, LastArrival, STRANGERS_MAX, Stranger};
pub use data_dir::{default_data_dir, name_of};
pub use engine::{Config, DemoSent, Engine, StartError, open_reader};
pub use export::{ExportError, ExportFormat, ExportRequest, ExportWhich, Exported};
pub use heap::{give_back_free_memory, give_back_large_blocks, use_large_pages};
pub use local::{Held, KeepError, Kept, LocalStore, look_into};
pub use logging::{begin_log, log_dir};
pub use queries::{HISTORY_MAX, KeptQueries, KeptQuery, QueriesError, QueryView, SAVED_MAX, SavedQuery};
pub use refusals::refused_of;
pub use running::running_http;
pub use send::{Estimate, LetterView, SendError};
pub use view::{
    Analysis, AskError, LogFilter, LogList, MARKS_MAX, Mark, MarkKind, Marker, Order, OrderBy, OrderId,
    OtherTrace, Picture, PictureSpec, PlacedTrace, SpanRef, SpanView, TRACE_FIELDS, TraceFilter, TraceList,
    TraceShape, TraceSort, TraceSummary, TraceView, View,
};

/// What the engine is made of, for those who speak with it.
pub use skep_forward as forward;
pub use skep_model as model;
pub use skep_otlp::Problems;
pub use skep_query as query;
pub use skep_receive as receive;
pub use skep_store as store;
pub use skep_store::Reader;
