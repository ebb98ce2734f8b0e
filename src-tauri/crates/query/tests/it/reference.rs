//! Every operator and aggregate against a slow, obvious one: each row looked at by itself, by the rules of
//! `skep_query::Condition` and `skep_query::AggregateOp`, on random tables.

use crate::random::Random;
use crate::table::{Slot, scan_of};
use skep_model::Value;
use skep_query::{Cancel, Cell, Percentile, TimeRange, matching, parse, parse_filter, run};
use std::cmp::Ordering;
use std::collections::BTreeMap;

const FIELDS: [&str; 4] = ["text", "int", "double", "mixed"];

fn table(random: &mut Random, n_rows: usize) -> Vec<(&'static str, Vec<Slot>)> {
    let texts = ["", "a", "ab", "b", "cart", "/cart/7", "200", "true", "Ab"];
    let columns = FIELDS.map(|field| {
        let slots = (0..n_rows).map(|_| {
            let kind =
                if field == "mixed" { random.below(4) } else { FIELDS.iter().position(|f| *f == field)? };
            random.chance(0.8).then(|| match kind {
                0 => Value::from(*random.pick(&texts)),
                1 => Value::Int(*random.pick(&[-3, 0, 1, 2, 7, 200])),
                2 => Value::Double(*random.pick(&[-0.5, 0.0, 1.0, 2.5, 7.0, 200.0, 1e9])),
                _ => Value::from(random.chance(0.5)),
            })
        });
        (field, slots.collect())
    });
    columns.into()
}

/// What a condition is compared with.
#[derive(Clone, Debug)]
enum Operand {
    Text(&'static str),
    Number(f64),
    Bool(bool),
}

#[derive(Clone, Debug)]
enum Node {
    Is(&'static str, &'static str, Vec<Operand>),
    And(Vec<Node>),
    Or(Vec<Node>),
    Not(Box<Node>),
}

const COMPARISONS: [&str; 6] = ["=", "!=", "<", "<=", ">", ">="];
const TEXT_OPS: [&str; 6] =
    ["contains", "starts-with", "ends-with", "does-not-contain", "does-not-start-with", "does-not-end-with"];

fn node(random: &mut Random, depth: usize) -> Node {
    let parts = |random: &mut Random| (0..2 + random.below(2)).map(|_| node(random, depth - 1)).collect();
    match if depth == 0 { 3 } else { random.below(5) } {
        0 => Node::And(parts(random)),
        1 => Node::Or(parts(random)),
        2 => Node::Not(Box::new(node(random, depth - 1))),
        _ => {
            let operand = |random: &mut Random| match random.below(3) {
                0 => Operand::Text(random.word(&["", "a", "b", "cart", "200", "true", "7"])),
                1 => Operand::Number(*random.pick(&[-3.0, -0.5, 0.0, 1.0, 2.0, 7.0, 200.0])),
                _ => Operand::Bool(random.chance(0.5)),
            };
            let field = *random.pick(&FIELDS);
            match random.below(5) {
                0 | 1 => Node::Is(field, random.word(&COMPARISONS), vec![operand(random)]),
                2 => Node::Is(
                    field,
                    random.word(&TEXT_OPS),
                    vec![Operand::Text(random.word(&["", "a", "art", "0", "tr"]))],
                ),
                3 => Node::Is(
                    field,
                    random.word(&["in", "not-in"]),
                    (0..1 + random.below(3)).map(|_| operand(random)).collect(),
                ),
                _ => Node::Is(field, random.word(&["exists", "does-not-exist", ""]), Vec::new()),
            }
        }
    }
}

impl Operand {
    fn written(&self) -> String {
        match self {
            Operand::Text(text) => format!("'{text}'"),
            Operand::Number(number) => format!("{number}"),
            Operand::Bool(bool) => bool.to_string(),
        }
    }

