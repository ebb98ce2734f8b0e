use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// A query in the text language, over a time range.
#[derive(Clone, Debug, Default, Serialize, Deserialize, TS)]
#[serde(default, deny_unknown_fields)]
pub struct QueryRequest {
    /// Such as `SELECT COUNT, P99(duration_ms) WHERE error GROUP BY service.name`.
    pub text: String,
    /// Inclusive; nanoseconds since the Unix epoch.
    pub start_ns: Option<String>,
    /// Exclusive.
    pub end_ns: Option<String>,
    /// Tell also what all groups are together, and those that are not shown.
    pub foot: bool,
}

/// A query in either form: the text language, or Honeycomb's query JSON.
#[derive(Clone, Debug, Default, Serialize, Deserialize, TS)]
#[serde(default, deny_unknown_fields)]
pub struct TranslateRequest {
    /// One or the other; JSON begins with a brace.
    pub text: String,
}

/// A query in both forms.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct TranslateReply {
    /// In the text language.
    pub text: String,
    /// Its clauses, each as it is written; empty where it is left out.
    pub select: String,
    /// As above.
    pub filter: String,
    /// As above.
    pub group_by: String,
    /// As above.
    pub having: String,
    /// As above.
    pub order_by: String,
    /// As above.
    pub limit: String,
    /// As Honeycomb's API takes it.
    pub honeycomb: String,
    /// The time that Honeycomb's form says; null where it says none.
    pub start_ns: Option<String>,
    /// As above.
    pub end_ns: Option<String>,
    /// How far back it looks, where it says no moment.
    #[ts(type = "number | null")]
    pub last_secs: Option<u64>,
}

/// A table.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct QueryReply {
    /// Group fields first, then aggregates, as written: `service.name`, `COUNT`, `P99(duration_ms)`.
    pub columns: Vec<String>,
    /// By which share of it each column's numbers may be off, as long as the columns; null where they are exact, as all are
    /// but percentiles of very many events.
    pub approximate: Vec<Option<f64>>,
    /// A missing group value or an aggregate of nothing is null.
    #[ts(type = "(string | number | boolean | null)[][]")]
    pub rows: Vec<Vec<serde_json::Value>>,
    /// Events read.
    #[ts(type = "number")]
    pub rows_examined: u64,
    /// Events that match.
    #[ts(type = "number")]
    pub rows_matched: u64,
    /// Groups, those beyond the limit included.
    #[ts(type = "number")]
    pub groups: u64,
    /// Where it was asked for and there is a GROUP BY: the aggregates of everything that matches, whatever HAVING and LIMIT
    /// say, as long as SELECT. Null where that means nothing.
    #[ts(type = "(string | number | boolean | null)[] | null")]
    pub total: Option<Vec<serde_json::Value>>,
    /// The same of the groups that are not among the rows; null where all are.
    #[ts(type = "(string | number | boolean | null)[] | null")]
    pub other: Option<Vec<serde_json::Value>>,
    /// How many groups these are, those that HAVING left out included.
    #[ts(type = "number")]
    pub groups_other: u64,
    /// Time it took.
    pub elapsed_ms: f64,
}

/// Asks how the values of a field spread over time.
#[derive(Clone, Debug, Default, Serialize, Deserialize, TS)]
#[serde(default, deny_unknown_fields)]
pub struct HeatmapRequest {
    /// A WHERE expression; empty means everything.
    pub filter: String,
    /// A numeric field; empty means `duration_ms`.
    pub field: String,
    /// Inclusive; the data's first event when not given.
    pub start_ns: Option<String>,
    /// Exclusive; just after the data's last event when not given.
    pub end_ns: Option<String>,
    /// Time buckets, 1 to 1,000; 0 means 80.
    pub n_x: u32,
    /// Value buckets, 1 to 200; 0 means 32.
    pub n_y: u32,
    /// Linear rather than logarithmic values.
    pub linear: bool,
    /// The least value drawn, exactly; with `max` or not at all. Taken from the data when not given.
    pub min: Option<f64>,
    /// The greatest value drawn.
    pub max: Option<f64>,
}

