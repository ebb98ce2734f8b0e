use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Asks for a trace by its paths: spans of the same services and names, from the root down, are one node. Alone, or
/// beside another, or beside the usual.
#[derive(Clone, Debug, Default, Serialize, Deserialize, TS)]
#[serde(default, deny_unknown_fields)]
pub struct TraceShapeRequest {
    /// 32 hexadecimal digits.
    pub trace_id: String,
    /// What it is compared with.
    pub with: ShapeWith,
}

/// What a trace is compared with.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum ShapeWith {
    /// Nothing.
    #[default]
    Nothing,
    /// Another trace.
    Trace {
        /// 32 hexadecimal digits.
        trace_id: String,
    },
    /// The newest other traces whose root has the same service and name.
    Typical,
}

/// A trace by its paths.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct TraceShapeReply {
    /// What was compared.
    pub sides: Vec<ShapeSide>,
    /// Paths in pre-order, the weightiest first below each. Those that weigh next to nothing are left out.
    pub nodes: Vec<ShapeNode>,
    /// Distinct services of the nodes.
    pub services: Vec<String>,
    /// Distinct names of the nodes.
    pub names: Vec<String>,
}

/// One side of a comparison.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct ShapeSide {
    /// The trace; nothing where there are many.
    pub trace_id: Option<String>,
    /// The root's service and name.
    pub service: String,
    /// See `service`.
    pub name: String,
    /// Traces.
    pub n_traces: u32,
    /// The mean duration, in ns.
    pub duration_ns: f64,
    /// The mean number of spans.
    pub n_spans: f64,
    /// The earliest start, in nanoseconds since the Unix epoch.
    pub start_ns: String,
}

/// A path.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct ShapeNode {
    /// Index into `services`.
    pub service: u32,
    /// Index into `names`.
    pub name: u32,
    /// 0 at the top.
    pub depth: u32,
    /// The first node after its subtree.
    pub subtree_end: u32,
    /// Its longest span in the trace that was asked for; nothing where that has none.
    pub span: Option<String>,
    /// One for each of the reply's sides; means of a side's traces.
    pub sides: Vec<ShapeAmounts>,
}

/// What the spans of a path add up to, in one trace.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct ShapeAmounts {
    /// Spans.
    pub n: f64,
    /// Share of the side's traces that have one, 0 to 1.
    pub share: f64,
    /// Failed spans.
    pub n_errors: f64,
    /// The sum of durations, in ns.
    pub total_ns: f64,
    /// The sum of self times.
    pub self_ns: f64,
    /// The sum of self times of the path and all below it.
    pub below_ns: f64,
    /// The longest duration.
    pub longest_ns: f64,
}
