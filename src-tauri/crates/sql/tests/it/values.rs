//! What a value becomes, and whose value it is.

use crate::events::{of_span, span, trace_id, with};
use crate::house::House;
use expect_test::expect;
use skep_model::{EventKind, Nanos, Resource, Scope, Value, fields};
use std::sync::Arc;

#[tokio::test]
async fn every_type_has_its_place_in_sqlite() {
    let nested =
        Value::Map(vec![("a.b".into(), Value::Array(vec![Value::Int(1), Value::Empty].into()))].into());
    let values = [
        Value::Int(i64::MAX),
        Value::Int(i64::MIN),
        Value::Double(0.1),
        Value::Double(f64::NAN),
        Value::Double(f64::INFINITY),
        Value::Double(-0.0),
        Value::Bool(true),
        Value::Bool(false),
        "it's \"quoted\", ünï, \u{1F41D}".into(),
        "".into(),
        Value::Bytes([0u8, 0xfe].as_slice().into()),
        Value::Bytes([].as_slice().into()),
        Value::Array(Vec::new().into()),
        nested,
        Value::Empty,
    ];
    let mut events: Vec<_> =
        values.into_iter().enumerate().map(|(n, value)| with(span(n as u64 + 1), "v", value)).collect();
    events.push(span(99));
    let house = House::of(events).await;
    expect![[r#"
        'integer' 9223372036854775807
        'integer' -9223372036854775808
        'real' 0.1
        'null' -
        'real' inf
        'real' -0.0
        'integer' 1
        'integer' 0
        'text' 'it's "quoted", ünï, 🐝'
        'text' ''
        'blob' x'00fe'
        'blob' x''
        'text' '[]'
        'text' '{"a.b":[1,null]}'
        'null' -
        'null' -
    "#]]
    .assert_eq(&house.ask("select typeof(attr('v')), attr('v') from spans order by start_ns"));
    // JSON is JSON, and numbers compare as numbers.
    assert_eq!(house.ask("select attr('v') ->> '$.\"a.b\"[0]' from spans where attr('v') like '{%'"), "1\n");
    assert_eq!(
        house.ask("select count(*) from spans where attr('v') > 1e18"),
        "8\n",
        "texts and blobs are above numbers"
    );
    assert_eq!(
        house.ask(
            "select count(*) from spans where typeof(attr('v')) <> 'text' and attr('v') between 0 and 1e20"
        ),
        "5\n"
    );
}

#[tokio::test]
async fn a_field_is_looked_for_where_queries_look() {
    let resource = Resource {
        attributes: vec![("service.name".into(), "shop".into()), ("tier".into(), "resource".into())],
        ..Resource::default()
    };
    let scope =
        Scope { name: "lib".into(), attributes: vec![("tier".into(), "scope".into())], ..Scope::default() };
    let plain = |n| {
        let mut event = span(n);
        event.resource = Arc::new(resource.clone());
        event
    };
    let mut scoped = plain(2);
    scoped.scope = Arc::new(scope.clone());
    let mut owned = with(with(plain(3), "tier", "own"), "service.name", "other");
    owned.scope = Arc::new(scope.clone());
    let mut recorded = with(plain(4), "status_message", "mine");
    recorded.record.push((fields::STATUS_MESSAGE, "theirs".into()));
    let mut unknown = plain(5);
    unknown.resource = Arc::default();
    let house = House::of(vec![plain(1), scoped, owned, recorded, unknown]).await;
    expect![[r#"
        'resource' 'shop'
        'scope' 'shop'
        'own' 'other'
        'resource' 'shop'
        - -
    "#]]
    .assert_eq(&house.ask("select attr('tier'), service from spans order by start_ns"));
    // The columns of a table are OTLP's own fields, attr() is what a query sees.
    assert_eq!(
        house.ask("select status_message, attr('status_message') from spans where attr('status_message') is not null"),
        "'theirs' 'mine'\n"
    );
    assert_eq!(
        house.ask("select attributes, resource from spans where service = 'other'"),
        "'{\"service.name\":\"other\",\"tier\":\"own\"}' '{\"service.name\":\"shop\",\"tier\":\"resource\"}'\n"
    );
    assert_eq!(house.ask("select attributes, resource from spans where service is null"), "'{}' '{}'\n");
    // Honeycomb's computed fields are fields as well.
    let computed = "select count(*) from spans where attr('duration_ms') = duration_ms and attr('name') = name \
                    and attr('trace.trace_id') = trace_id and attr('is_root') = is_root";
    assert_eq!(house.ask(computed), "5\n");
}

#[tokio::test]
async fn keys_are_data_whatever_they_hold() {
    let keys = [
        "it's",
        "say \"hi\"",
        "\"; drop table spans; --",
        "ключ",
        "Key",
        "key",
        "KEY",
        "a b\n",
        "",
        "attr('x')",
        "name",
        "x')) from spans --",
    ];
    let mut event = span(1);
    for (n, key) in keys.iter().enumerate() {
        event = with(event, key, n as i64);
    }
    let house = House::of(vec![event]).await;
    let asked: Vec<String> = keys.iter().map(|key| format!("attr('{}')", key.replace('\'', "''"))).collect();
    let statement = format!("select {} from spans", asked.join(", "));
    let answer = house.answer(&statement);
    assert_eq!(answer.shown(), "0 1 2 3 4 5 6 7 8 9 10 11\n");
    assert_eq!(answer.columns, asked, "headers say what was written");
    assert_eq!(house.ask("select attr('nobody has this') from spans"), "-\n");
    for key in &asked {
        assert_eq!(
            house.ask(&format!("select count(*) from spans s where s.{key} >= 0 group by {key}")),
            "1\n"
        );
    }
}

#[tokio::test]
async fn spans_have_the_columns_that_people_expect() {
    let mut failed = span(1);
    failed.parent_id = span(7).span_id;
    failed.record = vec![
        (fields::SPAN_KIND, "client".into()),
        (fields::STATUS_CODE, 2.into()),
        (fields::STATUS_MESSAGE, "no such table".into()),
        (fields::ERROR, true.into()),
        (fields::SPAN_NUM_EVENTS, 3.into()),
        (fields::FLAGS, 257.into()),
        (fields::DROPPED_ATTRIBUTES, 4.into()),
    ];
    failed.time = Nanos(1_769_850_000_000_000_001);
    failed.end = Nanos(1_769_850_000_002_500_001);
    let mut running = span(2);
    running.end = Nanos(0);
    let mut backwards = span(3);
    backwards.end = Nanos(5);
    let house = House::of(vec![running, backwards, failed]).await;
    expect![[r#"
        '00000001000000000000000000000002' '0000010000000002' - 'work' 'shop' 'server' 'unset' - '1970-01-01 00:00:00.000002000' 2000 - 0 0.0 1 'lib' - 0 0 0 0 0 0
        '00000001000000000000000000000003' '0000010000000003' - 'work' 'shop' 'server' 'unset' - '1970-01-01 00:00:00.000003000' 3000 5 0 0.0 1 'lib' - 0 0 0 0 0 0
        '00000001000000000000000000000001' '0000010000000001' '0000010000000007' 'work' 'shop' 'client' 'error' 'no such table' '2026-01-31 09:00:00.000000001' 1769850000000000001 1769850000002500001 2500000 2.5 0 'lib' - 257 3 0 4 0 0
    "#]]
    .assert_eq(&house.ask("select * from spans order by start_ns"));
}

#[tokio::test]
async fn the_other_tables_have_theirs() {
    let mut exception = of_span(1, EventKind::SpanEvent);
    exception.name = "exception".into();
    exception.record =
        vec![(fields::PARENT_NAME, "work".into()), (fields::TIME_SINCE_SPAN_START_MS, Value::Double(0.0001))];
    let exception = with(exception, "exception.type", "KeyError");
    let mut link = of_span(1, EventKind::Link);
    link.name = "".into();
    link.record = vec![
        (fields::LINK_TRACE_ID, trace_id(9).to_string().as_str().into()),
        (fields::LINK_SPAN_ID, "00000000000000aa".into()),
        (fields::PARENT_NAME, "work".into()),
    ];
    let mut said = of_span(1, EventKind::Log);
    said.name = "".into();
    said.record = vec![
        (fields::BODY, Value::Map(vec![("msg".into(), "hello".into())].into())),
        (fields::SEVERITY, "warn".into()),
        (fields::SEVERITY_CODE, 13.into()),
        (fields::SEVERITY_TEXT, "WARNING".into()),
        (fields::OBSERVED_TIME, 77.into()),
    ];
    let mut alone = of_span(2, EventKind::Log);
    (alone.trace_id, alone.parent_id, alone.record) = (None, None, vec![(fields::BODY, 42.into())]);
    let mut point = of_span(3, EventKind::MetricPoint);
    (point.trace_id, point.parent_id, point.name) = (None, None, "queue.size".into());
    point.record = vec![
        (fields::METRIC_TYPE, "sum".into()),
        (fields::METRIC_UNIT, "{item}".into()),
        (fields::METRIC_TEMPORALITY, "delta".into()),
        (fields::METRIC_MONOTONIC, true.into()),
        (fields::METRIC_VALUE, 7.into()),
        (fields::METRIC_START, 5.into()),
    ];
    let house = House::of(vec![span(1), exception, link, said, alone, point]).await;
    let answers: String = ["events", "links", "logs", "metrics"]
        .iter()
        .map(|table| format!("{table}\n{}", house.ask(&format!("select * from {table}"))))
        .collect();
    expect![[r#"
        events
        '00000001000000000000000000000001' '0000010000000001' 'exception' 'shop' '1970-01-01 00:00:00.000001100' 1100 0.0001 'work' 'lib' 0
        links
        '00000001000000000000000000000001' '0000010000000001' '00000001000000000000000000000009' '00000000000000aa' 'shop' '1970-01-01 00:00:00.000001100' 1100 'work' - 0 'lib' 0
        logs
        '00000001000000000000000000000001' '0000010000000001' '1970-01-01 00:00:00.000001100' 1100 77 'warn' 13 'WARNING' '{"msg":"hello"}' - 'shop' 'lib' 0 0
        - - '1970-01-01 00:00:00.000002100' 2100 - - - - 42 'work' 'shop' 'lib' 0 0
        metrics
        'queue.size' 'sum' '{item}' - 'shop' '1970-01-01 00:00:00.000003100' 3100 5 'delta' 1 7 - - - - - 'lib' 0
    "#]]
    .assert_eq(&answers);
    assert_eq!(
        house.ask("select attr('exception.type'), e.attributes from events e"),
        "'KeyError' '{\"exception.type\":\"KeyError\"}'\n"
    );
}

#[tokio::test]
async fn percentiles_are_values_that_occur() {
    let house = House::of((1..=10).map(|n| with(span(n), "v", n as i64)).collect()).await;
    for (asked, expected) in [
        ("percentile(attr('v'), 0), percentile(attr('v'), 50), percentile(attr('v'), 50.1)", "1.0 5.0 6.0\n"),
        ("percentile(attr('v'), 90), percentile(attr('v'), 100)", "9.0 10.0\n"),
        ("percentile(name, 50), percentile(attr('none'), 50)", "- -\n"),
    ] {
        assert_eq!(house.ask(&format!("select {asked} from spans")), expected, "{asked}");
    }
    assert_eq!(house.ask("select percentile(time_ns, 99) from logs"), "-\n");
}

/// Guarantees: a time that SQLite has as a negative number is found by its date, and comes in the order of each column.
#[tokio::test]
async fn times_beyond_the_signed_are_not_lost() {
    let mut late = span(2);
    late.time = Nanos(u64::MAX - 1);
    let house = House::of(vec![span(1), late, span(3)]).await;
    assert_eq!(house.ask("select start_ns from spans order by start_ns"), "-2\n1000\n3000\n");
    assert_eq!(house.ask("select start_ns from spans order by start_ns desc limit 1"), "3000\n");
    assert_eq!(house.ask("select start_ns from spans order by time"), "1000\n3000\n-2\n");
    assert_eq!(house.ask("select time from spans where time > '2000'"), "'2554-07-21 23:34:33.709551614'\n");
    assert_eq!(house.ask("select count(*) from spans where start_ns < 0 or start_ns > 2000"), "2\n");
    assert_eq!(house.ask("select count(*) from spans where start_ns < 0"), "1\n");
}
