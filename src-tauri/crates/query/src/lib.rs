//! From text to rows.
//!
//! A query has a type for each stage: text, [`Query`] as written, resolved against the language's rules, planned
//! for a segment, rows. [`heatmap()`] and [`bubbleup()`] read the same filters over the same columns.
//!
//! Invariant: this crate never knows where rows are stored; it reads a [`Scan`]. It never opens a file, never reads
//! a clock and never fails on telemetry: what a row does not have is missing. It fails on what cannot be read.

mod ask;
mod ast;
mod bubbleup;
mod calc;
mod heatmap;
mod matching;
mod memo;
mod newest;
mod parallel;
mod plan;
mod related;
mod resolved;
mod rows;
mod scan;
mod test;
mod text;
mod trace;
mod weight;

pub use ask::{Cancel, QueryError, TimeRange};
pub use ast::{
    Aggregate, AggregateOp, CompareOp, Condition, Duration, Expr, Filter, GRANULARITY_NS_MAX,
    GRANULARITY_NS_MIN, Having, LIMIT_DEFAULT, LIMIT_MAX, Literal, Order, OrderKey, Percentile, Query,
    TIME_COLUMN, TextOp, TimeUnit,
};
pub use bubbleup::{
    Baseline, Bubbleup, BubbleupBin, BubbleupField, BubbleupRequest, BubbleupValue, Cover, Explanation,
    FieldKind, Selection, SelectionBox, Shares, Side, Term, TermOp, Unit, bubbleup,
};
pub use heatmap::{HEATMAP_SIDE_CELLS_MAX, Heatmap, HeatmapRequest, Scale, heatmap};
pub use matching::matching;
pub use memo::Memo;
pub use newest::{Newest, NewestRequest, NewestRow, newest};
pub use parallel::{in_parallel, with_threads};
pub use resolved::literal_number;
pub use rows::{
    Buckets, Cell, ExactMax, Foot, Series, Table, over_time, over_time_within, run, run_with_foot, run_within,
};
pub use scan::{Bitmap, Codes, Column, FieldInfo, Scan, Segment, SharedColumn, Texts, Unreadable};
pub use text::{SyntaxError, parse, parse_filter};
pub use trace::{
    ClockSkew, CriticalPath, ErrorsBelow, Folds, Labels, Line, NO_ROW, Oddity, Pieces, Repeat, Repeats,
    Sequence, Shape, ShapeNode, Sides, SpanRow, Strip, Waterfall, clock_skews, fold, overview, sequences,
};
