use http::Request;
use http_body_util::Full;
use prost::Message;
use serde_json::Value;
use skep_tests::house::{House, JSON, PROTOBUF, raw, spans, with_header};
use skep_tests::rig::http::{get, once};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// `google.rpc.Status`, as clients read it.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct Status {
    #[prost(int32, tag = "1")]
    pub(crate) code: i32,
    #[prost(string, tag = "2")]
    pub(crate) message: String,
    #[prost(message, repeated, tag = "3")]
    pub(crate) details: Vec<Any>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct Any {
    #[prost(string, tag = "1")]
    pub(crate) type_url: String,
    #[prost(bytes = "vec", tag = "2")]
    pub(crate) value: Vec<u8>,
}

/// S17 MUST: a failure's body is a `Status` in the request's encoding, its message for a developer.
#[tokio::test]
async fn s17_failures_are_statuses() {
    let house = House::open().await;
    let answer = house.post("/v1/traces", PROTOBUF, "not protobuf").await;
    assert_eq!(answer.status(), 400);
    let status = Status::decode(answer.body().clone()).unwrap();
    assert!(status.code == 3 && status.message.contains(' '), "{status:?}");
    let answer = house.post("/v1/traces", JSON, "not JSON").await;
    assert_eq!(answer.status(), 400);
    let status: Value = serde_json::from_slice(answer.body()).unwrap();
    assert!(status["code"] == 3 && status["message"].as_str().unwrap().contains("at byte 0"), "{status}");
}

/// S18 MUST: what cannot be decoded is 400, for good; SHOULD: with a `BadRequest` among the details.
#[tokio::test]
async fn s18_what_cannot_be_decoded_is_400() {
    let house = House::open().await;
    for (media_type, body) in [
        (JSON, &b"{\"resourceSpans\":"[..]),
        (JSON, b"[]"),
        (JSON, b"\"\""),
        (PROTOBUF, b"\x0a\xff"),
        (PROTOBUF, b"<html>"),
    ] {
        let answer = house.post("/v1/traces", media_type, body).await;
        assert_eq!(answer.status(), 400, "{body:?}");
        assert!(!answer.headers().contains_key("retry-after"), "{body:?}");
        if media_type == PROTOBUF {
            let status = Status::decode(answer.body().clone()).unwrap();
            assert_eq!(status.details[0].type_url, "type.googleapis.com/google.rpc.BadRequest", "{body:?}");
        } else {
            let status: Value = serde_json::from_slice(answer.body()).unwrap();
            assert_eq!(
                status["details"][0]["@type"], "type.googleapis.com/google.rpc.BadRequest",
                "{body:?}"
            );
            assert_eq!(status["details"][0]["fieldViolations"][0]["description"], status["message"]);
        }
    }
}

/// S19: what may be tried again is 429, 502, 503 or 504, and nothing else is: a store that cannot write is 503.
#[tokio::test]
async fn s19_a_store_that_cannot_write_is_503() {
    let house = House::with(|serve| serve.arg("--disk-free-min").arg("1000000TiB")).await;
    let answer = house.post("/v1/traces", PROTOBUF, spans(0, 1).encode_to_vec()).await;
    assert_eq!(answer.status(), 503);
    let status = Status::decode(answer.body().clone()).unwrap();
    assert!(status.message.contains("disk"), "{status:?}");
}

/// S20 SHOULD: overload is 503, MAY: with when to come again.
#[tokio::test]
async fn s20_overload_says_when_to_come_again() {
    let limits = ["--limit", "body_bytes=4KiB", "--limit", "in_flight_bytes=8KiB"];
    let house = House::with(|serve| limits.into_iter().fold(serve, |serve, word| serve.arg(word))).await;
    let head = "POST /v1/traces HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 4096\r\n\r\n";
    let part = format!("{head}{}", " ".repeat(4_000));
    let body = spans(0, 60).encode_to_vec();
    // Whichever comes first is taken: one holds its bytes until the other is refused.
    let refused = skep_tests::rig::within_patience("a refusal", async {
        loop {
            let mut holder = TcpStream::connect(house.http()).await.unwrap();
            holder.write_all(part.as_bytes()).await.unwrap();
            let answer = house.post("/v1/traces", PROTOBUF, body.clone()).await;
            if answer.status() != 200 {
                return answer;
            }
        }
    });
    let refused = refused.await;
    assert_eq!(refused.status(), 503);
    let secs: u32 = refused.headers()["retry-after"].to_str().unwrap().parse().unwrap();
    assert!((1..=30).contains(&secs), "{secs}");
    let taken = async { while house.post("/v1/traces", PROTOBUF, body.clone()).await.status() != 200 {} };
    skep_tests::rig::within_patience("room again", taken).await;
}

