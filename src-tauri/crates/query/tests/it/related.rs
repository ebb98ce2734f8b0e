//! Fields of relatives: a small family by hand, and random families against a reference that looks at every pair of rows.

use crate::random::Random;
use crate::table::{Slot, scan, scan_of};
use expect_test::{Expect, expect};
use skep_query::{
    BubbleupRequest, Cancel, Condition, Expr, Filter, Heatmap, HeatmapRequest, Scale, Scan, Selection,
    TimeRange, Unit, matching, parse, parse_filter, run,
};
use std::cell::Cell;

/// Two traces over two segments. In the first, a log; the root of the second has not arrived.
const FAMILY: &str = "
    trace.trace_id | trace.span_id | trace.parent_id | is_root | name     | service.name | error | duration_ms | severity
    1              | 1             | -               | true    | GET /    | shop         | -     | 9           | -
    1              | 2             | 1               | false   | cart     | cart         | true  | 4           | -
    1              | 3             | 2               | false   | read     | cart         | -     | 1           | -
    ----
    1              | 4             | 1               | false   | pay      | bank         | -     | 3           | -
    1              | -             | 4               | -       | -        | bank         | -     | -           | warn
    2              | 6             | 5               | false   | read     | cart         | -     | 2           | -
    -              | -             | -               | -       | -        | -            | -     | -           | warn
";

/// The rows that pass, counted from 1.
fn rows(scan: &dyn Scan, filter: &Filter) -> Vec<usize> {
    let hits = matching(scan, filter, TimeRange::ALL, &Cancel::default()).unwrap();
    let mut n_before = 0;
    let mut rows = Vec::new();
    for hits in hits {
        rows.extend(hits.rows().map(|row| n_before + row + 1));
        n_before += hits.n_rows();
    }
    rows
}

