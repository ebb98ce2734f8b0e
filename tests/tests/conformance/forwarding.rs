use prost::Message;
use serde_json::Value;
use skep_tests::house::House;
use skep_tests::house::{PROTOBUF, spans};
use skep_tests::rig::{until, within_patience};
use skep_tests::standin::{Answer, Standin};

const KEY: &str = "conformance-key";

fn destination(house: &House, index: usize) -> Value {
    house.status()["forward"][index].clone()
}

async fn until_count(house: &House, index: usize, name: &str, wanted: u64) {
    until(name, || destination(house, index), |destination| destination[name] == wanted).await;
}

/// S46 MUST NOT: what was refused for good, or taken in part, is not sent again. MUST: what may be tried again is.
#[tokio::test(flavor = "multi_thread")]
async fn s46_what_is_tried_again_and_what_is_not() {
    let standin = Standin::start(KEY).await;
    let house = House::with(|serve| serve.forward_to(&standin.url(), KEY)).await;
    standin.answer_next([Answer::status(400)]);
    house.post("/v1/traces", PROTOBUF, spans(0, 1).encode_to_vec()).await;
    until_count(&house, 0, "refused", 1).await;
    standin.answer_next([Answer::RejectSpans { count: 3 }]);
    house.post("/v1/traces", PROTOBUF, spans(10, 10).encode_to_vec()).await;
    until_count(&house, 0, "refused", 4).await;
    for code in [429, 502, 503, 504] {
        standin.answer_next([Answer::retry_after(code, "1")]);
        let n_before = standin.ledger().requests.len();
        house.post("/v1/traces", PROTOBUF, spans(100 + u64::from(code), 1).encode_to_vec()).await;
        within_patience("a second try", standin.until(|ledger| ledger.requests.len() >= n_before + 2)).await;
    }
    until_count(&house, 0, "waiting", 0).await;
    let statuses: Vec<Option<u16>> = standin.ledger().requests.iter().map(|request| request.status).collect();
    let expected = [400, 200, 429, 200, 502, 200, 503, 200, 504, 200].map(Some);
    assert_eq!(statuses, expected, "each try and no other");
    let counts = destination(&house, 0);
    assert_eq!(
        (counts["acknowledged"].as_u64(), counts["refused"].as_u64()),
        (Some(11), Some(4)),
        "{counts}"
    );
}

/// S47 SHOULD: one queue for each destination: one that hangs holds up neither the store nor another one.
#[tokio::test(flavor = "multi_thread")]
async fn s47_destinations_do_not_wait_for_each_other() {
    let (hanging, good) = (Standin::start(KEY).await, Standin::start(KEY).await);
    hanging.answer_with(Answer::Hang);
    let both =
        |serve: skep_tests::rig::Serve| serve.forward_to(&hanging.url(), KEY).forward_to(&good.url(), KEY);
    let house = House::with(both).await;
    for batch in 0..5 {
        let answer = house.post("/v1/traces", PROTOBUF, spans(batch * 10, 10).encode_to_vec()).await;
        assert_eq!(answer.status(), 200);
    }
    within_patience("all of it at the good one", good.until(|ledger| ledger.spans.len() == 50)).await;
    let index =
        usize::from(destination(&house, 0)["url"].as_str().unwrap().contains(&hanging.address().to_string()));
    let (waits, is_done) = (destination(&house, 1 - index), destination(&house, index));
    assert_eq!(
        (waits["acknowledged"].as_u64(), is_done["url"].as_str()),
        (Some(0), Some(&*good.url())),
        "{waits} {is_done}"
    );
    assert_eq!(house.n_spans(), 50);
}

/// S48 MUST: the address is the base and the signal's path, and SHOULD: the sender says who it is.
#[tokio::test(flavor = "multi_thread")]
async fn s48_addresses_and_name() {
    let standin = Standin::start(KEY).await;
    let house = House::with(|serve| serve.forward_to(&standin.url(), KEY)).await;
    house.post("/v1/traces", PROTOBUF, spans(0, 1).encode_to_vec()).await;
    let logs = skep_tests::house::json_logs(&serde_json::json!([{"body": {"stringValue": "a"}}]));
    house.post_json("/v1/logs", &logs).await;
    let metrics = skep_tests::house::json_metrics(&serde_json::json!([{"asInt": 1, "timeUnixNano": "1"}]));
    house.post_json("/v1/metrics", &metrics).await;
    within_patience("three requests", standin.until(|ledger| ledger.requests.len() == 3)).await;
    let ledger = standin.ledger();
    let mut lines: Vec<&str> = ledger.requests.iter().map(|request| &*request.line).collect();
    lines.sort_unstable();
    assert_eq!(lines, ["POST /v1/logs", "POST /v1/metrics", "POST /v1/traces"]);
    for request in &ledger.requests {
        assert!(request.header_names.iter().any(|name| name == "user-agent"), "{request:?}");
    }
}
