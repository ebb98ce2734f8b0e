//! Honeycomb's own events, in both encodings, and any bytes in their place.

#![allow(clippy::unwrap_used, reason = "test code")]

use crate::Decoded;
use crate::tolerance::show;
use expect_test::{Expect, expect};
use proptest::prelude::*;
use serde_json::{Value as Json, json};
use skep_model::{Encoding, EventFlags, Nanos, Signal};
use skep_otlp::honeycomb::{Marker, batch_of_one};
use skep_otlp::{DecodeError, HONEYCOMB_EVENTS_MAX, Limits, Request};

const RECEIVED: Nanos = Nanos(9_000_000_000);

fn try_decode(encoding: Encoding, body: &[u8]) -> Result<skep_otlp::Decoded, DecodeError> {
    let request = Request {
        signal: Signal::Logs,
        encoding,
        dataset: Some("shop"),
        received: RECEIVED,
        body,
        limits: Limits::default(),
    };
    skep_otlp::decode(request)
}

fn shown(decoded: &skep_otlp::Decoded) -> String {
    let mut shown = show(&Decoded {
        events: decoded.events(),
        n_received: decoded.n_received,
        n_spans_received: decoded.n_spans_received,
        problems: decoded.problems.clone(),
    });
    for rejection in &decoded.rejections {
        shown += &format!("{}: {}\n", rejection.idx, rejection.error);
    }
    shown
}

/// Both encodings of one batch give the same events.
fn check(batch: &Json, expected: &Expect) {
    let from_json = try_decode(Encoding::HoneycombJson, batch.to_string().as_bytes()).unwrap();
    expected.assert_eq(&shown(&from_json));
    let msgpack = rmp_serde::to_vec(batch).unwrap();
    let from_msgpack = try_decode(Encoding::HoneycombMsgpack, &msgpack).unwrap();
    assert_eq!(from_msgpack.events(), from_json.events());
    assert_eq!((from_msgpack.problems, from_msgpack.rejections), (from_json.problems, from_json.rejections));
}

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const SPAN: &str = "00f067aa0ba902b7";
const PARENT: &str = "a3ce929d0e0e4736";

