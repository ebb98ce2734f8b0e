//! One field, from columns to a verdict.

use super::count::{Steps, count_steps};
use super::explain::{Leads, leading_range, leading_values};
use super::numbers::Numbers;
use super::plain::count_plain;
use super::population::Population;
use super::reply::{BubbleupBin, BubbleupField, BubbleupValue, Explanation, FieldKind, Shares};
use super::score::{Counts, FieldCounts, risk_ratio_low};
use super::values::{CountedValues, count_values};
use crate::ask::{Cancel, QueryError};
use skep_model::{Text, Value};
use std::cmp::Reverse;

/// A field's comparison before it is known how many others there are.
pub(super) struct Compared {
    /// `q` and `chance` are still to be set.
    pub(super) field: BubbleupField,
    /// The greatest difference of shares in any value: ranks what is too thin for a score.
    pub(super) share_difference: f64,
    pub(super) p: f64,
    /// Terms of this field that hold for much of the selection.
    pub(super) offers: Vec<Explanation>,
}

/// What a first look at a field gives.
#[allow(clippy::large_enum_variant, reason = "one a field, and nearly all are the large one")]
pub(super) enum Look {
    /// All there is to know; nothing when no unit has it, or all units have the same.
    Compared(Option<Compared>),
    /// Some of its values lie in no dictionary.
    Plain(FieldKind),
}

/// Compares one field, unless it has to be compared by [`compare_plain`].
pub(super) fn look(
    field: &Text,
    population: &Population<'_>,
    n_values_max: usize,
    cancel: &Cancel,
) -> Result<Look, QueryError> {
    if let Some(kind) = population.scan().memo(field).and_then(|memo| memo.kind_of_repeating(field)) {
        return Ok(Look::Plain(kind));
    }
    let are_numbers = population.are_numbers(field, cancel)?;
    if are_numbers
        && let Some(numbers) = Numbers::new(population, field, cancel)?
        && !numbers.are_few()
    {
        return Ok(Look::Compared(Some(by_step(field, population, &numbers, cancel)?)));
    }
    let kind = if are_numbers { FieldKind::Number } else { FieldKind::Text };
    match count_values(population, field, cancel)? {
        Some(counted) => by_value(field, kind, population, &counted, n_values_max).map(Look::Compared),
        None => Ok(Look::Plain(kind)),
    }
}

/// Compares a field of near-unique values, on all cores.
pub(super) fn compare_plain(
    field: &Text,
    kind: FieldKind,
    population: &Population<'_>,
    n_values_max: usize,
    cancel: &Cancel,
) -> Result<Option<Compared>, QueryError> {
    by_value(
        field,
        kind,
        population,
        &count_plain(population, field, kind, n_values_max, cancel)?,
        n_values_max,
    )
}

