use crate::table::{TableScan, scan};
use expect_test::{Expect, expect};
use skep_model::Nanos;
use skep_query::{Cancel, QueryError, TimeRange, matching, parse, parse_filter, run};

const SPANS: &str = "
    service.name | http.route | duration_ms | http.response.status_code | error | note
    api          | /cart      | 10          | 200                       | -     | -
    api          | /cart      | 20          | 500                       | true  | slow query
    api          | /          | 0.5         | 200                       | false | [a,b]
    --------------------------------------------------------------------------------
    web          | -          | -           | \"200\"                   | -     | null
    db           | -          | 100         | 9007199254740993          | true  | \"\"
    api          | /cart      | 30          | 200.0                     | -     | Slow
";

fn check(query: &str, expected: Expect) {
    expected.assert_eq(&answer(&scan(SPANS), query, TimeRange::ALL));
}

pub(crate) fn answer(scan: &TableScan, query: &str, range: TimeRange) -> String {
    let query = parse(query).unwrap_or_else(|error| panic!("{}", error.caret(query)));
    match run(scan, &query, range, &Cancel::default()) {
        Err(error) => error.to_string(),
        Ok(table) => {
            let rows = table.rows.iter().map(|row| serde_json::to_string(row).unwrap() + "\n");
            let (matched, examined, groups) = (table.rows_matched, table.rows_examined, table.groups_total);
            let rows: String = rows.collect();
            format!("{}\n{rows}{matched} of {examined} rows, {groups} groups\n", table.columns.join(" | "))
        }
    }
}

/// The numbers of the rows a filter finds, counted from 1 over both segments.
fn found(filter: &str) -> Vec<usize> {
    let parsed = parse_filter(filter).unwrap_or_else(|error| panic!("{}", error.caret(filter)));
    let bitmaps = matching(&scan(SPANS), &parsed, TimeRange::ALL, &Cancel::default()).unwrap();
    bitmaps
        .iter()
        .enumerate()
        .flat_map(|(segment, rows)| rows.rows().map(move |row| 3 * segment + row + 1))
        .collect()
}

#[test]
fn filters_find_rows() {
    let cases: &[(&str, &[usize])] = &[
        ("", &[1, 2, 3, 4, 5, 6]),
        ("service.name = api", &[1, 2, 3, 6]),
        ("service.name > b", &[4, 5]),
        ("service.name in (web, db)", &[4, 5]),
        ("NOT service.name in (web, db)", &[1, 2, 3, 6]),
        // Missing passes the negative operators, and no other.
        ("http.route != /cart", &[3, 4, 5]),
        ("http.route not-in (/cart, /)", &[4, 5]),
        ("http.route does-not-start-with /c", &[3, 4, 5]),
        ("http.route starts-with /c", &[1, 2, 6]),
        ("http.route does-not-exist", &[4, 5]),
        ("nowhere != 1", &[1, 2, 3, 4, 5, 6]),
        ("nowhere < 1 OR nowhere >= 1", &[]),
        ("NOT nowhere = 1", &[1, 2, 3, 4, 5, 6]),
        // A null says nothing: it is missing.
        ("note exists", &[2, 3, 5, 6]),
        ("note does-not-contain low", &[1, 3, 4, 5]),
        // Arrays are looked at as they are shown.
        ("note = '[\"a\",\"b\"]'", &[3]),
        ("note contains '\"b\"'", &[3]),
        // Texts keep their case.
        ("note contains slow", &[2]),
        ("note ends-with ''", &[2, 3, 5, 6]),
        // Numbers are compared as numbers across types, with text only by writing.
        ("http.response.status_code = 200", &[1, 3, 4, 6]),
        ("http.response.status_code = \"200\"", &[1, 3, 4, 6]),
        ("http.response.status_code = 200.0", &[1, 3, 4, 6]),
        ("http.response.status_code in (200, 200.0, \"500\")", &[1, 2, 3, 4, 6]),
        ("http.response.status_code = \"0200\"", &[]),
        ("http.response.status_code >= 200 AND http.response.status_code < 500", &[1, 3, 6]),
        ("http.response.status_code > 9007199254740992", &[5]),
        ("http.response.status_code = 9007199254740992", &[]),
        ("http.response.status_code > \"1\"", &[4]),
        ("duration_ms >= 20ms", &[2, 5, 6]),
        ("duration_ms = 500us", &[3]),
        ("duration_ms > 0.02s", &[5, 6]),
        ("duration_ms != 10", &[2, 3, 4, 5, 6]),
        ("duration_ms starts-with 1", &[1, 5]),
        // A field alone.
        ("error", &[2, 5]),
        ("NOT error", &[1, 3, 4, 6]),
        ("error exists", &[2, 3, 5]),
        ("error = true", &[2, 5]),
        ("error = 'true'", &[2, 5]),
        ("note", &[2, 3, 6]),
        ("error AND duration_ms > 50 OR http.route = /", &[3, 5]),
        ("error AND (duration_ms > 50 OR http.route = /)", &[5]),
    ];
    for (filter, rows) in cases {
        assert_eq!(found(filter), *rows, "{filter}");
    }
}

