//! Causes that a seed plants, of one to three terms, among aliases, weights and noise; and sides that are said otherwise.

use crate::bubbleup::compare;
use crate::random::Random;
use crate::table::{Slot, TableScan, scan, scan_of};
use skep_model::{Nanos, Value};
use skep_query::{
    Baseline, Bubbleup, BubbleupRequest, Cancel, Filter, Selection, SelectionBox, TermOp, TimeRange, Unit,
    bubbleup, parse_filter,
};
use std::collections::BTreeSet;

const N_FIELDS: usize = 10;

type Terms = BTreeSet<(String, String)>;

/// Rows of some fields of two to ten values, some of them skewed; the first has another name, `alias`. The cause fails
/// in most cases, anything else in few.
fn incident(seed: u64, n_rows: usize, order: usize) -> (Vec<(String, Vec<Slot>)>, Terms) {
    let mut random = Random::new(seed);
    let sizes: Vec<usize> = (0..N_FIELDS).map(|_| *random.pick(&[2, 3, 4, 6, 10])).collect();
    let mut fields: Vec<usize> = (0..N_FIELDS).collect();
    let cause: Vec<(usize, usize)> = (0..order)
        .map(|_| {
            let field = fields.remove(random.below(fields.len()));
            // The commoner ones, so that some rows have all of them.
            (field, random.below(sizes[field].min(2)))
        })
        .collect();
    let mut columns: Vec<(String, Vec<Slot>)> =
        (0..N_FIELDS).map(|idx| (format!("f{idx}"), Vec::new())).collect();
    columns.push(("alias".into(), Vec::new()));
    columns.push(("id".into(), Vec::new()));
    columns.push(("s".into(), Vec::new()));
    for row in 0..n_rows {
        let values: Vec<usize> = sizes.iter().map(|size| random.skewed(*size)).collect();
        let holds = cause.iter().all(|(field, value)| values[*field] == *value);
        let is_selected = random.chance(if holds { 0.8 } else { 0.01 });
        for (idx, value) in values.iter().enumerate() {
            columns[idx].1.push(Some(format!("v{value}").as_str().into()));
        }
        columns[N_FIELDS].1.push(Some(format!("alias-{}", values[0]).as_str().into()));
        columns[N_FIELDS + 1].1.push(Some(format!("id-{row}").as_str().into()));
        columns[N_FIELDS + 2].1.push(Some(is_selected.into()));
    }
    let cause = cause.into_iter().map(|(field, value)| (format!("f{field}"), format!("v{value}"))).collect();
    (columns, cause)
}

fn stored(columns: &[(String, Vec<Slot>)], n_segment_rows: usize) -> TableScan {
    let columns: Vec<(&str, Vec<Slot>)> =
        columns.iter().map(|(name, slots)| (&**name, slots.clone())).collect();
    scan_of(&columns, n_segment_rows)
}

/// The first explanation by the names that were planted.
fn first(reply: &Bubbleup) -> Terms {
    let Some(explanation) = reply.explanations.first() else { return Terms::new() };
    let planted = |name: &str, value: &str| match name {
        "alias" => ("f0".to_owned(), value.replace("alias-", "v")),
        _ => (name.to_owned(), value.to_owned()),
    };
    explanation.terms.iter().map(|term| planted(&term.field, &term.value.to_string())).collect()
}

/// Scenario: causes of one, two and three terms in 4,000 rows and in 600.
/// Guarantees: the first explanation is the cause, no term more and none less, in nearly all of 40 seeds each; ids never
/// rank; the alias is told as one.
#[test]
fn planted_causes_of_every_order_are_named() {
    for (n_rows, least) in [(4_000, [39, 39, 38]), (600, [37, 35, 28])] {
        for (order, least) in (1..=3).zip(least) {
            let n_found = (0..40).filter(|seed| {
                let (columns, cause) = incident(1_000 * order as u64 + seed, n_rows, order);
                let reply = compare(&stored(&columns, 1_500), "", "s", Unit::Event);
                let id = reply.fields.iter().find(|field| &*field.field == "id").unwrap();
                assert!(id.chance && id.score == 0.0, "seed {seed}: an id ranks");
                first(&reply) == cause
            });
            let n_found = n_found.count();
            assert!(n_found >= least, "{n_found} of 40 causes of {order} in {n_rows} rows");
        }
    }
}

