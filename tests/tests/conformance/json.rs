use serde_json::{Value, json};
use skep_tests::house::{House, JSON, json_logs, json_metrics, json_request, json_span, partial};
use skep_tests::rig::{run_to_end, skep_binary};
use std::process::Command;

/// Sends one span and returns what it says of it, and the span as it is exported again.
async fn kept(more: Value) -> (Option<Value>, Value) {
    let house = House::open().await;
    let said = partial(&house.post_json("/v1/traces", &json_request([json_span(0, &more)])).await);
    (said, house.exported_span())
}

/// S29 MUST: ids are hexadecimal in any case, wherever they stand.
#[tokio::test]
async fn s29_ids_are_hexadecimal_in_any_case() {
    let id = json!({"traceId": "5B8EFFF798038103D269B633813FC60C", "spanId": "EEE19B7EC3C1B174"});
    let house = House::open().await;
    let mut span = json_span(0, &json!({"parentSpanId": "EEE19B7EC3C1B173", "links": [id]}));
    span["traceId"] = id["traceId"].clone();
    span["spanId"] = id["spanId"].clone();
    assert_eq!(partial(&house.post_json("/v1/traces", &json_request([span])).await), None);
    let span = house.exported_span();
    for id in [&span, &span["links"][0]] {
        assert_eq!(
            (&id["traceId"], &id["spanId"]),
            (&json!("5b8efff798038103d269b633813fc60c"), &json!("eee19b7ec3c1b174"))
        );
    }
    assert_eq!(span["parentSpanId"], "eee19b7ec3c1b173");
    let mut log = id.clone();
    log["body"] = json!({"stringValue": "a"});
    assert_eq!(partial(&house.post_json("/v1/logs", &json_logs(&json!([log]))).await), None);
    let point = json!([{"asInt": 1, "timeUnixNano": "1", "exemplars": [{"asInt": 1, "traceId": id["traceId"], "spanId": id["spanId"]}]}]);
    assert_eq!(partial(&house.post_json("/v1/metrics", &json_metrics(&point)).await), None);
    // Base64, as plain ProtoJSON would have it, is another number of characters: no id.
    let said = partial(
        &house
            .post_json(
                "/v1/traces",
                &json_request([json_span(0, &json!({"traceId": "W47/95gDgQPSabYzgT/GDA=="}))]),
            )
            .await,
    );
    assert_eq!(said.unwrap()["rejectedSpans"], "1");
}

/// S30 MUST: enums are integers, unknown ones too. A name is read all the same, and said to be wrong.
#[tokio::test]
async fn s30_enums_are_integers() {
    let (said, span) = kept(json!({"kind": 3, "status": {"code": 2}})).await;
    assert_eq!((said, &span["kind"], &span["status"]["code"]), (None, &json!(3), &json!(2)));
    let (said, span) = kept(json!({"kind": 77, "status": {"code": 99}})).await;
    assert_eq!((said, &span["kind"], &span["status"]["code"]), (None, &json!(77), &json!(99)));
    let (said, span) = kept(json!({"kind": "SPAN_KIND_CLIENT"})).await;
    assert!(said.unwrap()["errorMessage"].as_str().unwrap().contains("numbers"));
    assert_eq!(span["kind"], json!(3));
}

/// S31 MUST: unknown members are ignored at every level, whatever they are.
#[tokio::test]
async fn s31_unknown_members_are_ignored() {
    let house = House::open().await;
    for unknown in [json!({"a": [{}]}), json!([1, [2]]), json!(null), json!("x"), json!(1.5)] {
        let with = |mut node: Value| {
            node["unknownMember"] = unknown.clone();
            node
        };
        let attribute = with(json!({"key": "k", "value": with(json!({"stringValue": "v"}))}));
        let span = with(json_span(
            0,
            &json!({"attributes": [attribute], "events": [with(json!({"name": "e"}))], "status": with(json!({}))}),
        ));
        let scope = with(json!({"scope": with(json!({"name": "s"})), "spans": [span]}));
        let resource = with(
            json!({"attributes": [], "entityRefs": [with(json!({"type": "service", "idKeys": ["k"]}))]}),
        );
        let request =
            with(json!({"resourceSpans": [with(json!({"resource": resource, "scopeSpans": [scope]}))]}));
        assert_eq!(partial(&house.post_json("/v1/traces", &request).await), None, "{unknown}");
    }
    assert_eq!(house.n_spans(), 1, "and all five are the same span");
}

/// S32 MUST: member names are in lower camel case; others are unknown, and ignored.
#[tokio::test]
async fn s32_names_are_lower_camel_case() {
    let (said, span) =
        kept(json!({"start_time_unix_nano": "5", "trace_state": "a=b", "Name": "other"})).await;
    assert_eq!(
        (said, &span["name"], &span["startTimeUnixNano"]),
        (None, &json!("span"), &json!("1700000000000000000"))
    );
    assert_eq!(span.get("traceState"), None);
}