#[test]
fn ids_read_as_hexadecimal() {
    let spans = scan(
        "trace.trace_id | trace.span_id
         10             | 1
         10             | 2
         -              | 255",
    );
    let id = "WHERE trace.trace_id = 0000000000000000000000000000000a GROUP BY trace.span_id";
    expect![[r#"
        trace.span_id | COUNT
        ["0000000000000001",1]
        ["0000000000000002",1]
        2 of 3 rows, 2 groups
    "#]]
    .assert_eq(&answer(&spans, id, TimeRange::ALL));
    let ids =
        "SELECT COUNT(trace.trace_id), COUNT_DISTINCT(trace.trace_id) WHERE NOT trace.span_id starts-with x";
    expect![[r#"
        COUNT(trace.trace_id) | COUNT_DISTINCT(trace.trace_id)
        [2,1]
        3 of 3 rows, 1 groups
    "#]]
    .assert_eq(&answer(&spans, ids, TimeRange::ALL));
}

#[test]
fn groups_are_counted_ordered_and_cut() {
    check(
        "GROUP BY service.name",
        expect![[r#"
            service.name | COUNT
            ["api",4]
            ["db",1]
            ["web",1]
            6 of 6 rows, 3 groups
        "#]],
    );
    check(
        "GROUP BY service.name ORDER BY service.name DESC LIMIT 2",
        expect![[r#"
            service.name | COUNT
            ["web",1]
            ["db",1]
            6 of 6 rows, 3 groups
        "#]],
    );
    check(
        "SELECT MAX(duration_ms), COUNT GROUP BY http.route, error ORDER BY MAX(duration_ms)",
        expect![[r#"
            http.route | error | MAX(duration_ms) | COUNT
            ["/",false,0.5,1]
            ["/cart",true,20.0,1]
            ["/cart",null,30.0,2]
            [null,true,100.0,1]
            [null,null,null,1]
            6 of 6 rows, 5 groups
        "#]],
    );
    // Values of different types are different groups.
    check(
        "GROUP BY http.response.status_code WHERE http.response.status_code != 500",
        expect![[r#"
            http.response.status_code | COUNT
            [200,2]
            [200.0,1]
            [9007199254740993,1]
            ["200",1]
            5 of 6 rows, 4 groups
        "#]],
    );
    check(
        "GROUP BY duration_ms, note LIMIT 3",
        expect![[r#"
            duration_ms | note | COUNT
            [0.5,"[\"a\",\"b\"]",1]
            [10.0,null,1]
            [20.0,"slow query",1]
            6 of 6 rows, 6 groups
        "#]],
    );
}

#[test]
fn aggregates_take_what_they_can_compute() {
    check(
        "SELECT COUNT, COUNT(note), COUNT_DISTINCT(http.route), SUM(duration_ms), AVG(duration_ms), MIN(duration_ms)",
        expect![[r#"
            COUNT | COUNT(note) | COUNT_DISTINCT(http.route) | SUM(duration_ms) | AVG(duration_ms) | MIN(duration_ms)
            [6,4,2,160.5,32.1,0.5]
            6 of 6 rows, 1 groups
        "#]],
    );
    check(
        "SELECT P001(duration_ms), P50(duration_ms), P75(duration_ms), P80(duration_ms), P999(duration_ms)",
        expect![[r#"
            P001(duration_ms) | P50(duration_ms) | P75(duration_ms) | P80(duration_ms) | P999(duration_ms)
            [0.5,20.0,30.0,30.0,100.0]
            6 of 6 rows, 1 groups
        "#]],
    );
    // Whole numbers add up exactly, beyond 2^53.
    check(
        "SELECT SUM(http.response.status_code), MAX(http.response.status_code) WHERE service.name in (db, web)",
        expect![[r#"
            SUM(http.response.status_code) | MAX(http.response.status_code)
            [9007199254740993,9007199254740993]
            2 of 6 rows, 1 groups
        "#]],
    );
    check(
        "SELECT COUNT, SUM(nowhere), P50(service.name), COUNT_DISTINCT(nowhere) WHERE service.name = nobody",
        expect![[r#"
            COUNT | SUM(nowhere) | P50(service.name) | COUNT_DISTINCT(nowhere)
            [0,null,null,0]
            0 of 6 rows, 1 groups
        "#]],
    );
    check(
        "WHERE service.name = nobody GROUP BY http.route",
        expect![[r#"
        http.route | COUNT
        0 of 6 rows, 0 groups
    "#]],
    );
    check(
        "SELECT HEATMAP(duration_ms)",
        expect!["HEATMAP is a picture, not a column: take it out of SELECT and ask for the heatmap"],
    );
}

#[test]
fn time_ranges_end_before_their_end() {
    let range = |start, end| TimeRange { start: Some(Nanos(start)), end: Some(Nanos(end)) };
    let counts = [
        (1, 7, "6 of 6"),
        (2, 3, "1 of 3"),
        (3, 5, "2 of 6"),
        (4, 5, "1 of 3"),
        (7, 9, "0 of 0"),
        (5, 2, "0 of 0"),
    ];
    for (start, end, expected) in counts {
        let answer = answer(&scan(SPANS), "SELECT COUNT", range(start, end));
        assert!(answer.contains(expected), "{start}..{end}: {answer}");
    }
}

#[test]
fn a_cancelled_question_has_no_answer() {
    let cancel = Cancel::default();
    cancel.cancel();
    let query = parse("").unwrap();
    assert_eq!(run(&scan(SPANS), &query, TimeRange::ALL, &cancel), Err(QueryError::Cancelled));
    assert_eq!(matching(&scan(SPANS), &query.filter, TimeRange::ALL, &cancel), Err(QueryError::Cancelled));
}