fn by_value(
    field: &Text,
    kind: FieldKind,
    population: &Population<'_>,
    counted: &CountedValues,
    n_values_max: usize,
) -> Result<Option<Compared>, QueryError> {
    let CountedValues { values, counts } = counted;
    let n = counts.sizes.n;
    let is_constant =
        counts.tail == [0, 0] && counts.values.iter().all(|units| *units == n || *units == [0, 0]);
    if counts.present == [0, 0] || is_constant {
        return Ok(None);
    }
    // Of two values that mirror each other, the selection's own comes first.
    let key = |idx: usize| {
        let difference = difference(counts.values[idx], n);
        Reverse((difference.unsigned_abs(), difference, counts.values[idx]))
    };
    // Values in a tie come by themselves, not by which thread counted first.
    let by_key = |a: &usize, b: &usize| key(*a).cmp(&key(*b)).then_with(|| values.compare(*a, *b));
    // Of a million values few are ever looked at twice: only those that come before the last one kept.
    let (mut order, mut last) = (Vec::new(), None);
    for idx in 0..counts.values.len() {
        if last.is_some_and(|last| by_key(&idx, &last).is_ge()) {
            continue;
        }
        order.push(idx);
        if order.len() >= n_values_max.max(1).saturating_mul(2) {
            order.select_nth_unstable_by(n_values_max.saturating_sub(1), by_key);
            order.truncate(n_values_max);
            last = order.last().copied();
        }
    }
    order.sort_unstable_by(by_key);
    order.truncate(n_values_max);
    let mut shown: Vec<(Value, Counts)> = values
        .read(&order, population, field)?
        .into_iter()
        .zip(order.iter().map(|idx| counts.values[*idx]))
        .collect();
    let missing = counts.missing();
    if missing != [0, 0] {
        let is_behind = |(_, units): &(Value, Counts)| {
            difference(*units, n).unsigned_abs() >= difference(missing, n).unsigned_abs()
        };
        shown.insert(shown.partition_point(is_behind), (Value::Empty, missing));
        shown.truncate(n_values_max);
    }
    // What the selection has more of is what one looks for, however much else it has less of.
    shown.sort_by_key(|(_, units)| difference(*units, n) < 0);
    let shown = shown.into_iter().map(|(value, units)| BubbleupValue {
        value,
        shares: shares(units, n),
        risk_ratio_low: risk_ratio_low(units, counts.sizes),
    });
    let leads = leading_values(field, population, counted)?;
    Ok(Some(compared(field, kind, counts, shown.collect(), Vec::new(), leads)))
}

fn by_step(
    field: &Text,
    population: &Population<'_>,
    numbers: &Numbers,
    cancel: &Cancel,
) -> Result<Compared, QueryError> {
    let count = |steps: &Steps| {
        let (present, mut totals) = count_steps(population, field, steps, cancel)?;
        totals.remove(0);
        Ok::<_, QueryError>((present, totals))
    };
    let judged = numbers.judged_steps(population);
    let (present, values) = count(&judged)?;
    let n_distinct = values.len() as u64;
    let counts = FieldCounts {
        sizes: population.sizes,
        present,
        values,
        tail: [0, 0],
        n_distinct,
        n_judged: n_distinct,
    };
    let leads = leading_range(field, population, &judged, &counts, cancel)?;

    let drawn = numbers.drawn_steps();
    let (_, drawn_counts) = count(&drawn)?;
    let lows = std::iter::once(numbers.min).chain(drawn.edges.iter().copied());
    let highs = drawn.edges.iter().copied().chain([numbers.max]);
    let bins = lows.zip(highs).zip(&drawn_counts).map(|((min, max), units)| BubbleupBin {
        min,
        max,
        shares: shares(*units, population.sizes.n),
    });
    Ok(compared(field, FieldKind::Number, &counts, Vec::new(), bins.collect(), leads))
}

fn compared(
    field: &Text,
    kind: FieldKind,
    counts: &FieldCounts,
    values: Vec<BubbleupValue>,
    bins: Vec<BubbleupBin>,
    leads: Leads,
) -> Compared {
    let score = counts.score();
    let field = BubbleupField {
        field: field.clone(),
        kind,
        score: score.score,
        presence: score.presence,
        value_difference: (score.score - score.presence).max(0.0),
        lead: leads.lead,
        q: 1.0,
        chance: true,
        populated: shares(counts.present, counts.sizes.n),
        values,
        bins,
    };
    let units = counts.values.iter().chain([&counts.present]);
    let share_difference = units.map(|units| {
        let Shares { selection, baseline } = shares(*units, counts.sizes.n);
        (selection - baseline).abs()
    });
    let share_difference = share_difference.fold(0.0, f64::max);
    Compared { field, share_difference, p: score.p, offers: leads.offers }
}

/// How much larger a share of the selection than of the baseline, in exact multiples of `1 / (n[0] * n[1])`: ties are
/// ties.
pub(super) fn difference(units: Counts, n: Counts) -> i128 {
    let [baseline, selection] = units.map(i128::from);
    selection * i128::from(n[0]) - baseline * i128::from(n[1])
}

fn shares(units: Counts, n: Counts) -> Shares {
    Shares { selection: units[1] as f64 / n[1] as f64, baseline: units[0] as f64 / n[0] as f64 }
}
