//! A store that is filled with requests, and what comes out of it.

use crate::requests::{Lot, Request, canonical};
use skep_engine::model::columns::EventColumns;
use skep_engine::model::{Encoding, Nanos, Signal, TraceId};
use skep_engine::query::{Cancel, TimeRange};
use skep_engine::store::clock::SystemClock;
use skep_engine::store::{Append, Config, Limits, LogEntry, Snapshot, Store};
use skep_engine::{ExportFormat, ExportRequest, ExportWhich, View};
use std::path::Path;
use std::sync::Arc;

/// A request as it was sent.
#[derive(Clone)]
pub(crate) struct Body {
    pub(crate) signal: Signal,
    pub(crate) encoding: Encoding,
    pub(crate) bytes: Vec<u8>,
}

fn decode(entry: &LogEntry) -> EventColumns {
    let request = skep_otlp::Request::otlp(entry.signal, entry.encoding, &entry.body);
    skep_otlp::decode(request).unwrap().columns
}

pub(crate) fn open(dir: &Path, segment_rows: usize) -> Store {
    let limits = Limits { segment_rows, ..Limits::default() };
    Store::open(Config {
        dir: dir.to_owned(),
        decode: decode.into(),
        limits,
        clock: Arc::new(SystemClock::new()),
    })
    .unwrap()
}

/// Keeps all bodies; many at once, so that few syncs do.
pub(crate) async fn keep(store: &Store, bodies: &[Body]) {
    let appends: Vec<_> = bodies
        .iter()
        .enumerate()
        .map(|(idx, body)| {
            let Body { signal, encoding, bytes } = body.clone();
            let decoded = skep_otlp::decode(skep_otlp::Request::otlp(signal, encoding, &bytes)).unwrap();
            let append = Append {
                received: Nanos(idx as u64),
                signal,
                encoding,
                dataset: None,
                body: bytes,
                columns: decoded.columns,
                n_rejected: decoded.problems.rejected_events,
                n_spans_rejected: decoded.problems.rejected_spans,
            };
            let store = store.clone();
            tokio::spawn(async move { store.append(append).await.unwrap() })
        })
        .collect();
    for append in appends {
        append.await.unwrap();
    }
}

/// All that a snapshot holds, by each of the formats that say everything. JSON has one NaN.
pub(crate) fn all(snapshot: &Arc<Snapshot>, with_json: bool) -> Vec<(&'static str, Lot)> {
    let everything = || ExportWhich::Matching { filter: String::new(), range: TimeRange::ALL };
    let mut lots = vec![("protobuf", export_protobuf(snapshot, &everything()))];
    if with_json {
        lots.push(("JSON", export_json(snapshot, &everything())));
    }
    lots
}

pub(crate) fn trace(snapshot: &Arc<Snapshot>, trace_id: TraceId) -> Lot {
    export_protobuf(snapshot, &ExportWhich::Trace(trace_id))
}

fn export(
    snapshot: &Arc<Snapshot>,
    which: &ExportWhich,
    signals: Vec<Signal>,
    format: ExportFormat,
) -> Vec<u8> {
    let mut out = Vec::new();
    let request = ExportRequest { which: which.clone(), signals, format };
    View::new(Arc::clone(snapshot)).export(&request, &Cancel::default(), &mut out).unwrap();
    out
}

fn export_protobuf(snapshot: &Arc<Snapshot>, which: &ExportWhich) -> Lot {
    let mut requests = Vec::new();
    for signal in Signal::ALL {
        let file = export(snapshot, which, vec![signal], ExportFormat::OtlpProto);
        let mut rest = &file[..];
        while let Some((length, behind)) = rest.split_first_chunk() {
            let (message, behind) = behind.split_at(u32::from_be_bytes(*length) as usize);
            requests.push(Request::decode(signal, message).unwrap());
            rest = behind;
        }
        assert!(rest.is_empty(), "the file ends with a whole message");
    }
    canonical(&requests)
}

/// Lines of JSON are read by our own decoder, which another test holds against the reference, and written as protobuf.
fn export_json(snapshot: &Arc<Snapshot>, which: &ExportWhich) -> Lot {
    let file = export(snapshot, which, Vec::new(), ExportFormat::OtlpJson);
    let requests = file.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()).map(|line| {
        let signal = Signal::ALL.into_iter().find(|signal| line.starts_with(list_of(*signal))).unwrap();
        read_json(signal, line)
    });
    canonical(&requests.collect::<Vec<_>>())
}

/// A request of JSON as our own decoder reads it.
pub(crate) fn read_json(signal: Signal, body: &[u8]) -> Request {
    let decoded = skep_otlp::decode(skep_otlp::Request::otlp(signal, Encoding::Json, body)).unwrap();
    assert!(decoded.problems.is_empty(), "{:?}", decoded.problems);
    let mut encoder = skep_otlp::encode::Encoder::default();
    decoded.events().iter().for_each(|event| encoder.push(event));
    let request = encoder.finish().requests.remove(0);
    Request::decode(signal, &request.to_bytes(Encoding::Protobuf)).unwrap()
}

fn list_of(signal: Signal) -> &'static [u8] {
    match signal {
        Signal::Traces => b"{\"resourceSpans\":",
        Signal::Metrics => b"{\"resourceMetrics\":",
        Signal::Logs => b"{\"resourceLogs\":",
    }
}
