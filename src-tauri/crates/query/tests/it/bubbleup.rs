use crate::random::Random;
use crate::table::{Slot, TableScan, scan, scan_of};
use expect_test::{Expect, expect};
use skep_model::{Nanos, Value};
use skep_query::{
    Bubbleup, BubbleupBin, BubbleupField, BubbleupRequest, Cancel, FieldKind, Filter, QueryError, Selection,
    SelectionBox, Unit, bubbleup, parse_filter,
};

pub(crate) fn compare(scan: &TableScan, base: &str, selection: &str, unit: Unit) -> Bubbleup {
    let selection = Selection::Filter(parse_filter(selection).unwrap());
    let base = parse_filter(base).unwrap();
    let request = BubbleupRequest { max_values: 5, ..BubbleupRequest::new(base, selection, unit) };
    bubbleup(scan, &request, &Cancel::default()).unwrap()
}

fn field<'a>(reply: &'a Bubbleup, name: &str) -> &'a BubbleupField {
    reply.fields.iter().find(|field| &*field.field == name).unwrap_or_else(|| panic!("no {name}"))
}

/// Lists the fields, the clear ones with their values, then the explanations.
fn picture(reply: &Bubbleup) -> String {
    let mut lines = vec![format!("{} selected, {} others", reply.selection.n, reply.baseline.n)];
    for field in &reply.fields {
        let BubbleupField { score, populated, .. } = field;
        let (selected, others) = (populated.selection * 100.0, populated.baseline * 100.0);
        let chance = if field.chance { " chance" } else { "" };
        lines.push(format!("{} {score:.2}, on {selected:.0}% and {others:.0}%{chance}", field.field));
        for value in field.values.iter().filter(|_| !field.chance) {
            let shares = value.shares;
            lines.push(format!(
                "  {} {:.0}% {:.0}%",
                value.value,
                shares.selection * 100.0,
                shares.baseline * 100.0
            ));
        }
    }
    for explanation in &reply.explanations {
        let terms = serde_json::to_string(&explanation.terms).unwrap();
        lines.push(format!("{terms} {:.2} {:.2}", explanation.coverage, explanation.baseline));
    }
    lines.join("\n") + "\n"
}

fn check(reply: &Bubbleup, expected: Expect) {
    expected.assert_eq(&picture(reply));
}

/// Spans of a shop: version 2 fails in one region. Ids are unique, some fields are rare or constant.
fn shop(seed: u64, n_rows: usize, n_segment_rows: usize) -> TableScan {
    let mut random = Random::new(seed);
    let mut columns: Vec<(&str, Vec<Slot>)> = [
        "slow",
        "version",
        "region",
        "user.id",
        "request.id",
        "retries",
        "batch.size",
        "cache.key",
        "host",
        "pid",
        "env",
        "duration_ms",
        "trace.trace_id",
    ]
    .map(|name| (name, Vec::new()))
    .into();
    for row in 0..n_rows {
        let version = if random.chance(0.2) { "2" } else { "1" };
        let batch = random.below(1000);
        let slow = (version == "2" && batch >= 800) || random.chance(0.002);
        let values: [Slot; 13] = [
            Some(slow.into()),
            Some(version.into()),
            Some((*random.pick(&["eu", "us", "asia"])).into()),
            Some(format!("user-{}", random.skewed(500)).as_str().into()),
            Some(format!("request-{row}").as_str().into()),
            Some(Value::Int(random.skewed(4) as i64)),
            Some(Value::Int(batch as i64)),
            random.chance(0.3).then(|| format!("key-{}", random.below(10)).as_str().into()),
            Some(format!("host-{}", random.below(8)).as_str().into()),
            Some(Value::Int(random.below(3000) as i64)),
            Some("prod".into()),
            Some(Value::Double(if slow { 500.0 } else { 5.0 } + random.unit())),
            Some(Value::Int(row as i64 / 4 + 1)),
        ];
        for ((_, column), value) in columns.iter_mut().zip(values) {
            column.push(value);
        }
    }
    scan_of(&columns, n_segment_rows)
}

