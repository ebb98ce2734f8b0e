//! Whether two answers are the same.

use serde_json::Value;
use std::collections::BTreeMap;

/// Shares are quotients of counts: the same ones, up to the last bits.
const SHARE_ERROR_MAX: f64 = 1e-9;

/// Nearest ranks are values that occur: the same one, up to the unit it is told in.
const RANK_ERROR_MAX: f64 = 1e-6;

/// A value is judged where at least so many rows with it were due on the smaller side, as with any chi-squared test.
const DUE_MIN: f64 = 5.0;

pub(super) type Verdict = Result<(), String>;

/// All rows of each side, and the selected ones.
#[derive(Clone, Copy)]
pub(super) struct Sides {
    pub(super) n: u64,
    pub(super) selected: u64,
}

/// Holds what a panel shows of each field against full counts (`{field: [[value, rows, selected rows]]}`) and against
/// the peer's own panel (`{field: [[value, rows, selected rows, ..]]}`).
pub(super) fn panel(ours: &Value, counts: &Value, panel: &Value, sides: Sides) -> Verdict {
    let Sides { n, selected } = sides;
    let sizes = [&ours["selection"]["n"], &ours["baseline"]["n"]];
    if *sizes[0] != selected || *sizes[1] != n - selected {
        return Err(format!("{sizes:?} against {selected} of {n}"));
    }
    let no_fields = Vec::new();
    let fields = ours["fields"].as_array().unwrap_or(&no_fields);
    for field in fields {
        let name = field["field"].as_str().unwrap_or_default();
        let Some(known) = counts[name].as_array() else {
            return Err(format!("{name} is no column of the peer"));
        };
        let known: BTreeMap<String, [u64; 2]> =
            known.iter().map(|row| (key(&row[0]), side_counts(row))).collect();
        values(field, &known, sides).map_err(|difference| format!("{name}: {difference}"))?;
        bins(field, &known, sides).map_err(|difference| format!("{name}: {difference}"))?;
        if !field["values"].as_array().is_none_or(Vec::is_empty) {
            top(field, &panel[name], sides).map_err(|difference| format!("{name}: {difference}"))?;
        }
    }
    let is_there = |name: &str| fields.iter().any(|field| field["field"] == name);
    let varied = |rows: &Value| rows.as_array().is_some_and(|rows| rows.len() > 1);
    let mut counted = counts.as_object().into_iter().flatten();
    match counted.find(|(name, rows)| varied(rows) && !is_there(name)) {
        Some((name, _)) => Err(format!("{name} is left out")),
        None => Ok(()),
    }
}

/// Selected rows and others.
fn side_counts(row: &Value) -> [u64; 2] {
    let [n, selected] = [&row[1], &row[2]].map(|count| count.as_u64().unwrap_or(u64::MAX));
    [selected, n - selected]
}

/// What the shares of both sides are counts of.
fn counts_of(shares: &Value, Sides { n, selected }: Sides) -> [u64; 2] {
    let count = |share: &Value, n: u64| {
        let count = (share.as_f64().unwrap_or(f64::NAN) * n as f64).round();
        #[allow(clippy::cast_sign_loss, reason = "a share is not below zero")]
        let count = count as u64;
        count
    };
    [count(&shares["selection"], selected), count(&shares["baseline"], n - selected)]
}

fn values(field: &Value, known: &BTreeMap<String, [u64; 2]>, sides: Sides) -> Verdict {
    for value in field["values"].as_array().into_iter().flatten() {
        let (ours, theirs) = (counts_of(value, sides), known.get(&key(&value["value"])));
        if theirs != Some(&ours) {
            return Err(format!("{} {ours:?} against {theirs:?}", value["value"]));
        }
    }
    let populated: [u64; 2] = known
        .iter()
        .filter(|(value, _)| *value != "null")
        .fold([0, 0], |sum, (_, counts)| [sum[0] + counts[0], sum[1] + counts[1]]);
    // Of near-unique fields only some values are known here.
    let ours = counts_of(&field["populated"], sides);
    let is_complete = known.values().flatten().sum::<u64>() == sides.n;
    if is_complete && ours != populated {
        return Err(format!("populated {ours:?} against {populated:?}"));
    }
    Ok(())
}

fn bins(field: &Value, known: &BTreeMap<String, [u64; 2]>, sides: Sides) -> Verdict {
    let no_bins = Vec::new();
    let bins = field["bins"].as_array().unwrap_or(&no_bins);
    for (idx, bin) in bins.iter().enumerate() {
        let edge = |name: &str| bin[name].as_f64().unwrap_or(f64::NAN);
        let (min, max, is_last) = (edge("min"), edge("max"), idx + 1 == bins.len());
        let inside = known.iter().filter(|(value, _)| {
            let number: f64 = value.parse().unwrap_or(f64::NAN);
            number >= min && (number < max || (is_last && number <= max))
        });
        let theirs = inside.fold([0, 0], |sum, (_, counts)| [sum[0] + counts[0], sum[1] + counts[1]]);
        let ours = counts_of(bin, sides);
        if ours != theirs {
            return Err(format!("{min} to {max} {ours:?} against {theirs:?}"));
        }
    }
    Ok(())
}

