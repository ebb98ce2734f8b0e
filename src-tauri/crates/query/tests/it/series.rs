//! Rows over time: buckets, rates, what is under way, and conditions on what was computed.

use crate::random::Random;
use crate::rows::answer;
use crate::table::{Slot, scan, scan_of};
use expect_test::{Expect, expect};
use skep_model::{Nanos, Value};
use skep_query::{Cancel, TimeRange, parse, run, with_threads};

/// Seconds 0 to 4 after 2026-11-25 00:00; nothing happens in second 2.
const SPANS: &str = "
    timestamp_ns        | service | duration_ms | bytes
    1795564800000000000 | api     | 1500        | 10
    1795564800400000000 | api     | 100         | 20
    1795564800500000000 | api     | 3000        | -
    1795564801000000000 | api     | 1           | 100
    1795564801100000000 | db      | 1           | 7
    ---------------------------------------------------
    1795564801999000000 | db      | 2           | 8.5
    1795564803000000000 | api     | 10          | 1
    1795564804000000000 | api     | -           | 5
";

fn check(query: &str, expected: Expect) {
    expected.assert_eq(&answer(&scan(SPANS), query, TimeRange::ALL));
}

#[test]
fn buckets_of_time_come_in_order() {
    check(
        "SELECT COUNT, MAX(duration_ms) GROUP BY service EVERY 1s",
        expect![[r#"
        time | service | COUNT | MAX(duration_ms)
        ["2026-11-25T00:00:00.000Z","api",3,3000.0]
        ["2026-11-25T00:00:01.000Z","db",2,2.0]
        ["2026-11-25T00:00:01.000Z","api",1,1.0]
        ["2026-11-25T00:00:03.000Z","api",1,10.0]
        ["2026-11-25T00:00:04.000Z","api",1,null]
        8 of 8 rows, 5 groups
    "#]],
    );
    check(
        "ORDER BY COUNT DESC, time DESC LIMIT 2 EVERY 2s",
        expect![[r#"
        time | COUNT
        ["2026-11-25T00:00:00.000Z",6]
        ["2026-11-25T00:00:04.000Z",1]
        8 of 8 rows, 3 groups
    "#]],
    );
    let range = TimeRange { start: Some(Nanos(1_795_564_801_100_000_000)), end: None };
    expect![[r#"
        time | COUNT
        ["2026-11-25T00:00:00.000Z",4]
        4 of 8 rows, 1 groups
    "#]]
    .assert_eq(&answer(&scan(SPANS), "EVERY 1m", range));
}

#[test]
fn rates_are_the_growth_since_the_bucket_before() {
    check(
        "SELECT RATE_SUM(bytes), RATE_AVG(bytes), RATE_MAX(bytes), SUM(bytes) GROUP BY service EVERY 1s",
        expect![[r#"
            time | service | RATE_SUM(bytes) | RATE_AVG(bytes) | RATE_MAX(bytes) | SUM(bytes)
            ["2026-11-25T00:00:00.000Z","api",null,null,null,30]
            ["2026-11-25T00:00:01.000Z","api",70,85.0,80,100]
            ["2026-11-25T00:00:01.000Z","db",null,null,null,15.5]
            ["2026-11-25T00:00:03.000Z","api",null,null,null,1]
            ["2026-11-25T00:00:04.000Z","api",4,4.0,4,5]
            8 of 8 rows, 5 groups
        "#]],
    );
}

#[test]
fn concurrency_counts_what_is_under_way() {
    check(
        "SELECT CONCURRENCY, COUNT",
        expect![[r#"
        CONCURRENCY | COUNT
        [3,8]
        8 of 8 rows, 1 groups
    "#]],
    );
    check(
        "SELECT CONCURRENCY GROUP BY service EVERY 1s",
        expect![[r#"
        time | service | CONCURRENCY
        ["2026-11-25T00:00:00.000Z","api",2]
        ["2026-11-25T00:00:01.000Z","api",3]
        ["2026-11-25T00:00:01.000Z","db",1]
        ["2026-11-25T00:00:03.000Z","api",2]
        ["2026-11-25T00:00:04.000Z","api",0]
        8 of 8 rows, 5 groups
    "#]],
    );
}

#[test]
fn having_looks_at_what_was_computed() {
    check(
        "SELECT COUNT, SUM(bytes) GROUP BY service HAVING COUNT > 2",
        expect![[r#"
        service | COUNT | SUM(bytes)
        ["api",6,136]
        8 of 8 rows, 1 groups
    "#]],
    );
    check(
        "SELECT COUNT, MAX(duration_ms) GROUP BY service HAVING MAX(duration_ms) < 1s AND service != api",
        expect![[r#"
            service | COUNT | MAX(duration_ms)
            ["db",2,2.0]
            8 of 8 rows, 1 groups
        "#]],
    );
    check(
        "SELECT RATE_SUM(bytes) GROUP BY service EVERY 1s HAVING RATE_SUM(bytes) >= 1.5",
        expect![[r#"
        time | service | RATE_SUM(bytes)
        ["2026-11-25T00:00:01.000Z","api",70]
        ["2026-11-25T00:00:04.000Z","api",4]
        8 of 8 rows, 2 groups
    "#]],
    );
    check(
        "SELECT COUNT HAVING COUNT = 0",
        expect![[r#"
        COUNT
        8 of 8 rows, 0 groups
    "#]],
    );
}

/// Guarantees: the number of threads never shows, not in a bit.
#[test]
fn two_threads_answer_as_one() {
    let mut random = Random::new(11);
    let mut columns: Vec<(&str, Vec<Slot>)> = ["a", "b", "duration_ms"].map(|name| (name, Vec::new())).into();
    for _ in 0..5_000 {
        columns[0].1.push(Some(Value::Text(format!("a{}", random.skewed(40)).into())));
        columns[1].1.push(random.chance(0.7).then(|| Value::Int(random.below(9) as i64)));
        columns[2].1.push(random.chance(0.9).then(|| Value::Double(random.unit() * 1e-3)));
    }
    let scan = scan_of(&columns, 130);
    for text in [
        "SELECT COUNT, P50(duration_ms), P99(duration_ms), AVG(duration_ms) GROUP BY a, b LIMIT 1000",
        "SELECT SUM(duration_ms), COUNT_DISTINCT(a), CONCURRENCY GROUP BY b",
        "SELECT AVG(duration_ms) WHERE a contains 3 ORDER BY AVG(duration_ms)",
    ] {
        let query = parse(text).unwrap();
        let ask = |n_threads| {
            let ask = || run(&scan, &query, TimeRange::ALL, &Cancel::default()).unwrap();
            serde_json::to_string(&with_threads(n_threads, ask)).unwrap()
        };
        assert_eq!(ask(1), ask(2), "{text}");
        assert_eq!(ask(1), ask(7), "{text}");
    }
}
