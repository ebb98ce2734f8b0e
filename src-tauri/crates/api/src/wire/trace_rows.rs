use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// How a trace is drawn. Spans are named by their id in 16 hexadecimal digits, with `.nth` behind it for those that share
/// one, from 0: rows move when spans arrive.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS)]
#[serde(default, deny_unknown_fields)]
pub struct TracePicture {
    /// What is looked for: a condition of the query language, else a text that some value holds.
    pub find: String,
    /// Only what matches, with its ancestors.
    pub only_found: bool,
    /// A WHERE expression: what passes is hidden, with all below it.
    pub hide: String,
    /// Five and more siblings of one service and name are one line.
    pub fold_repeats: bool,
    /// Rows of this depth are folded.
    pub fold_depth: Option<u32>,
    /// Rows of these services are folded.
    pub fold_services: Vec<String>,
    /// Rows of these names are folded.
    pub fold_names: Vec<String>,
    /// Spans folded by hand.
    pub folded: Vec<String>,
    /// Spans unfolded by hand, whatever else folds them.
    pub unfolded: Vec<String>,
    /// Open groups of repeats, by their first spans.
    pub open_groups: Vec<String>,
    /// A span that is drawn whatever is folded: all above it is unfolded.
    pub reveal: Option<String>,
    /// Only this span and what lies below it.
    pub top: Option<String>,
    /// As a table in this order, not as a tree.
    pub order: Option<TraceOrder>,
}

/// A table's order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct TraceOrder {
    /// By what.
    pub by: TraceOrderBy,
    /// Largest first.
    pub descending: bool,
}

/// What a table of spans is ordered by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "the columns of the table")]
pub enum TraceOrderBy {
    Start,
    Duration,
    SelfTime,
    Critical,
    Service,
    Name,
}

/// Asks for the lines around those on the screen.
#[derive(Clone, Debug, Default, Serialize, Deserialize, TS)]
#[serde(default, deny_unknown_fields)]
pub struct TraceRowsRequest {
    /// 32 hexadecimal digits.
    pub trace_id: String,
    /// How it is drawn.
    pub picture: TracePicture,
    /// The first line; moved so that the line of `around` is among them, when that is given.
    pub first: u32,
    /// Lines at most, up to 2,000.
    pub count: u32,
    /// A span that has to be among them.
    pub around: Option<String>,
    /// The picked span: its place is told, among them or not.
    pub anchor: Option<String>,
    /// A span that is to stay where it is on the screen: its place is told too.
    pub hold: Option<String>,
    /// Pieces of bars closer than this are drawn as one.
    pub resolution_ns: f64,
    /// The field whose values colour bars; `service.name` when empty.
    pub color_by: String,
    /// Further columns: any fields.
    pub fields: Vec<String>,
}

/// Lines of a trace. They follow as columns in the same buffer, `n_rows` long:
///
/// | column | type | |
/// |---|---|---|
/// | `start`, `duration`, `self`, `critical` | f64 | ns after the trace's start; ns |
/// | `reach_from`, `reach_to` | f64 | the earliest start and latest end of the row and all below it |
/// | `level` | u32 | how far it is set in |
/// | `rails` | u32 | bit 0: a sibling follows; bit 1: one of its parent does, and so on |
/// | `service` | u32 | index into the head's `services` |
/// | `name` | u32 | index into `names` |
/// | `color` | u32 | index into `colors`, from 1; 0 where the row has no such field |
/// | `flags` | u32 | bits of [`super::SPAN_FLAGS`] |
/// | `n_below`, `errors_below` | u32 | rows below it; of a group its members |
/// | `nth` | u32 | which of the spans that share its id |
/// | `span_id`, `parent_id` | u8 | 8 bytes a row; the parent drawn, zero at the top |
/// | `shortest`, `longest` | f64 | of a group's members, ns; else its duration |
/// | `piece_line`, `piece_kind`, `piece_from`, `piece_to` | u32, u32, f64, f64 | `n_pieces` long; see [`PIECE_KINDS`] |
/// | `mark_line`, `mark_kind`, `mark_at` | u32, u32, f64 | `n_marks` long: 0 event, 1 exception, 2 log, 3 link |
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct TraceRowsHead {
    /// The place of the first line here.
    pub first: u32,
    /// Lines here.
    pub n_rows: u32,
    /// Lines in all.
    pub n_lines: u32,
    /// Rows that match what is looked for.
    pub n_found: u32,
    /// How many of them stand before the anchor, itself included.
    pub n_found_before: u32,
    /// Rows hidden by `hide`.
    pub n_hidden: u32,
    /// The line of `anchor`, or of what it is folded into.
    pub anchor_place: Option<u32>,
    /// The same of `around`.
    pub around_place: Option<u32>,
    /// The same of `hold`.
    pub hold_place: Option<u32>,
    /// As in [`super::TraceHead::n_all`]: when it differs, the trace has grown.
    pub n_all: u32,
    /// From the earliest start to the latest end.
    pub duration_ns: String,
    /// The earliest start.
    pub start_ns: String,
    /// Distinct span names here.
    pub names: Vec<String>,
    /// Values of the field that colours.
    pub colors: Vec<String>,
    /// The values of `fields`, each as long as there are lines.
    pub cells: Vec<Vec<Option<String>>>,
    /// Pieces of bars.
    pub n_pieces: u32,
    /// Marks on bars.
    pub n_marks: u32,
}

/// What a piece of a bar is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct PieceKinds {
    /// No child runs.
    pub own: u32,
    /// The request's end waited for it.
    pub critical: u32,
    /// Members of a group ran.
    pub member: u32,
    /// Members of a group ran that failed.
    pub failed_member: u32,
}

/// The kinds, once for both sides.
pub const PIECE_KINDS: PieceKinds = PieceKinds { own: 0, critical: 1, member: 2, failed_member: 3 };

/// Asks for the next span of some kind.
#[derive(Clone, Debug, Default, Serialize, Deserialize, TS)]
#[serde(default, deny_unknown_fields)]
pub struct TraceStepRequest {
    /// 32 hexadecimal digits.
    pub trace_id: String,
    /// How it is drawn: what it hides is passed over.
    pub picture: TracePicture,
    /// From which span; the first row when not given.
    pub from: Option<String>,
    /// Which spans.
    pub to: TraceStep,
    /// Backwards.
    pub back: bool,
}

/// Where a step leads.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum TraceStep {
    /// To a span that matches what is looked for.
    #[default]
    Match,
    /// To a failed one.
    Error,
    /// Along the critical path.
    Critical,
}

/// The span that was asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct TraceStepReply {
    /// Nothing when there is none.
    pub span: Option<String>,
    /// Its number among all of its kind, from 1.
    pub number: u32,
    /// How many there are.
    pub n: u32,
}

/// Asks for a trace, or one span of it, as it can be sent again.
#[derive(Clone, Debug, Default, Serialize, Deserialize, TS)]
#[serde(default, deny_unknown_fields)]
pub struct TraceOtlpRequest {
    /// 32 hexadecimal digits.
    pub trace_id: String,
    /// Only this span, with its events and links.
    pub span: Option<String>,
}

/// OTLP JSON.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct TraceOtlpReply {
    /// A request a line, as the Collector's file exporter writes it.
    pub text: String,
}