#[test]
fn a_planted_cause_ranks_first_and_ids_never() {
    let reply = compare(&shop(1, 4000, 1500), "", "slow", Unit::Event);
    check(
        &reply,
        expect![[r#"
            166 selected, 3834 others
            duration_ms 0.86, on 100% and 100%
            version 0.54, on 100% and 100%
              2 96% 17%
              1 4% 83%
            batch.size 0.49, on 100% and 100%
            pid 0.01, on 100% and 100% chance
            cache.key 0.00, on 27% and 30% chance
            retries 0.00, on 100% and 100% chance
            host 0.00, on 100% and 100% chance
            region 0.00, on 100% and 100% chance
            user.id 0.00, on 100% and 100% chance
            request.id 0.00, on 100% and 100% chance
            [{"field":"duration_ms","op":">=","value":5.961895505557344},{"field":"version","op":"=","value":"2"},{"field":"batch.size","op":">=","value":747.0}] 0.95 0.00
            [{"field":"duration_ms","op":">=","value":5.961895505557344},{"field":"version","op":"=","value":"2"}] 0.96 0.01
        "#]],
    );
    let id = field(&reply, "request.id");
    assert_eq!((id.score, id.q, id.chance), (0.0, 1.0, true));
}

#[test]
fn segments_do_not_show() {
    for unit in [Unit::Event, Unit::Trace] {
        let whole = compare(&shop(2, 3000, 3000), "", "slow", unit);
        for n_segment_rows in [1, 7, 1000] {
            let cut = compare(&shop(2, 3000, n_segment_rows), "", "slow", unit);
            assert_eq!(picture(&cut), picture(&whole), "{unit:?} in segments of {n_segment_rows}");
        }
    }
}

#[test]
fn swapping_the_sides_keeps_the_scores() {
    let spans = shop(3, 2000, 700);
    let there = compare(&spans, "", "region = eu AND retries > 0", Unit::Event);
    let back = compare(&spans, "", "NOT (region = eu AND retries > 0)", Unit::Event);
    assert_eq!(there.selection, back.baseline);
    for field_there in &there.fields {
        let field_back = field(&back, &field_there.field);
        assert!((field_there.score - field_back.score).abs() < 1e-12, "{}", field_there.field);
        assert!((field_there.q - field_back.q).abs() < 1e-12, "{}", field_there.field);
        assert_eq!(field_there.populated.selection, field_back.populated.baseline);
    }
}

/// Scenario: every trace has a root and several queries; slow roots have one query to a replica among them.
/// Guarantees: the child's attribute explains the root, and what all traces share does not.
#[test]
fn a_slow_root_is_explained_by_an_attribute_of_a_child() {
    let mut random = Random::new(8);
    let names = ["trace.trace_id", "is_root", "name", "db.host", "slow"];
    let mut columns = names.map(|name| (name, Vec::<Slot>::new()));
    for trace in 1..=200 {
        let is_slow = random.chance(0.2);
        for span in 0..6 {
            let host = match span {
                0 => None,
                3 if is_slow => Some("replica".into()),
                _ => Some((*random.pick(&["primary-1", "primary-2"])).into()),
            };
            let name = if span == 0 { "GET /" } else { "SELECT" };
            let is_root = Some(Value::from(span == 0));
            let slow = (span == 0).then(|| is_slow.into());
            let row = [Some(Value::Int(trace)), is_root, Some(name.into()), host, slow];
            columns.iter_mut().zip(row).for_each(|((_, column), slot)| column.push(slot));
        }
    }
    check(
        &compare(&scan_of(&columns, 256), "", "slow", Unit::Trace),
        expect![[r#"
        36 selected, 164 others
        db.host 0.99, on 100% and 100%
          replica 100% 0%
          primary-2 94% 97%
          primary-1 97% 99%
        [{"field":"db.host","op":"=","value":"replica"}] 1.00 0.00
    "#]],
    );
}

#[test]
fn a_field_on_one_side_only_differs_by_its_presence() {
    let mut random = Random::new(4);
    let rows = 0..1000;
    let selected: Vec<bool> = rows.map(|_| random.chance(0.3)).collect();
    let db = selected.iter().map(|s| s.then(|| (*random.pick(&["pg", "redis"])).into())).collect();
    let mut random = Random::new(5);
    let mixed = selected.iter().map(|s| Some(Value::from(if *s == random.chance(0.9) { "x" } else { "y" })));
    let columns =
        [("s", selected.iter().map(|s| Some((*s).into())).collect()), ("db", db), ("mixed", mixed.collect())];
    let reply = compare(&scan_of(&columns, 400), "", "s", Unit::Event);
    let db = field(&reply, "db");
    assert!(db.score > 0.98 && db.presence > 0.98 && db.value_difference < 0.01, "{db:?}");
    let mixed = field(&reply, "mixed");
    assert!(mixed.presence == 0.0 && mixed.value_difference == mixed.score && !mixed.chance, "{mixed:?}");
}

const TRACES: &str = "
    trace.trace_id | name  | db   | slow
    1              | front | -    | true
    1              | query | pg   | -
    1              | query | pg   | -
    2              | front | -    | -
    -------------------------------------
    2              | query | pg   | -
    2              | query | pg   | -
    1              | query | pg   | -
    3              | front | -    | -
    -              | job   | -    | true
    -              | job   | -    | -
";

#[test]
fn a_trace_counts_once_and_a_row_without_one_as_itself() {
    let traces = compare(&scan(TRACES), "", "slow", Unit::Trace);
    check(
        &traces,
        expect![[r#"
        2 selected, 3 others
        db 0.00, on 50% and 33% chance
        name 0.00, on 100% and 100% chance
    "#]],
    );
    assert_eq!(field(&traces, "db").populated.selection, 0.5);
    let events = compare(&scan(TRACES), "", "slow", Unit::Event);
    check(
        &events,
        expect![[r#"
        2 selected, 8 others
        db 0.00, on 0% and 62% chance
        name 0.00, on 100% and 100% chance
    "#]],
    );
    // Only base rows give a trace its values.
    let fronts = compare(&scan(TRACES), "name = front", "slow", Unit::Trace);
    check(
        &fronts,
        expect![[r#"
        1 selected, 2 others
    "#]],
    );
}

#[test]
fn what_the_selection_was_made_with_is_not_compared() {
    let spans = scan("error | status_code | a\n true | 2 | x\n - | 0 | y\n - | 0 | x");
    let reply = compare(&spans, "", "error AND a exists", Unit::Event);
    assert_eq!(serde_json::to_string(&reply.by_construction).unwrap(), r#"["a","error","status_code"]"#);
    assert!(reply.fields.is_empty());
}

#[test]
fn a_box_selects_by_time_and_value() {
    let spans = shop(6, 2000, 900);
    let ask = |start, end, min, max| {
        let (start, end) = (Some(Nanos(start)), Some(Nanos(end)));
        let one = SelectionBox { field: "duration_ms".into(), start, end, min, max };
        let selection = Selection::Boxes(vec![one]);
        let request = BubbleupRequest::new(Filter::ALL, selection, Unit::Event);
        bubbleup(&spans, &request, &Cancel::default()).unwrap()
    };
    let by_filter = compare(&spans, "", "slow AND timestamp_ns >= 1 AND timestamp_ns < 1500", Unit::Event);
    let reply = ask(0, 1499 + 1, Some(100.0), None);
    assert_eq!(serde_json::to_string(&reply.by_construction).unwrap(), r#"["duration_ms"]"#);
    assert_eq!(reply.selection, by_filter.selection);
    assert_eq!(ask(0, 5000, None, None).baseline.n, 0);
    assert_eq!(&*reply.fields[0].field, "slow");
}

#[test]
fn few_distinct_numbers_are_values_and_many_are_steps() {
    let reply = compare(&shop(7, 4000, 1500), "", "slow", Unit::Event);
    let retries = field(&reply, "retries");
    assert_eq!((retries.kind, retries.bins.len(), retries.values.len()), (FieldKind::Number, 0, 4));
    let batch = field(&reply, "batch.size");
    assert_eq!((batch.kind, batch.values.len()), (FieldKind::Number, 0));
    assert_eq!((batch.bins[0].min, batch.bins.last().unwrap().max), (0.0, 999.0));
    let sum = |part: fn(&BubbleupBin) -> f64| batch.bins.iter().map(part).sum::<f64>();
    assert!((sum(|bin| bin.shares.selection) - 1.0).abs() < 1e-9);
    assert!((sum(|bin| bin.shares.baseline) - 1.0).abs() < 1e-9);
    assert!(batch.bins.windows(2).all(|pair| pair[0].max == pair[1].min && pair[0].min < pair[0].max));
}

#[test]
fn few_or_no_units_are_answered_and_nothing_is_clear() {
    let spans =
        scan("s | a\n true | x\n true | x\n true | x\n true | x\n - | y\n - | y\n - | y\n - | y\n - | y");
    let reply = compare(&spans, "", "s", Unit::Event);
    check(
        &reply,
        expect![[r#"
        4 selected, 5 others
        a 0.00, on 100% and 100% chance
    "#]],
    );
    check(
        &compare(&spans, "", "a = z", Unit::Trace),
        expect![[r#"
        0 selected, 9 others
    "#]],
    );
    check(
        &compare(&spans, "a = z", "", Unit::Trace),
        expect![[r#"
        0 selected, 0 others
    "#]],
    );
}

#[test]
fn the_json_is_the_one_scripts_rely_on() {
    let mut table = "error | retries\n".to_owned();
    for row in 0..40 {
        table += if row % 2 == 0 { "true | 3\n" } else { "- | 0\n" };
    }
    let reply = compare(&scan(&table), "", "error", Unit::Event);
    expect![[r#"
        {
          "unit": "event",
          "selection": {
            "n": 20,
            "effective": 20.0
          },
          "baseline": {
            "n": 20,
            "effective": 20.0
          },
          "too_few": false,
          "fields": [
            {
              "field": "retries",
              "kind": "number",
              "score": 0.981966311988888,
              "presence": 0.0,
              "value_difference": 0.981966311988888,
              "lead": 0.9423422494708591,
              "q": 5.079257178941724e-10,
              "chance": false,
              "populated": {
                "selection": 1.0,
                "baseline": 1.0
              },
              "values": [
                {
                  "value": 3,
                  "selection": 1.0,
                  "baseline": 0.0,
                  "risk_ratio_low": null
                },
                {
                  "value": 0,
                  "selection": 0.0,
                  "baseline": 1.0,
                  "risk_ratio_low": null
                }
              ],
              "bins": []
            }
          ],
          "explanations": [
            {
              "terms": [
                {
                  "field": "retries",
                  "op": "=",
                  "value": 3
                }
              ],
              "also": [],
              "coverage": 1.0,
              "baseline": 0.0,
              "precision": 1.0,
              "risk_ratio": null,
              "risk_ratio_low": null
            }
          ],
          "cover": {
            "parts": [
              {
                "terms": [
                  {
                    "field": "retries",
                    "op": "=",
                    "value": 3
                  }
                ],
                "also": [],
                "coverage": 1.0,
                "baseline": 0.0,
                "precision": 1.0,
                "risk_ratio": null,
                "risk_ratio_low": null
              }
            ],
            "coverage": 1.0,
            "baseline": 0.0
          },
          "by_construction": [
            "error"
          ]
        }"#]]
    .assert_eq(&serde_json::to_string_pretty(&reply).unwrap());
}

#[test]
fn a_cancelled_comparison_has_no_answer() {
    let cancel = Cancel::default();
    cancel.cancel();
    let selection = Selection::Filter(Filter::ALL);
    let request = BubbleupRequest::new(Filter::ALL, selection, Unit::Trace);
    assert_eq!(bubbleup(&scan(TRACES), &request, &cancel), Err(QueryError::Cancelled));
}