    fn is(&self, value: &Value) -> bool {
        match (self, value) {
            (Operand::Number(number), value) if value.as_f64().is_some() => value.as_f64() == Some(*number),
            (Operand::Text(text), Value::Text(value)) => *text == &**value,
            (Operand::Bool(bool), Value::Bool(value)) => bool == value,
            // A text and anything else: equal when the text is how the other is written.
            (Operand::Text(text), other) => *text == shown(other),
            (Operand::Number(number), Value::Text(value)) => format!("{number}") == **value,
            (Operand::Bool(bool), Value::Text(value)) => bool.to_string() == **value,
            _ => false,
        }
    }

    fn order(&self, value: &Value) -> Option<Ordering> {
        match (self, value) {
            (Operand::Number(number), value) => value.as_f64()?.partial_cmp(number),
            (Operand::Text(text), Value::Text(value)) => Some((**value).cmp(*text)),
            _ => None,
        }
    }
}

fn shown(value: &Value) -> String {
    match value {
        Value::Text(text) => text.to_string(),
        Value::Double(double) => format!("{double}"),
        other => other.to_string(),
    }
}

impl Node {
    fn written(&self) -> String {
        let joined = |parts: &[Node], word: &str| {
            parts.iter().map(|part| format!("({})", part.written())).collect::<Vec<_>>().join(word)
        };
        match self {
            Node::And(parts) => joined(parts, " AND "),
            Node::Or(parts) => joined(parts, " OR "),
            Node::Not(inside) => format!("NOT ({})", inside.written()),
            Node::Is(field, op @ ("in" | "not-in"), operands) => {
                let operands: Vec<String> = operands.iter().map(Operand::written).collect();
                format!("{field} {op} ({})", operands.join(", "))
            }
            Node::Is(field, op, operands) => {
                let operands: Vec<String> = operands.iter().map(Operand::written).collect();
                format!("{field} {op} {}", operands.join(""))
            }
        }
    }

