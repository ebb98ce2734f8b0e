//! Groups together and groups over time, against the same question asked of each bucket and of each group by itself; and
//! rows by their time, against a sort of them all.

use crate::random::Random;
use crate::table::{Slot, TableScan, scan, scan_of};
use expect_test::{Expect, expect};
use skep_model::{Nanos, Text, Value};
use skep_query::{
    Buckets, Cancel, Cell, NewestRequest, QueryError, Series, TimeRange, newest, over_time, parse,
    parse_filter, run, run_with_foot,
};

const SPANS: &str = "
    timestamp_ns | service | duration_ms | SampleRate
    1000         | api     | 10          | -
    1400         | api     | 20          | 3
    1500         | web     | 30          | -
    ------------------------------------------------
    2000         | db      | 40          | 2
    2100         | -       | -           | -
    2999         | api     | 50          | -
";

fn foot(query: &str) -> String {
    let table =
        run_with_foot(&scan(SPANS), &parse(query).unwrap(), TimeRange::ALL, &Cancel::default()).unwrap();
    let Some(foot) = table.foot else { return "nothing".to_owned() };
    let json = |cells: &Vec<Cell>| serde_json::to_string(cells).unwrap();
    let other = foot.other.as_ref().map_or("-".to_owned(), json);
    format!("total {} other {other} of {}", json(&foot.total), foot.groups_other)
}

#[test]
fn what_is_not_shown_stands_below_with_the_total() {
    let check = |query: &str, expected: Expect| expected.assert_eq(&foot(query));
    check(
        "SELECT COUNT, MAX(duration_ms) GROUP BY service LIMIT 1",
        expect!["total [9,50.0] other [4,40.0] of 3"],
    );
    check("SELECT COUNT GROUP BY service", expect!["total [9] other - of 0"]);
    check("SELECT COUNT", expect!["nothing"]);
    // What HAVING leaves out is not shown either: rows and others are always the total.
    check("SELECT COUNT GROUP BY service HAVING COUNT > 4", expect!["total [9] other [4] of 3"]);
    check(
        "SELECT COUNT_DISTINCT(service), P50(duration_ms), AVG(duration_ms), SUM(duration_ms) GROUP BY service LIMIT 2",
        expect!["total [3,20.0,28.75,230.0] other [1,30.0,30.0,30.0] of 2"],
    );
    // What grew, and what was under way in a bucket, is of one bucket or of none.
    check(
        "SELECT RATE_SUM(duration_ms), CONCURRENCY, COUNT GROUP BY service LIMIT 1 EVERY 1s",
        expect!["total [null,null,9] other [null,null,4] of 3"],
    );
}

/// A random table whose times are not in order.
fn table(random: &mut Random, n_rows: usize) -> Vec<(&'static str, Vec<Slot>)> {
    let weighted = random.chance(0.5);
    let mut column =
        |of: &dyn Fn(&mut Random) -> Slot| (0..n_rows).map(|_| of(random)).collect::<Vec<Slot>>();
    vec![
        ("timestamp_ns", column(&|random| Some(Value::Int(1_000 + random.below(5_000) as i64)))),
        (
            "key",
            column(&|random| random.chance(0.9).then(|| Value::from(*random.pick(&["a", "b", "c", "d"])))),
        ),
        ("other", column(&|random| random.chance(0.7).then(|| Value::Int(random.below(3) as i64)))),
        ("n", column(&|random| random.chance(0.8).then(|| Value::Double(random.below(40) as f64 / 4.0)))),
        (
            "SampleRate",
            column(&|random| {
                (weighted && random.chance(0.5)).then(|| Value::Int(1 + random.below(4) as i64))
            }),
        ),
    ]
}

fn random_scan(random: &mut Random) -> TableScan {
    let n_rows = 1 + random.below(120);
    let columns = table(random, n_rows);
    scan_of(&columns, 1 + random.below(n_rows))
}

fn asked(scan: &TableScan, query: &str, range: TimeRange) -> Vec<Vec<Cell>> {
    run(scan, &parse(query).unwrap(), range, &Cancel::default()).unwrap().rows
}

fn assert_near(found: f64, wanted: f64, what: &str) {
    let is_near = (found.is_nan() && wanted.is_nan()) || (found - wanted).abs() <= 1e-9 * wanted.abs();
    assert!(is_near, "{what}: {found} is not {wanted}");
}

