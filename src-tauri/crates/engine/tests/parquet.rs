//! Parquet as others read it: what the columns are, what stands in them, and that a file grows by row groups.

#![allow(clippy::unwrap_used, reason = "test code")]

use bytes::Bytes;
use expect_test::expect;
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::record::Field;
use parquet::schema::printer::print_schema;
use serde_json::{Value, json};
use skep_engine::model::{Encoding, Signal, TraceId};
use skep_engine::query::{Cancel, TimeRange};
use skep_engine::store::clock::SystemClock;
use skep_engine::{ExportError, ExportFormat, ExportRequest, ExportWhich, LocalStore, View, open_reader};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

const TRACE_ID: &str = "5b8efff798038103d269b633813fc60c";

async fn fill(dir: &Path, requests: &[(Signal, Value)]) {
    let store = LocalStore::open(dir, Arc::new(SystemClock::new())).unwrap();
    for (signal, request) in requests {
        let kept = store.keep(*signal, Encoding::Json, request.to_string().into_bytes()).await.unwrap();
        assert_eq!(kept.problems.rejected_events, 0, "{:?}", kept.problems);
    }
    store.close().await;
}

fn export(dir: &Path, which: ExportWhich) -> Result<Bytes, ExportError> {
    let view = View::new(open_reader(dir).unwrap().snapshot().clone());
    let mut out = Vec::new();
    let request = ExportRequest { which, signals: Vec::new(), format: ExportFormat::Parquet };
    view.export(&request, &Cancel::default(), &mut out)?;
    Ok(out.into())
}

fn everything(filter: &str) -> ExportWhich {
    ExportWhich::Matching { filter: filter.to_owned(), range: TimeRange::ALL }
}

fn schema(file: &Bytes) -> String {
    let reader = SerializedFileReader::new(file.clone()).unwrap();
    let mut printed = Vec::new();
    print_schema(&mut printed, reader.metadata().file_metadata().schema());
    String::from_utf8(printed).unwrap()
}

/// Each row's fields that are set, by name.
fn rows(file: &Bytes) -> Vec<BTreeMap<String, String>> {
    let reader = SerializedFileReader::new(file.clone()).unwrap();
    let rows = reader.get_row_iter(None).unwrap().map(|row| {
        let set = row.unwrap().into_columns().into_iter().filter(|(_, field)| *field != Field::Null);
        set.map(|(name, field)| (name, field.to_string())).collect()
    });
    rows.collect()
}

#[allow(clippy::needless_pass_by_value, reason = "each is written where it is used")]
fn key(name: &str, value: Value) -> Value {
    json!({"key": name, "value": value})
}

fn logs(records: &[Value]) -> (Signal, Value) {
    (Signal::Logs, json!({"resourceLogs": [{"scopeLogs": [{"logRecords": records}]}]}))
}

fn one_of_each() -> Vec<(Signal, Value)> {
    let resource = json!({"attributes": [key("service.name", json!({"stringValue": "shop"}))]});
    let attributes = [
        key("a.bool", json!({"boolValue": true})),
        key("a.int", json!({"intValue": "-9223372036854775808"})),
        key("a.double", json!({"doubleValue": 0.5})),
        key("a.number", json!({"intValue": "3"})),
        key("a.wide", json!({"intValue": "9007199254740993"})),
        key("a.text", json!({"stringValue": "=1, \"é\"\n"})),
        key("a.bytes", json!({"bytesValue": "AP8="})),
        key("a.list", json!({"arrayValue": {"values": [{"intValue": "1"}, {}]}})),
        key("a.mixed", json!({"boolValue": false})),
        key("a.empty", json!({})),
    ];
    let span = json!({"traceId": TRACE_ID, "spanId": "eee19b7ec3c1b174", "name": "GET", "kind": 2,
        "startTimeUnixNano": "1700000000000000001", "endTimeUnixNano": "1700000000001500001", "attributes": attributes,
        "events": [{"timeUnixNano": "1700000000000000003", "name": "an event",
            "attributes": [key("a.mixed", json!({"stringValue": "no"}))]}]});
    let log = json!({"timeUnixNano": "1700000000000000005", "observedTimeUnixNano": "1700000000000000006",
        "traceId": TRACE_ID, "body": {"stringValue": "said"}, "attributes": [
            key("a.number", json!({"doubleValue": 2.5})), key("a.wide", json!({"doubleValue": 2.5}))]});
    let point = json!({"timeUnixNano": "1700000000000000007", "asDouble": 1.5});
    let metric = json!({"name": "load", "gauge": {"dataPoints": [point]}});
    vec![
        (
            Signal::Traces,
            json!({"resourceSpans": [{"resource": resource, "scopeSpans": [{"spans": [span]}]}]}),
        ),
        logs(&[log]),
        (
            Signal::Metrics,
            json!({"resourceMetrics": [{"resource": resource, "scopeMetrics": [{"metrics": [metric]}]}]}),
        ),
    ]
}

