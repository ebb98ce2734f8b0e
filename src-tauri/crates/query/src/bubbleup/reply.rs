use crate::{Filter, TimeRange};
use serde::{Deserialize, Serialize};
use skep_model::{Nanos, Text, Value};

/// What to compare.
#[derive(Clone, Debug, PartialEq)]
pub struct BubbleupRequest {
    /// The rows looked at; the baseline is what of them is not selected, unless it is said otherwise.
    pub base: Filter,
    /// The time looked at.
    pub range: TimeRange,
    /// The rows that are of interest; only those inside the base count.
    pub selection: Selection,
    /// What they are compared with.
    pub baseline: Baseline,
    /// Fields compared beside those that are stored: of a row's root or parent, or calculated.
    pub further_fields: Vec<Text>,
    /// What is counted.
    pub unit: Unit,
    /// How many values a field returns at most; its figures always come from all.
    pub max_values: usize,
}

impl BubbleupRequest {
    /// How a selection of the base differs from the rest of it, at all times.
    #[must_use]
    pub fn new(base: Filter, selection: Selection, unit: Unit) -> Self {
        BubbleupRequest {
            base,
            range: TimeRange::ALL,
            selection,
            baseline: Baseline::Rest,
            further_fields: Vec::new(),
            unit,
            max_values: MAX_VALUES_DEFAULT,
        }
    }
}

/// Values of a field returned, where nobody says.
const MAX_VALUES_DEFAULT: usize = 20;

/// Which rows of the base are of interest.
#[derive(Clone, Debug, PartialEq)]
pub enum Selection {
    /// Those that pass.
    Filter(Filter),
    /// Those in one of some boxes on a heatmap.
    Boxes(Vec<SelectionBox>),
}

/// A box on a heatmap: `start <= time < end` and `min <= value <= max`.
#[derive(Clone, Debug, PartialEq)]
pub struct SelectionBox {
    /// The numeric field that is drawn upwards.
    pub field: Text,
    /// Left edge; open when unsaid.
    pub start: Option<Nanos>,
    /// Right edge; open when unsaid.
    pub end: Option<Nanos>,
    /// Lower edge; open when unsaid.
    pub min: Option<f64>,
    /// Upper edge; open when unsaid.
    pub max: Option<f64>,
}

/// What the selection is compared with.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Baseline {
    /// Everything else of the base.
    #[default]
    Rest,
    /// What else of the base lies in the selection's time: tells apart what is slow from when.
    SameTime,
    /// What else of the base has the selection's values, at other times: tells what is new.
    SameValues,
    /// Rows of another time that pass the base: an earlier period, the run before.
    Period(TimeRange),
    /// Rows that pass a filter, at whatever time: another run.
    Filter(Filter, TimeRange),
}

/// What is counted once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Unit {
    /// A trace: it has each value that any of its base rows has, and is selected when any of its rows is. Rows
    /// without a trace id count as themselves.
    #[default]
    Trace,
    /// A row. Attributes that the spans of a trace share then look more certain than they are.
    Event,
}

/// How the selection differs from the baseline.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Bubbleup {
    /// What was counted.
    pub unit: Unit,
    /// The selected units.
    pub selection: Side,
    /// The other units of the base.
    pub baseline: Side,
    /// Whether a side has fewer than ten units: too few to call anything clear.
    pub too_few: bool,
    /// Every field compared: first those that differ clearly, then those that could be chance, each by their leads,
    /// then scores, then greatest differences. None when a side is empty.
    pub fields: Vec<BubbleupField>,
    /// The terms that fit the selection best, alone or up to three of them together, the best first: at most three. The
    /// second may be another reading of the first, with a term more or less.
    pub explanations: Vec<Explanation>,
    /// Those few that together cover most of the selection; nothing where none sets it apart.
    pub cover: Option<Cover>,
    /// Fields left out because the selection was made with them: they differ by construction.
    pub by_construction: Vec<Text>,
}

/// One population.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Side {
    /// How many units it has; where senders kept samples, how many there were (`SampleRate`).
    pub n: u64,
    /// How many units of one weight would tell as much (Kish): what tests go by. As many as `n` where all were kept.
    pub effective: f64,
}