/// S21: each thing that is wrong has its own code.
#[tokio::test]
async fn s21_wrong_type_method_path_encoding() {
    let house = House::open().await;
    let to = |method: &str, path: &str, media_type: &str| {
        let request = Request::builder().method(method).uri(path).header("content-type", media_type);
        request.body(Full::from("{}")).unwrap()
    };
    for (request, status) in [
        (to("POST", "/v1/traces", "text/plain"), 415),
        (to("POST", "/v1/traces", "application/xml"), 415),
        (to("PUT", "/v1/traces", JSON), 405),
        (to("POST", "/", JSON), 404),
        (to("POST", "/v1/trace", JSON), 404),
        (with_header(to("POST", "/v1/traces", JSON), "content-encoding", "compress"), 415),
    ] {
        let said = format!("{request:?}");
        let answer = once(house.http(), request).await;
        assert_eq!(answer.status(), status, "{said}");
        assert!(answer.body().len() > 10, "{said} is told why");
    }
    assert_eq!(once(house.http(), get("/")).await.status(), 404);
    let no_type =
        "POST /v1/traces HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\ncontent-length: 2\r\n\r\n{}";
    assert!(raw(house.http(), no_type.as_bytes()).await.starts_with("HTTP/1.1 415 "));
}

/// S22: `content-type` is a media type: in any case, with any parameters.
#[tokio::test]
async fn s22_media_types_in_any_case() {
    let house = House::open().await;
    for media_type in
        ["application/json; charset=utf-8", "Application/JSON", "application/json;charset=UTF-8;a=b"]
    {
        assert_eq!(house.post("/v1/traces", media_type, "{}").await.status(), 200, "{media_type}");
    }
    for media_type in ["APPLICATION/X-PROTOBUF", "application/x-protobuf; proto=x", "application/protobuf"] {
        assert_eq!(house.post("/v1/traces", media_type, "").await.status(), 200, "{media_type}");
    }
}

/// S23: chunks without a length, and a client that waits to be asked for its body.
#[tokio::test]
async fn s23_chunks_and_expect_continue() {
    let house = House::open().await;
    let head = "POST /v1/traces HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\ncontent-type: application/json\r\n";
    let body = skep_tests::house::json_request([skep_tests::house::json_span(0, &serde_json::json!({}))])
        .to_string();
    let chunks: String = body
        .as_bytes()
        .chunks(7)
        .map(|chunk| format!("{:x}\r\n{}\r\n", chunk.len(), str::from_utf8(chunk).unwrap()))
        .collect();
    let answer =
        raw(house.http(), format!("{head}transfer-encoding: chunked\r\n\r\n{chunks}0\r\n\r\n").as_bytes())
            .await;
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");

    let mut stream = TcpStream::connect(house.http()).await.unwrap();
    let waiting = format!("{head}expect: 100-continue\r\ncontent-length: {}\r\n\r\n", body.len());
    stream.write_all(waiting.as_bytes()).await.unwrap();
    let mut asked = [0; 25];
    stream.read_exact(&mut asked).await.unwrap();
    assert_eq!(&asked, b"HTTP/1.1 100 Continue\r\n\r\n");
    stream.write_all(body.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    // What is refused by its headers is not asked for.
    let refused = waiting.replace("application/json", "text/plain");
    assert!(raw(house.http(), refused.as_bytes()).await.starts_with("HTTP/1.1 415 "));
    let status = house.status();
    assert_eq!(
        (status["spans"]["stored"].as_u64(), status["spans"]["duplicate"].as_u64()),
        (Some(1), Some(1))
    );
}