/// Guarantees: a row of weight ten is ten rows for shares, and far fewer for what can be chance.
#[test]
fn weights_count_for_shares_and_not_for_certainty() {
    let (mut columns, _) = incident(5, 1_000, 1);
    let mut random = Random::new(5);
    let rates: Vec<i64> = (0..1_000).map(|_| *random.pick(&[1, 1, 10])).collect();
    let repeated: Vec<(String, Vec<Slot>)> = columns
        .iter()
        .map(|(name, slots)| {
            let many = slots.iter().zip(&rates).flat_map(|(slot, rate)| vec![slot.clone(); *rate as usize]);
            (name.clone(), many.collect())
        })
        .collect();
    columns.push(("SampleRate".into(), rates.iter().map(|rate| Some(Value::Int(*rate))).collect()));
    for n_segment_rows in [1_000, 70] {
        let weighted = compare(&stored(&columns, n_segment_rows), "", "s", Unit::Event);
        let whole = compare(&stored(&repeated, 5_000), "", "s", Unit::Event);
        assert_eq!((weighted.selection.n, weighted.baseline.n), (whole.selection.n, whole.baseline.n));
        assert!(weighted.baseline.effective < weighted.baseline.n as f64 / 2.0);
        assert_eq!(whole.baseline.effective, whole.baseline.n as f64);
        let mut n_compared = 0;
        for field in whole.fields.iter().filter(|field| &*field.field != "id") {
            let same = weighted.fields.iter().find(|other| other.field == field.field).unwrap();
            for value in &field.values {
                let Some(other) = same.values.iter().find(|other| other.value == value.value) else {
                    continue;
                };
                assert!((other.shares.selection - value.shares.selection).abs() < 1e-12, "{}", field.field);
                assert!((other.shares.baseline - value.shares.baseline).abs() < 1e-12, "{}", field.field);
                n_compared += 1;
            }
            if !field.chance {
                assert!(same.q > field.q, "{}: {} is no less sure than {}", field.field, same.q, field.q);
            }
        }
        assert!(n_compared > 20);
        let [ours, theirs] = [&weighted, &whole].map(|reply| &reply.explanations[0]);
        assert_eq!(ours.terms, theirs.terms);
        assert!((ours.coverage - theirs.coverage).abs() < 1e-12);
        assert!(ours.risk_ratio_low < theirs.risk_ratio_low);
    }
}

/// Guarantees: traces weigh as much as their spans were kept for, in one segment or in several.
#[test]
fn traces_weigh_what_their_spans_stand_for() {
    let table = "
        trace.trace_id | s    | a | SampleRate
        1              | true | x | 4
        1              | -    | y | 4
        2              | -    | x | 2
        -------------------------------
        2              | -    | y | 2
        1              | -    | y | 4
        3              | -    | y | -
    ";
    let reply = compare(&scan(table), "", "s", Unit::Trace);
    assert_eq!((reply.selection.n, reply.baseline.n), (4, 3));
    let a = reply.fields.iter().find(|field| &*field.field == "a").unwrap();
    let share =
        |name: &str| a.values.iter().find(|value| value.value == name.into()).unwrap().shares.baseline;
    assert_eq!((share("x"), share("y")), (2.0 / 3.0, 1.0));
}

fn ask(scan: &TableScan, selection: Selection, baseline: Baseline) -> Bubbleup {
    let request = BubbleupRequest { baseline, ..BubbleupRequest::new(Filter::ALL, selection, Unit::Event) };
    bubbleup(scan, &request, &Cancel::default()).unwrap()
}