fn number(cell: &Cell) -> f64 {
    match cell {
        Cell::Int(int) => *int as f64,
        Cell::Double(double) => *double,
        _ => f64::NAN,
    }
}

const SELECT: &str =
    "SELECT COUNT, COUNT(n), COUNT_DISTINCT(n), SUM(n), AVG(n), MIN(n), MAX(n), P50(n), P99(n)";

/// Guarantees: the total is the query without GROUP BY, and the others are the query of all but the groups shown.
#[test]
fn together_is_what_one_group_of_the_same_rows_is() {
    for seed in 0..60 {
        let mut random = Random::new(seed);
        let scan = random_scan(&mut random);
        let shown = asked(&scan, &format!("{SELECT} GROUP BY key LIMIT 2"), TimeRange::ALL);
        let query = parse(&format!("{SELECT} GROUP BY key LIMIT 2")).unwrap();
        let foot = run_with_foot(&scan, &query, TimeRange::ALL, &Cancel::default()).unwrap().foot.unwrap();
        let whole = asked(&scan, SELECT, TimeRange::ALL);
        for (at, (found, wanted)) in foot.total.iter().zip(&whole[0]).enumerate() {
            assert_near(number(found), number(wanted), &format!("seed {seed}, total, column {at}"));
        }
        let not_shown: Vec<String> = shown
            .iter()
            .map(|row| match &row[0] {
                Cell::Text(text) => format!("key != {text}"),
                _ => "key exists".to_owned(),
            })
            .collect();
        let rest = asked(&scan, &format!("{SELECT} WHERE {}", not_shown.join(" AND ")), TimeRange::ALL);
        match foot.other {
            None => assert_eq!(number(&rest[0][0]) as i64, 0, "seed {seed}"),
            Some(other) => {
                for (at, (found, wanted)) in other.iter().zip(&rest[0]).enumerate() {
                    assert_near(number(found), number(wanted), &format!("seed {seed}, others, column {at}"));
                }
            }
        }
    }
}

fn series(scan: &TableScan, query: &str, buckets: Buckets, n_groups: usize) -> Series {
    over_time(scan, &parse(query).unwrap(), buckets, n_groups, &Cancel::default()).unwrap()
}

/// Guarantees: each point is what the query says of that bucket and group alone; groups are the table's first ones.
#[test]
fn a_point_is_the_query_of_its_bucket() {
    for seed in 0..60 {
        let mut random = Random::new(1_000 + seed);
        let scan = random_scan(&mut random);
        let buckets = Buckets {
            start: Nanos(900 + random.below(500) as u64),
            step_ns: 300 + random.below(900) as u64,
            n: 1 + random.below(6),
        };
        let end = buckets.start.0 + buckets.step_ns * buckets.n as u64;
        let whole = TimeRange { start: Some(buckets.start), end: Some(Nanos(end)) };
        let grouped = format!("{SELECT} GROUP BY key, other");
        let n_groups = 1 + random.below(5);
        let found = series(&scan, &grouped, buckets, n_groups);
        let table = asked(&scan, &grouped, whole);
        assert_eq!(found.groups_total, table.len() as u64, "seed {seed}");
        let first: Vec<Vec<Cell>> = table.iter().take(n_groups).map(|row| row[..2].to_vec()).collect();
        assert_eq!(found.groups, first, "seed {seed}");
        for x in 0..buckets.n {
            let start = buckets.start.0 + buckets.step_ns * x as u64;
            let range = TimeRange { start: Some(Nanos(start)), end: Some(Nanos(start + buckets.step_ns)) };
            let rows = asked(&scan, &grouped, range);
            for (group, key) in found.groups.iter().enumerate() {
                let row = rows.iter().find(|row| row[..2] == key[..]);
                for aggregate in 0..found.aggregates.len() {
                    let is_count = aggregate < 3;
                    let wanted = row.map_or(f64::NAN, |row| number(&row[2 + aggregate]));
                    let wanted = if is_count && wanted.is_nan() { 0.0 } else { wanted };
                    let at = (aggregate * found.groups.len() + group) * buckets.n + x;
                    assert_near(
                        found.values[at],
                        wanted,
                        &format!("seed {seed}, {aggregate} of {key:?} at {x}"),
                    );
                }
            }
        }
    }
}

