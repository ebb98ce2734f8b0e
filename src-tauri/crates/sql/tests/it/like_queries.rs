//! The same questions in both languages.

use crate::events::traffic;
use crate::house::House;
use skep_engine::query::{Cancel, TimeRange};
use skep_model::Nanos;
use std::collections::BTreeSet;

/// In the query language, every event is in one table: this is its part that is called spans.
const SPANS: &str = "meta.signal_type = trace AND meta.annotation_type does-not-exist";

/// Rows as a set: the order of rows is no part of these questions, and of equal ones both have one.
fn rows(json: serde_json::Value) -> BTreeSet<String> {
    json.as_array().unwrap().iter().map(ToString::to_string).collect()
}

#[tokio::test]
async fn both_languages_have_the_same_answers() {
    let batches: Vec<_> = traffic(2, 5_000).chunks(250).map(<[_]>::to_vec).collect();
    let house = House::with_segments(&batches, 3).await;
    let (start, end) = (Nanos((2 << 40) + 1_000_000_000), Nanos((2 << 40) + 3_000_000_000));
    let ranges = [TimeRange::ALL, TimeRange { start: Some(start), end: Some(end) }];
    let mut n_rows = 0;
    for (query, statement) in [
        (format!("SELECT COUNT WHERE {SPANS}"), "select count(*) from spans"),
        (
            format!("SELECT COUNT WHERE {SPANS} GROUP BY service.name, span.kind LIMIT 1000"),
            "select service, kind, count(*) from spans group by 1, 2",
        ),
        (
            format!(
                "SELECT COUNT, MAX(duration_ms), MIN(duration_ms) WHERE {SPANS} GROUP BY http.route LIMIT 1000"
            ),
            "select attr('http.route'), count(*), max(duration_ms), min(duration_ms) from spans group by 1",
        ),
        (
            format!(
                "SELECT P001(duration_ms), P50(duration_ms), P95(duration_ms), P999(duration_ms) WHERE {SPANS} GROUP BY service.name, http.route LIMIT 1000"
            ),
            "select service, attr('http.route'), percentile(duration_ms, 0.1), percentile(duration_ms, 50), \
             percentile(duration_ms, 95), percentile(duration_ms, 99.9) from spans group by 1, 2",
        ),
        (
            format!("SELECT COUNT WHERE {SPANS} AND error GROUP BY name LIMIT 1000"),
            "select name, count(*) from spans where status = 'error' group by 1",
        ),
        (
            format!(
                "SELECT COUNT WHERE {SPANS} AND http.response.status_code >= 404 AND service.name = cart"
            ),
            "select count(*) from spans where attr('http.response.status_code') >= 404 and service = 'cart'",
        ),
        (
            format!("SELECT COUNT WHERE {SPANS} AND http.route does-not-exist"),
            "select count(*) from spans where attr('http.route') is null",
        ),
        (
            format!("SELECT COUNT WHERE {SPANS} AND user.id ends-with \"7\" AND duration_ms > 500"),
            "select count(*) from spans where attr('user.id') like '%7' and duration_ms > 500",
        ),
        (
            format!("SELECT COUNT_DISTINCT(trace.trace_id), COUNT_DISTINCT(name) WHERE {SPANS} AND is_root"),
            "select count(distinct trace_id), count(distinct name) from spans where is_root",
        ),
        (
            "SELECT COUNT WHERE meta.signal_type = log GROUP BY severity, host.id LIMIT 1000".to_owned(),
            "select severity, attr('host.id'), count(*) from logs group by 1, 2",
        ),
        (
            "SELECT COUNT WHERE meta.annotation_type = span_event GROUP BY service.name".to_owned(),
            "select service, count(*) from events group by 1",
        ),
        (
            "SELECT COUNT WHERE meta.annotation_type = link GROUP BY service.name".to_owned(),
            "select service, count(*) from links group by 1",
        ),
        (
            "SELECT COUNT, MAX(metric.value) WHERE meta.signal_type = metric GROUP BY metric.type".to_owned(),
            "select type, count(*), max(value) from metrics group by 1",
        ),
    ] {
        for range in ranges {
            let table = house
                .view
                .query(&query, range, &Cancel::default())
                .unwrap_or_else(|error| panic!("{query}: {error}"));
            let expected = rows(serde_json::to_value(&table.rows).unwrap());
            let answer =
                house.try_ask(statement, range).unwrap_or_else(|error| panic!("{statement}: {error}"));
            let found = rows(serde_json::to_value(&answer.rows).unwrap());
            assert_eq!(found, expected, "{statement}\n{query}");
            n_rows += found.len();
        }
    }
    assert!(n_rows > 200, "the questions find something: {n_rows}");
}