/// S33 MUST: each way in which ProtoJSON writes a value.
#[tokio::test]
async fn s33_values_in_every_form() {
    let cases = [
        (json!({"intValue": "9223372036854775807"}), json!({"intValue": "9223372036854775807"})),
        (json!({"intValue": -5}), json!({"intValue": "-5"})),
        (json!({"intValue": 1e3}), json!({"intValue": "1000"})),
        (json!({"intValue": "1e3"}), json!({"intValue": "1000"})),
        (json!({"doubleValue": 0.5}), json!({"doubleValue": 0.5})),
        (json!({"doubleValue": "0.5"}), json!({"doubleValue": 0.5})),
        (json!({"doubleValue": "NaN"}), json!({"doubleValue": "NaN"})),
        (json!({"doubleValue": "Infinity"}), json!({"doubleValue": "Infinity"})),
        (json!({"doubleValue": "-Infinity"}), json!({"doubleValue": "-Infinity"})),
        (json!({"bytesValue": "-_8="}), json!({"bytesValue": "+/8="})),
        (json!({"bytesValue": "+/8"}), json!({"bytesValue": "+/8="})),
        (json!({"boolValue": true}), json!({"boolValue": true})),
        (json!({"arrayValue": {}}), json!({"arrayValue": {}})),
        (json!({"kvlistValue": {"values": null}}), json!({"kvlistValue": {}})),
        (json!({}), json!({})),
    ];
    let attributes: Vec<Value> = cases
        .iter()
        .enumerate()
        .map(|(idx, (value, _))| json!({"key": format!("k{idx}"), "value": value}))
        .collect();
    let more = json!({"attributes": attributes, "flags": "257", "droppedEventsCount": 4e0, "kind": "2",
        "startTimeUnixNano": 1_700_000_000_000_000_001_u64, "endTimeUnixNano": "1700000000000000009",
        "parentSpanId": null, "traceState": null, "events": null, "links": null, "status": null});
    let (said, span) = kept(more).await;
    assert_eq!(said, None);
    for (idx, (sent, expected)) in cases.iter().enumerate() {
        let attributes = span["attributes"].as_array().unwrap();
        let attribute = attributes.iter().find(|attribute| attribute["key"] == format!("k{idx}")).unwrap();
        let value = attribute.get("value").cloned().unwrap_or(json!({}));
        assert_eq!(normal(&value), normal(expected), "{sent}");
    }
    assert_eq!(
        (&span["flags"], &span["kind"], &span["droppedEventsCount"]),
        (&json!(257), &json!(2), &json!(4))
    );
    assert_eq!(span["startTimeUnixNano"], "1700000000000000001");
    // A number as large as 2^64 - 1 keeps its last digit.
    let (_, span) = kept(json!({"endTimeUnixNano": u64::MAX})).await;
    assert_eq!(span["endTimeUnixNano"], u64::MAX.to_string());
    // The bare words that Python's writer makes are no JSON, and are read.
    let house = House::open().await;
    let body = json_request([json_span(
        0,
        &json!({"attributes": [{"key": "k", "value": {"doubleValue": "WORD"}}]}),
    )])
    .to_string();
    assert_eq!(house.post("/v1/traces", JSON, body.replace("\"WORD\"", "NaN")).await.status(), 200);
    assert_eq!(house.exported_span()["attributes"][0]["value"], json!({"doubleValue": "NaN"}));
}

/// Empty lists may be written or left out.
fn normal(value: &Value) -> String {
    value.to_string().replace("{\"values\":[]}", "{}")
}

/// S34: deep, wide and odd bodies have bounds, and a byte order mark is no error.
#[tokio::test]
async fn s34_depth_size_and_byte_order_mark() {
    let house = House::open().await;
    let body = format!("\u{feff}{}", json_request([json_span(0, &json!({}))]));
    assert_eq!(house.post("/v1/traces", JSON, body).await.status(), 200);
    let brackets = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    assert_eq!(house.post("/v1/traces", JSON, brackets.clone()).await.status(), 400);
    let ignored = format!("{{\"unknown\":{brackets},\"resourceSpans\":[]}}");
    assert_eq!(house.post("/v1/traces", JSON, ignored).await.status(), 200);
    let deep =
        (0..200).fold(json!({"stringValue": "x"}), |inner, _| json!({"arrayValue": {"values": [inner]}}));
    let span = json_span(1, &json!({"attributes": [{"key": "deep", "value": deep}]}));
    let said = partial(&house.post_json("/v1/traces", &json_request([span])).await).unwrap();
    assert!(said["errorMessage"].as_str().unwrap().contains("nested deeper than 32"), "{said}");
    assert_eq!((house.n_spans(), house.status()["truncated"].as_u64()), (2, Some(1)));
}

/// S35: files of lines, a `TracesData` each, in any order; a log that names no trace is not of an all-zero one.
#[tokio::test]
async fn s35_lines_of_a_file() {
    let house = House::open().await;
    let file = house.data_dir().with_extension("jsonl");
    let lines = [
        json_logs(
            &json!([{"timeUnixNano": "5", "body": {"stringValue": "later"}, "traceId": "", "spanId": ""}]),
        ),
        json_request([json_span(1, &json!({}))]),
        json_request([json_span(0, &json!({}))]),
    ];
    std::fs::write(&file, lines.map(|line| line.to_string()).join("\n")).unwrap();
    let mut import = Command::new(skep_binary());
    import.args(["import", "--json"]).arg(&file).arg("--data-dir").arg(house.data_dir());
    let answer: Value = serde_json::from_str(&run_to_end(&mut import)).unwrap();
    assert_eq!(house.n_spans(), 2, "{answer}");
    assert_eq!(
        house.rows("SELECT COUNT WHERE meta.signal_type = log AND trace.trace_id does-not-exist"),
        json!([[1]])
    );
}