#[test]
fn rows_are_found_by_their_relatives() {
    let scan = scan(FAMILY);
    let mut seen = String::new();
    for filter in [
        "root.name = 'GET /'",
        "root.name != 'GET /'",
        "root.service.name exists AND name = read",
        "parent.name = cart",
        "parent.error AND NOT is_root",
        "parent.parent.name = 'GET /'",
        "child.name = read",
        "child.name = read AND child.duration_ms > 1",
        "child.name = read AND child.name = pay",
        "child.name = cart AND child.error",
        "NOT child.name exists AND name exists",
        "any.error",
        "any.error AND any.name = cart",
        "any.error AND any.name = pay",
        "any.error AND any2.name = pay",
        "any.severity = warn AND is_root",
        "any.parent.error",
        "none.error AND name exists",
        "none.error",
        "none.name = cart AND none.name = pay",
        "NOT none.error",
        "any.name = pay OR any.name = read AND is_root",
        "NOT any.name = pay",
    ] {
        let parsed = parse_filter(filter).unwrap();
        seen += &format!("{filter}: {:?}\n", rows(&scan, &parsed));
    }
    expect![[r#"
        root.name = 'GET /': [1, 2, 3, 4, 5]
        root.name != 'GET /': [6, 7]
        root.service.name exists AND name = read: [3]
        parent.name = cart: [3]
        parent.error AND NOT is_root: [3]
        parent.parent.name = 'GET /': [3, 5]
        child.name = read: [2]
        child.name = read AND child.duration_ms > 1: []
        child.name = read AND child.name = pay: []
        child.name = cart AND child.error: [1]
        NOT child.name exists AND name exists: [3, 4, 6]
        any.error: [1, 2, 3, 4, 5]
        any.error AND any.name = cart: [1, 2, 3, 4, 5]
        any.error AND any.name = pay: []
        any.error AND any2.name = pay: [1, 2, 3, 4, 5]
        any.severity = warn AND is_root: [1]
        any.parent.error: [1, 2, 3, 4, 5]
        none.error AND name exists: [6]
        none.error: [6, 7]
        none.name = cart AND none.name = pay: [1, 2, 3, 4, 5, 6, 7]
        NOT none.error: [1, 2, 3, 4, 5]
        any.name = pay OR any.name = read AND is_root: [1, 2, 3, 4, 5]
        NOT any.name = pay: [6, 7]
    "#]]
    .assert_eq(&seen);
}

fn table(text: &str, expected: Expect) {
    let scan = scan(FAMILY);
    let answer = match run(&scan, &parse(text).unwrap(), TimeRange::ALL, &Cancel::default()) {
        Ok(table) => {
            let row = |row: &Vec<skep_query::Cell>| serde_json::to_string(row).unwrap() + "\n";
            format!("{}\n{}", table.columns.join(" | "), table.rows.iter().map(row).collect::<String>())
        }
        Err(error) => error.to_string(),
    };
    expected.assert_eq(&answer);
}

#[test]
fn roots_and_parents_have_values() {
    table(
        "SELECT COUNT GROUP BY root.name, parent.service.name",
        expect![[r#"
        root.name | parent.service.name | COUNT
        ["GET /","shop",2]
        [null,null,2]
        ["GET /","bank",1]
        ["GET /","cart",1]
        ["GET /",null,1]
    "#]],
    );
    table(
        "SELECT SUM(parent.duration_ms), COUNT_DISTINCT(root.name) WHERE any.error ORDER BY SUM(parent.duration_ms)",
        expect![[r#"
            SUM(parent.duration_ms) | COUNT_DISTINCT(root.name)
            [25.0,1]
        "#]],
    );
    table(
        "SELECT COUNT GROUP BY any.name",
        expect![
            "any.name is a condition of WHERE: a row may have many such values; root. and parent. have one"
        ],
    );
    table(
        "SELECT SUM(child.duration_ms)",
        expect![
            "child.duration_ms is a condition of WHERE: a row may have many such values; root. and parent. have one"
        ],
    );
    table(
        "SELECT COUNT WHERE any.any.any.any.name exists",
        expect!["more than 3 relatives before one field"],
    );
}

#[test]
fn relatives_count_wherever_in_time_they_are() {
    let scan = scan(FAMILY);
    let query = parse("SELECT COUNT, MAX(root.duration_ms) WHERE root.service.name = shop").unwrap();
    // The fourth row alone; its root is the first.
    let range = TimeRange { start: Some(skep_model::Nanos(4)), end: Some(skep_model::Nanos(5)) };
    let table = run(&scan, &query, range, &Cancel::default()).unwrap();
    assert_eq!(serde_json::to_string(&table.rows).unwrap(), "[[1,9.0]]");
    let request = HeatmapRequest {
        filter: parse_filter("any.error").unwrap(),
        field: "parent.duration_ms".into(),
        range: TimeRange::ALL,
        n_x: 1,
        n_y: 4,
        y: Some((0.0, 10.0)),
        scale: Scale::Linear,
    };
    let Heatmap { matched, counts, .. } = skep_query::heatmap(&scan, &request, &Cancel::default()).unwrap();
    assert_eq!((matched, counts.iter().sum::<u32>()), (5, 4), "one has no parent");
}

#[test]
fn a_field_of_that_name_comes_first() {
    let scan = scan(
        "
        trace.trace_id | is_root | name | root.name
        1              | true    | a    | -
        1              | -       | b    | own
    ",
    );
    assert_eq!(rows(&scan, &parse_filter("root.name = own").unwrap()), [2]);
    assert_eq!(rows(&scan, &parse_filter("root.name = a").unwrap()), [0_usize; 0]);
}

/// Guarantees: services that name one thing differently are asked by either name, also as relatives, and each row by the
/// name that was asked first.
#[test]
fn old_and_new_names_are_one_field() {
    let scan = scan(
        "trace.trace_id | trace.span_id | trace.parent_id | is_root | http.status_code | http.response.status_code
         1              | 1             | -               | true    | 200              | -
         1              | 2             | 1               | -       | -                | 500
         ----
         2              | 3             | -               | true    | 404              | 418
         2              | 4             | 3               | -       | -                | -
    ");
    let mut seen = String::new();
    for filter in [
        "http.status_code >= 400",
        "http.response.status_code >= 400",
        "http.response.status_code = 404",
        "http.status_code = 418",
        "http.status_code does-not-exist",
        "parent.http.response.status_code = 200",
        "any.http.status_code = 500",
    ] {
        seen += &format!("{filter}: {:?}\n", rows(&scan, &parse_filter(filter).unwrap()));
    }
    expect![[r#"
        http.status_code >= 400: [2, 3]
        http.response.status_code >= 400: [2, 3]
        http.response.status_code = 404: []
        http.status_code = 418: []
        http.status_code does-not-exist: [4]
        parent.http.response.status_code = 200: [2]
        any.http.status_code = 500: [1, 2]
    "#]]
    .assert_eq(&seen);
    let query = parse(
        "SELECT SUM(http.status_code), COUNT(http.response.status_code) GROUP BY http.response.status_code",
    );
    let table = run(&scan, &query.unwrap(), TimeRange::ALL, &Cancel::default()).unwrap();
    expect!["[[500,500,1],[418,404,1],[200,200,1],[null,null,0]]"]
        .assert_eq(&serde_json::to_string(&table.rows).unwrap());
}

#[test]
fn traces_picked_by_a_relative_differ_in_it_by_construction() {
    let scan = scan(FAMILY);
    let selection = Selection::Filter(parse_filter("any.error AND is_root").unwrap());
    let request = BubbleupRequest::new(Filter::ALL, selection, Unit::Trace);
    let found = skep_query::bubbleup(&scan, &request, &Cancel::default()).unwrap();
    assert_eq!((found.selection.n, found.baseline.n), (1, 2));
    let names: Vec<&str> = found.by_construction.iter().map(|name| &**name).collect();
    assert!(names.contains(&"error"), "{names:?}");
}

#[test]
fn what_a_calculated_field_is_worked_out_of_differs_by_construction() {
    let scan = scan(FAMILY);
    let selection = Selection::Filter(parse_filter("{LT($duration_ms, 4)} = false").unwrap());
    let request = BubbleupRequest::new(Filter::ALL, selection, Unit::Event);
    let found = skep_query::bubbleup(&scan, &request, &Cancel::default()).unwrap();
    assert!(found.selection.n > 0 && found.baseline.n > 0, "{:?} {:?}", found.selection, found.baseline);
    assert!(found.by_construction.iter().any(|name| &**name == "duration_ms"), "{:?}", found.by_construction);
}

const FIELDS: [&str; 3] = ["name", "n", "flag"];

/// A random store: traces of a few events, some without a root, a parent or an id, over segments that cut them.
struct Family {
    columns: Vec<(&'static str, Vec<Slot>)>,
    scan: crate::table::TableScan,
    /// Each row by itself.
    alone: Vec<crate::table::TableScan>,
}

impl Family {
    fn new(random: &mut Random) -> Self {
        let n_rows = 5 + random.below(30);
        let mut columns: Vec<(&str, Vec<Slot>)> =
            ["trace.trace_id", "trace.span_id", "trace.parent_id", "is_root", "name", "n", "flag"]
                .map(|name| (name, Vec::new()))
                .into();
        for row in 0..n_rows {
            let trace = random.below(5) as i64;
            let parent = random.below(n_rows + 3) as i64;
            let is_span = random.chance(0.8);
            let is_root = is_span && random.chance(0.3);
            let some = |is_there: bool, value: i64| is_there.then(|| value.into());
            let slots = [
                some(trace > 0, trace),
                some(is_span, row as i64 + 1),
                some(!is_root && parent > 0, parent),
                is_span.then(|| is_root.into()),
                random.chance(0.8).then(|| (*random.pick(&["a", "b", "c"])).into()),
                random.chance(0.7).then(|| (random.below(4) as i64).into()),
                random.chance(0.3).then(|| true.into()),
            ];
            for ((_, column), slot) in columns.iter_mut().zip(slots) {
                column.push(slot);
            }
        }
        let alone = (0..n_rows).map(|row| {
            let own: Vec<_> = columns.iter().map(|(name, slots)| (*name, vec![slots[row].clone()])).collect();
            scan_of(&own, 1)
        });
        let alone = alone.collect();
        let scan = scan_of(&columns, 1 + random.below(n_rows));
        Self { columns, scan, alone }
    }

    fn get(&self, field: &str, row: usize) -> Slot {
        self.columns.iter().find(|(name, _)| *name == field).unwrap().1[row].clone()
    }

    fn n_rows(&self) -> usize {
        self.alone.len()
    }

    fn is_same_trace(&self, a: usize, b: usize) -> bool {
        let trace = self.get("trace.trace_id", a);
        trace.is_some() && trace == self.get("trace.trace_id", b)
    }

    /// Whether `below` hangs directly below `row`.
    fn is_child(&self, row: usize, below: usize) -> bool {
        let id = self.get("trace.span_id", row);
        self.is_same_trace(row, below) && id.is_some() && id == self.get("trace.parent_id", below)
    }

    /// Every row that could be the one a prefix speaks of.
    fn relatives(&self, prefix: &str, row: usize) -> Vec<usize> {
        let is_relative = |other: &usize| match prefix {
            "child" => self.is_child(row, *other) && self.get("trace.span_id", *other).is_some(),
            _ => self.is_same_trace(row, *other),
        };
        (0..self.n_rows()).filter(is_relative).collect()
    }

    /// A condition on a row's own field.
    fn holds_alone(&self, field: &str, condition: &Condition, row: usize) -> bool {
        !rows(&self.alone[row], &Filter::from(Expr::is(field, condition.clone()))).is_empty()
    }
}

/// An expression as a tree of words, so that the reference and the parser read it independently.
enum Tree {
    And(Vec<Tree>),
    Or(Vec<Tree>),
    Not(Box<Tree>),
    Is { prefix: &'static str, field: &'static str, condition: &'static str },
}

const PREFIXES: [&str; 8] = ["", "", "root", "parent", "child", "any", "any2", "none"];
const CONDITIONS: [&str; 13] = [
    "",
    " = a",
    " != a",
    " > 1",
    " <= 1",
    " exists",
    " does-not-exist",
    " in (a, 2)",
    " not-in (b, 3)",
    " contains a",
    " does-not-contain b",
    " starts-with a",
    " does-not-end-with c",
];

impl Tree {
    fn random(random: &mut Random, depth: usize) -> Self {
        let parts =
            |random: &mut Random| (0..2 + random.below(2)).map(|_| Tree::random(random, depth - 1)).collect();
        match random.below(if depth == 0 { 1 } else { 6 }) {
            0..=2 => Tree::Is {
                prefix: random.pick::<&str>(&PREFIXES),
                field: random.pick::<&str>(&FIELDS),
                condition: random.pick::<&str>(&CONDITIONS),
            },
            3 => Tree::Or(parts(random)),
            4 => Tree::Not(Box::new(Tree::random(random, depth - 1))),
            _ => Tree::And(parts(random)),
        }
    }

    fn text(&self) -> String {
        let join = |parts: &[Tree], with: &str| {
            format!("({})", parts.iter().map(Tree::text).collect::<Vec<_>>().join(with))
        };
        match self {
            Tree::And(parts) => join(parts, " AND "),
            Tree::Or(parts) => join(parts, " OR "),
            Tree::Not(inside) => format!("NOT {}", inside.text()),
            Tree::Is { prefix: "", field, condition } => format!("{field}{condition}"),
            Tree::Is { prefix, field, condition } => format!("{prefix}.{field}{condition}"),
        }
    }

    /// Nested conjunctions are one, as they are to the parser.
    fn flat(parts: &[Tree]) -> Vec<&Tree> {
        parts
            .iter()
            .flat_map(|part| if let Tree::And(inner) = part { Tree::flat(inner) } else { vec![part] })
            .collect()
    }

    /// The prefix that all of it has, where it is one of those that mean many rows.
    fn many(&self) -> Option<&'static str> {
        match self {
            Tree::Is { prefix, .. } => ["child", "any", "any2", "none"].contains(prefix).then_some(*prefix),
            Tree::Not(_) => None,
            Tree::And(parts) | Tree::Or(parts) => {
                let first = parts[0].many()?;
                let is_or_of_none = first == "none" && matches!(self, Tree::Or(_));
                (!is_or_of_none && parts.iter().all(|part| part.many() == Some(first))).then_some(first)
            }
        }
    }

    /// Whether it holds of a row itself, its prefixes aside.
    fn holds_inside(&self, family: &Family, row: usize) -> bool {
        match self {
            Tree::And(parts) => parts.iter().all(|part| part.holds_inside(family, row)),
            Tree::Or(parts) => parts.iter().any(|part| part.holds_inside(family, row)),
            Tree::Not(inside) => !inside.holds_inside(family, row),
            Tree::Is { field, condition, .. } => {
                family.holds_alone(field, &condition_of(field, condition), row)
            }
        }
    }

    fn holds(&self, family: &Family, row: usize) -> bool {
        match self {
            Tree::And(parts) => {
                let parts = Tree::flat(parts);
                let of = |prefix: &str| -> Vec<&Tree> {
                    parts.iter().copied().filter(|part| part.many() == Some(prefix)).collect()
                };
                let single = parts.iter().filter(|part| part.many().is_none());
                single.copied().all(|part| part.holds(family, row))
                    && ["child", "any", "any2", "none"].iter().all(|prefix| {
                        let parts = of(prefix);
                        parts.is_empty() || some_relative(family, prefix, row, &parts)
                    })
            }
            Tree::Or(parts) => parts.iter().any(|part| part.holds(family, row)),
            Tree::Not(inside) => !inside.holds(family, row),
            Tree::Is { prefix: "", .. } => self.holds_inside(family, row),
            Tree::Is { prefix: prefix @ ("root" | "parent"), field, condition } => {
                let condition = condition_of(field, condition);
                match family.relative_with(prefix, field, row) {
                    Some(relative) => family.holds_alone(field, &condition, relative),
                    // A value that is missing, of a row that has none.
                    None => family.holds_alone("nothing", &condition, row),
                }
            }
            Tree::Is { prefix, .. } => some_relative(family, prefix, row, &[self]),
        }
    }
}

impl Family {
    /// The span a row hangs below; ids are not shared here. Of roots that share a trace, the first that has the field.
    fn relative_with(&self, prefix: &str, field: &str, row: usize) -> Option<usize> {
        if prefix == "parent" {
            return (0..self.n_rows()).find(|other| self.is_child(*other, row));
        }
        let is_root = |other: &usize| {
            self.is_same_trace(row, *other) && self.get("is_root", *other) == Some(true.into())
        };
        (0..self.n_rows()).filter(is_root).find(|root| self.get(field, *root).is_some())
    }
}

fn some_relative(family: &Family, prefix: &str, row: usize, parts: &[&Tree]) -> bool {
    let passes = |other: &usize| parts.iter().all(|part| part.holds_inside(family, *other));
    family.relatives(prefix, row).iter().any(passes) != (prefix == "none")
}

fn condition_of(field: &str, condition: &str) -> Condition {
    match parse_filter(&format!("{field}{condition}")).unwrap().expr.unwrap() {
        Expr::Is { condition, .. } => condition,
        other => panic!("{other:?}"),
    }
}

/// Guarantees: whatever the expression and however the store is cut, exactly those rows pass that pass when every pair of
/// rows is looked at.
#[test]
fn any_expression_is_what_looking_at_every_pair_says() {
    let n_passed = Cell::new(0);
    for seed in 0..400 {
        let mut random = Random::new(seed);
        let family = Family::new(&mut random);
        for _ in 0..6 {
            let tree = Tree::random(&mut random, 3);
            let text = tree.text();
            let filter = parse_filter(&text).unwrap();
            let expected: Vec<usize> =
                (0..family.n_rows()).filter(|row| tree.holds(&family, *row)).map(|row| row + 1).collect();
            assert_eq!(rows(&family.scan, &filter), expected, "seed {seed}: {text}");
            n_passed
                .set(n_passed.get() + usize::from(!expected.is_empty() && expected.len() < family.n_rows()));
        }
    }
    assert!(n_passed.get() > 1_000, "most expressions tell rows apart: {n_passed:?}");
}
