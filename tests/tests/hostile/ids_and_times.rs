use crate::assert_serves;
use serde_json::{Value, json};
use skep_tests::house::{House, json_logs, json_metrics, json_request, json_span, partial};

/// R25. Scenario: ids of every length and form, in JSON, each in a request beside a good span.
/// Guarantees: exactly those are rejected that are none, and the good one never is.
#[tokio::test]
async fn r25_ids_are_ids_or_are_rejected_alone() {
    let house = House::open().await;
    let trace = "0123456789abcdef0123456789abcdef";
    let cases: [(&str, Value, bool); 22] = [
        ("traceId", json!(trace), true),
        ("traceId", json!(trace.to_uppercase()), true),
        ("traceId", json!("0".repeat(32)), false),
        ("traceId", json!(""), false),
        ("traceId", json!(null), false),
        ("traceId", json!("0123456789abcdef"), false),
        ("traceId", json!(&trace[..30]), false),
        ("traceId", json!(format!("{trace}ab")), false),
        ("traceId", json!(trace.replace('0', "g")), false),
        ("traceId", json!("ASNFZ4mrze8BI0VniavN7w=="), false),
        ("traceId", json!(1), false),
        ("traceId", json!([trace]), false),
        ("traceId", json!("é".repeat(16)), false),
        ("spanId", json!("0123456789ABCDEF"), true),
        ("spanId", json!("0".repeat(16)), false),
        ("spanId", json!("0123456789abcd"), false),
        ("spanId", json!("0123456789abcdef01"), false),
        ("spanId", json!(""), false),
        ("spanId", json!({}), false),
        ("parentSpanId", json!("0123456789ABCDEE"), true),
        ("parentSpanId", json!("0".repeat(16)), true),
        ("parentSpanId", json!("short"), true),
    ];
    let (mut n_good, mut n_bad) = (0, 0);
    for (number, (member, id, is_kept)) in (0..).zip(cases) {
        let mut more = json!({});
        more[member] = id.clone();
        let pair = [json_span(2 * number, &more), json_span(2 * number + 1, &json!({}))];
        let said = partial(&house.post_json("/v1/traces", &json_request(pair)).await);
        let rejected = said.as_ref().and_then(|said| said.get("rejectedSpans")).cloned();
        assert_eq!(rejected, (!is_kept).then(|| json!("1")), "{member} {id}: {said:?}");
        n_good += 1 + u64::from(is_kept);
        n_bad += u64::from(!is_kept);
    }
    let counts = &house.status()["spans"];
    assert_eq!((counts["stored"].as_u64(), counts["rejected"].as_u64()), (Some(n_good), Some(n_bad)));
    assert_serves(&house, 0).await;
}

/// Times at every edge that a number of nanoseconds has.
const TIMES: [u64; 12] = [
    0,
    1,
    999_999_999,
    (1 << 53) - 1,
    (1 << 53) + 1,
    1_700_000_000_123_456_789,
    // In the year 2200.
    7_258_118_400_000_000_001,
    (1 << 63) - 1,
    1 << 63,
    (1 << 63) + 1,
    u64::MAX - 1,
    u64::MAX,
];

/// R26. Scenario: spans that begin and end at any of twelve times, the end before the beginning too; logs and points at them.
/// Guarantees: each time is exported again bit by bit, and everything that reckons with times answers.
#[tokio::test]
async fn r26_times_are_kept_bit_by_bit() {
    let house = House::open().await;
    let mut spans = Vec::new();
    let mut expected = Vec::new();
    for (number, (start, end)) in (0..).zip(TIMES.iter().flat_map(|start| TIMES.map(|end| (*start, end)))) {
        let event = json!({"timeUnixNano": end.to_string(), "name": "e"});
        let more = json!({"startTimeUnixNano": start.to_string(), "endTimeUnixNano": end.to_string(), "events": [event]});
        spans.push(json_span(number, &more));
        expected.push((start, end, end));
    }
    assert_eq!(partial(&house.post_json("/v1/traces", &json_request(spans)).await), None);
    let records: Vec<Value> = TIMES
        .iter()
        .map(|time| json!({"timeUnixNano": time.to_string(), "observedTimeUnixNano": time.to_string()}))
        .collect();
    assert_eq!(partial(&house.post_json("/v1/logs", &json_logs(&json!(records))).await), None);
    let points: Vec<Value> = TIMES.iter().map(|time| json!({"asInt": "1", "timeUnixNano": time.to_string(), "startTimeUnixNano": time.to_string()})).collect();
    assert_eq!(partial(&house.post_json("/v1/metrics", &json_metrics(&json!(points))).await), None);

    let time = |node: &Value, name: &str| {
        node.get(name).map_or(0, |time| time.as_str().unwrap().parse::<u64>().unwrap())
    };
    let lists = |signal: &str, path: [&str; 3]| -> Vec<Value> {
        let requests = house.exported(signal);
        let of = |nodes: Vec<Value>, name: &str| -> Vec<Value> {
            nodes.iter().flat_map(|node| node[name].as_array().cloned().unwrap_or_default()).collect()
        };
        path.into_iter().fold(requests, of)
    };
    let mut kept: Vec<(u64, u64, u64)> = lists("traces", ["resourceSpans", "scopeSpans", "spans"])
        .iter()
        .map(|span| {
            (
                time(span, "startTimeUnixNano"),
                time(span, "endTimeUnixNano"),
                time(&span["events"][0], "timeUnixNano"),
            )
        })
        .collect();
    kept.sort_unstable();
    expected.sort_unstable();
    assert_eq!(kept, expected);
    let mut of_logs: Vec<u64> = lists("logs", ["resourceLogs", "scopeLogs", "logRecords"])
        .iter()
        .map(|log| time(log, "timeUnixNano"))
        .collect();
    of_logs.sort_unstable();
    assert_eq!(of_logs, TIMES);
    let metrics = lists("metrics", ["resourceMetrics", "scopeMetrics", "metrics"]);
    let points = metrics.iter().flat_map(|metric| metric["gauge"]["dataPoints"].as_array().cloned().unwrap());
    let mut of_points: Vec<u64> = points.map(|point| time(&point, "timeUnixNano")).collect();
    of_points.sort_unstable();
    assert_eq!(of_points, TIMES);

    let n_spans = TIMES.len() * TIMES.len();
    let trace = house.skep.ask(["trace", "5b8efff798038103d269b633813fc60c"]);
    assert_eq!(trace["spans"].as_array().unwrap().len(), n_spans);
    for query in [
        "SELECT COUNT, MIN(duration_ms), MAX(duration_ms), P99(duration_ms)",
        "SELECT COUNT, CONCURRENCY WHERE meta.signal_type = trace GROUP BY name",
        "SELECT COUNT EVERY 24h LIMIT 10",
    ] {
        let output = skep_tests::rig::Skep::try_ask(&house.data_dir(), ["query", query]);
        let said = String::from_utf8_lossy(&output.stderr);
        // A question that cannot be answered over half a millennium is refused in words.
        assert!(
            output.status.success() || output.status.code() == Some(1) && !said.contains("panicked"),
            "{query}: {said}"
        );
    }
    house.skep.ask(["sql", "select min(time), max(time), max(duration_ns), count(*) from spans"]);
    house.skep.ask(["bubbleup", "--selection", "duration_ms > 5"]);
    assert_serves(&house, 0).await;
}
