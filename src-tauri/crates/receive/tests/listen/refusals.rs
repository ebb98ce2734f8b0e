use crate::http1::{post, send};
use crate::recorder::Recorder;
use crate::{channel, compress, start, traces};
use opentelemetry_proto::tonic::collector::{
    profiles::v1development::{ExportProfilesServiceRequest, profiles_service_client::ProfilesServiceClient},
    trace::v1::trace_service_client::TraceServiceClient,
};
use prost::Message;
use skep_receive::{Limits, Refusal, RefusedReason};
use tonic::Code;
use tonic::codec::CompressionEncoding;
use tonic::transport::Channel;

/// `google.rpc.Status` as clients read it.
#[derive(Clone, PartialEq, prost::Message)]
struct Status {
    #[prost(int32, tag = "1")]
    code: i32,
    #[prost(string, tag = "2")]
    message: String,
    #[prost(message, repeated, tag = "3")]
    details: Vec<Any>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct Any {
    #[prost(string, tag = "1")]
    type_url: String,
    #[prost(bytes = "vec", tag = "2")]
    value: Vec<u8>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct RetryInfo {
    #[prost(message, optional, tag = "1")]
    retry_delay: Option<Duration>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct Duration {
    #[prost(int64, tag = "1")]
    seconds: i64,
}

const LIMIT_BYTES: usize = 4_096;

fn limits() -> Limits {
    Limits { body_bytes: LIMIT_BYTES, ..Limits::default() }
}

/// Scenario: requests that are wrong in one way each.
/// Guarantees: HTTP's own status, a sentence, a count for the status page, and nothing for the sink.
#[tokio::test]
async fn what_cannot_be_taken_is_refused_in_words() {
    const JSON: (&str, &str) = ("content-type", "application/json");
    const PROTOBUF: (&str, &str) = ("content-type", "application/x-protobuf");
    let recorder = Recorder::new(Ok(()));
    let receiver = start(limits(), &recorder).await;
    let large = vec![b' '; LIMIT_BYTES + 1];
    let bomb = compress("gzip", &large);
    let zstd_bomb = compress("zstd", &large);
    use RefusedReason as Reason;
    type Case<'a> = (&'a str, &'a [(&'a str, &'a str)], &'a [u8], u16, Reason);
    let cases: [Case<'_>; 19] = [
        ("GET /", &[], b"", 404, Reason::Path),
        ("POST /", &[JSON], b"{}", 404, Reason::Path),
        ("POST /v1/traces/", &[JSON], b"{}", 404, Reason::Path),
        ("POST /v1/profiles", &[JSON], b"{}", 404, Reason::Path),
        ("GET /v1/traces", &[], b"", 405, Reason::Method),
        ("PUT /v1/traces", &[JSON], b"{}", 405, Reason::Method),
        ("POST /v1/traces", &[], b"{}", 415, Reason::MediaType),
        ("POST /v1/traces", &[("content-type", "text/plain")], b"{}", 415, Reason::MediaType),
        ("POST /v1/traces", &[("content-type", "application/jsonl")], b"{}", 415, Reason::MediaType),
        ("POST /v1/traces", &[JSON, ("content-encoding", "br")], b"{}", 415, Reason::Compression),
        ("POST /v1/traces", &[PROTOBUF, ("content-encoding", "snappy")], b"", 415, Reason::Compression),
        ("POST /v1/traces", &[JSON], &large, 413, Reason::TooLarge),
        ("POST /v1/traces", &[JSON, ("content-encoding", "gzip")], &bomb, 413, Reason::TooLarge),
        ("POST /v1/traces", &[PROTOBUF, ("content-encoding", "zstd")], &zstd_bomb, 413, Reason::TooLarge),
        ("POST /v1/traces", &[JSON, ("content-encoding", "gzip")], b"{}", 400, Reason::Malformed),
        ("POST /v1/traces", &[JSON, ("content-encoding", "gzip")], &bomb[..20], 400, Reason::Malformed),
        ("POST /v1/traces", &[JSON], b"not JSON", 400, Reason::Malformed),
        ("POST /v1/logs", &[PROTOBUF], b"{}", 400, Reason::Malformed),
        ("POST /v1/traces", &[JSON, ("origin", "https://example.com")], b"{}", 403, Reason::Origin),
    ];
    for (line, headers, body, status, reason) in cases {
        let case = format!("{line} {headers:?}");
        let answer = send(receiver.endpoints[1].bound, line, headers, body).await;
        assert_eq!(answer.status, status, "{case}");
        assert_eq!(recorder.refused(), [reason], "{case}");
        assert_eq!(answer.header("allow"), (status == 405).then_some("post, options"), "{case}");
        assert_eq!(answer.header("retry-after"), None, "{case}");
        match answer.header("content-type") {
            Some("application/json") => {
                let status: serde_json::Value = serde_json::from_slice(&answer.body).unwrap();
                assert!(status["message"].as_str().is_some_and(|text| text.contains(' ')), "{case}");
            }
            Some("application/x-protobuf") => {
                let status = Status::decode(&*answer.body).unwrap();
                assert!(status.message.contains(' '), "{case}");
                assert_eq!(status.details.len(), usize::from(reason == Reason::Malformed), "{case}");
            }
            _ => assert!(answer.text().ends_with('\n') && answer.text().contains(' '), "{case}"),
        }
    }
    assert_eq!(recorder.submissions().len(), 0);
}

#[tokio::test]
async fn a_chunked_body_over_the_limit_is_refused() {
    let recorder = Recorder::new(Ok(()));
    let receiver = start(limits(), &recorder).await;
    let head = "POST /v1/traces HTTP/1.1\r\nhost: a\r\nconnection: close\r\ncontent-type: application/json\r\n\
                transfer-encoding: chunked\r\n\r\n";
    let chunk = format!("{:x}\r\n{}\r\n", LIMIT_BYTES, " ".repeat(LIMIT_BYTES));
    let request = format!("{head}{chunk}{chunk}0\r\n\r\n");
    let answer = crate::http1::send_raw(receiver.endpoints[1].bound, request.as_bytes()).await;
    assert_eq!(answer.status, 413);
    assert_eq!(recorder.refused(), [RefusedReason::TooLarge]);
}

async fn client(receiver: &skep_receive::Receiver) -> TraceServiceClient<Channel> {
    TraceServiceClient::new(channel(receiver.endpoints[0].bound).await)
}

/// Scenario: a message over the limit, as sent or decompressed.
/// Guarantees: the one code without a delay that clients do not retry, and for Python's, which does, a delay in a place
/// of its own that it does not wait for.
#[tokio::test]
async fn oversize_grpc_is_permanent() {
    let recorder = Recorder::new(Ok(()));
    let receiver = start(limits(), &recorder).await;
    let large = traces(LIMIT_BYTES / 10, 0);
    for compression in [None, Some(CompressionEncoding::Gzip), Some(CompressionEncoding::Zstd)] {
        let mut client = client(&receiver).await;
        if let Some(compression) = compression {
            client = client.send_compressed(compression);
        }
        let status = client.export(large.clone()).await.unwrap_err();
        assert_eq!((status.code(), status.details()), (Code::ResourceExhausted, &[][..]), "{compression:?}");
        assert!(status.metadata().contains_key("google.rpc.retryinfo-bin"), "{status:?}");
        assert_eq!(recorder.refused(), [RefusedReason::TooLarge], "{compression:?}");
        // The connection is still good.
        client.export(traces(1, 0)).await.unwrap();
    }
    assert_eq!(recorder.submissions().len(), 3);
}

#[tokio::test]
async fn unknown_grpc_methods_and_compressions_are_unimplemented() {
    let recorder = Recorder::new(Ok(()));
    let receiver = start(limits(), &recorder).await;
    let channel = channel(receiver.endpoints[0].bound).await;
    let request = ExportProfilesServiceRequest::default();
    let status = ProfilesServiceClient::new(channel).export(request).await.unwrap_err();
    assert_eq!(status.code(), Code::Unimplemented);
    assert_eq!(recorder.refused(), [RefusedReason::Path]);

    let mut request = tonic::Request::new(traces(1, 0));
    request.metadata_mut().insert("grpc-encoding", "snappy".parse().unwrap());
    let status = client(&receiver).await.export(request).await.unwrap_err();
    assert_eq!(status.code(), Code::Unimplemented);
    assert_eq!(recorder.refused(), [RefusedReason::Compression]);
    assert_eq!(recorder.submissions().len(), 0);
}

/// Scenario: the sink asks clients to come again.
/// Guarantees: every transport says so, with the delay, and the receiver counts nothing of its own.
#[tokio::test]
async fn refusals_are_retryable_with_a_delay() {
    for (refusal, message, secs) in [
        (
            Refusal::Busy { retry_after_secs: 3 },
            "more is waiting to be stored than may wait: send again later",
            3,
        ),
        (
            Refusal::Unavailable { retry_after_secs: 30, message: "the disk is full, 100 %".into() },
            "the disk is full, 100 %",
            30,
        ),
    ] {
        let recorder = Recorder::new(Err(refusal));
        let receiver = start(limits(), &recorder).await;
        let status = client(&receiver).await.export(traces(1, 0)).await.unwrap_err();
        assert_eq!((status.code(), status.message()), (Code::Unavailable, message));
        let details = Status::decode(status.details()).unwrap();
        assert_eq!((details.code, details.message.as_str()), (14, message));
        assert_eq!(details.details[0].type_url, "type.googleapis.com/google.rpc.RetryInfo");
        let retry = RetryInfo::decode(&*details.details[0].value).unwrap();
        assert_eq!(retry.retry_delay, Some(Duration { seconds: secs }));

        let addr = receiver.endpoints[1].bound;
        let protobuf = [("content-type", "application/x-protobuf")];
        let answer = post(addr, "/v1/traces", &protobuf, &traces(1, 0).encode_to_vec()).await;
        assert_eq!((answer.status, answer.header("retry-after")), (503, Some(&*secs.to_string())));
        assert_eq!(Status::decode(&*answer.body).unwrap(), details);
        let json = [("content-type", "application/json")];
        let answer = post(addr, "/v1/traces", &json, &serde_json::to_vec(&traces(1, 0)).unwrap()).await;
        assert_eq!((answer.status, answer.header("retry-after")), (503, Some(&*secs.to_string())));
        let delay = serde_json::json!({
            "@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": format!("{secs}s")
        });
        let expected = serde_json::json!({"code": 14, "message": message, "details": [delay]});
        assert_eq!(serde_json::from_slice::<serde_json::Value>(&answer.body).unwrap(), expected);
        assert_eq!(recorder.refused(), []);
    }
}

/// Scenario: gRPC's content type on HTTP/1, which carries no trailers here.
#[tokio::test]
async fn grpc_over_http1_is_told_what_it_needs() {
    let recorder = Recorder::new(Ok(()));
    let receiver = start(limits(), &recorder).await;
    let path = "/opentelemetry.proto.collector.trace.v1.TraceService/Export";
    let answer =
        post(receiver.endpoints[0].bound, path, &[("content-type", "application/grpc+proto")], b"").await;
    assert_eq!((answer.status, answer.text().as_str()), (505, "gRPC needs HTTP/2\n"));
}
