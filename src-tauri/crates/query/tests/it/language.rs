use crate::random::Random;
use expect_test::{Expect, expect};
use skep_query::{
    Aggregate, AggregateOp, CompareOp, Condition, Duration, Expr, Filter, Having, Literal, Order, OrderKey,
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
        expected SELECT, WHERE, GROUP BY, HAVING, ORDER BY, LIMIT or EVERY, found FROM"#]],
    );
}

#[test]
fn series_and_having_have_one_writing_and_their_own_errors() {
    check(
        "select rate_sum(x), concurrency every 90000ms having rate_sum(x) >= 2 and CONCURRENCY != 1 and time > 'x'",
        expect![[
            r#"SELECT RATE_SUM(x), CONCURRENCY HAVING RATE_SUM(x) >= 2 AND CONCURRENCY != 1 AND time > "x" EVERY 90s"#
        ]],
    );
    check("EVERY 0.5s", expect!["SELECT COUNT EVERY 500ms"]);
    check("ORDER BY time DESC EVERY 120m", expect!["SELECT COUNT ORDER BY time DESC EVERY 2h"]);
    check(
        "SELECT RATE_MAX(x) GROUP BY a",
        expect![[r#"
        SELECT RATE_MAX(x) GROUP BY a
               ^^^^^^^^
        rates compare buckets of time: end the query with EVERY 1m"#]],
    );
    check(
        "SELECT CONCURRENCY(x)",
        expect![[r#"
        SELECT CONCURRENCY(x)
                          ^
        CONCURRENCY has no field: it counts rows under way"#]],
    );
    for (every, at) in
        [("EVERY 5", 1), ("EVERY 10us", 4), ("EVERY 0s", 2), ("EVERY 9000h", 5), ("EVERY minute", 6)]
    {
        let error = parse(every).unwrap_err();
        assert_eq!((error.at, error.len, error.suggestion.as_deref()), (6, at, Some("1m")), "{every}");
    }
    check(
        "GROUP BY a HAVING SUM(x) > 1",
        expect![[r#"
        GROUP BY a HAVING SUM(x) > 1
                          ^^^
        HAVING needs one of the query's columns: a, COUNT"#]],
    );
    check(
        "HAVING COUNT > 1 OR COUNT < 5",
        expect![[r#"
        HAVING COUNT > 1 OR COUNT < 5
                         ^^
        conditions of HAVING are joined by AND alone; did you mean AND?"#]],
    );
    check(
        "HAVING COUNT exists",
        expect![[r#"
        HAVING COUNT exists
                     ^^^^^^
        expected one of = != < <= > >=, found exists"#]],
    );
    check(
        "ORDER BY time",
        expect![[r#"
        ORDER BY time
                 ^^^^
        ORDER BY needs one of the query's columns: COUNT"#]],
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

const NAMES: [&str; 17] = [
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
    "Concurrency",
    "every",
    "time",
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
    let lengths = [1, 250, 1_500, 60_000, 90_000, 7_200_000, 31_536_000_000];
    query.granularity_ns = random.chance(0.3).then(|| 1_000_000 * *random.pick(&lengths));
    for _ in 0..random.below(3) {
        let key = match random.below(3) {
            0 if query.granularity_ns.is_some() => OrderKey::Field("time".into()),
            1 if !query.group_by.is_empty() => OrderKey::Field(random.pick(&query.group_by).clone()),
            _ => OrderKey::Aggregate(random.pick(&query.select).clone()),
        };
        query.having.push(Having { key, op: any_op(random), value: any_literal(random) });
    }
    query
}

fn any_aggregate(random: &mut Random) -> Aggregate {
    let field = Some((*random.pick(&NAMES)).into());
    match random.below(5) {
        0 => Aggregate::COUNT,
        4 => Aggregate { op: AggregateOp::Concurrency, field: None },
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
    match random.below(8) {
        0 | 1 => Condition::Compare(any_op(random), any_literal(random)),
        2 => Condition::In((0..=random.below(3)).map(|_| any_literal(random)).collect()),
        3 => Condition::NotIn(vec![any_literal(random)]),
        4 => random.pick(&[Condition::Exists, Condition::DoesNotExist]).clone(),
        5 => Condition::Text(op, (*random.pick(&NAMES)).into()),
        6 => Condition::NotText(op, "line\nbreak\t\"quote\"".into()),
        _ => Condition::Truthy,
    }
}

fn any_op(random: &mut Random) -> CompareOp {
    use CompareOp::{Eq, Ge, Gt, Le, Lt, Ne};
    *random.pick(&[Eq, Ne, Lt, Le, Gt, Ge])
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