#[test]
fn what_has_a_trace_and_a_span_id_is_a_span() {
    check(
        &json!([{"time": "1970-01-01T00:00:01.5Z", "samplerate": 4, "data": {
            "trace.trace_id": TRACE, "trace.span_id": SPAN, "trace.parent_id": PARENT, "name": "GET /",
            "service.name": "web", "service_name": "web", "duration_ms": 12.5, "meta.signal_type": "trace",
            "error": true, "status_code": 2, "span.kind": "server", "app.items": ["a", 1, {"b": null}],
        }}, {"data": {"trace.trace_id": TRACE, "trace.span_id": PARENT, "trace.parent_id": null,
            "status_code": 404, "error": "no such cart", "meta.span_type": "root"}}]),
        &expect![[r#"
            Span "GET /" 1500000000..1512500000 parent=a3ce929d0e0e4736 error:bool=true span.kind:string=server status_code:int=2 SampleRate:int=4 app.items:array=["a",1,{"b":null}] service_name:string=web service.name:string=web honeycomb.dataset:string=shop
            Span "" 9000000000..9000000000 error:bool=true error:string=no such cart meta.span_type:string=root status_code:int=404 service.name:string=shop honeycomb.dataset:string=shop
        "#]],
    );
}

#[test]
fn annotations_belong_to_a_span_and_everything_else_is_a_log_record() {
    check(
        &json!([
            {"time": 2, "data": {"trace.trace_id": TRACE, "trace.parent_id": SPAN, "name": "retry",
                "meta.annotation_type": "span_event", "parent_name": "GET /"}},
            {"time": 2, "data": {"trace.trace_id": TRACE, "trace.span_id": SPAN, "meta.annotation_type": "link",
                "trace.link.trace_id": PARENT, "trace.link.span_id": "other"}},
            {"time": 2, "data": {"trace.trace_id": TRACE, "trace.parent_id": SPAN, "body": "hello",
                "meta.signal_type": "log", "meta.annotation_type": "span_event", "severity": "warn",
                "severity_code": 13}},
            {"time": 2, "data": {"trace.trace_id": TRACE, "meta.annotation_type": "link"}},
            {"time": 2, "data": {"duration_ms": 153.125, "method": "GET", "name": 7, "": "no key", "none": null}},
        ]),
        &expect![[r#"
            SpanEvent "retry" 2000000000..2000000000 parent=00f067aa0ba902b7 parent_name:string=GET / service.name:string=shop honeycomb.dataset:string=shop
            Link "" 2000000000..2000000000 parent=00f067aa0ba902b7 trace.link.span_id:string=7681e38b2de7c582 trace.link.trace_id:string=0000000000000000a3ce929d0e0e4736 honeycomb.link.span_id:string=other service.name:string=shop honeycomb.dataset:string=shop REPAIRED
            Log "" 2000000000..2000000000 parent=00f067aa0ba902b7 severity:string=warn severity_code:int=13 body:string=hello meta.annotation_type:string=span_event service.name:string=shop honeycomb.dataset:string=shop
            Log "" 2000000000..2000000000 meta.annotation_type:string=link service.name:string=shop honeycomb.dataset:string=shop
            Log "7" 2000000000..2000000000 duration_ms:double=153.125 method:string=GET service.name:string=shop honeycomb.dataset:string=shop
            - 1 id(s) that are not 16 or 8 bytes in hexadecimal were replaced by a hash, their texts kept beside
        "#]],
    );
}

#[test]
fn ids_of_another_form_are_hashed_and_kept_as_they_came() {
    check(
        &json!([
            {"time": 1, "data": {"trace.trace_id": "req-1", "trace.span_id": "a", "name": "root"}},
            {"time": 1, "data": {"trace.trace_id": "req-1", "trace.span_id": 17, "trace.parent_id": "a", "name": "child"}},
        ]),
        &expect![[r#"
            Span "root" 1000000000..1000000000 honeycomb.trace_id:string=req-1 honeycomb.span_id:string=a service.name:string=shop honeycomb.dataset:string=shop REPAIRED
            Span "child" 1000000000..1000000000 parent=e6c632b61e964e1f honeycomb.trace_id:string=req-1 honeycomb.span_id:string=17 honeycomb.parent_id:string=a service.name:string=shop honeycomb.dataset:string=shop REPAIRED
            - 5 id(s) that are not 16 or 8 bytes in hexadecimal were replaced by a hash, their texts kept beside
        "#]],
    );
    let body = format!(
        r#"[{{"data":{{"trace.trace_id":"req-1","trace.span_id":"a"}}}},
            {{"data":{{"trace.trace_id":"req-1","trace.span_id":"b","trace.parent_id":"a"}}}},
            {{"data":{{"trace.trace_id":"{PARENT}","trace.span_id":"{SPAN}"}}}}]"#
    );
    let events = try_decode(Encoding::HoneycombJson, body.as_bytes()).unwrap().events();
    assert_eq!((events[1].trace_id, events[1].parent_id), (events[0].trace_id, events[0].span_id));
    assert!(
        events[0].flags.contains(EventFlags::REPAIRED) && !events[2].flags.contains(EventFlags::REPAIRED)
    );
    assert_eq!(events[2].trace_id.unwrap().to_string(), format!("0000000000000000{PARENT}"));
}

#[test]
fn each_event_is_answered_by_itself() {
    let wide: serde_json::Map<String, Json> =
        (0..=Limits::default().attributes).map(|n| (format!("f{n}"), n.into())).collect();
    check(
        &json!([
            {"time": 1, "data": {"a": 1}}, {"data": {}}, {"data": [1]}, {"time": 1}, 5, {"data": wide},
            {"data": {"only": null}}, {"time": "yesterday", "samplerate": "x", "data": {"a": 2}},
            {"time": 1, "data": {"trace.trace_id": TRACE, "trace.span_id": SPAN, "duration_ms": -1}},
        ]),
        &expect![[r#"
            Log "" 1000000000..1000000000 a:int=1 service.name:string=shop honeycomb.dataset:string=shop
            Log "" 9000000000..9000000000 a:int=2 service.name:string=shop honeycomb.dataset:string=shop REPAIRED
            Span "" 1000000000..1000000000 duration_ms:int=-1 service.name:string=shop honeycomb.dataset:string=shop REPAIRED
            rejected 6 events, 6 items
            - 3 event(s) rejected, unreadable: each is an object with its fields in data
            - 2 event(s) rejected because they have no fields
            - 1 event(s) rejected because they have more than 2000 fields
            - 1 time(s) could not be read, and the time of arrival was taken: send RFC 3339 or Unix seconds
            - 1 duration(s) are no length of time and were kept as fields only
            1: Request body should not be empty.
            2: Request body is malformed and cannot be read.
            3: Request body is malformed and cannot be read.
            4: Request body is malformed and cannot be read.
            5: Event has too many columns.
            6: Request body should not be empty.
        "#]],
    );
}

#[test]
fn what_is_no_batch_is_refused_whole() {
    let long = vec![json!({"data": {"a": 1}}); HONEYCOMB_EVENTS_MAX + 1];
    let cases: [(&[u8], &[u8], DecodeError); 7] = [
        (b"", b"", DecodeError::HoneycombEmpty),
        (b" ", b"\x90", DecodeError::HoneycombEmpty),
        (b"[]", b"\x90", DecodeError::HoneycombEmpty),
        (b"{}", b"\x80", DecodeError::HoneycombMalformed),
        (b"[{\"data\":{\"a\":1}}", b"\x91\x81\xa4data\x81\xa1a", DecodeError::HoneycombMalformed),
        (b"[1] 2", b"\x91\x01\x02", DecodeError::HoneycombMalformed),
        (
            &serde_json::to_vec(&long).unwrap(),
            &rmp_serde::to_vec(&long).unwrap(),
            DecodeError::HoneycombTooLarge,
        ),
    ];
    for (json, msgpack, error) in cases {
        assert_eq!(try_decode(Encoding::HoneycombJson, json).err(), Some(error));
        assert_eq!(try_decode(Encoding::HoneycombMsgpack, msgpack).err(), Some(error));
    }
    // Announced, but not there.
    let announced = [
        b"\xdd\x00\x00\x80\x00".as_slice(),
        b"\xdd\xff\xff\xff\xff",
        b"\x91\x81\xa4data\xdf\xff\xff\xff\xff",
    ];
    for body in announced {
        assert!(try_decode(Encoding::HoneycombMsgpack, body).is_err(), "{body:?}");
    }
}

#[test]
fn times_come_as_extensions_too() {
    let at = |extension: &[u8]| {
        let body = [b"\x91\x82\xa4time", extension, b"\xa4data\x81\xa1a\x01"].concat();
        let decoded = try_decode(Encoding::HoneycombMsgpack, &body).unwrap();
        (decoded.events()[0].time.0, decoded.problems.repaired)
    };
    assert_eq!(at(b"\xd6\xff\x65\x53\xf1\x00"), (1_700_000_000_000_000_000, 0));
    assert_eq!(at(b"\xd7\xff\x00\x00\x00\x04\x65\x53\xf1\x00"), (1_700_000_000_000_000_001, 0));
    assert_eq!(
        at(b"\xc7\x0c\xff\x00\x00\x00\x01\x00\x00\x00\x00\x65\x53\xf1\x00"),
        (1_700_000_000_000_000_001, 0)
    );
    assert_eq!(at(b"\xcb\x41\xd9\x54\xfc\x40\x20\x00\x00"), (1_700_000_000_500_000_000, 0));
    assert_eq!(at(b"\xd6\x05\x00\x00\x00\x01"), (RECEIVED.0, 1));
    assert_eq!(at(b"\xc0"), (RECEIVED.0, 0));
}

/// Deeper than is kept, deeper than any stack: folded, and the neighbours are there.
#[test]
fn any_depth_is_read() {
    for n_levels in [1, 31, 32, 33, 140, 150, 200_000] {
        let deep = format!("{}{}", "[".repeat(n_levels), "]".repeat(n_levels));
        let json = format!(r#"[{{"data":{{"deep":{deep},"a":1}}}},{{"data":{{"b":1}}}}]"#);
        let deep = [vec![0x91; n_levels - 1], vec![0x90]].concat();
        let msgpack =
            [b"\x92\x81\xa4data\x82\xa4deep".as_slice(), &deep, b"\xa1a\x01\x81\xa4data\x81\xa1b\x01"]
                .concat();
        let json = try_decode(Encoding::HoneycombJson, json.as_bytes()).unwrap();
        let msgpack = try_decode(Encoding::HoneycombMsgpack, &msgpack).unwrap();
        assert_eq!((json.columns.n_rows(), msgpack.columns.n_rows()), (2, 2), "{n_levels}");
        assert_eq!(json.events(), msgpack.events(), "{n_levels}");
        assert_eq!(json.problems.truncated, u64::from(n_levels > 32), "{n_levels}");
    }
}

#[test]
fn a_single_event_is_kept_as_a_batch_of_one() {
    let data = json!({"a": 1, "b": "x"});
    let time = Some("1700000000.25");
    let json = batch_of_one(Encoding::HoneycombJson, time, Some("5"), data.to_string().as_bytes()).unwrap();
    let msgpack = rmp_serde::to_vec(&data).unwrap();
    let msgpack = batch_of_one(Encoding::HoneycombMsgpack, time, Some("5"), &msgpack).unwrap();
    let expected = expect![[r#"
        Log "" 1700000000250000000..1700000000250000000 SampleRate:int=5 a:int=1 b:string=x service.name:string=shop honeycomb.dataset:string=shop
    "#]];
    expected.assert_eq(&shown(&try_decode(Encoding::HoneycombJson, &json).unwrap()));
    expected.assert_eq(&shown(&try_decode(Encoding::HoneycombMsgpack, &msgpack).unwrap()));

    let hostile =
        batch_of_one(Encoding::HoneycombJson, Some("\"},{\"\\\n"), Some("-1"), b"{\"a\":1}").unwrap();
    let decoded = try_decode(Encoding::HoneycombJson, &hostile).unwrap();
    assert_eq!((decoded.n_received, decoded.problems.repaired), (1, 1));
    for (body, error) in [
        (&b""[..], DecodeError::HoneycombEmpty),
        (b"[]", DecodeError::HoneycombMalformed),
        (b"{\"a\":1}},{\"data\":{\"b\":2}", DecodeError::HoneycombMalformed),
        (b"{", DecodeError::HoneycombMalformed),
    ] {
        assert_eq!(batch_of_one(Encoding::HoneycombJson, None, None, body), Err(error));
    }
    for body in [&b"\x81\xa1a\x01\x01"[..], b"\x90", b"\x81\xa1a"] {
        let refused = batch_of_one(Encoding::HoneycombMsgpack, None, None, body);
        assert_eq!(refused, Err(DecodeError::HoneycombMalformed), "{body:?}");
    }
}

#[test]
fn a_marker_is_a_log_record_of_that_name() {
    let body =
        br#"{"message":"deploy #5","type":"deploy","start_time":1700000000,"end_time":1700000060,"url":7}"#;
    let decoded = try_decode(Encoding::HoneycombMarker, body).unwrap();
    expect![[r#"
        Log "marker" 1700000000000000000..1700000000000000000 marker.id:string=b99ef0b9bd79495f marker.message:string=deploy #5 marker.type:string=deploy marker.end_time:int=1700000060 service.name:string=shop honeycomb.dataset:string=shop
    "#]].assert_eq(&shown(&decoded));
    let marker = Marker::read(body, RECEIVED).unwrap();
    assert_eq!((marker.start_time, marker.end_time, marker.url), (1_700_000_000, Some(1_700_000_060), None));
    assert_ne!(Marker::read(body, Nanos(1)).unwrap().id, marker.id, "the same note again is another marker");
    assert_eq!(Marker::read(b"{}", RECEIVED).unwrap().start_time, 9);
    assert_eq!(Marker::read(b"[]", RECEIVED), Err(DecodeError::HoneycombMalformed));
}

fn any_json(levels: u32) -> impl Strategy<Value = Json> {
    let leaf = prop_oneof![
        Just(Json::Null),
        any::<bool>().prop_map(Json::from),
        any::<i64>().prop_map(Json::from),
        any::<u64>().prop_map(Json::from),
        (-1e9..1e9).prop_map(|double: f64| Json::from(double)),
        "[a-z0-9 é]{0,6}".prop_map(Json::from),
    ];
    let key = prop_oneof![
        Just("data".to_owned()),
        Just("time".to_owned()),
        Just("samplerate".to_owned()),
        Just("trace.trace_id".to_owned()),
        Just("trace.span_id".to_owned()),
        Just("trace.parent_id".to_owned()),
        Just("meta.annotation_type".to_owned()),
        Just("duration_ms".to_owned()),
        Just("error".to_owned()),
        Just("service.name".to_owned()),
        "[a-z]{0,2}".boxed(),
    ];
    leaf.prop_recursive(levels, 64, 8, move |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..5).prop_map(Json::from),
            proptest::collection::btree_map(key.clone(), inner, 0..8)
                .prop_map(|map| Json::Object(map.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn no_bytes_panic(body in proptest::collection::vec(any::<u8>(), 0..256)) {
        for encoding in [Encoding::HoneycombJson, Encoding::HoneycombMsgpack, Encoding::HoneycombMarker] {
            if let Ok(decoded) = try_decode(encoding, &body) {
                let n_rows = decoded.columns.n_rows() as u64;
                prop_assert_eq!(decoded.n_received, n_rows + decoded.problems.rejected_events);
            }
            let _ = batch_of_one(encoding, Some("1"), Some("1"), &body);
        }
    }

    /// Guarantees: both encodings of any batch are read the same, and each event is kept or answered for.
    #[test]
    fn both_encodings_are_read_the_same(items in proptest::collection::vec(any_json(4), 1..5)) {
        let n_items = items.len();
        let batch = Json::from(items);
        let json = try_decode(Encoding::HoneycombJson, batch.to_string().as_bytes()).unwrap();
        let msgpack = try_decode(Encoding::HoneycombMsgpack, &rmp_serde::to_vec(&batch).unwrap()).unwrap();
        prop_assert_eq!(json.events(), msgpack.events());
        prop_assert_eq!(&json.rejections, &msgpack.rejections);
        prop_assert_eq!(json.n_received, n_items as u64);
        prop_assert_eq!(json.columns.n_rows() + json.rejections.len(), n_items);
    }

    /// Guarantees: whatever was done to the bytes, what is kept and what is rejected make up what was received.
    #[test]
    fn mutated_batches_are_counted(
        items in proptest::collection::vec(any_json(4), 1..5),
        edits in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8),
    ) {
        let batch = Json::from(items);
        for (encoding, mut body) in [
            (Encoding::HoneycombJson, batch.to_string().into_bytes()),
            (Encoding::HoneycombMsgpack, rmp_serde::to_vec(&batch).unwrap()),
        ] {
            for (at, byte) in &edits {
                let at = at.index(body.len());
                body[at] = *byte;
            }
            if let Ok(decoded) = try_decode(encoding, &body) {
                let n_rows = decoded.columns.n_rows() as u64;
                prop_assert_eq!(decoded.n_received, n_rows + decoded.problems.rejected_events);
                prop_assert_eq!(decoded.rejections.len() as u64, decoded.problems.rejected_events);
            }
        }
    }
}
