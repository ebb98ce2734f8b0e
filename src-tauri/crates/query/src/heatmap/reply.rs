use crate::{Filter, TimeRange};
use serde::{Deserialize, Serialize};
use skep_model::{Nanos, Text};

/// What to draw: rows over time and value.
#[derive(Clone, Debug, PartialEq)]
pub struct HeatmapRequest {
    /// Which rows.
    pub filter: Filter,
    /// The numeric field that is drawn upwards.
    pub field: Text,
    /// The time drawn; an open end is taken from the rows that pass the filter.
    pub range: TimeRange,
    /// Columns of the grid, 1 to [`crate::HEATMAP_SIDE_CELLS_MAX`].
    pub n_x: usize,
    /// Rows of the grid, 1 to [`crate::HEATMAP_SIDE_CELLS_MAX`].
    pub n_y: usize,
    /// The least and the greatest value drawn, exactly; taken from the data and rounded out when unsaid.
    pub y: Option<(f64, f64)>,
    /// How values are spaced.
    pub scale: Scale,
}

/// How the value axis is spaced.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Scale {
    /// Equal ratios; values of zero and below lie under it.
    Log,
    /// Equal differences.
    Linear,
}

impl Scale {
    /// Whether a value has a place on the scale, if only the axis is long enough.
    pub(super) fn places(self, value: f64) -> bool {
        value.is_finite() && (self == Scale::Linear || value > 0.0)
    }
}

/// Counts over time and value.
///
/// ```text
///           x 0    x 1    x 2
///  over       .      1      .
///  y 1        .      3      2    <- counts[1 * n_x + x], y_edges[1] <= value < y_edges[2]
///  y 0        9      8      9    <- counts[0 * n_x + x]; the topmost row includes its upper edge
///  under      .      .      .
/// ```
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Heatmap {
    /// Where column 0 begins: the range's start, else the first matched row's time.
    pub start: Nanos,
    /// How long a column is, in nanoseconds: the length divided by `n_x`, rounded up. Not rounded to a pretty step.
    pub step_ns: u64,
    /// Columns.
    pub n_x: usize,
    /// Rows.
    pub n_y: usize,
    /// How `y_edges` are spaced.
    pub scale: Scale,
    /// `n_y + 1` values, ascending.
    pub y_edges: Vec<f64>,
    /// Rows in each cell, `n_x * n_y` of them, the lowest values first.
    pub counts: Vec<u32>,
    /// Matched rows in each column whose `error` is true, with or without a value.
    pub errors: Vec<u32>,
    /// Rows in each column with a value below the first edge; on a log scale these are also zero and below.
    pub under: Vec<u32>,
    /// Rows in each column with a value above the last edge.
    pub over: Vec<u32>,
    /// The greatest of `counts`.
    pub max_count: u32,
    /// Rows inside the range that pass the filter, with or without a value.
    pub matched: u64,
    /// Rows that were looked at: all of every segment that reaches into the range.
    pub examined: u64,
}
