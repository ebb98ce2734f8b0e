//! How often nothing is taken for something.

use crate::bubbleup::compare;
use crate::random::Random;
use crate::table::{Slot, TableScan, scan_of};
use skep_model::Value;
use skep_query::Unit;

/// Least seeds, and most of them with any false alarm.
const SEEDS: u64 = 200;
const ALARMS_MAX: u64 = SEEDS / 20;

/// Traces of some spans each. Half of the fields are drawn for each trace, half for each span; `s` is drawn for
/// each trace and has nothing to do with any of them.
fn unrelated(seed: u64, n_traces: usize, n_spans: usize, share: f64) -> TableScan {
    with_one_more(seed, n_traces, n_spans, share, None)
}

/// As [`unrelated`]; and one field more that says whether a row is selected, as often as told.
fn with_one_more(seed: u64, n_traces: usize, n_spans: usize, share: f64, told: Option<f64>) -> TableScan {
    let mut random = Random::new(seed);
    let mut columns: Vec<(String, Vec<Slot>)> = Vec::new();
    let mut selected = Vec::new();
    let mut ids = Vec::new();
    for trace in 0..n_traces {
        let is_selected = random.chance(share);
        for span in 0..n_spans {
            selected.push((is_selected && span == 0).then(|| true.into()));
            ids.push(Some(Value::Int(trace as i64 + 1)));
        }
    }
    for n_values in [2, 3, 8, 50, 1000, 100_000] {
        for by_trace in [true, false] {
            for populated in [1.0, 0.1] {
                let mut slots = Vec::new();
                let mut slot = None;
                for row in 0..n_traces * n_spans {
                    if !by_trace || row % n_spans == 0 {
                        let name = format!("v{}", random.skewed(n_values));
                        slot = random.chance(populated).then(|| name.as_str().into());
                    }
                    slots.push(slot.clone());
                }
                columns.push((format!("f{n_values}.{by_trace}.{populated}"), slots));
            }
        }
    }
    let mut number = || Some(Value::Double((random.unit() * 10.0).exp()));
    columns.push(("number".into(), (0..n_traces * n_spans).map(|_| number()).collect()));
    let mut named: Vec<(&str, Vec<Slot>)> = columns.iter().map(|(name, s)| (&**name, s.clone())).collect();
    if let Some(told) = told {
        let tells = |is: &Slot| Some(Value::from(is.is_some() == random.chance(told)));
        named.push(("tells", selected.iter().map(tells).collect()));
    }
    named.push(("s", selected));
    named.push(("trace.trace_id", ids));
    scan_of(&named, 700)
}

fn n_seeds_with_alarms(n_traces: usize, n_spans: usize, share: f64, unit: Unit) -> u64 {
    let alarms = (0..SEEDS).map(|seed| {
        let reply = compare(&unrelated(seed, n_traces, n_spans, share), "", "s", unit);
        u64::from(reply.fields.iter().any(|field| !field.chance) || !reply.explanations.is_empty())
    });
    alarms.sum()
}

/// Scenario: a random tenth, a random fiftieth and a random half of independent rows are selected.
/// Guarantees: in at most one of twenty cases is any of 25 fields called clear, or anything an explanation. Control: a
/// field that does have to do with the selection is called clear.
#[test]
fn random_rows_look_like_the_others() {
    let alarms = [0.1, 0.02, 0.5].map(|share| n_seeds_with_alarms(600, 1, share, Unit::Event));
    assert!(alarms.iter().all(|alarms| *alarms <= ALARMS_MAX), "{alarms:?} of {SEEDS} seeds");
    let n_told = (0..20).filter(|seed| {
        let reply = compare(&with_one_more(*seed, 600, 1, 0.1, Some(0.8)), "", "s", Unit::Event);
        &*reply.fields[0].field == "tells" && !reply.fields[0].chance && !reply.explanations.is_empty()
    });
    assert_eq!(n_told.count(), 20, "what tells eight of ten is found");
}

/// Scenario: random traces of five spans are selected, and their spans share attributes.
/// Guarantees: counting traces, at most one of twenty cases has an alarm. Control: counting spans, most cases do.
#[test]
fn random_traces_look_like_the_others_when_traces_are_counted() {
    let alarms = n_seeds_with_alarms(150, 5, 0.2, Unit::Trace);
    assert!(alarms <= ALARMS_MAX, "{alarms} of {SEEDS} seeds");

    let mut alarms = 0;
    for seed in 0..20 {
        let mut random = Random::new(seed);
        let (mut selected, mut shared) = (Vec::new(), Vec::new());
        for _trace in 0..300 {
            let (is_selected, host) = (random.chance(0.2), format!("host-{}", random.below(50)));
            for _span in 0..8 {
                selected.push(Some(is_selected.into()));
                shared.push(Some(host.as_str().into()));
            }
        }
        let scan = scan_of(&[("s", selected), ("host", shared)], 700);
        alarms += u64::from(!compare(&scan, "", "s", Unit::Event).fields[0].chance);
    }
    assert!(alarms >= 15, "{alarms} of 20 seeds");
}