    fn passes(&self, value_of: &impl Fn(&str) -> Slot) -> bool {
        match self {
            Node::And(parts) => parts.iter().all(|part| part.passes(value_of)),
            Node::Or(parts) => parts.iter().any(|part| part.passes(value_of)),
            Node::Not(inside) => !inside.passes(value_of),
            Node::Is(field, op, operands) => condition(op, operands, value_of(field).as_ref()),
        }
    }
}

fn condition(op: &str, operands: &[Operand], value: Option<&Value>) -> bool {
    let is_any = || value.is_some_and(|value| operands.iter().any(|operand| operand.is(value)));
    let order = || operands[0].order(value?);
    let text = || (value.map(shown), operands.first().map(|operand| operand.written().replace('\'', "")));
    let in_text = |holds: fn(&str, &str) -> bool| match text() {
        (Some(value), Some(part)) => holds(&value, &part),
        _ => false,
    };
    let contains = || in_text(|value, part| value.contains(part));
    let starts = || in_text(|value, part| value.starts_with(part));
    let ends = || in_text(|value, part| value.ends_with(part));
    match op {
        "=" | "in" => is_any(),
        "!=" | "not-in" => !is_any(),
        "<" => order() == Some(Ordering::Less),
        "<=" => order().is_some_and(Ordering::is_le),
        ">" => order() == Some(Ordering::Greater),
        ">=" => order().is_some_and(Ordering::is_ge),
        "contains" => contains(),
        "starts-with" => starts(),
        "ends-with" => ends(),
        "does-not-contain" => !contains(),
        "does-not-start-with" => !starts(),
        "does-not-end-with" => !ends(),
        "exists" => value.is_some(),
        "does-not-exist" => value.is_none(),
        "" => match value {
            None | Some(Value::Bool(false)) => false,
            Some(Value::Text(text)) => !text.is_empty() && &**text != "false",
            Some(value) => value.as_f64() != Some(0.0),
        },
        other => panic!("{other}"),
    }
}

/// The seeds for which the engine and the reference, which may be led astray, find other rows.
fn disagreements(seeds: std::ops::Range<u64>, astray: impl Fn(Node) -> Node) -> Vec<(u64, String)> {
    let mut found = Vec::new();
    for seed in seeds {
        let mut random = Random::new(seed);
        let columns = table(&mut random, 60);
        let filter = node(&mut random, 3);
        let text = filter.written();
        let parsed = parse_filter(&text).unwrap_or_else(|error| panic!("{seed}: {}", error.caret(&text)));
        let scan = scan_of(&columns, 1 + random.below(60));
        let hits = matching(&scan, &parsed, TimeRange::ALL, &Cancel::default()).unwrap();
        let engine: Vec<bool> =
            hits.iter().flat_map(|hits| (0..hits.n_rows()).map(|row| hits.contains(row))).collect();
        let filter = astray(filter);
        let value_of = |row: usize| {
            let columns = &columns;
            move |field: &str| {
                columns.iter().find(|(name, _)| *name == field).and_then(|(_, slots)| slots[row].clone())
            }
        };
        let reference: Vec<bool> = (0..60).map(|row| filter.passes(&value_of(row))).collect();
        if engine != reference {
            found.push((seed, text));
        }
    }
    found
}

/// Guarantees: whatever is asked, the rows found are those that pass one by one. Control: a reference that takes one
/// operator for its neighbour is found out.
#[test]
fn filters_find_what_looking_at_each_row_finds() {
    let found = disagreements(0..2_000, |filter| filter);
    assert!(found.is_empty(), "{} seeds, the first {:?}", found.len(), found.first());
    for (op, instead) in [
        ("=", "!="),
        ("<", "<="),
        (">", ">="),
        ("!=", "="),
        ("in", "not-in"),
        ("contains", "starts-with"),
        ("ends-with", "contains"),
        ("exists", "does-not-exist"),
        ("does-not-contain", "does-not-end-with"),
        ("", "exists"),
    ] {
        let astray = |filter: Node| swapped(filter, op, instead);
        assert!(!disagreements(0..400, astray).is_empty(), "{op} taken for {instead} shows nowhere");
    }
}

fn swapped(filter: Node, op: &str, instead: &'static str) -> Node {
    let all = |parts: Vec<Node>| parts.into_iter().map(|part| swapped(part, op, instead)).collect();
    match filter {
        Node::And(parts) => Node::And(all(parts)),
        Node::Or(parts) => Node::Or(all(parts)),
        Node::Not(inside) => Node::Not(Box::new(swapped(*inside, op, instead))),
        Node::Is(field, own, operands) => Node::Is(field, if own == op { instead } else { own }, operands),
    }
}

/// Numbers of a group with how often each stands for, and what else aggregates look at.
#[derive(Default)]
struct Group {
    rows: f64,
    present: f64,
    distinct: std::collections::BTreeSet<String>,
    numbers: Vec<(f64, f64)>,
}

impl Group {
    fn figures(mut self) -> Vec<Option<f64>> {
        self.numbers.sort_by(|(a, _), (b, _)| a.total_cmp(b));
        let n: f64 = self.numbers.iter().map(|(_, times)| times).sum();
        let sum: f64 = self.numbers.iter().map(|(number, times)| number * times).sum();
        let some = |figure: f64| (n > 0.0).then_some(figure);
        let mut figures = vec![
            Some(self.rows),
            Some(self.present),
            Some(self.distinct.len() as f64),
            some(sum),
            some(sum / n),
            self.numbers.first().map(|(number, _)| *number),
            self.numbers.last().map(|(number, _)| *number),
        ];
        for per_mille in
            [1.0, 10.0, 50.0, 100.0, 200.0, 250.0, 500.0, 750.0, 800.0, 900.0, 950.0, 990.0, 999.0]
        {
            let rank = (n * per_mille / 1000.0).ceil().max(1.0);
            let mut through = 0.0;
            figures.push(
                self.numbers
                    .iter()
                    .find(|(_, times)| {
                        through += times;
                        through >= rank
                    })
                    .map(|(number, _)| *number),
            );
        }
        figures
    }
}

/// Guarantees: every aggregate of every group is what adding up row by row gives, and with a `SampleRate` what adding up
/// what each row stands for gives; distinct values and extremes are of the rows. Control: a reference without weights
/// differs where there are some.
#[test]
fn aggregates_are_what_adding_up_gives() {
    let percentiles = Percentile::ALL.map(|percentile| {
        let op = skep_query::AggregateOp::Percentile(percentile);
        format!("{}(n)", op.name())
    });
    let text = format!(
        "SELECT COUNT, COUNT(n), COUNT_DISTINCT(n), SUM(n), AVG(n), MIN(n), MAX(n), {} GROUP BY g LIMIT 1000",
        percentiles.join(", ")
    );
    let mut n_told_apart = 0;
    for seed in 0..150 {
        let mut random = Random::new(seed);
        let n_rows = 1 + random.below(200);
        let (is_weighted, is_double) = (random.chance(0.5), random.chance(0.5));
        let mut columns: Vec<(&str, Vec<Slot>)> =
            ["g", "n", "SampleRate"].map(|name| (name, Vec::new())).into();
        let mut groups: [BTreeMap<String, Group>; 2] = Default::default();
        for _ in 0..n_rows {
            let group = random.chance(0.8).then(|| Value::from(*random.pick(&["x", "y", "z"])));
            let number = random.below(50) as i64 - 10;
            let number = random.chance(0.8).then(|| match is_double {
                true => Value::Double(number as f64 / 4.0),
                false => Value::Int(number),
            });
            let rate = (is_weighted && random.chance(0.7)).then(|| *random.pick(&[1_i64, 2, 5, 100]));
            for (weighted, groups) in groups.iter_mut().enumerate() {
                let times = if weighted == 1 { rate.unwrap_or(1) as f64 } else { 1.0 };
                let key = group
                    .as_ref()
                    .map_or_else(|| "null".to_owned(), |group| format!("{:?}", group.to_string()));
                let told = groups.entry(key).or_default();
                told.rows += times;
                if let Some(number) = &number {
                    told.present += times;
                    told.distinct.insert(number.to_string());
                    told.numbers.push((number.as_f64().unwrap(), times));
                }
            }
            let row = [group, number, rate.map(Value::Int)];
            columns.iter_mut().zip(row).for_each(|((_, column), slot)| column.push(slot));
        }
        let scan = scan_of(&columns, 1 + random.below(n_rows));
        let table = run(&scan, &parse(&text).unwrap(), TimeRange::ALL, &Cancel::default()).unwrap();
        let engine: BTreeMap<String, Vec<Option<f64>>> = table
            .rows
            .iter()
            .map(|row| (serde_json::to_string(&row[0]).unwrap(), row[1..].iter().map(number).collect()))
            .collect();
        let [unweighted, weighted] = groups.map(|groups| {
            groups.into_iter().map(|(key, group)| (key, group.figures())).collect::<BTreeMap<_, _>>()
        });
        assert_eq!(engine.keys().collect::<Vec<_>>(), weighted.keys().collect::<Vec<_>>(), "seed {seed}");
        for (key, figures) in &engine {
            for (at, (ours, theirs)) in figures.iter().zip(&weighted[key]).enumerate() {
                let is_same = match (ours, theirs) {
                    (Some(a), Some(b)) => (a - b).abs() <= 1e-9 * b.abs().max(1.0),
                    (a, b) => a == b,
                };
                assert!(is_same, "seed {seed}, group {key}, column {at}: {ours:?}, but {theirs:?} by hand");
            }
        }
        n_told_apart += u64::from(is_weighted && weighted != unweighted);
    }
    assert!(n_told_apart > 50, "weights show in {n_told_apart} tables");
}

fn number(cell: &Cell) -> Option<f64> {
    match cell {
        Cell::Int(int) => Some(*int as f64),
        Cell::Double(double) => Some(*double),
        _ => None,
    }
}