/// The values that differ most, by how much they do: which of several that differ alike are shown is anyone's choice.
/// So is whether one is shown that no selected row has, and that was not due to have enough of them to be judged.
fn top(field: &Value, theirs: &Value, Sides { n, selected }: Sides) -> Verdict {
    let is_due = |[s, b]: [u64; 2]| s > 0 || b as f64 * selected as f64 >= DUE_MIN * n as f64;
    let differences = |mut counts: Vec<[u64; 2]>| {
        counts.retain(|counts| is_due(*counts));
        let difference =
            |[s, b]: [u64; 2]| (s as f64 / selected as f64 - b as f64 / (n - selected) as f64).abs();
        let mut differences: Vec<f64> = counts.into_iter().map(difference).collect();
        differences.sort_by(|a, b| b.total_cmp(a));
        differences
    };
    let rows = |rows: &Value| rows.as_array().cloned().unwrap_or_default();
    // That a value is missing stands among ours, in the place of another, and not among the peer's; how often was
    // compared before.
    let (missing, ours): (Vec<Value>, Vec<Value>) =
        rows(&field["values"]).into_iter().partition(|value| value["value"].is_null());
    let ours = differences(ours.iter().map(|value| counts_of(value, Sides { n, selected })).collect());
    let theirs = differences(rows(theirs).iter().map(side_counts).collect());
    let is_equal = ours.len() + missing.len() >= theirs.len()
        && ours.iter().zip(&theirs).all(|(ours, theirs)| (ours - theirs).abs() <= SHARE_ERROR_MAX);
    if is_equal { Ok(()) } else { Err(format!("differs most by {ours:?} against {theirs:?}")) }
}

/// Holds groups with a count, and a rank where there is one, against the peer's. Groups may come in any order; of a
/// time that they carry, only how many there are of them is compared.
pub(super) fn groups(ours: &[(String, u64, f64)], theirs: &[(String, u64, f64)]) -> Verdict {
    let sorted = |groups: &[(String, u64, f64)]| {
        let mut groups = groups.to_vec();
        groups.sort_by(|a, b| (&a.0, a.1).cmp(&(&b.0, b.1)).then(a.2.total_cmp(&b.2)));
        groups
    };
    if ours.len() != theirs.len() {
        return Err(format!("{} groups against {}", ours.len(), theirs.len()));
    }
    for (ours, theirs) in sorted(ours).iter().zip(&sorted(theirs)) {
        if (&ours.0, ours.1) != (&theirs.0, theirs.1) || rank(ours.2, theirs.2).is_err() {
            return Err(format!("{ours:?} against {theirs:?}"));
        }
    }
    Ok(())
}

/// Holds a nearest rank against the peer's.
pub(super) fn rank(ours: f64, theirs: f64) -> Verdict {
    if (ours - theirs).abs() <= RANK_ERROR_MAX * theirs.abs() {
        return Ok(());
    }
    Err(format!("{ours} against {theirs}"))
}

/// Holds a count against the peer's.
pub(super) fn count(ours: &Value, theirs: &Value) -> Verdict {
    if ours == theirs && ours.is_u64() { Ok(()) } else { Err(format!("{ours} against {theirs}")) }
}

/// A value as text: texts bare, so that both sides may tell a number as they like.
pub(super) fn key(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_wrong_count_is_seen() {
        let sides = Sides { n: 100, selected: 10 };
        let counts = json!({ "route": [["/a", 60, 9], ["/b", 40, 1]] });
        let ours = |a: f64| {
            json!({ "selection": { "n": 10 }, "baseline": { "n": 90 }, "fields": [{ "field": "route",
                "populated": { "selection": 1.0, "baseline": 1.0 }, "values": [
                    { "value": "/a", "selection": a, "baseline": 51.0 / 90.0 },
                    { "value": "/b", "selection": 0.1, "baseline": 39.0 / 90.0 },
                ] }] })
        };
        assert_eq!(panel(&ours(0.9), &counts, &counts, sides), Ok(()));
        assert!(panel(&ours(0.8), &counts, &counts, sides).is_err());
        let missing = json!({ "route": counts["route"], "pod": [["x", 50, 5], ["y", 50, 5]] });
        assert!(panel(&ours(0.9), &missing, &missing, sides).is_err(), "a field is left out");
    }

    #[test]
    fn groups_are_the_same_in_any_order() {
        let group = |name: &str, n, rank| (name.to_owned(), n, rank);
        let ours = [group("a", 1, 5.0), group("a", 2, 6.0)];
        assert_eq!(groups(&ours, &[group("a", 2, 6.0), group("a", 1, 5.0)]), Ok(()));
        assert!(groups(&ours, &[group("a", 2, 6.0), group("a", 1, 5.1)]).is_err());
        assert!(groups(&ours, &ours[..1]).is_err());
    }
}