/// The head of a heatmap. The cells follow as columns in the same buffer:
///
/// | column | type | |
/// |---|---|---|
/// | `counts` | u32 | `n_x * n_y`, row by row from the lowest values: `counts[y * n_x + x]` |
/// | `y_edges` | f64 | `n_y + 1` |
/// | `errors` | u32 | `n_x`: events whose `error` is true |
/// | `under`, `over` | u32 | `n_x`: events below and above the drawn values |
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct HeatmapHead {
    /// The field drawn.
    pub field: String,
    /// Left edge.
    pub start_ns: String,
    /// Width of one time bucket.
    pub step_ns: String,
    /// Time buckets.
    pub n_x: u32,
    /// Value buckets.
    pub n_y: u32,
    /// Whether values are linear rather than logarithmic.
    pub linear: bool,
    /// The fullest cell.
    pub max_count: u32,
    /// Events drawn or counted in `under` and `over`.
    #[ts(type = "number")]
    pub matched: u64,
    /// Events read.
    #[ts(type = "number")]
    pub rows_examined: u64,
    /// Time it took.
    pub elapsed_ms: f64,
    /// The generation that was read.
    #[ts(type = "number")]
    pub generation: u64,
}

/// Asks why a selection differs from the rest.
#[derive(Clone, Debug, Default, Serialize, Deserialize, TS)]
#[serde(default, deny_unknown_fields)]
pub struct BubbleupRequest {
    /// What is compared at all: a WHERE expression; empty means everything.
    pub filter: String,
    /// Inclusive; nanoseconds since the Unix epoch.
    pub start_ns: Option<String>,
    /// Exclusive.
    pub end_ns: Option<String>,
    /// What was picked.
    pub selection: BubbleupSelection,
    /// What is counted.
    pub unit: BubbleupUnit,
    /// What it is compared with.
    pub baseline: BubbleupBaseline,
    /// Fields compared beside those that are stored: `root.name`, `parent.service.name`, `{DIV($a, $b)}`.
    pub fields: Vec<String>,
}

/// What was picked: an expression, or boxes on a heatmap, of which one is enough.
#[derive(Clone, Debug, Default, Serialize, Deserialize, TS)]
#[serde(default, deny_unknown_fields)]
pub struct BubbleupSelection {
    /// A WHERE expression.
    pub filter: Option<String>,
    /// A box on a heatmap.
    #[serde(rename = "box")]
    pub heat_box: Option<HeatBox>,
    /// Several boxes.
    pub boxes: Vec<HeatBox>,
}

/// What a selection is compared with.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum BubbleupBaseline {
    /// Everything else.
    #[default]
    Rest,
    /// Everything else in the selection's own time.
    SameTime,
    /// The selection's values at other times.
    SameValues,
    /// What matches, in another time.
    Period {
        /// Inclusive; nanoseconds since the Unix epoch.
        start_ns: String,
        /// Exclusive.
        end_ns: String,
    },
    /// What matches this too, in whatever time is said: another run.
    Filter {
        /// A WHERE expression.
        filter: String,
        /// Inclusive; open when unsaid.
        start_ns: Option<String>,
        /// Exclusive; open when unsaid.
        end_ns: Option<String>,
    },
}

/// A box on a heatmap: times from `start_ns` to before `end_ns`, values from `min` to before `max`.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs, reason = "explained above")]
pub struct HeatBox {
    pub field: String,
    pub start_ns: String,
    pub end_ns: String,
    pub min: f64,
    pub max: f64,
}

/// What BubbleUp counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum BubbleupUnit {
    /// Each trace once: spans of one trace share attributes, so counting them singly makes chance look like cause.
    #[default]
    Trace,
    /// Each event once.
    Event,
}

