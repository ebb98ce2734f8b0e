use super::ServiceShare;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Names a trace, and whether it is to stay.
#[derive(Clone, Debug, Deserialize, Serialize, TS)]
#[serde(deny_unknown_fields)]
pub struct PinRequest {
    /// 32 hexadecimal digits.
    pub trace_id: String,
    /// Whether retention leaves it alone.
    pub pinned: bool,
}

/// Asks what a trace is, and how it looks from afar.
#[derive(Clone, Debug, Default, Serialize, Deserialize, TS)]
#[serde(default, deny_unknown_fields)]
pub struct TraceRequest {
    /// 32 hexadecimal digits in any case.
    pub trace_id: String,
    /// The field whose values colour the overview; `service.name` when empty.
    pub color_by: String,
}

/// A trace as a whole. Its overview follows as columns in the same buffer (see `columns` in the client): the longest and
/// the failed rows of each strip of neighbours.
///
/// | column | type | |
/// |---|---|---|
/// | `strip` | u32 | from the top, below `n_strips` |
/// | `start`, `duration` | f64 | ns after `start_ns`, ns |
/// | `color` | u32 | index into `colors`, from 1; 0 where the row has no such field |
/// | `flags` | u32 | bits of [`SPAN_FLAGS`] |
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct TraceHead {
    /// 32 hexadecimal digits.
    pub trace_id: String,
    /// Whether it stays whatever else has to leave.
    pub pinned: bool,
    /// The earliest start; every offset counts from here.
    pub start_ns: String,
    /// From the earliest start to the latest end.
    pub duration_ns: String,
    /// The row that stands for the request: its span, service and name. Nothing of a trace without spans.
    pub main: Option<SpanName>,
    /// Spans.
    pub n_spans: u32,
    /// Spans, events, links and logs: grows when the trace does.
    pub n_all: u32,
    /// Failed spans.
    pub n_errors: u32,
    /// Spans whose parent is named but not there.
    pub n_orphans: u32,
    /// Spans that have not ended.
    pub n_running: u32,
    /// Spans without a parent.
    pub n_roots: u32,
    /// Spans found on a cycle of parents; each cycle is cut at its earliest span.
    pub n_cyclic: u32,
    /// Spans that share their id with another.
    pub n_shared_ids: u32,
    /// Spans that end before they start.
    pub n_backwards: u32,
    /// Span events.
    pub n_events: u32,
    /// Links.
    pub n_links: u32,
    /// Log records.
    pub n_logs: u32,
    /// Events and logs whose span is not there.
    pub n_without_span: u32,
    /// The deepest row's depth.
    pub depth_max: u32,
    /// Distinct services, in order of first row.
    pub services: Vec<String>,
    /// Each service's share of the critical path, largest first.
    pub critical: Vec<ServiceShare>,
    /// What should be known before anything is clicked, what costs most first.
    pub findings: Vec<TraceFinding>,
    /// Strips of the overview.
    pub n_strips: u32,
    /// Values of the field that colours.
    pub colors: Vec<String>,
    /// The generation that was read.
    #[ts(type = "number")]
    pub generation: u64,
}

/// A span by what people call it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct SpanName {
    /// Its id, with `.nth` behind it where several spans share it; see [`super::TracePicture`].
    pub span: String,
    /// `service.name`.
    pub service: String,
    /// Its name.
    pub name: String,
}

/// Something that a trace says about itself.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum TraceFinding {
    /// Where errors came from: a failed span with none below it.
    ErrorOrigin {
        /// The span.
        at: SpanName,
        /// Spans that failed above it, up to the first that did not.
        n_above: u32,
        /// What its status or its exception says.
        message: Option<String>,
    },
    /// Siblings alike.
    Repeats {
        /// The first of them.
        at: SpanName,
        /// What they hang below.
        parent: Option<SpanName>,
        /// How many.
        n: u32,
        /// The time during which one of them ran, in ns.
        covered_ns: f64,
        /// Of the parent's time, 0 to 1.
        share: f64,
        /// Each calls another service and waits.
        calls: bool,
        /// They ran one after another.
        one_by_one: bool,
    },
    /// Different calls one after another, on the critical path: they could run at once, if none needs another's answer.
    Sequence {
        /// The first of them.
        at: SpanName,
        /// What they hang below.
        parent: SpanName,
        /// How many.
        n: u32,
        /// Their time together, in ns.
        total_ns: f64,
        /// What would be saved if all ran at once, in ns.
        saving_ns: f64,
    },
    /// Two services' clocks disagree. Nothing is corrected.
    ClockSkew {
        /// The first called span that cannot be as its clock says.
        at: SpanName,
        /// The calling service.
        caller: String,
        /// How far the called service's clock is behind, in ns; negative where it is ahead.
        behind_ns: f64,
        /// Calls that cannot be.
        n_impossible: u32,
        /// Calls in all.
        n_calls: u32,
    },
}

/// Bits of the `flags` columns.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct SpanFlags {
    /// The span failed.
    pub error: u32,
    /// It has no parent.
    pub root: u32,
    /// Its parent is named but not there.
    pub orphan: u32,
    /// It has not ended.
    pub running: u32,
    /// Its end lies before its start.
    pub backwards: u32,
    /// It was found on a cycle of parents.
    pub cyclic: u32,
    /// Another span has the same id.
    pub shared_id: u32,
    /// Its bytes were repaired or cut.
    pub mended: u32,
    /// It crosses into another service: kind client or producer.
    pub outgoing: u32,
    /// It failed, and nothing below it did.
    pub origin: u32,
    /// It matches what is looked for.
    pub found: u32,
    /// It has children.
    pub parent: u32,
    /// What lies below it is hidden.
    pub folded: u32,
    /// The line stands for a group of repeated siblings.
    pub group: u32,
}

/// The bits, once for both sides.
pub const SPAN_FLAGS: SpanFlags = SpanFlags {
    error: 1,
    root: 1 << 1,
    orphan: 1 << 2,
    running: 1 << 3,
    backwards: 1 << 4,
    cyclic: 1 << 5,
    shared_id: 1 << 6,
    mended: 1 << 7,
    outgoing: 1 << 8,
    origin: 1 << 9,
    found: 1 << 10,
    parent: 1 << 11,
    folded: 1 << 12,
    group: 1 << 13,
};