/// Forty rows, a nanosecond apart from 1; slow from 21 on in every other one.
fn minutes() -> TableScan {
    let column = |value: fn(usize) -> Slot| (1..=40).map(value).collect();
    scan_of(
        &[
            ("slow", column(|row| Some((row % 2 == 0 && (row > 20 || row % 8 == 0)).into()))),
            ("ms", column(|row| Some(Value::Int(if row % 2 == 0 { 100 } else { 1 })))),
            ("run", column(|row| Some(if row > 20 { "new" } else { "old" }.into()))),
        ],
        13,
    )
}

#[test]
fn a_selection_is_compared_with_whatever_is_said() {
    let filter = |text: &str| Selection::Filter(parse_filter(text).unwrap());
    let sides = |reply: &Bubbleup| (reply.selection.n, reply.baseline.n);
    let picked = || filter("slow AND timestamp_ns >= 21");
    assert_eq!(sides(&ask(&minutes(), picked(), Baseline::Rest)), (10, 30));
    // From the first of the selected, 22, to the last, 40.
    assert_eq!(sides(&ask(&minutes(), picked(), Baseline::SameTime)), (10, 9));
    // 8 and 16 were slow before.
    assert_eq!(sides(&ask(&minutes(), picked(), Baseline::SameValues)), (10, 2));
    let earlier = TimeRange { start: Some(Nanos(5)), end: Some(Nanos(10)) };
    assert_eq!(sides(&ask(&minutes(), picked(), Baseline::Period(earlier))), (10, 5));
    let run = Baseline::Filter(parse_filter("run = old").unwrap(), TimeRange::ALL);
    assert_eq!(sides(&ask(&minutes(), filter("run = new"), run)), (20, 20));
}

#[test]
fn several_boxes_are_one_selection() {
    let one = |start, end| SelectionBox {
        field: "ms".into(),
        start: Some(Nanos(start)),
        end: Some(Nanos(end)),
        min: Some(50.0),
        max: None,
    };
    let boxes = || Selection::Boxes(vec![one(1, 11), one(31, 41), one(33, 35)]);
    let sides = |reply: &Bubbleup| (reply.selection.n, reply.baseline.n);
    assert_eq!(sides(&ask(&minutes(), boxes(), Baseline::Rest)), (10, 30));
    assert_eq!(sides(&ask(&minutes(), boxes(), Baseline::SameTime)), (10, 10));
    assert_eq!(sides(&ask(&minutes(), boxes(), Baseline::SameValues)), (10, 10));
    let none = BubbleupRequest::new(Filter::ALL, Selection::Boxes(Vec::new()), Unit::Event);
    assert!(bubbleup(&minutes(), &none, &Cancel::default()).is_err());
}

/// Scenario: half of the services have moved to the new name of an attribute.
/// Guarantees: both names are one field, under the new one; what explains says it so.
#[test]
fn old_and_new_names_are_one_field() {
    let mut random = Random::new(9);
    let (mut old, mut new, mut selected) = (Vec::new(), Vec::new(), Vec::new());
    for row in 0..400 {
        let method = *random.pick(&["GET", "POST"]);
        let slot = |is: bool| is.then(|| Value::from(method));
        old.push(slot(row % 2 == 0));
        new.push(slot(row % 2 == 1));
        selected.push(Some((method == "POST" && random.chance(0.5)).into()));
    }
    let spans = scan_of(&[("http.method", old), ("http.request.method", new), ("s", selected)], 150);
    let reply = compare(&spans, "", "s", Unit::Event);
    let names: Vec<&str> = reply.fields.iter().map(|field| &*field.field).collect();
    assert_eq!(names, ["http.request.method"]);
    assert_eq!(reply.fields[0].populated.baseline, 1.0);
    assert_eq!(reply.explanations[0].coverage, 1.0);
}