/// A part of each population, 0 to 1 of its own size.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Shares {
    /// Of the selection.
    pub selection: f64,
    /// Of the baseline.
    pub baseline: f64,
}

/// One field compared.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct BubbleupField {
    /// Its name.
    pub field: Text,
    /// Whether all its values are numbers.
    pub kind: FieldKind,
    /// Jensen-Shannon divergence in bits, 0 to 1, less what chance alone would give.
    pub score: f64,
    /// The part of the score that comes from having the field or not, before the correction.
    pub presence: f64,
    /// The rest of the score: different values where the field is there.
    pub value_difference: f64,
    /// The divergence of what the selection has more of, one value or range or the field at all, against everything
    /// else, less what the best of so many would give by chance. Fields are ranked by it: differences that are spread
    /// over many values make a field different, one value makes it a cause.
    pub lead: f64,
    /// Expected share of false alarms among the fields up to this one (Benjamini-Hochberg).
    pub q: f64,
    /// Whether the difference could be chance: `q >= 0.05`, or a side of fewer than ten units.
    pub chance: bool,
    /// Units that have the field.
    pub populated: Shares,
    /// The values whose shares differ most, first those that the selection has more of; missing is one of them, as
    /// [`Value::Empty`]. Empty where `bins` are given.
    pub values: Vec<BubbleupValue>,
    /// Equal steps of a number (equal ratios when skewed), the first and the last reaching out to the least and the
    /// greatest value. Empty for texts and for numbers of few distinct values.
    pub bins: Vec<BubbleupBin>,
}

/// What a field's values are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum FieldKind {
    /// Texts, booleans, arrays, or a mixture.
    Text,
    /// Numbers only.
    Number,
}

/// One value of a field.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct BubbleupValue {
    /// The value, with its type.
    pub value: Value,
    /// Units that have it.
    #[serde(flatten)]
    pub shares: Shares,
    /// At least how many times likelier to be selected a unit with this value is than one without: the lower end
    /// of the 95 % interval. Nothing when a count is zero.
    pub risk_ratio_low: Option<f64>,
}

/// One step of a number.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct BubbleupBin {
    /// The least value of the step.
    pub min: f64,
    /// Its upper edge; inside only for the last step.
    pub max: f64,
    /// Units with a value in it.
    #[serde(flatten)]
    pub shares: Shares,
}

/// Terms that hold together for much of the selection and little of the baseline.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Explanation {
    /// What holds, of each field one value, or the ends of a range of one number.
    pub terms: Vec<Term>,
    /// Terms of other fields that hold for the same units, or nearly: other names for the same.
    pub also: Vec<Term>,
    /// Share of the selection it holds for.
    pub coverage: f64,
    /// Share of the baseline it holds for.
    pub baseline: f64,
    /// Share of the selected among all it holds for.
    pub precision: f64,
    /// How many times likelier a unit is to be selected where it holds than where it does not; nothing when it holds
    /// for every one that is.
    pub risk_ratio: Option<f64>,
    /// The lower end of its 95 % interval.
    pub risk_ratio_low: Option<f64>,
}

/// Explanations that stand side by side: each unit has one cause or another.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Cover {
    /// Each explains most of what the ones before leave.
    pub parts: Vec<Explanation>,
    /// Share of the selection that one of them holds for.
    pub coverage: f64,
    /// Share of the baseline.
    pub baseline: f64,
}

/// One condition, as a query would write it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Term {
    /// The field.
    pub field: Text,
    /// How.
    pub op: TermOp,
    /// Compared with what; empty where the operator compares with nothing.
    pub value: Value,
}

/// The operator of a term.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum TermOp {
    /// Equal.
    #[serde(rename = "=")]
    Eq,
    /// At least.
    #[serde(rename = ">=")]
    Ge,
    /// Below.
    #[serde(rename = "<")]
    Lt,
    /// There, whatever it is.
    #[serde(rename = "exists")]
    Exists,
    /// Missing.
    #[serde(rename = "does-not-exist")]
    DoesNotExist,
}
