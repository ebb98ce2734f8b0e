use crate::random::Random;
use expect_test::{Expect, expect};
use skep_query::{
    Aggregate, AggregateOp, CompareOp, Condition, Duration, Expr, Filter, Literal, Order, OrderKey,
    Percentile, Query, TextOp, TimeUnit, parse, parse_filter,
};

/// Reads a query and writes it back, or draws where it cannot be read.
fn check(text: &str, expected: Expect) {
    expected.assert_eq(&match parse(text) {
        Ok(query) => query.to_string(),
        Err(error) => error.caret(text),
    });
}

#[test]
fn queries_have_one_canonical_writing() {
    check(
        r#"select count, p99(duration_ms), HeatMap(duration_ms)
           where service.name = 'api' and (duration_ms > 100 or error exists)
           group by http.route, "service.name" order by count desc limit 100"#,
        expect![[
            r#"SELECT COUNT, P99(duration_ms), HEATMAP(duration_ms) WHERE service.name = "api" AND (duration_ms > 100 OR error exists) GROUP BY http.route, service.name ORDER BY COUNT DESC LIMIT 100"#
        ]],
    );
    check("", expect!["SELECT COUNT"]);
    check("LIMIT 5 GROUP BY a SELECT SUM(x) WHERE b", expect!["SELECT SUM(x) WHERE b GROUP BY a LIMIT 5"]);
    check("ORDER BY a GROUP BY a", expect!["SELECT COUNT GROUP BY a ORDER BY a ASC"]);
    check(
        "WHERE a AND (b AND c) OR (d OR NOT (e OR f))",
        expect!["SELECT COUNT WHERE a AND b AND c OR d OR NOT (e OR f)"],
    );
    check(
        "WHERE a = b AND c = 5.0 AND d = -1e-7 AND e = 1.5m AND f = 10µs AND g = true",
        expect![[
            r#"SELECT COUNT WHERE a = "b" AND c = 5.0 AND d = -1e-7 AND e = 1.5m AND f = 10us AND g = true"#
        ]],
    );
    check(
        "WHERE a in (1, x, 'y') AND b not-in (2s) AND c NOT IN (true)",
        expect![[r#"SELECT COUNT WHERE a in (1, "x", "y") AND b not-in (2s) AND c not-in (true)"#]],
    );
    check(
        "WHERE a starts-with /cart AND b does-not-contain 500 AND c ends-with 'it\\'s \\\\ \\n'",
        expect![[
            r#"SELECT COUNT WHERE a starts-with "/cart" AND b does-not-contain "500" AND c ends-with "it's \\ \n""#
        ]],
    );
    check(
        "GROUP BY `limit`, `two words`, `5`, `count`, @x:y/z-1",
        expect!["SELECT COUNT GROUP BY `limit`, `two words`, `5`, `count`, @x:y/z-1"],
    );
}

#[test]
fn errors_point_at_the_place_and_say_what_to_write() {
    check(
        "SELECT CUONT",
        expect![[r#"
        SELECT CUONT
               ^^^^^
        unknown operator CUONT; did you mean COUNT?"#]],
    );
    check(
        "SELECT P99",
        expect![[r#"
        SELECT P99
                  ^
        P99 needs a field; did you mean P99(duration_ms)?"#]],
    );
    check(
        "WHERE a == 1",
        expect![[r#"
        WHERE a == 1
                ^^
        == is no operator; did you mean =?"#]],
    );
    check(
        "WHERE a exist",
        expect![[r#"
        WHERE a exist
                ^^^^^
        expected an operator such as = or exists, found exist; did you mean exists?"#]],
    );
    check(
        "WHERE a = ",
        expect![[r#"
        WHERE a = 
                  ^
        expected a value, found the end"#]],
    );
    check(
        "WHERE 'a' = 1",
        expect![[r#"
        WHERE 'a' = 1
              ^^^
        single quotes hold a text, and here a field is due; did you mean `a`?"#]],
    );
    check(
        "WHERE a = `b`",
        expect![[r#"
        WHERE a = `b`
                  ^^^
        a field is compared with a value, not with another field; did you mean "b"?"#]],
    );
    check(
        "WHERE (a = 1\n  AND b = 2 GROUP BY c",
        expect![[r#"
          AND b = 2 GROUP BY c
                    ^^^^^
        expected ), found GROUP"#]],
    );
    check(
        "WHERE über = \"offen",
        expect![[r#"
        WHERE über = "offen
                     ^^^^^^
        the quote " is never closed"#]],
    );
    check(
        "WHERE a ; b",
        expect![[r#"
        WHERE a ; b
                ^
        ';' means nothing here; put names with it between backticks"#]],
    );
    check(
        "GROUP BY limit",
        expect![[r#"
        GROUP BY limit
                 ^^^^^
        limit is a field only between backticks; did you mean `limit`?"#]],
    );
    check(
        "GROUP BY a ORDER BY SUM(x)",
        expect![[r#"
        GROUP BY a ORDER BY SUM(x)
                            ^^^
        ORDER BY needs one of the query's columns: a, COUNT"#]],
    );
    check(
        "LIMIT 0",
        expect![[r#"
        LIMIT 0
              ^
        LIMIT needs a whole number from 1 to 10000"#]],
    );
    check(
        "WHERE a WHERE b",
        expect![[r#"
        WHERE a WHERE b
                ^^^^^
        WHERE stands here a second time"#]],
    );
    check(
        "FROM x",
        expect![[r#"
        FROM x
        ^^^^
        expected SELECT, WHERE, GROUP BY, ORDER BY or LIMIT, found FROM"#]],
    );
}

#[test]
fn filters_stand_alone() {
    assert_eq!(parse_filter(" \n "), Ok(Filter::ALL));
    assert_eq!(
        parse_filter("a = 1").unwrap().and(parse_filter("b OR c").unwrap()).to_string(),
        "a = 1 AND (b OR c)"
    );
    let error = parse_filter("a = 1 GROUP BY b").unwrap_err();
    assert_eq!((error.at, error.len), (6, 5));
}

#[test]
fn depth_and_length_are_limited() {
    for text in ["(".repeat(10_000), "NOT ".repeat(10_000), format!("a = '{}'", "x".repeat(70_000))] {
        let error = parse_filter(&text).unwrap_err();
        assert!(error.caret(&text).ends_with(&error.to_string()));
    }
}

#[test]
fn any_text_gives_a_query_or_an_error_with_a_place() {
    let pieces = [
        "SELECT", "COUNT", "WHERE", "GROUP BY", "a", "`", "\"", "'", "(", ")", ",", "=", "!", "5ms", "é",
        "\\", "NOT", "in",
    ];
    for seed in 0..5000 {
        let mut random = Random::new(seed);
        let words: Vec<&str> = (0..random.below(12)).map(|_| *random.pick(&pieces)).collect();
        let text = words.join(if random.chance(0.8) { " " } else { "" });
        if let Err(error) = parse(&text) {
            assert!(error.at <= text.len(), "seed {seed}: {text}");
            assert!(error.caret(&text).contains('^'), "seed {seed}: {text}");
        }
    }
}

/// Scenario: random queries are written, read back and written again.
/// Guarantees: nothing is lost or changed, whatever names and texts hold.
#[test]
fn what_is_written_reads_back_the_same() {
    for seed in 0..3000 {
        let query = any_query(&mut Random::new(seed));
        let text = query.to_string();
        match parse(&text) {
            Ok(read) => assert_eq!(read, query, "seed {seed}: {text}"),
            Err(error) => panic!("seed {seed}:\n{}", error.caret(&text)),
        }
    }
}

const NAMES: [&str; 14] = [
    "a",
    "service.name",
    "select",
    "COUNT",
    "5",
    "5ms",
    "-",
    "two words",
    "it's",
    "`tick`",
    "back\\slash",
    "exists",
    "true",
    "größe",
];

fn any_query(random: &mut Random) -> Query {
    let mut query = Query::default();
    for _ in 0..=random.below(3) {
        query.select.push(any_aggregate(random));
    }
    if random.chance(0.8) {
        query.filter = any_expr(random, 3).into();
    }
    for _ in 0..random.below(3) {
        query.group_by.push((*random.pick(&NAMES)).into());
    }
    for _ in 0..random.below(3) {
        let key = if query.group_by.is_empty() || random.chance(0.5) {
            OrderKey::Aggregate(random.pick(&query.select).clone())
        } else {
            OrderKey::Field(random.pick(&query.group_by).clone())
        };
        query.order_by.push(Order { key, descending: random.chance(0.5) });
    }
    query.limit = random.chance(0.5).then_some(17);
    query
}

fn any_aggregate(random: &mut Random) -> Aggregate {
    let field = Some((*random.pick(&NAMES)).into());
    match random.below(4) {
        0 => Aggregate::COUNT,
        1 => Aggregate { op: AggregateOp::Count, field },
        2 => Aggregate { op: AggregateOp::Avg, field },
        _ => Aggregate { op: AggregateOp::Percentile(*random.pick(&Percentile::ALL)), field },
    }
}

fn any_expr(random: &mut Random, depth: usize) -> Expr {
    let parts = |random: &mut Random| (0..2 + random.below(2)).map(|_| any_expr(random, depth - 1)).collect();
    match random.below(if depth == 0 { 1 } else { 4 }) {
        0 => Expr::is(*random.pick(&NAMES), any_condition(random)),
        1 => Expr::and(parts(random)),
        2 => Expr::or(parts(random)),
        _ => Expr::Not(Box::new(any_expr(random, depth - 1))),
    }
}

fn any_condition(random: &mut Random) -> Condition {
    let op = *random.pick(&[TextOp::Contains, TextOp::StartsWith, TextOp::EndsWith]);
    let compare = [CompareOp::Eq, CompareOp::Ne, CompareOp::Lt, CompareOp::Le, CompareOp::Gt, CompareOp::Ge];
    match random.below(8) {
        0 | 1 => Condition::Compare(*random.pick(&compare), any_literal(random)),
        2 => Condition::In((0..=random.below(3)).map(|_| any_literal(random)).collect()),
        3 => Condition::NotIn(vec![any_literal(random)]),
        4 => random.pick(&[Condition::Exists, Condition::DoesNotExist]).clone(),
        5 => Condition::Text(op, (*random.pick(&NAMES)).into()),
        6 => Condition::NotText(op, "line\nbreak\t\"quote\"".into()),
        _ => Condition::Truthy,
    }
}

fn any_literal(random: &mut Random) -> Literal {
    match random.below(6) {
        0 => Literal::Text((*random.pick(&NAMES)).into()),
        1 => Literal::Bool(random.chance(0.5)),
        2 => Literal::Int(random.next().cast_signed()),
        3 => Literal::Double((random.unit() - 0.5) * 10f64.powi(random.below(40) as i32 - 20)),
        4 => Literal::Double(7.0),
        _ => {
            let amount = random.below(1000) as f64 / 8.0;
            Literal::Duration(Duration { amount, unit: random.pick(&TimeUnit::ALL).1 })
        }
    }
}