/// Guarantees: fields that are not stored are compared when they are asked for: a parent's, and one that is calculated.
#[test]
fn further_fields_are_compared_when_asked_for() {
    let mut random = Random::new(11);
    let names = ["trace.trace_id", "trace.span_id", "trace.parent_id", "is_root", "name", "a", "b", "s"];
    let mut columns = names.map(|name| (name, Vec::<Slot>::new()));
    for trace in 1..=200_i64 {
        let parent = *random.pick(&["cart", "home"]);
        let (a, b) = (random.below(10) as i64, random.below(10) as i64);
        let is_selected = (parent == "cart" && a > b) || random.chance(0.02);
        let root = [
            Some(trace.into()),
            Some(1.into()),
            None,
            Some(true.into()),
            Some(parent.into()),
            None,
            None,
            None,
        ];
        let child = [
            Some(trace.into()),
            Some(2.into()),
            Some(1.into()),
            Some(false.into()),
            Some("query".into()),
            Some(a.into()),
            Some(b.into()),
            Some(is_selected.into()),
        ];
        for row in [root, child] {
            columns.iter_mut().zip(row).for_each(|((_, column), slot)| column.push(slot));
        }
    }
    let spans = scan_of(&columns, 64);
    let mut request = BubbleupRequest::new(
        parse_filter("name = query").unwrap(),
        Selection::Filter(parse_filter("s").unwrap()),
        Unit::Event,
    );
    let asked = |request: &BubbleupRequest| bubbleup(&spans, request, &Cancel::default()).unwrap();
    assert!(asked(&request).fields.iter().all(|field| !field.field.starts_with("parent.")));
    request.further_fields = vec!["parent.name".into(), "{GT($a, $b)}".into()];
    let reply = asked(&request);
    let said: BTreeSet<&str> = reply.explanations[0].terms.iter().map(|term| &*term.field).collect();
    assert_eq!(said, BTreeSet::from(["parent.name", "{GT($a, $b)}"]));
    request.further_fields = vec!["any.name".into()];
    assert!(bubbleup(&spans, &request, &Cancel::default()).is_err());
}

/// Guarantees: a field that only the selection has, whatever its values, is told by its presence, and one that it lacks
/// by its absence.
#[test]
fn presence_and_absence_explain() {
    let columns: Vec<(&str, Vec<Slot>)> = vec![
        ("s", (0..400).map(|row| Some((row % 8 == 0).into())).collect()),
        ("message", (0..400).map(|row| (row % 8 == 0).then(|| format!("m{row}").as_str().into())).collect()),
        ("cache", (0..400).map(|row| (row % 8 != 0).then(|| format!("c{row}").as_str().into())).collect()),
    ];
    let reply = compare(&scan_of(&columns, 90), "", "s", Unit::Event);
    let explanation = &reply.explanations[0];
    let mut said: Vec<(&str, TermOp)> =
        explanation.terms.iter().chain(&explanation.also).map(|term| (&*term.field, term.op)).collect();
    said.sort_by_key(|(field, _)| *field);
    assert_eq!(said, [("cache", TermOp::DoesNotExist), ("message", TermOp::Exists)]);
    assert_eq!((explanation.coverage, explanation.baseline), (1.0, 0.0));
}

/// Scenario: what is asked for, `stalled`, is just when spans fail.
/// Guarantees: `error` and `status_code` are set apart; a region where everything stalls is not.
#[test]
fn other_names_of_what_was_asked_for_are_set_apart() {
    let column = |value: &dyn Fn(usize) -> Slot| (0..400).map(value).collect::<Vec<Slot>>();
    let is_bad = |row: usize| row.is_multiple_of(5);
    let spans = scan_of(
        &[
            ("stalled", column(&|row| Some(is_bad(row).into()))),
            ("error", column(&|row| is_bad(row).then(|| true.into()))),
            ("status_code", column(&|row| Some(Value::Int(if is_bad(row) { 2 } else { 0 })))),
            ("region", column(&|row| Some(if is_bad(row) { "eu" } else { "us" }.into()))),
        ],
        120,
    );
    let reply = compare(&spans, "", "stalled = true AND timestamp_ns > 100", Unit::Event);
    let apart: Vec<&str> = reply.by_construction.iter().map(|field| &**field).collect();
    assert_eq!(apart, ["error", "stalled", "status_code"]);
    assert_eq!(&*reply.fields[0].field, "region");
}
