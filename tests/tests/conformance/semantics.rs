use opentelemetry_proto::tonic::trace::v1::Span;
use prost::Message;
use serde_json::{Value, json};
use skep_tests::house::{House, PROTOBUF, json_request, json_span, partial, request_of, spans};
use skep_tests::rig::http::{once, post};

/// S36: a trace id is 16 bytes and a span id 8, not all zero; whatever else they are, the span is rejected alone.
#[tokio::test]
async fn s36_ids_have_their_length_and_are_not_zero() {
    let house = House::open().await;
    let good = Span { trace_id: vec![1; 16], span_id: vec![1; 8], ..Span::default() };
    let trace_ids = [0, 1, 8, 15, 17, 32].map(|len| vec![1; len]).into_iter().chain([vec![0; 16]]);
    let span_ids = [0, 1, 7, 9, 16].map(|len| vec![1; len]).into_iter().chain([vec![0; 8]]);
    let bad_traces = trace_ids.map(|trace_id| Span { trace_id, ..good.clone() });
    let bad_spans = span_ids.map(|span_id| Span { span_id, ..good.clone() });
    let request = request_of(bad_traces.chain(bad_spans).chain([good.clone()]).collect());
    let answer = house.grpc().await.export(request).await.unwrap().into_inner();
    assert_eq!(answer.partial_success.unwrap().rejected_spans, 13);
    assert_eq!(house.n_spans(), 1);
}

/// S37: a span may end before it begins and have no name: it is shown as it is.
#[tokio::test]
async fn s37_odd_times_and_names_are_kept() {
    let house = House::open().await;
    let more = json!({"name": "", "startTimeUnixNano": "1700000000000000100", "endTimeUnixNano": "1700000000000000000"});
    assert_eq!(partial(&house.post_json("/v1/traces", &json_request([json_span(0, &more)])).await), None);
    let trace = house.skep.ask(["trace", "5b8efff798038103d269b633813fc60c"]);
    let span = &trace["spans"][0];
    assert_eq!((&span["start_ns"], &span["name"]), (&json!("1700000000000000100"), &json!("")));
    assert_eq!(house.exported_span()["endTimeUnixNano"], "1700000000000000000");
}

/// S38: keys that come twice, values that are nothing, keys that are missing: nothing is lost, nothing breaks.
#[tokio::test]
async fn s38_odd_attributes_are_kept() {
    let house = House::open().await;
    let attributes = json!([
        {"key": "twice", "value": {"intValue": "1"}}, {"key": "twice", "value": {"intValue": "2"}},
        {"key": "nothing"}, {"key": "empty", "value": {}}, {"value": {"stringValue": "no key"}}, {}
    ]);
    let span = json_span(0, &json!({"attributes": attributes}));
    assert_eq!(house.post_json("/v1/traces", &json_request([span])).await.status(), 200);
    let kept = house.exported_span()["attributes"].as_array().unwrap().clone();
    let twice: Vec<&Value> =
        kept.iter().filter(|one| one["key"] == "twice").map(|one| &one["value"]["intValue"]).collect();
    assert_eq!(twice, ["1", "2"]);
    assert!(kept.iter().any(|one| one["value"]["stringValue"] == "no key"), "{kept:?}");
    assert!(kept.iter().any(|one| one["key"] == "nothing"), "{kept:?}");
}

/// S39: flags are kept as they are, unknown bits too.
#[tokio::test]
async fn s39_flags_are_kept() {
    let house = House::open().await;
    let link =
        json!({"traceId": "5b8efff798038103d269b633813fc60c", "spanId": "00000000000000aa", "flags": 769});
    let span = json_span(0, &json!({"flags": u32::MAX, "links": [link]}));
    assert_eq!(partial(&house.post_json("/v1/traces", &json_request([span])).await), None);
    let span = house.exported_span();
    assert_eq!((&span["flags"], &span["links"][0]["flags"]), (&json!(u32::MAX), &json!(769)));
}

/// S40: no status is an unset one, no resource an unknown one; schema addresses stay where they were.
#[tokio::test]
async fn s40_what_is_missing_has_a_meaning() {
    let house = House::open().await;
    let request = json!({"resourceSpans": [{"schemaUrl": "https://a", "scopeSpans": [
        {"schemaUrl": "https://b", "spans": [json_span(0, &json!({}))]}]}]});
    assert_eq!(partial(&house.post_json("/v1/traces", &request).await), None);
    let exported = &house.exported("traces")[0]["resourceSpans"][0];
    assert_eq!(
        (&exported["schemaUrl"], &exported["scopeSpans"][0]["schemaUrl"]),
        (&json!("https://a"), &json!("https://b"))
    );
    let trace = house.skep.ask(["trace", "5b8efff798038103d269b633813fc60c"]);
    assert_eq!(trace["spans"][0]["status"], "unset");
}

/// S41: what is sent twice, as clients do by design, is counted and kept once.
#[tokio::test]
async fn s41_what_is_sent_twice_is_kept_once() {
    let house = House::open().await;
    let body = spans(0, 10).encode_to_vec();
    for address in [house.http(), house.skep.ready.otlp_grpc, house.http()] {
        assert_eq!(once(address, post("/v1/traces", PROTOBUF, body.clone())).await.status(), 200);
    }
    house.grpc().await.export(spans(0, 10)).await.unwrap();
    let counts = &house.status()["spans"];
    assert_eq!(
        (&counts["received"], &counts["stored"], &counts["duplicate"]),
        (&json!(40), &json!(10), &json!(30))
    );
}

/// S42: unknown fields of protobuf are skipped; a text that is not UTF-8 is mended alone, and said.
#[tokio::test]
async fn s42_unknown_fields_and_broken_utf8() {
    let house = House::open().await;
    let mut body = spans(0, 1).encode_to_vec();
    // A varint, eight bytes, a length, a group, four bytes: numbers that no message has.
    body.extend_from_slice(&[
        0xf8, 0x07, 5, 0xf9, 0x07, 1, 2, 3, 4, 5, 6, 7, 8, 0xfa, 0x07, 1, 0, 0xfb, 0x07, 0xfc, 0x07, 0xfd,
        0x07, 1, 2, 3, 4,
    ]);
    let answer = house.post("/v1/traces", PROTOBUF, body).await;
    assert_eq!((answer.status().as_u16(), answer.body().len()), (200, 0));

    let mut body = spans(1, 512).encode_to_vec();
    let name = b"span 77";
    let at = body.windows(name.len()).position(|bytes| bytes == name).unwrap();
    body[at] = 0xff;
    let answer = house.post("/v1/traces", PROTOBUF, body).await;
    assert_eq!(answer.status(), 200);
    assert!(String::from_utf8_lossy(answer.body()).contains("1 text(s) were not UTF-8"), "{answer:?}");
    assert_eq!((house.n_spans(), house.status()["repaired"].as_u64()), (513, Some(1)));
    assert_eq!(house.rows("SELECT COUNT WHERE name = \"\u{fffd}pan 77\""), json!([[1]]));
}