/// Fields ranked by how much the two sides differ.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct BubbleupReply {
    /// What was counted.
    pub unit: BubbleupUnit,
    /// The picked side.
    pub selection: Side,
    /// The rest.
    pub baseline: Side,
    /// A side has fewer than ten units: too few to call anything clear.
    pub too_few: bool,
    /// Strongest first; those that could be chance last.
    pub fields: Vec<BubbleupField>,
    /// What sets the selection apart, best first.
    pub explanations: Vec<Explanation>,
    /// Those few explanations that together cover most of the selection; nothing where none sets it apart.
    pub cover: Option<Cover>,
    /// Fields that were not compared because the selection was made with them: they differ by construction.
    pub by_construction: Vec<String>,
    /// Events read.
    #[ts(type = "number")]
    pub rows_examined: u64,
    /// Time it took.
    pub elapsed_ms: f64,
}

/// One side of a comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Side {
    /// Units in it.
    #[ts(type = "number")]
    pub n: u64,
}

/// How one field differs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct BubbleupField {
    /// Its name.
    pub field: String,
    /// `text` or `number`.
    pub kind: String,
    /// Bias-corrected Jensen-Shannon divergence, 0 to 1 bit.
    pub score: f64,
    /// The same of what the selection has more of, one value, range, or the field at all, against the rest: what fields
    /// are ranked by.
    pub lead: f64,
    /// Chance of a false discovery at this strength (Benjamini-Hochberg).
    pub q: f64,
    /// It could be chance: `q` is 0.05 or more, or a side is too small.
    pub chance: bool,
    /// Share of each side that has the field at all.
    pub populated: Shares,
    /// The values that differ most, largest difference first, those that the selection has more of before the others.
    pub values: Vec<ValueShares>,
    /// Numeric fields with many values: shares by range, lowest first. Empty otherwise.
    pub bins: Vec<BinShares>,
}

/// A share of each side's own population, 0 to 1.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, TS)]
#[allow(missing_docs, reason = "explained above")]
pub struct Shares {
    pub selection: f64,
    pub baseline: f64,
}

/// How often a value occurs on each side.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct ValueShares {
    /// The value; null where the field is missing.
    #[ts(type = "string | number | boolean | null")]
    pub value: serde_json::Value,
    /// Share of the selection, 0 to 1.
    pub selection: f64,
    /// Share of the baseline, 0 to 1.
    pub baseline: f64,
}

/// How often a number falls into a range on each side.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct BinShares {
    /// Inclusive.
    pub min: f64,
    /// Exclusive, but for the last one.
    pub max: f64,
    /// Share of the selection, 0 to 1.
    pub selection: f64,
    /// Share of the baseline, 0 to 1.
    pub baseline: f64,
}

/// Terms that together hold for much of the selection and little of the rest.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct Explanation {
    /// All of them hold.
    pub terms: Vec<Term>,
    /// Terms of other fields that hold for the same, or nearly: other names for it.
    pub also: Vec<Term>,
    /// Share of the selection for which they hold, 0 to 1.
    pub coverage: f64,
    /// Share of the baseline for which they hold, 0 to 1.
    pub baseline: f64,
    /// Share of the selected among all for which they hold, 0 to 1.
    pub precision: f64,
    /// How many times likelier to be selected are those for which they hold; null where all that are selected do.
    pub risk_ratio: Option<f64>,
    /// The lower end of its 95 % interval.
    pub risk_ratio_low: Option<f64>,
}

/// Explanations that stand side by side.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct Cover {
    /// Each explains most of what those before it leave.
    pub parts: Vec<Explanation>,
    /// Share of the selection for which one of them holds, 0 to 1.
    pub coverage: f64,
    /// Share of the baseline for which one of them holds, 0 to 1.
    pub baseline: f64,
}

/// One comparison.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct Term {
    /// A field's name.
    pub field: String,
    /// `=`, `>=`, `<`, `exists` or `does-not-exist`.
    pub op: String,
    /// What it is compared with; null where the operator compares with nothing.
    #[ts(type = "string | number | boolean | null")]
    pub value: serde_json::Value,
}

/// Every field of the store.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct FieldsReply {
    /// By name.
    pub fields: Vec<FieldRow>,
}

/// One field of the store.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct FieldRow {
    /// Its name.
    pub name: String,
    /// Events that have it.
    #[ts(type = "number")]
    pub n_populated: u64,
}