/// Guarantees: all signals stand in one file, each field under the name that queries use, with the one type that its
/// values have; where they have several, and no type says all of them exactly, they are text.
#[tokio::test(flavor = "multi_thread")]
async fn fields_are_typed_columns() {
    let dir = tempfile::tempdir().unwrap();
    fill(dir.path(), &one_of_each()).await;
    let file = export(dir.path(), everything("")).unwrap();
    expect![[r#"
        message event {
          OPTIONAL INT64 timestamp_ns (TIMESTAMP(NANOS,true));
          OPTIONAL BYTE_ARRAY trace.trace_id (STRING);
          OPTIONAL BYTE_ARRAY trace.span_id (STRING);
          OPTIONAL BYTE_ARRAY trace.parent_id (STRING);
          OPTIONAL BYTE_ARRAY service.name (STRING);
          OPTIONAL BYTE_ARRAY name (STRING);
          OPTIONAL DOUBLE duration_ms;
          OPTIONAL BOOLEAN a.bool;
          OPTIONAL BYTE_ARRAY a.bytes;
          OPTIONAL DOUBLE a.double;
          OPTIONAL BYTE_ARRAY a.empty (STRING);
          OPTIONAL INT64 a.int;
          OPTIONAL BYTE_ARRAY a.list (JSON);
          OPTIONAL BYTE_ARRAY a.mixed (STRING);
          OPTIONAL DOUBLE a.number;
          OPTIONAL BYTE_ARRAY a.text (STRING);
          OPTIONAL BYTE_ARRAY a.wide (STRING);
          OPTIONAL BYTE_ARRAY body (STRING);
          OPTIONAL BOOLEAN is_root;
          OPTIONAL BYTE_ARRAY meta.annotation_type (STRING);
          OPTIONAL BYTE_ARRAY meta.signal_type (STRING);
          OPTIONAL DOUBLE meta.time_since_span_start_ms;
          OPTIONAL BYTE_ARRAY metric.type (STRING);
          OPTIONAL DOUBLE metric.value;
          OPTIONAL INT64 otlp.observed_time_ns (TIMESTAMP(NANOS,true));
          OPTIONAL BYTE_ARRAY parent_name (STRING);
          OPTIONAL BYTE_ARRAY severity (STRING);
          OPTIONAL INT64 severity_code;
          OPTIONAL BYTE_ARRAY span.kind (STRING);
          OPTIONAL INT64 span.num_events;
          OPTIONAL INT64 status_code;
        }
    "#]]
    .assert_eq(&schema(&file));
    let rows = rows(&file);
    assert_eq!(rows.len(), 4);
    let of = |kind: &str| rows.iter().find(|row| row["meta.signal_type"].contains(kind)).unwrap();
    expect![[r#"
        {
            "a.bool": "true",
            "a.bytes": "[0, 255]",
            "a.double": "0.5",
            "a.int": "-9223372036854775808",
            "a.list": "\"[1,null]\"",
            "a.mixed": "\"false\"",
            "a.number": "3.0",
            "a.text": "\"=1, \"é\"\n\"",
            "a.wide": "\"9007199254740993\"",
            "duration_ms": "1.5",
            "is_root": "true",
            "meta.signal_type": "\"trace\"",
            "name": "\"GET\"",
            "service.name": "\"shop\"",
            "span.kind": "\"server\"",
            "span.num_events": "1",
            "status_code": "0",
            "timestamp_ns": "1700000000000000001",
            "trace.span_id": "\"eee19b7ec3c1b174\"",
            "trace.trace_id": "\"5b8efff798038103d269b633813fc60c\"",
        }
    "#]]
    .assert_debug_eq(of("trace"));
    expect![[r#"
        {
            "a.number": "2.5",
            "a.wide": "\"2.5\"",
            "body": "\"said\"",
            "meta.signal_type": "\"log\"",
            "otlp.observed_time_ns": "1700000000000000006",
            "severity": "\"unspecified\"",
            "severity_code": "0",
            "timestamp_ns": "1700000000000000005",
            "trace.trace_id": "\"5b8efff798038103d269b633813fc60c\"",
        }
    "#]]
    .assert_debug_eq(of("log"));
    expect![[r#"
        {
            "meta.signal_type": "\"metric\"",
            "metric.type": "\"gauge\"",
            "metric.value": "1.5",
            "name": "\"load\"",
            "service.name": "\"shop\"",
            "timestamp_ns": "1700000000000000007",
        }
    "#]]
    .assert_debug_eq(of("metric"));
}

/// Guarantees: a part of a store can be asked for; a file of nothing can be read; a trace that is not there is said.
#[tokio::test(flavor = "multi_thread")]
async fn a_file_of_little_is_a_file() {
    let dir = tempfile::tempdir().unwrap();
    fill(dir.path(), &one_of_each()).await;
    let trace = export(dir.path(), ExportWhich::Trace(TraceId::from_hex(TRACE_ID).unwrap())).unwrap();
    assert_eq!(rows(&trace).len(), 3, "a span, its event, its log");
    let nothing = export(dir.path(), everything("name = nobody")).unwrap();
    assert_eq!(rows(&nothing).len(), 0);
    assert!(schema(&nothing).contains("timestamp_ns (TIMESTAMP(NANOS,true))"), "{}", schema(&nothing));
    let unknown = TraceId::from_hex("00000000000000000000000000000abc").unwrap();
    assert!(matches!(export(dir.path(), ExportWhich::Trace(unknown)), Err(ExportError::NoTrace(_))));
}

/// Scenario: more rows than a row group holds, and before them rows whose values alone are larger than one may be.
/// Guarantees: row groups end by their rows and by their bytes, and nothing is lost where one ends.
#[tokio::test(flavor = "multi_thread")]
async fn a_large_file_is_written_by_row_groups() {
    const ROWS: usize = 70_000;
    let dir = tempfile::tempdir().unwrap();
    let mut requests = Vec::new();
    let long = "x".repeat(60_000);
    for _ in 0..3 {
        let record = json!({"body": {"stringValue": long}});
        requests.push(logs(&vec![record; 400]));
    }
    for start in (0..ROWS).step_by(10_000) {
        let record = |n: usize| json!({"attributes": [key("n", json!({"intValue": n.to_string()}))]});
        requests.push(logs(&(start..start + 10_000).map(record).collect::<Vec<_>>()));
    }
    fill(dir.path(), &requests).await;
    let file = export(dir.path(), everything("")).unwrap();
    let reader = SerializedFileReader::new(file.clone()).unwrap();
    let groups = reader.metadata().row_groups();
    let n_rows: Vec<i64> = groups.iter().map(parquet::file::metadata::RowGroupMetaData::num_rows).collect();
    assert_eq!(usize::try_from(n_rows.iter().sum::<i64>()), Ok(1_200 + ROWS), "{n_rows:?}");
    assert!(n_rows[0] < 1_200, "the first ends by its bytes: {n_rows:?}");
    assert!(n_rows.iter().all(|n| *n <= 65_536) && n_rows.len() >= 3, "{n_rows:?}");
    let mut numbers: Vec<usize> = rows(&file).iter().filter_map(|row| row.get("n")?.parse().ok()).collect();
    numbers.sort_unstable();
    assert!(numbers.into_iter().eq(0..ROWS));
}

/// Scenario: a sender makes a key of its own for every record.
/// Guarantees: the file has no more columns than a reader can take; the rarest fields stand together, and none is lost.
#[tokio::test(flavor = "multi_thread")]
async fn rare_fields_stand_together() {
    let dir = tempfile::tempdir().unwrap();
    let record = |n: usize| {
        let attributes =
            [key("common", json!({"intValue": "1"})), key(&format!("rare.{n:04}"), json!({"intValue": "2"}))];
        json!({"attributes": attributes})
    };
    fill(dir.path(), &[logs(&(0..1_200).map(record).collect::<Vec<_>>())]).await;
    let file = export(dir.path(), everything("")).unwrap();
    let reader = SerializedFileReader::new(file.clone()).unwrap();
    let n_columns = reader.metadata().file_metadata().schema_descr().num_columns();
    assert_eq!(n_columns, 1_001, "a thousand, and the rest");
    let rows = rows(&file);
    assert!(rows.iter().all(|row| row["common"] == "1"));
    let n_rest = rows.iter().filter(|row| row.contains_key("otlp.other_fields")).count();
    let n_own = rows.iter().filter(|row| row.keys().any(|name| name.starts_with("rare."))).count();
    assert_eq!(n_rest + n_own, 1_200);
    let last = rows.iter().filter_map(|row| row.get("otlp.other_fields")).next_back().unwrap();
    assert!(last.contains("rare.1199") && last.contains('2'), "{last}");
}
