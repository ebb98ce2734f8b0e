//! Near-unique columns are not counted in full, and must not show it.

use crate::random::Random;
use crate::table::{Slot, Storage, TableScan, scan_stored};
use skep_model::Value;
use skep_query::{
    Bubbleup, BubbleupRequest, BubbleupValue, Cancel, Filter, Memo, Scan, Segment, Selection, Unit, bubbleup,
    parse_filter, with_threads,
};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

const N_ROWS: usize = 12_000;
const SEGMENT_ROWS: usize = 1_000;

struct Data {
    names: Vec<&'static str>,
    columns: Vec<Vec<Slot>>,
    traces: Vec<i64>,
    selected: Vec<bool>,
}

/// Ids with a crowded one, paths with one that only the others have, numbers that are near-unique texts in some
/// segments and in a dictionary elsewhere, and a sparse field.
fn data(seed: u64, share: f64) -> Data {
    let mut random = Random::new(seed);
    let mut data = Data {
        names: vec!["id", "path", "mixed", "sparse", "few", "few_numbers", "number"],
        columns: vec![Vec::new(); 7],
        traces: Vec::new(),
        selected: Vec::new(),
    };
    for row in 0..N_ROWS {
        let is_selected = random.chance(share);
        data.selected.push(is_selected);
        // Traces of some ten rows, one of a hundred of them far apart.
        data.traces.push(if random.chance(0.01) {
            random.below(40) as i64 + 1
        } else {
            row as i64 / 10 + 100
        });
        let id =
            if random.chance(if is_selected { 0.05 } else { 0.001 }) { 7 } else { random.below(1_000_000) };
        data.columns[0].push(Some((&*format!("id-{id}")).into()));
        let path = if !is_selected && random.chance(0.3) { 0 } else { random.below(30_000) };
        data.columns[1].push(Some((&*format!("/p/{path}")).into()));
        data.columns[2]
            .push(random.chance(0.8).then(|| Value::Text(format!("m{}", random.skewed(9_000)).into())));
        data.columns[3].push(random.chance(0.02).then(|| (&*format!("s{}", random.below(400))).into()));
        data.columns[4].push(Some((&*format!("f{}", random.skewed(6))).into()));
        data.columns[5].push(random.chance(0.9).then(|| Value::Int(random.skewed(9) as i64)));
        data.columns[6].push(random.chance(0.9).then(|| Value::Int(random.below(100_000) as i64)));
    }
    data
}

fn scan(data: &Data, storage: impl Fn(&str, usize) -> Storage) -> TableScan {
    let mut columns: Vec<(&str, Vec<Slot>)> = data.names.iter().copied().zip(data.columns.clone()).collect();
    columns.push(("trace.trace_id", data.traces.iter().map(|id| Some(Value::Int(*id))).collect()));
    columns.push(("s", data.selected.iter().map(|is| is.then(|| true.into())).collect()));
    scan_stored(&columns, SEGMENT_ROWS, storage)
}

fn ask(scan: &TableScan, unit: Unit) -> Bubbleup {
    ask_for(scan, unit, usize::MAX)
}

fn ask_for(scan: &TableScan, unit: Unit, max_values: usize) -> Bubbleup {
    let selection = Selection::Filter(parse_filter("s").unwrap());
    let request = BubbleupRequest { max_values, ..BubbleupRequest::new(Filter::ALL, selection, unit) };
    bubbleup(scan, &request, &Cancel::default()).unwrap()
}

/// Units of the baseline and the selection by value, counted one by one.
fn naive(data: &Data, column: usize, unit: Unit) -> BTreeMap<String, [u64; 2]> {
    let unit_of = |row: usize| match unit {
        Unit::Event => row as i64,
        Unit::Trace => data.traces[row],
    };
    let selected: BTreeSet<i64> = (0..N_ROWS).filter(|row| data.selected[*row]).map(unit_of).collect();
    let pairs: BTreeSet<(String, i64)> = (0..N_ROWS)
        .filter_map(|row| Some((data.columns[column][row].as_ref()?.to_string(), unit_of(row))))
        .collect();
    let mut counts: BTreeMap<String, [u64; 2]> = BTreeMap::new();
    for (value, unit) in pairs {
        counts.entry(value).or_default()[usize::from(selected.contains(&unit))] += 1;
    }
    counts
}

