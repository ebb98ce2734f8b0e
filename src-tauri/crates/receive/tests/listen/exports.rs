use crate::http1::{self, post};
use crate::recorder::Recorder;
use crate::{channel, compress, logs, metrics, start, traces};
use http::{Request, header};
use http_body_util::{BodyExt, Full};
use hyper_util::rt::{TokioExecutor, TokioIo};
use opentelemetry_proto::tonic::collector::{
    logs::v1::logs_service_client::LogsServiceClient,
    metrics::v1::metrics_service_client::MetricsServiceClient,
    trace::v1::{ExportTraceServiceResponse, trace_service_client::TraceServiceClient},
};
use prost::Message;
use skep_model::{Encoding, Signal};
use skep_receive::{Limits, Transport};
use tokio::net::TcpStream;
use tonic::codec::CompressionEncoding;

/// Scenario: a good request in every encoding, compression and signal, to either port.
/// Guarantees: an empty success in the request's encoding; the sink gets the bytes that were sent, and the events.
#[tokio::test]
async fn http_takes_every_encoding_on_both_ports() {
    let recorder = Recorder::new(Ok(()));
    let receiver = start(Limits::default(), &recorder).await;
    let json = |json: serde_json::Result<Vec<u8>>| json.expect("the reference writes JSON");
    let bodies = [
        (Signal::Traces, traces(2, 0).encode_to_vec(), json(serde_json::to_vec(&traces(2, 0)))),
        (Signal::Logs, logs().encode_to_vec(), json(serde_json::to_vec(&logs()))),
        (Signal::Metrics, metrics().encode_to_vec(), json(serde_json::to_vec(&metrics()))),
    ];
    for endpoint in receiver.endpoints {
        for (signal, protobuf, json) in &bodies {
            for compression in ["identity", "gzip", "deflate", "zstd", "GZIP"] {
                for (media_type, answered, encoding, body, empty) in [
                    ("application/x-protobuf", "application/x-protobuf", Encoding::Protobuf, protobuf, ""),
                    ("application/protobuf", "application/x-protobuf", Encoding::Protobuf, protobuf, ""),
                    ("Application/JSON; charset=utf-8", "application/json", Encoding::Json, json, "{}"),
                ] {
                    let case = format!("{endpoint:?} {signal:?} {compression} {media_type}");
                    let headers = [
                        ("content-type", media_type),
                        ("content-encoding", compression),
                        ("user-agent", "test/1"),
                        ("x-honeycomb-dataset", "shop"),
                    ];
                    let sent = compress(&compression.to_ascii_lowercase(), body);
                    let path = format!("/v1/{}", signal.as_str());
                    let answer = post(endpoint.bound, &path, &headers, &sent).await;
                    assert_eq!((answer.status, answer.text().as_str()), (200, empty), "{case}");
                    assert_eq!(answer.header("content-type"), Some(answered), "{case}");
                    let submission = recorder.submission().await;
                    assert_eq!((submission.signal, submission.encoding), (*signal, encoding), "{case}");
                    assert_eq!(submission.transport, Transport::Http, "{case}");
                    assert_eq!(submission.body, *body, "{case}");
                    let decoded =
                        skep_otlp::decode(skep_otlp::Request::otlp(*signal, encoding, body)).unwrap();
                    assert_eq!(submission.decoded.events(), decoded.events(), "{case}");
                    assert_eq!(submission.decoded.problems, decoded.problems, "{case}");
                    assert_eq!(submission.client.as_deref(), Some("test/1"), "{case}");
                    assert_eq!(submission.dataset.as_deref(), Some("shop"), "{case}");
                }
            }
        }
    }
    assert_eq!(recorder.refused(), []);
}

#[tokio::test]
async fn grpc_takes_every_signal_and_compression_on_both_ports() {
    let recorder = Recorder::new(Ok(()));
    let receiver = start(Limits::default(), &recorder).await;
    for endpoint in receiver.endpoints {
        let channel = channel(endpoint.bound).await;
        for compression in [None, Some(CompressionEncoding::Gzip), Some(CompressionEncoding::Zstd)] {
            let (mut trace, mut metric, mut log) = (
                TraceServiceClient::new(channel.clone()),
                MetricsServiceClient::new(channel.clone()),
                LogsServiceClient::new(channel.clone()),
            );
            if let Some(compression) = compression {
                trace = trace.send_compressed(compression).accept_compressed(compression);
                metric = metric.send_compressed(compression);
                log = log.send_compressed(compression);
            }
            let answer = trace.export(traces(3, 0)).await.unwrap().into_inner();
            assert_eq!(answer.partial_success, None);
            let submission = recorder.submission().await;
            assert_eq!((submission.signal, submission.transport), (Signal::Traces, Transport::Grpc));
            assert_eq!(submission.body, traces(3, 0).encode_to_vec());
            assert_eq!(submission.decoded.columns.n_rows(), 3);
            assert!(submission.client.is_some_and(|client| client.starts_with("tonic/")));

            assert_eq!(metric.export(metrics()).await.unwrap().into_inner().partial_success, None);
            let submission = recorder.submission().await;
            assert_eq!((submission.signal, submission.decoded.columns.n_rows()), (Signal::Metrics, 1));

            assert_eq!(log.export(logs()).await.unwrap().into_inner().partial_success, None);
            let submission = recorder.submission().await;
            assert_eq!((submission.signal, submission.decoded.columns.n_rows()), (Signal::Logs, 1));
        }
    }
    assert_eq!(recorder.refused(), []);
}

