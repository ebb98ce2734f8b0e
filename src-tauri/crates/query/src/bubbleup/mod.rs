//! What the selected rows have in common that the others do not.

mod chi_squared;
mod combine;
mod compare;
mod construction;
mod count;
mod explain;
mod known;
mod numbered;
mod numbers;
mod patterns;
mod plain;
mod population;
mod repeats;
mod reply;
mod score;
mod sides;
mod singles;
mod spread;
mod tail;
mod term_units;
mod units;
mod values;
mod weights;

pub(crate) use repeats::Repeats;
pub use reply::{
    Baseline, Bubbleup, BubbleupBin, BubbleupField, BubbleupRequest, BubbleupValue, Cover, Explanation,
    FieldKind, Selection, SelectionBox, Shares, Side, Term, TermOp, Unit,
};

use crate::ask::{Cancel, QueryError, TimeRange};
use crate::related::{Relating, names_of_one};
use crate::{Scan, parallel};
use combine::Offer;
use compare::{Compared, Look, compare_plain, look};
use population::Population;
use skep_model::{Text, fields};
use std::collections::BTreeSet;

/// A field differs clearly below this rate of false alarms.
const CLEAR_Q_MAX: f64 = 0.05;

/// With fewer units on a side, nothing is called clear: that is said instead.
const CLEAR_UNITS_MIN: f64 = 10.0;

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

/// Compares the selected units of the base with its other units, field by field.
///
/// Every field is judged by the divergence of its values between the two populations, corrected for what chance
/// alone would give, and by how probable that is (see [`BubbleupField`]). A field with an old and a new name is one,
/// under the present name. Left out are ids and times, fields that are the same in every unit, and fields the selection
/// was made with.
///
/// # Errors
/// [`QueryError::Invalid`] for a further field that has no single value, [`QueryError::Cancelled`],
/// [`QueryError::Unreadable`].
pub fn bubbleup(scan: &dyn Scan, request: &BubbleupRequest, cancel: &Cancel) -> Result<Bubbleup, QueryError> {
    let stored = stored_fields(scan, cancel)?;
    // A baseline may lie at another time.
    let range = if request.baseline == Baseline::Rest { request.range } else { TimeRange::ALL };
    let mut relating = Relating::new(scan, range, cancel);
    for field in &request.further_fields {
        relating.field(field)?;
    }
    let (mut present_names, mut old_names): (Vec<Text>, Vec<&str>) = (Vec::new(), Vec::new());
    for names in names_of_one(&stored) {
        let present_name = Text::from(names[0]);
        relating.field(&present_name)?;
        present_names.push(present_name);
        old_names.extend(&names[1..]);
    }
    let related = relating.finish();
    let scan = related.as_ref().map_or(scan, |related| related as &dyn Scan);
    let mut names: Vec<Text> = stored.into_iter().filter(|name| !old_names.contains(&&**name)).collect();
    names.extend(present_names);
    compare_all(scan, request, names, cancel)
}

fn compare_all(
    scan: &dyn Scan,
    request: &BubbleupRequest,
    stored: Vec<Text>,
    cancel: &Cancel,
) -> Result<Bubbleup, QueryError> {
    let population = Population::new(scan, request, cancel)?;
    let [n_baseline, n_selection] = population.sizes.n;
    let [tells_baseline, tells_selection] = population.sizes.effective;
    let mut reply = Bubbleup {
        unit: request.unit,
        selection: Side { n: n_selection, effective: tells_selection },
        baseline: Side { n: n_baseline, effective: tells_baseline },
        too_few: tells_baseline.min(tells_selection) < CLEAR_UNITS_MIN,
        fields: Vec::new(),
        explanations: Vec::new(),
        cover: None,
        by_construction: Vec::new(),
    };
    if n_baseline == 0 || n_selection == 0 {
        return Ok(reply);
    }
    let selected_by = construction::selected_by(scan, request, cancel)?;
    let mut fields: Vec<Text> =
        stored.into_iter().filter(|field| !NEVER_COMPARED.contains(&&**field)).collect();
    fields.extend(request.further_fields.iter().cloned());
    fields.sort_unstable();
    fields.dedup();
    let (by_construction, fields): (Vec<Text>, Vec<Text>) =
        fields.into_iter().partition(|field| selected_by.contains(field));
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
    judge(&mut compared, !reply.too_few);
    let offered = if reply.too_few { Vec::new() } else { compared.iter().flat_map(offers).collect() };
    let combined = combine::combine(&population, offered, cancel)?;
    (reply.explanations, reply.cover) = (combined.explanations, combined.cover);
    reply.fields = compared.into_iter().map(|compared| compared.field).collect();
    Ok(reply)
}

fn offers(compared: &Compared) -> impl Iterator<Item = Offer> + '_ {
    let is_clear = !compared.field.chance;
    compared.offers.iter().map(move |explanation| Offer { explanation: explanation.clone(), is_clear })
}

/// Every field that some segment has, sorted.
fn stored_fields(scan: &dyn Scan, cancel: &Cancel) -> Result<BTreeSet<Text>, QueryError> {
    let segments = scan.segments();
    let names = parallel::in_parallel(segments.len(), cancel, |idx| Ok(segments[idx].fields_unsorted()?))?;
    Ok(names.into_iter().flatten().map(|field| field.name).collect())
}

/// Sets what depends on all fields together, and ranks: clear ones first, each part by what leads. What is too thin
/// for a lead comes by the greatest difference of shares: below some thirty units that is the better guide anyway.
fn judge(compared: &mut [Compared], enough_units: bool) {
    let chances: Vec<f64> = compared.iter().map(|compared| compared.p).collect();
    for (compared, q) in compared.iter_mut().zip(score::false_discovery_rates(&chances)) {
        compared.field.q = q;
        compared.field.chance = !enough_units || q >= CLEAR_Q_MAX;
    }
    compared.sort_by(|a, b| {
        let by_chance = a.field.chance.cmp(&b.field.chance);
        let by_lead = b.field.lead.total_cmp(&a.field.lead);
        let by_score = b.field.score.total_cmp(&a.field.score);
        let by_difference = b.share_difference.total_cmp(&a.share_difference);
        by_chance
            .then(by_lead)
            .then(by_score)
            .then(by_difference)
            .then_with(|| a.field.field.cmp(&b.field.field))
    });
}