/// Scenario: the same rows with near-unique columns plain, plain in every other segment, and all in dictionaries;
/// selections of 0.4, 6.5, 33 and 60 percent; by row and by trace, some traces in several segments.
/// Guarantees: every value that is on the smaller side, or frequent enough to be a cell, has its exact shares; and
/// scores do not tell how a column is stored, but for what the tail's number of values decides.
#[test]
fn what_can_matter_is_counted_exactly_however_a_column_is_stored() {
    let plain = |field: &str, _: usize| match field {
        "id" | "path" | "mixed" => Storage::Texts,
        "number" | "few_numbers" => Storage::Ints,
        _ => Storage::Codes,
    };
    let every_other = |field: &str, segment: usize| match field {
        "id" | "path" | "mixed" | "sparse" if segment.is_multiple_of(2) => Storage::Texts,
        _ => Storage::Codes,
    };
    let dictionaries = |_: &str, _: usize| Storage::Codes;
    for (seed, share) in [(1, 0.004), (2, 0.065), (3, 0.33), (4, 0.6)] {
        let data = data(seed, share);
        for unit in [Unit::Event, Unit::Trace] {
            let counted_in_full = ask(&scan(&data, dictionaries), unit);
            for reply in [ask(&scan(&data, plain), unit), ask(&scan(&data, every_other), unit)] {
                check(&data, unit, &reply, &counted_in_full, share);
            }
        }
    }
}

fn check(data: &Data, unit: Unit, reply: &Bubbleup, counted_in_full: &Bubbleup, share: f64) {
    let n = [reply.baseline.n, reply.selection.n];
    let smaller = usize::from(n[1] < n[0]);
    let cell_min = 5.0 * (n[0] + n[1]) as f64 / n[smaller] as f64;
    for (column, name) in data.names.iter().enumerate() {
        let case = format!("{name} by {unit:?} at {share}");
        let field = reply.fields.iter().find(|field| &*field.field == *name).unwrap();
        let full = counted_in_full.fields.iter().find(|field| &*field.field == *name).unwrap();
        if *name == "number" {
            assert_eq!(field, full, "{case}");
            continue;
        }
        let counts = naive(data, column, unit);
        let told: BTreeMap<String, [u64; 2]> = field
            .values
            .iter()
            .map(|value| {
                let count = |share: f64, n: u64| (share * n as f64).round() as u64;
                let counts = [count(value.shares.baseline, n[0]), count(value.shares.selection, n[1])];
                (value.value.to_string(), counts)
            })
            .collect();
        for (value, counts) in &counts {
            let can_matter = counts[smaller] > 0 || (counts[0] + counts[1]) as f64 >= cell_min;
            if can_matter || told.contains_key(value) {
                assert_eq!(told.get(value), Some(counts), "{value} of {case}");
            }
        }
        assert_eq!(field.populated, full.populated, "{case}");
        assert_eq!(field.presence, full.presence, "{case}");
        assert!((field.score - full.score).abs() < 1e-9, "{case}: {} {}", field.score, full.score);
        assert_eq!(field.chance, full.chance, "{case}");
        // Values that no one counted: fewer than there are.
        if *name == "id" && share < 0.1 && unit == Unit::Event {
            assert!(told.len() < counts.len() / 2, "{case} was counted in full");
        }
    }
    assert_eq!(reply.explanations, counted_in_full.explanations, "by {unit:?} at {share}");
}

/// Scenario: a few values of each field are asked for, or all; those of a field without a dictionary are told apart only
/// where they can matter, or may be shown.
/// Guarantees: the few are the first of all, in their order, with their shares; and what is said of the field, and of all
/// together, is the same.
#[test]
fn a_few_values_are_the_first_of_all() {
    for (seed, share) in [(6, 0.004), (7, 0.065), (8, 0.33), (9, 0.5), (10, 0.9)] {
        let data = data(seed, share);
        let scan = scan(&data, |field, _| match field {
            "id" | "path" | "mixed" => Storage::Texts,
            _ => Storage::Codes,
        });
        for unit in [Unit::Event, Unit::Trace] {
            let all_reply = ask(&scan, unit);
            let all = &all_reply;
            for n_values in [1, 5, 20] {
                let few = ask_for(&scan, unit, n_values);
                let case = format!("{n_values} by {unit:?} at {share}");
                assert_eq!(few.explanations, all.explanations, "{case}");
                assert_eq!(few.cover, all.cover, "{case}");
                for few in &few.fields {
                    // Of fields that are chance, what is shown decides which comes first.
                    let all = all.fields.iter().find(|all| all.field == few.field).unwrap();
                    let is_plain = ["id", "path", "mixed"].contains(&&*few.field);
                    let n = [all_reply.baseline.n, all_reply.selection.n];
                    let can_be_told = |value: &&BubbleupValue| !is_plain || !is_left(value, n);
                    let told: Vec<BubbleupValue> = all.values.iter().filter(can_be_told).cloned().collect();
                    assert_eq!(few.values, first_values(&told, n_values), "{} of {case}", few.field);
                    assert_eq!((few.chance, few.populated), (all.chance, all.populated), "{case}");
                    assert!((few.score - all.score).abs() < 1e-9, "{} of {case}", few.field);
                    assert!((few.lead - all.lead).abs() < 1e-9, "{} of {case}", few.field);
                }
            }
        }
    }
}

