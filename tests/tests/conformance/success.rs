use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceResponse;
use prost::Message;
use serde_json::{Value, json};
use skep_tests::house::{
    House, JSON, PATHS, PROTOBUF, json_logs, json_metrics, json_request, json_span, partial, spans,
    with_header,
};
use skep_tests::rig::http::{once, post};

/// S10 MUST: 200 with an empty message when all was accepted; `partial_success` is unset.
#[tokio::test]
async fn s10_success_says_nothing_more() {
    let house = House::open().await;
    let answer = house.post("/v1/traces", PROTOBUF, spans(0, 2).encode_to_vec()).await;
    assert_eq!((answer.status().as_u16(), answer.body().len()), (200, 0));
    let answer = house.post_json("/v1/traces", &json_request([json_span(7, &json!({}))])).await;
    assert_eq!((answer.status().as_u16(), &answer.body()[..]), (200, &b"{}"[..]));
    let answer = house.grpc().await.export(spans(2, 2)).await.unwrap().into_inner();
    assert_eq!(answer, ExportTraceServiceResponse { partial_success: None });
}

/// S11 SHOULD: an empty request is a success.
#[tokio::test]
async fn s11_empty_requests_succeed() {
    let house = House::open().await;
    let lists =
        [("resourceSpans", "scopeSpans"), ("resourceLogs", "scopeLogs"), ("resourceMetrics", "scopeMetrics")];
    for (path, (outer, inner)) in PATHS.into_iter().zip(lists) {
        for body in [
            "".to_owned(),
            "{}".to_owned(),
            format!("{{\"{outer}\":[]}}"),
            format!("{{\"{outer}\":[{{\"{inner}\":[]}}]}}"),
        ] {
            assert_eq!(partial_of_any(&house, path, body.clone()).await, None, "{path} {body}");
        }
        assert_eq!(house.post(path, PROTOBUF, "").await.status(), 200, "{path}");
    }
    house.grpc().await.export(spans(0, 0)).await.unwrap();
    let status = house.status();
    assert_eq!((&status["received"], &status["stored"]), (&json!(0), &json!(0)));
}

async fn partial_of_any(house: &House, path: &str, body: String) -> Option<Value> {
    partial(&house.post(path, JSON, body).await)
}

/// S12 MUST: the answer's media type is the request's, for errors too.
#[tokio::test]
async fn s12_the_media_type_is_the_requests() {
    let house = House::open().await;
    for media_type in [JSON, PROTOBUF] {
        for (body, status) in [("", 200), ("\u{1}", 400)] {
            let answer = house.post("/v1/traces", media_type, body).await;
            assert_eq!(
                (answer.status().as_u16(), answer.headers()["content-type"].as_bytes()),
                (status, media_type.as_bytes())
            );
        }
    }
}

/// S13 MAY compress the answer: a few bytes are not worth it, whatever the client would take.
#[tokio::test]
async fn s13_answers_are_plain() {
    let house = House::open().await;
    let request = with_header(post("/v1/traces", JSON, "{}"), "accept-encoding", "gzip, zstd, br");
    let answer = once(house.http(), request).await;
    assert!(!answer.headers().contains_key("content-encoding"));
    assert_eq!(&answer.body()[..], b"{}");
}

/// S14 MUST: what is rejected is counted exactly, by signal, with a sentence that says what to do.
#[tokio::test]
async fn s14_what_is_rejected_is_counted() {
    let house = House::open().await;
    let spans = (0..10).map(|number| match number % 3 {
        0 => json_span(number, &json!({"traceId": "00"})),
        _ => json_span(number, &json!({})),
    });
    let said = partial(&house.post_json("/v1/traces", &json_request(spans)).await).unwrap();
    assert_eq!(said["rejectedSpans"], "4");
    assert!(said["errorMessage"].as_str().unwrap().contains("send 16 bytes"), "{said}");
    let logs = json_logs(&json!([{"body": {"stringValue": "a"}}, 7, {"body": {"stringValue": "b"}}]));
    let said = partial(&house.post_json("/v1/logs", &logs).await).unwrap();
    assert_eq!(said["rejectedLogRecords"], "1");
    let points = json_metrics(&json!([{"asInt": "1"}, "no point", [], {"asInt": "2"}]));
    let said = partial(&house.post_json("/v1/metrics", &points).await).unwrap();
    assert_eq!(said["rejectedDataPoints"], "2");
    let status = house.status();
    assert_eq!(
        (&status["received"], &status["stored"], &status["rejected"]),
        (&json!(17), &json!(10), &json!(7))
    );
}

/// S15 MAY: a warning where all was accepted: nothing rejected, but a sentence.
#[tokio::test]
async fn s15_a_repair_is_a_warning() {
    let house = House::open().await;
    let request = json_request([json_span(0, &json!({"kind": "SPAN_KIND_SERVER"}))]);
    let said = partial(&house.post_json("/v1/traces", &request).await).unwrap();
    assert_eq!(said.get("rejectedSpans"), None);
    assert!(!said["errorMessage"].as_str().unwrap().is_empty());
    assert_eq!(house.n_spans(), 1);
}

/// S16: what was stored in part is no failure: the client would send it all again.
#[tokio::test]
async fn s16_stored_in_part_is_success() {
    let house = House::open().await;
    let good = json_span(0, &json!({}));
    for (bad, n_rejected) in [
        (json!(null), None),
        (json!(1), Some("1")),
        (json!("span"), Some("1")),
        (json!([[]]), Some("1")),
        (json!({"traceId": 1}), Some("1")),
    ] {
        let answer = house.post_json("/v1/traces", &json_request([bad.clone(), good.clone()])).await;
        let said = partial(&answer);
        assert_eq!(said.as_ref().and_then(|said| said["rejectedSpans"].as_str()), n_rejected, "{bad}");
    }
    // On the wire: a span that breaks off is followed by a good one.
    let mut body = Vec::new();
    for span in [
        &[0x0a, 0xff][..],
        &skep_tests::house::request_of(spans(1, 1).resource_spans[0].scope_spans[0].spans.clone())
            .resource_spans[0]
            .scope_spans[0]
            .spans[0]
            .encode_to_vec(),
    ] {
        prost::encoding::encode_key(2, prost::encoding::WireType::LengthDelimited, &mut body);
        prost::encoding::encode_varint(span.len() as u64, &mut body);
        body.extend_from_slice(span);
    }
    for field in [2, 1] {
        let mut outer = Vec::new();
        prost::encoding::encode_key(field, prost::encoding::WireType::LengthDelimited, &mut outer);
        prost::encoding::encode_varint(body.len() as u64, &mut outer);
        outer.extend_from_slice(&body);
        body = outer;
    }
    let answer = house.post("/v1/traces", PROTOBUF, body).await;
    assert_eq!(answer.status(), 200);
    let said = ExportTraceServiceResponse::decode(answer.body().clone()).unwrap().partial_success.unwrap();
    assert_eq!(said.rejected_spans, 1, "{said:?}");
    assert_eq!(house.n_spans(), 2);
}