/// Guarantees: a rate is by how much its figure grew since the bucket before; the groups are those of the query without.
#[test]
fn a_rate_is_the_growth_from_bucket_to_bucket() {
    for seed in 0..60 {
        let mut random = Random::new(4_000 + seed);
        let scan = random_scan(&mut random);
        let buckets = Buckets { start: Nanos(900), step_ns: 300 + random.below(900) as u64, n: 6 };
        let rates = "SELECT COUNT, RATE_SUM(n), RATE_MAX(n) GROUP BY key ORDER BY RATE_SUM(n) EVERY 1m";
        let rates = series(&scan, rates, buckets, 5);
        let figures = series(&scan, "SELECT COUNT, SUM(n), MAX(n) GROUP BY key", buckets, 5);
        assert_eq!(rates.groups, figures.groups, "seed {seed}");
        let counted = buckets.n * figures.groups.len();
        assert_eq!(rates.values[..counted], figures.values[..counted], "seed {seed}");
        for at in counted..figures.values.len() {
            let before = if at % buckets.n == 0 { f64::NAN } else { figures.values[at - 1] };
            assert_near(rates.values[at], figures.values[at] - before, &format!("seed {seed}, point {at}"));
        }
    }
}

#[test]
fn a_series_without_groups_is_one_line_and_has_bounds() {
    let buckets = Buckets { start: Nanos(1000), step_ns: 500, n: 4 };
    let found = series(&scan(SPANS), "SELECT COUNT, CONCURRENCY WHERE duration_ms exists", buckets, 20);
    assert_eq!((found.groups.len(), found.values[..4].to_vec()), (1, vec![4.0, 1.0, 2.0, 1.0]));
    let limited = series(&scan(SPANS), "GROUP BY service LIMIT 1", buckets, 20);
    assert_eq!((limited.groups, limited.groups_total), (vec![vec![Cell::Text("api".into())]], 4));
    for buckets in
        [Buckets { n: 0, ..buckets }, Buckets { step_ns: 0, ..buckets }, Buckets { n: 1 << 20, ..buckets }]
    {
        let refused =
            over_time(&scan(SPANS), &parse("SELECT COUNT").unwrap(), buckets, 20, &Cancel::default());
        assert!(matches!(refused, Err(QueryError::Invalid(_))), "{buckets:?}");
    }
}

/// Guarantees: pages joined are all rows that match, by time, newest first, whatever segments they lie in.
#[test]
fn pages_of_the_newest_rows_are_a_sort_of_all() {
    for seed in 0..60 {
        let mut random = Random::new(2_000 + seed);
        let scan = random_scan(&mut random);
        let filter = parse_filter("key != b").unwrap();
        let page = |first: usize, n_limit: usize| {
            let request = NewestRequest {
                filter: filter.clone(),
                fields: ["timestamp_ns", "key", "nowhere"].map(Text::from).to_vec(),
                first,
                n_limit,
                ..NewestRequest::default()
            };
            newest(&scan, &request, &Cancel::default()).unwrap()
        };
        let all = page(0, usize::MAX);
        assert_eq!(all.rows.len() as u64, all.rows_matched);
        let mut times: Vec<Cell> = Vec::new();
        for row in asked(
            &scan,
            "SELECT COUNT WHERE key != b GROUP BY timestamp_ns ORDER BY timestamp_ns DESC LIMIT 10000",
            TimeRange::ALL,
        ) {
            // Weighted counts are more than rows: only the order and the set of times are compared.
            times.push(row[0].clone());
        }
        let mut found: Vec<Cell> = all.rows.iter().map(|row| row.cells[0].clone()).collect();
        found.dedup();
        assert_eq!(found, times, "seed {seed}");
        assert!(
            all.rows.iter().all(|row| row.cells[1] != Cell::Text("b".into()) && row.cells[2] == Cell::Null)
        );
        let step = 1 + random.below(7);
        let pages = (0..all.rows.len()).step_by(step).flat_map(|first| page(first, step).rows);
        assert_eq!(pages.collect::<Vec<_>>(), all.rows, "seed {seed}");
        assert_eq!(page(all.rows.len(), 5).rows, []);
        assert_eq!(page(0, 0).rows_matched, all.rows_matched);
    }
}