/// A scan that is asked more than once.
struct Remembering<'a>(&'a TableScan, Memo);

impl Scan for Remembering<'_> {
    fn segments(&self) -> &[Arc<dyn Segment>] {
        self.0.segments()
    }

    fn memo(&self, _: &str) -> Option<&Memo> {
        Some(&self.1)
    }
}

/// Scenario: the same is asked again and again, of all rows and of some, of events and of traces.
/// Guarantees: what was remembered does not show, not in a bit.
#[test]
fn who_asks_again_is_told_the_same() {
    for (seed, share) in [(11, 0.004), (12, 0.33), (13, 0.5), (14, 0.9)] {
        let data = data(seed, share);
        let scan = scan(&data, |field, segment| match field {
            "id" | "path" => Storage::Texts,
            "mixed" if segment % 3 == 0 => Storage::Texts,
            _ => Storage::Codes,
        });
        let remembering = Remembering(&scan, Memo::default());
        for base in ["", "few_numbers > 1"] {
            for (unit, max_values) in [(Unit::Event, 3), (Unit::Event, usize::MAX), (Unit::Trace, 20)] {
                let selection = Selection::Filter(parse_filter("s").unwrap());
                let base = parse_filter(base).unwrap();
                let request = BubbleupRequest { max_values, ..BubbleupRequest::new(base, selection, unit) };
                let ask = |scan: &dyn Scan| bubbleup(scan, &request, &Cancel::default()).unwrap();
                let first = ask(&scan);
                for turn in 0..3 {
                    let again = ask(&remembering);
                    for (again, first) in again.fields.iter().zip(&first.fields) {
                        assert_eq!(again, first, "{turn} of {max_values} by {unit:?} at {share}");
                    }
                    let [again, first] = [&again, &first].map(|reply| serde_json::to_string(reply).unwrap());
                    assert_eq!(again, first, "{turn} of {max_values} by {unit:?} at {share}");
                }
            }
        }
    }
}

/// Whether one unit of the smaller side has a value, where more were due, but too few to be judged: such a one is not told
/// apart.
fn is_left(value: &BubbleupValue, n: [u64; 2]) -> bool {
    let count = |share: f64, n: u64| (share * n as f64).round() as u64;
    let counts = [count(value.shares.baseline, n[0]), count(value.shares.selection, n[1])];
    let smaller = usize::from(n[1] < n[0]);
    let is_less = counts[smaller] * n[1 - smaller] < counts[1 - smaller] * n[smaller];
    let cell_min = 5.0 * (n[0] + n[1]) as f64 / n[smaller] as f64;
    n[0] != n[1] && counts[smaller] == 1 && is_less && ((counts[0] + counts[1]) as f64) < cell_min
}

/// Those that differ most, what the selection has more of before what it has less of.
fn first_values(all: &[BubbleupValue], n: usize) -> Vec<BubbleupValue> {
    let difference = |value: &BubbleupValue| value.shares.selection - value.shares.baseline;
    let mut first: Vec<BubbleupValue> = all.to_vec();
    // Differences are exact where they are compared, and here the last bits of quotients.
    first.sort_by_key(|value| std::cmp::Reverse((difference(value).abs() * 1e12).round() as i64));
    first.truncate(n);
    first.sort_by_key(|value| difference(value) < 0.0);
    first
}

/// Guarantees: the number of threads never shows, not in a bit.
#[test]
fn two_threads_answer_as_one() {
    let data = data(5, 0.1);
    let scan = scan(&data, |field, _| if field == "id" { Storage::Texts } else { Storage::Codes });
    for unit in [Unit::Event, Unit::Trace] {
        let one = with_threads(1, || ask(&scan, unit));
        let answers = [2, 5].map(|n_threads| with_threads(n_threads, || ask(&scan, unit)));
        for answer in answers {
            assert_eq!(serde_json::to_string(&answer).unwrap(), serde_json::to_string(&one).unwrap());
        }
    }
}
