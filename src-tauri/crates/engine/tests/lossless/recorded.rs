//! Requests of others, put through the same. `SKEP_REQUESTS` names a directory that holds, at any depth, bodies beside
//! a description of the request (`NAME.bin`, and `NAME.json` with its `path` and `headers`), or OTLP traces (`*.pb`).

use crate::kept::{Body, all, keep, open, read_json};
use crate::requests::{Request, canonical};
use flate2::read::GzDecoder;
use skep_engine::model::{Encoding, Signal};
use skep_engine::open_reader;
use std::io::Read;
use std::path::{Path, PathBuf};

fn files(dir: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { files.extend(self::files(&path)) } else { files.push(path) }
    }
    files.sort();
    files
}

/// The bodies of a file: none where it is no OTLP request, several where a gRPC stream holds several messages.
fn bodies(file: &Path) -> Vec<Body> {
    let bytes = || std::fs::read(file).unwrap();
    match file.extension().and_then(|extension| extension.to_str()) {
        Some("pb") => vec![Body { signal: Signal::Traces, encoding: Encoding::Protobuf, bytes: bytes() }],
        Some("bin") => recorded(&std::fs::read(file.with_extension("json")).unwrap(), &bytes()),
        _ => Vec::new(),
    }
}

fn recorded(description: &[u8], bytes: &[u8]) -> Vec<Body> {
    let description: serde_json::Value = serde_json::from_slice(description).unwrap();
    let header = |name: &str| {
        let mut headers = description["headers"].as_array().unwrap().iter();
        let header =
            headers.find(|header| header[0].as_str().is_some_and(|text| text.eq_ignore_ascii_case(name)));
        header.and_then(|header| header[1].as_str()).unwrap_or_default().to_owned()
    };
    let signal = match description["path"].as_str().unwrap() {
        "/v1/traces" | "/opentelemetry.proto.collector.trace.v1.TraceService/Export" => Signal::Traces,
        "/v1/metrics" | "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export" => Signal::Metrics,
        "/v1/logs" | "/opentelemetry.proto.collector.logs.v1.LogsService/Export" => Signal::Logs,
        _ => return Vec::new(),
    };
    let is_packed = header("content-encoding") == "gzip";
    let unpacked = |bytes: &[u8], is_packed| if is_packed { gunzip(bytes) } else { bytes.to_vec() };
    let (encoding, bodies) = match &*header("content-type") {
        "application/json" => (Encoding::Json, vec![unpacked(bytes, is_packed)]),
        "application/x-protobuf" => (Encoding::Protobuf, vec![unpacked(bytes, is_packed)]),
        "application/grpc" => {
            let mut messages = Vec::new();
            let mut rest = bytes;
            while let Some(([flag, length @ ..], behind)) = rest.split_first_chunk::<5>() {
                let (message, behind) = behind.split_at(u32::from_be_bytes(*length) as usize);
                messages.push(unpacked(message, *flag == 1));
                rest = behind;
            }
            (Encoding::Protobuf, messages)
        }
        _ => return Vec::new(),
    };
    bodies.into_iter().map(|bytes| Body { signal, encoding, bytes }).collect()
}

fn gunzip(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    GzDecoder::new(bytes).read_to_end(&mut out).unwrap();
    out
}

/// Scenario: each recorded request is kept in a store of its own, and exported.
/// Guarantees: what is exported equals what came in.
#[tokio::test(flavor = "multi_thread")]
async fn recorded_requests_come_back_equal() {
    let Some(dir) = std::env::var_os("SKEP_REQUESTS") else { return };
    let (mut n_requests, mut n_unread, mut n_records, mut n_other) = (0, 0, 0, 0);
    for file in files(Path::new(&dir)) {
        let bodies = bodies(&file);
        n_other += usize::from(bodies.is_empty());
        for body in bodies {
            let Body { signal, encoding, bytes } = &body;
            let request = if *encoding == Encoding::Json {
                Request::decode_json(*signal, bytes).unwrap_or_else(|error| {
                    // It knows no NaN, which SDKs do send. Then our own decoder has to be right.
                    println!("{}: the reference cannot read it: {error}", file.display());
                    n_unread += 1;
                    read_json(*signal, bytes)
                })
            } else {
                Request::decode(*signal, bytes).unwrap()
            };
            let sent = canonical([&request]);
            let dir = tempfile::tempdir().unwrap();
            let store = open(dir.path(), 1);
            keep(&store, std::slice::from_ref(&body)).await;
            let memory = store.snapshot();
            store.close().await;
            let reader = open_reader(dir.path()).unwrap();
            for (whence, snapshot) in [("memory", &memory), ("the file", reader.snapshot())] {
                for (format, exported) in all(snapshot, true) {
                    if let Some(difference) = sent.difference(&exported) {
                        panic!("{}, {format} from {whence}: {difference}", file.display());
                    }
                }
            }
            n_requests += 1;
            n_records += sent.n_records();
        }
    }
    println!(
        "lossless: {n_requests} recorded requests, {n_records} records came back equal; {n_unread} requests only our own decoder \
         reads; {n_other} other files"
    );
    assert!(n_requests > 0, "nothing was found in {dir:?}");
}
