//! What the selected rows have in common that the others do not.

mod chi_squared;
mod combine;
mod compare;
mod count;
mod explain;
mod known;
mod numbers;
mod plain;
mod population;
mod reply;
mod score;
mod units;
mod values;
mod walk;

pub use reply::{
    Bubbleup, BubbleupBin, BubbleupField, BubbleupRequest, BubbleupValue, Cover, Explanation, FieldKind,
    Selection, Shares, Side, Term, TermOp, Unit,
};

use crate::ask::{Cancel, QueryError};
use crate::related::Kin;
use crate::{Scan, parallel};
use compare::{Compared, Look, compare_plain, look};
use population::Population;
use skep_model::{Text, fields};

/// A field differs clearly below this rate of false alarms.
const CLEAR_Q_MAX: f64 = 0.05;

/// With fewer units on a side, nothing is called clear.
const CLEAR_UNITS_MIN: u64 = 5;

/// Ids and times: different in every row, or in every trace, whatever is selected.
const NEVER_COMPARED: [&str; 7] = [
    fields::TRACE_ID,
    fields::SPAN_ID,
    fields::PARENT_ID,
    fields::LINK_TRACE_ID,
    fields::LINK_SPAN_ID,
    fields::TIMESTAMP,
    fields::OBSERVED_TIME,
];

/// Two names of one fact: selecting by one makes the other differ.
const SAME_FACT: [[&str; 2]; 1] = [[fields::ERROR, fields::STATUS_CODE]];

/// Compares the selected units of the base with its other units, field by field.
///
/// Every field is judged by the divergence of its values between the two populations, corrected for what chance
/// alone would give, and by how probable that is (see [`BubbleupField`]). Left out are ids and times, fields that
/// are the same in every unit, and fields the selection was made with.
///
/// # Errors
/// [`QueryError::Cancelled`], [`QueryError::Unreadable`].
pub fn bubbleup(scan: &dyn Scan, request: &BubbleupRequest, cancel: &Cancel) -> Result<Bubbleup, QueryError> {
    let population = Population::new(scan, request, cancel)?;
    let [n_baseline, n_selection] = population.n;
    let mut reply = Bubbleup {
        unit: request.unit,
        selection: Side { n: n_selection },
        baseline: Side { n: n_baseline },
        fields: Vec::new(),
        explanations: Vec::new(),
        cover: None,
        by_construction: Vec::new(),
    };
    if n_baseline == 0 || n_selection == 0 {
        return Ok(reply);
    }
    let selected_by = selected_by(&request.selection);
    let fields = population.fields(cancel)?.into_iter().filter(|field| !NEVER_COMPARED.contains(&&**field));
    let (by_construction, fields): (Vec<Text>, Vec<Text>) =
        fields.partition(|field| selected_by.contains(field));
    reply.by_construction = by_construction;
    let looks = parallel::in_parallel(fields.len(), cancel, |idx| {
        look(&fields[idx], &population, request.max_values, cancel)
    })?;
    let mut compared: Vec<Compared> = Vec::new();
    for (field, look) in fields.iter().zip(looks) {
        compared.extend(match look {
            Look::Compared(compared) => compared,
            // One after the other: what each has to remember is as large as all other fields.
            Look::Plain(kind) => compare_plain(field, kind, &population, request.max_values, cancel)?,
        });
    }
    judge(&mut compared, n_baseline.min(n_selection) >= CLEAR_UNITS_MIN);
    let clear = compared.iter().filter(|compared| !compared.field.chance);
    let offered = clear.flat_map(|compared| combine::offered(compared, population.n)).collect();
    let combined = combine::combine(&population, offered, cancel)?;
    (reply.explanations, reply.cover) = (combined.explanations, combined.cover);
    reply.fields = compared.into_iter().map(|compared| compared.field).collect();
    Ok(reply)
}

/// Sets what depends on all fields together, and ranks: clear ones first, each part by score. What is too thin for
/// one comes by the greatest difference of shares: below some thirty units that is the better guide anyway.
fn judge(compared: &mut [Compared], enough_units: bool) {
    let chances: Vec<f64> = compared.iter().map(|compared| compared.p).collect();
    for (compared, q) in compared.iter_mut().zip(score::false_discovery_rates(&chances)) {
        compared.field.q = q;
        compared.field.chance = !enough_units || q >= CLEAR_Q_MAX;
    }
    compared.sort_by(|a, b| {
        let by_chance = a.field.chance.cmp(&b.field.chance);
        let by_score = b.field.score.total_cmp(&a.field.score);
        let by_difference = b.share_difference.total_cmp(&a.share_difference);
        by_chance.then(by_score).then(by_difference).then_with(|| a.field.field.cmp(&b.field.field))
    });
}

/// The fields the selection was made with, and those that say the same.
fn selected_by(selection: &Selection) -> Vec<Text> {
    let mut names = match selection {
        Selection::Filter(filter) => filter.fields(),
        Selection::Box { field, .. } => vec![field.clone()],
    };
    // Traces picked by what some span of theirs has differ in that by construction.
    let of_relatives: Vec<Text> =
        names.iter().filter_map(|name| Kin::of(name)).map(|(_, rest)| Text::from(rest)).collect();
    names.extend(of_relatives);
    for [a, b] in SAME_FACT {
        for (one, other) in [(a, b), (b, a)] {
            if names.iter().any(|name| &**name == one) && !names.iter().any(|name| &**name == other) {
                names.push(other.into());
            }
        }
    }
    names
}
