//! The comparison must be able to fail: for each field of OTLP there is an encoder that forgets it, and each is caught.
//!
//! This holds the generator to its word too: a field that it never fills is never missed.

use crate::requests::{Doubles, Request, Tape, canonical};
use rand::rngs::StdRng;
use rand::{RngCore, SeedableRng};
use skep_model::Signal;

/// Requests of each signal among which a forgotten field has to be missed.
const N_REQUESTS: u64 = 300;

/// Each message: its fields by number, with the message that each is, if it is one.
const MESSAGES: &[(&str, &[(u32, &str)])] = &[
    ("Traces", &[(1, "ResourceSpans")]),
    ("ResourceSpans", &[(1, "Resource"), (2, "ScopeSpans"), (3, "")]),
    ("ScopeSpans", &[(1, "Scope"), (2, "Span"), (3, "")]),
    (
        "Span",
        &[
            (1, ""),
            (2, ""),
            (3, ""),
            (4, ""),
            (5, ""),
            (6, ""),
            (7, ""),
            (8, ""),
            (9, "KeyValue"),
            (10, ""),
            (11, "SpanEvent"),
            (12, ""),
            (13, "Link"),
            (14, ""),
            (15, "Status"),
            (16, ""),
        ],
    ),
    ("SpanEvent", &[(1, ""), (2, ""), (3, "KeyValue"), (4, "")]),
    ("Link", &[(1, ""), (2, ""), (3, ""), (4, "KeyValue"), (5, ""), (6, "")]),
    ("Status", &[(2, ""), (3, "")]),
    ("Logs", &[(1, "ResourceLogs")]),
    ("ResourceLogs", &[(1, "Resource"), (2, "ScopeLogs"), (3, "")]),
    ("ScopeLogs", &[(1, "Scope"), (2, "LogRecord"), (3, "")]),
    (
        "LogRecord",
        &[
            (1, ""),
            (2, ""),
            (3, ""),
            (5, "AnyValue"),
            (6, "KeyValue"),
            (7, ""),
            (8, ""),
            (9, ""),
            (10, ""),
            (11, ""),
            (12, ""),
        ],
    ),
    ("Metrics", &[(1, "ResourceMetrics")]),
    ("ResourceMetrics", &[(1, "Resource"), (2, "ScopeMetrics"), (3, "")]),
    ("ScopeMetrics", &[(1, "Scope"), (2, "Metric"), (3, "")]),
    (
        "Metric",
        &[
            (1, ""),
            (2, ""),
            (3, ""),
            (5, "Gauge"),
            (7, "Sum"),
            (9, "Histogram"),
            (10, "ExponentialHistogram"),
            (11, "Summary"),
            (12, "KeyValue"),
        ],
    ),
    ("Gauge", &[(1, "NumberPoint")]),
    ("Sum", &[(1, "NumberPoint"), (2, ""), (3, "")]),
    ("Histogram", &[(1, "HistogramPoint"), (2, "")]),
    ("ExponentialHistogram", &[(1, "ExponentialPoint"), (2, "")]),
    ("Summary", &[(1, "SummaryPoint")]),
    ("NumberPoint", &[(2, ""), (3, ""), (4, ""), (5, "Exemplar"), (6, ""), (7, "KeyValue"), (8, "")]),
    (
        "HistogramPoint",
        &[
            (2, ""),
            (3, ""),
            (4, ""),
            (5, ""),
            (6, ""),
            (7, ""),
            (8, "Exemplar"),
            (9, "KeyValue"),
            (10, ""),
            (11, ""),
            (12, ""),
        ],
    ),
    (
        "ExponentialPoint",
        &[
            (1, "KeyValue"),
            (2, ""),
            (3, ""),
            (4, ""),
            (5, ""),
            (6, ""),
            (7, ""),
            (8, "Buckets"),
            (9, "Buckets"),
            (10, ""),
            (11, "Exemplar"),
            (12, ""),
            (13, ""),
            (14, ""),
        ],
    ),
    ("Buckets", &[(1, ""), (2, "")]),
    ("SummaryPoint", &[(2, ""), (3, ""), (4, ""), (5, ""), (6, "Quantile"), (7, "KeyValue"), (8, "")]),
    ("Quantile", &[(1, ""), (2, "")]),
    ("Exemplar", &[(2, ""), (3, ""), (4, ""), (5, ""), (6, ""), (7, "KeyValue")]),
    ("Resource", &[(1, "KeyValue"), (2, ""), (3, "EntityRef")]),
    ("EntityRef", &[(1, ""), (2, ""), (3, ""), (4, "")]),
    ("Scope", &[(1, ""), (2, ""), (3, "KeyValue"), (4, "")]),
    ("KeyValue", &[(1, ""), (2, "AnyValue")]),
    ("AnyValue", &[(1, ""), (2, ""), (3, ""), (4, ""), (5, "Array"), (6, "Map"), (7, "")]),
    ("Array", &[(1, "AnyValue")]),
    ("Map", &[(1, "KeyValue")]),
];

