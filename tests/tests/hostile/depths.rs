use crate::assert_serves;
use serde_json::Value;
use skep_tests::house::{House, JSON, PROTOBUF};
use skep_tests::rig::{run_to_end, skep_binary};
use std::process::Command;

const TRACE_ID: &str = "5b8efff798038103d269b633813fc60c";
/// What is kept; deeper values are folded.
const LEVELS_KEPT: usize = 32;

/// Forty depths, from one to two hundred thousand, close together about every cap on the way.
fn depths() -> Vec<usize> {
    let near = [
        1, 2, 3, 30, 31, 32, 33, 34, 62, 63, 64, 65, 98, 99, 100, 101, 102, 126, 127, 128, 129, 142, 143,
        144, 145,
    ];
    let far = [
        200, 255, 256, 500, 1_000, 2_000, 5_000, 10_000, 20_000, 50_000, 65_536, 100_000, 150_000, 199_999,
        200_000,
    ];
    near.into_iter().chain(far).collect()
}

fn json(depth: usize, is_map: bool, span_id: u64) -> Vec<u8> {
    let (open, close) = match is_map {
        true => (r#"{"kvlistValue":{"values":[{"key":"k","value":"#, "}]}}"),
        false => (r#"{"arrayValue":{"values":["#, "]}}"),
    };
    let value = format!("{}{{\"boolValue\":true}}{}", open.repeat(depth - 1), close.repeat(depth - 1));
    let span = format!(
        r#"{{"traceId":"{TRACE_ID}","spanId":"{span_id:016x}","attributes":[{{"key":"deep","value":{value}}}]}}"#
    );
    format!(r#"{{"resourceSpans":[{{"scopeSpans":[{{"spans":[{span}]}}]}}]}}"#).into_bytes()
}

/// On the wire each level holds its length, so a message is made from the inside out, and backwards, to cost no square.
struct Backwards(Vec<u8>);

impl Backwards {
    fn wrap(&mut self, field: u8) {
        let mut length = Vec::new();
        prost::encoding::encode_varint(self.0.len() as u64, &mut length);
        self.0.extend(length.into_iter().rev());
        self.0.push(field << 3 | 2);
    }

    fn text(&mut self, field: u8, text: &[u8]) {
        self.0.extend(text.iter().rev());
        self.0.push(u8::try_from(text.len()).unwrap());
        self.0.push(field << 3 | 2);
    }
}

fn protobuf(depth: usize, is_map: bool, span_id: u64) -> Vec<u8> {
    // An AnyValue that is true.
    let mut body = Backwards(vec![1, 2 << 3]);
    for _ in 1..depth {
        match is_map {
            true => {
                body.wrap(2); // KeyValue.value
                body.text(1, b"k");
                body.wrap(1); // KeyValueList.values
                body.wrap(6); // AnyValue.kvlist_value
            }
            false => {
                body.wrap(1); // ArrayValue.values
                body.wrap(5); // AnyValue.array_value
            }
        }
    }
    body.wrap(2); // KeyValue.value
    body.text(1, b"deep");
    body.wrap(9); // Span.attributes
    body.text(2, &span_id.to_be_bytes());
    body.text(1, &const_hex::decode(TRACE_ID).unwrap());
    for field in [2, 2, 1] {
        body.wrap(field); // ScopeSpans.spans, ResourceSpans.scope_spans, and these
    }
    body.0.reverse();
    body.0
}

fn command(house: &House, words: &[&str]) -> String {
    run_to_end(Command::new(skep_binary()).args(words).arg("--data-dir").arg(house.data_dir()))
}

/// Scenario: values nested to forty depths, as arrays and as maps, in protobuf and in JSON; then every way they are shown.
/// Guarantees: each span is kept, folded where it is deeper than is kept, and nothing overflows, neither when it is read nor
/// when it is shown, exported or asked for.
#[tokio::test]
async fn r22_deep_values_are_kept_in_part_and_shown() {
    let house = House::open().await;
    let (mut n_sent, mut n_folded) = (0, 0);
    for depth in depths() {
        for is_map in [false, true] {
            for media_type in [JSON, PROTOBUF] {
                n_sent += 1;
                let body = if media_type == JSON {
                    json(depth, is_map, n_sent)
                } else {
                    protobuf(depth, is_map, n_sent)
                };
                let answer = house.post("/v1/traces", media_type, body).await;
                assert_eq!(answer.status(), 200, "{depth} {is_map} {media_type}");
                let is_folded = depth > LEVELS_KEPT;
                n_folded += u64::from(is_folded);
                let said = String::from_utf8_lossy(answer.body()).contains("nested deeper");
                assert_eq!(said, is_folded, "{depth} {is_map} {media_type}: {answer:?}");
            }
        }
    }
    assert_eq!(n_sent, 160);
    let status = house.status();
    assert_eq!(
        (status["spans"]["stored"].as_u64(), status["truncated"].as_u64()),
        (Some(n_sent), Some(n_folded))
    );
    let trace: Value = serde_json::from_str(&command(&house, &["trace", TRACE_ID, "--json"])).unwrap();
    assert_eq!(trace["spans"].as_array().unwrap().len(), 160);
    for format in ["otlp-json", "otlp-proto", "jsonl", "csv"] {
        command(&house, &["export", "--signal", "traces", "--format", format]);
    }
    command(&house, &["sql", "select attr('deep'), count(*) from spans group by 1", "--json"]);
    command(&house, &["query", "SELECT COUNT, COUNT_DISTINCT(deep) GROUP BY deep", "--json"]);
    command(&house, &["bubbleup", "--selection", "deep contains k", "--json"]);
    assert_serves(&house, 0).await;
}