/// Scenario: two spans of three without a trace id.
/// Guarantees: each transport and encoding counts exactly and says why.
#[tokio::test]
async fn partial_success_counts_what_was_rejected() {
    let recorder = Recorder::new(Ok(()));
    let receiver = start(Limits::default(), &recorder).await;
    let [grpc, http] = receiver.endpoints.map(|endpoint| endpoint.bound);
    let request = traces(3, 2);
    let sentence = "2 span(s) rejected for their trace id: send 16 bytes that are not all zero, in JSON as 32 \
                    hexadecimal digits";

    let answer = TraceServiceClient::new(channel(grpc).await).export(request.clone()).await.unwrap();
    let partial = answer.into_inner().partial_success.unwrap();
    assert_eq!((partial.rejected_spans, partial.error_message.as_str()), (2, sentence));

    let protobuf = [("content-type", "application/x-protobuf")];
    let answer = post(http, "/v1/traces", &protobuf, &request.encode_to_vec()).await;
    let partial = ExportTraceServiceResponse::decode(&*answer.body).unwrap().partial_success.unwrap();
    assert_eq!((answer.status, partial.rejected_spans), (200, 2));

    let json = [("content-type", "application/json")];
    let answer = post(http, "/v1/traces", &json, &serde_json::to_vec(&request).unwrap()).await;
    let expected = serde_json::json!({"partialSuccess": {"rejectedSpans": "2", "errorMessage": sentence}});
    assert_eq!(serde_json::from_slice::<serde_json::Value>(&answer.body).unwrap(), expected);

    let body =
        r#"{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"severityNumber":"SEVERITY_NUMBER_INFO"}]}]}]}"#;
    let answer = post(http, "/v1/logs", &json, body.as_bytes()).await;
    let partial: serde_json::Value = serde_json::from_slice(&answer.body).unwrap();
    assert_eq!(partial["partialSuccess"]["rejectedLogRecords"], serde_json::Value::Null);
    assert!(partial["partialSuccess"]["errorMessage"].as_str().is_some_and(|text| text.contains("by name")));
    assert_eq!(recorder.submissions().len(), 4);
}

#[tokio::test]
async fn an_empty_request_is_a_success_that_stores_nothing() {
    let recorder = Recorder::new(Ok(()));
    let receiver = start(Limits::default(), &recorder).await;
    let [grpc, http] = receiver.endpoints.map(|endpoint| endpoint.bound);
    for (media_type, body) in
        [("application/x-protobuf", ""), ("application/json", ""), ("application/json", "{}")]
    {
        let answer = post(http, "/v1/traces", &[("content-type", media_type)], body.as_bytes()).await;
        assert_eq!(answer.status, 200, "{media_type} {body:?}");
    }
    let answer = TraceServiceClient::new(channel(grpc).await).export(traces(0, 0)).await.unwrap();
    assert_eq!(answer.into_inner().partial_success, None);
    assert_eq!(recorder.submissions().len(), 0);
}

#[tokio::test]
async fn http2_without_tls_carries_otlp_over_http() {
    let recorder = Recorder::new(Ok(()));
    let receiver = start(Limits::default(), &recorder).await;
    let addr = receiver.endpoints[1].bound;
    let stream = TcpStream::connect(addr).await.unwrap();
    let (mut sender, connection) =
        hyper::client::conn::http2::handshake(TokioExecutor::new(), TokioIo::new(stream)).await.unwrap();
    let connection = tokio::spawn(connection);
    let request = Request::post(format!("http://{addr}/v1/traces"))
        .header(header::CONTENT_TYPE, "application/x-protobuf")
        .body(Full::new(bytes::Bytes::from(traces(1, 0).encode_to_vec())))
        .unwrap();
    let response = sender.send_request(request).await.unwrap();
    assert_eq!(response.status(), 200);
    assert_eq!(response.into_body().collect().await.unwrap().to_bytes().len(), 0);
    drop(sender);
    connection.await.unwrap().unwrap();
    assert_eq!(recorder.submissions().len(), 1);
}

/// Scenario: what Node's exporter and curl do.
#[tokio::test]
async fn chunked_bodies_and_expect_continue_are_served() {
    let recorder = Recorder::new(Ok(()));
    let receiver = start(Limits::default(), &recorder).await;
    let addr = receiver.endpoints[1].bound;
    let body = serde_json::to_vec(&traces(1, 0)).unwrap();
    let head =
        "POST /v1/traces HTTP/1.1\r\nhost: a\r\nconnection: close\r\ncontent-type: application/json\r\n";
    let (first, second) = body.split_at(10);
    let mut chunked = format!("{head}transfer-encoding: chunked\r\n\r\n").into_bytes();
    for chunk in [first, second, b""] {
        chunked.extend(format!("{:x}\r\n", chunk.len()).bytes());
        chunked.extend_from_slice(chunk);
        chunked.extend_from_slice(b"\r\n");
    }
    assert_eq!(http1::send_raw(addr, &chunked).await.status, 200);
    assert_eq!(recorder.submission().await.body, body);

    let mut stream = TcpStream::connect(addr).await.unwrap();
    let head = format!("{head}expect: 100-continue\r\ncontent-length: {}\r\n\r\n", body.len());
    tokio::io::AsyncWriteExt::write_all(&mut stream, head.as_bytes()).await.unwrap();
    let mut go_on = [0; 25];
    tokio::io::AsyncReadExt::read_exact(&mut stream, &mut go_on).await.unwrap();
    assert_eq!(&go_on, b"HTTP/1.1 100 Continue\r\n\r\n");
    tokio::io::AsyncWriteExt::write_all(&mut stream, &body).await.unwrap();
    assert_eq!(http1::read(&mut stream).await.status, 200);
}