fn fields_of(message: &str) -> &'static [(u32, &'static str)] {
    MESSAGES.iter().find(|(name, _)| *name == message).expect("the table is closed").1
}

fn varint(bytes: &mut &[u8]) -> u64 {
    prost::encoding::decode_varint(bytes).expect("the request is whole")
}

fn take<'b>(bytes: &mut &'b [u8], n: usize) -> &'b [u8] {
    let (taken, rest) = bytes.split_at(n);
    *bytes = rest;
    taken
}

/// The message again, without one field of one message, wherever that stands.
fn forget(message: &str, mut bytes: &[u8], forgotten: (&str, u32)) -> Vec<u8> {
    let mut kept = Vec::new();
    while !bytes.is_empty() {
        let start = bytes;
        let tag = varint(&mut bytes);
        let number = u32::try_from(tag >> 3).expect("a field number");
        let mut nested = None;
        match tag & 7 {
            0 => drop(varint(&mut bytes)),
            1 => drop(take(&mut bytes, 8)),
            2 => {
                let n = usize::try_from(varint(&mut bytes)).expect("a length");
                nested = Some(take(&mut bytes, n));
            }
            _ => drop(take(&mut bytes, 4)),
        }
        if (message, number) == forgotten {
            continue;
        }
        let child =
            fields_of(message).iter().find(|(field, _)| *field == number).map_or("", |(_, child)| *child);
        match nested {
            Some(nested) if !child.is_empty() => {
                let nested = forget(child, nested, forgotten);
                prost::encoding::encode_varint(tag, &mut kept);
                prost::encoding::encode_varint(nested.len() as u64, &mut kept);
                kept.extend_from_slice(&nested);
            }
            _ => kept.extend_from_slice(&start[..start.len() - bytes.len()]),
        }
    }
    kept
}

fn requests(signal: Signal) -> Vec<Request> {
    let generate = |case| {
        let mut tape = vec![0; 4_000];
        StdRng::seed_from_u64(case).fill_bytes(&mut tape);
        Request::generate(signal, &mut Tape::new(&tape, Doubles::Any))
    };
    (0..N_REQUESTS).map(generate).collect()
}

#[test]
fn a_forgotten_field_is_missed() {
    let roots = [(Signal::Traces, "Traces"), (Signal::Metrics, "Metrics"), (Signal::Logs, "Logs")];
    let sent = roots.map(|(signal, root)| {
        let requests = requests(signal);
        (root, requests)
    });
    let is_missed = |forgotten: (&str, u32)| {
        sent.iter().any(|(root, requests)| {
            requests.iter().any(|request| {
                let without = forget(root, &request.encode(), forgotten);
                let without =
                    Request::decode(request.signal(), &without).expect("whole fields were taken out");
                !canonical([request]).holds_same(&canonical([&without]))
            })
        })
    };
    let all =
        MESSAGES.iter().flat_map(|(message, fields)| fields.iter().map(|(number, _)| (*message, *number)));
    let unseen: Vec<_> = all.filter(|forgotten| !is_missed(*forgotten)).collect();
    assert!(unseen.is_empty(), "nobody would notice if these were lost: {unseen:?}");
    assert!(!is_missed(("Span", 99)), "taking nothing out changes nothing");
}
