//! Files of every kind, whole, packed, long, and damaged.

use expect_test::{Expect, expect};
use proptest::prelude::*;
use skep_import::{Limits, Request, Summary, read};
use skep_model::{Encoding, EventKind, Signal};
use std::io::Write;
use std::ops::ControlFlow;

const LIMITS: Limits = Limits { request_bytes: 64 << 20 };

fn read_all(file: &[u8], limits: Limits) -> (Vec<Request>, Summary) {
    let mut requests = Vec::new();
    let summary = read(file, limits, &mut |request| {
        requests.push(request);
        ControlFlow::Continue(())
    });
    assert_eq!(summary.n_requests, requests.len() as u64);
    (requests, summary)
}

/// Names of spans, log bodies and metrics, in order, and what was not read.
fn names(requests: &[Request], summary: &Summary) -> String {
    let mut names = Vec::new();
    for request in requests {
        let decoded =
            skep_otlp::decode(skep_otlp::Request::otlp(request.signal, request.encoding, &request.body))
                .expect("a request");
        assert!(decoded.problems.is_empty(), "{:?}", decoded.problems);
        for event in decoded.events() {
            names.push(match event.kind {
                EventKind::Log => event.record_field("body").map(ToString::to_string).unwrap_or_default(),
                _ => event.name.to_string(),
            });
        }
    }
    if summary.n_unreadable > 0 {
        names.push(format!("- {}: {}", summary.n_unreadable, summary.first_reason.expect("it has a reason")));
    }
    if let Some(error) = &summary.error {
        names.push(format!("- {:?}", error.kind()));
    }
    names.join(" ")
}

#[track_caller]
fn check(file: &[u8], expected: &Expect) {
    let (requests, summary) = read_all(file, LIMITS);
    expected.assert_eq(&names(&requests, &summary));
}

fn spans(names: &[&str]) -> String {
    let span = |name: &&str| {
        format!(
            r#"{{"traceId":"00000000000000000000000000000001","spanId":"0000000000000002","name":"{name}"}}"#
        )
    };
    let spans: Vec<String> = names.iter().map(span).collect();
    format!(r#"{{"resource":{{}},"scopeSpans":[{{"spans":[{}]}}]}}"#, spans.join(","))
}

fn traces(names: &[&str]) -> String {
    format!(r#"{{"resourceSpans":[{}]}}"#, spans(names))
}

fn logs(body: &str) -> String {
    format!(
        r#"{{"resourceLogs":[{{"scopeLogs":[{{"logRecords":[{{"body":{{"stringValue":"{body}"}}}}]}}]}}]}}"#
    )
}

fn metrics(name: &str) -> String {
    format!(
        r#"{{"resourceMetrics":[{{"scopeMetrics":[{{"metrics":[{{"name":"{name}","gauge":{{"dataPoints":[{{"asInt":"1"}}]}}}}]}}]}}]}}"#
    )
}

fn zipkin(name: &str) -> String {
    format!(r#"{{"traceId":"a","id":"b","name":"{name}","timestamp":1}}"#)
}

fn jaeger(name: &str) -> String {
    format!(
        r#"{{"traceID":"a","spans":[{{"traceID":"a","spanID":"b","operationName":"{name}"}}],"processes":{{}}}}"#
    )
}

/// The same request in protobuf.
fn protobuf(signal: Signal, json: &str) -> Vec<u8> {
    let decoded = skep_otlp::decode(skep_otlp::Request::otlp(signal, Encoding::Json, json.as_bytes()))
        .expect("a request");
    let mut encoder = skep_otlp::encode::Encoder::default();
    decoded.events().iter().for_each(|event| encoder.push(event));
    encoder.finish().requests[0].to_bytes(Encoding::Protobuf)
}

fn framed(messages: &[Vec<u8>]) -> Vec<u8> {
    let frame = |message: &Vec<u8>| {
        let length = u32::try_from(message.len()).expect("a short one").to_be_bytes();
        [&length[..], message].concat()
    };
    messages.iter().flat_map(frame).collect()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).expect("a Vec takes all");
    encoder.finish().expect("a Vec takes all")
}

fn pretty(json: &str) -> String {
    json.replace('{', "{\n  ").replace(",\"", ",\n  \"").replace('[', "[\n")
}

#[test]
fn otlp_json_is_read_however_it_is_laid_out() {
    let both = [traces(&["a", "b"]), logs("c")];
    check(both[0].as_bytes(), &expect!["a b"]);
    check(both.join("\n").as_bytes(), &expect!["a b c"]);
    check(format!("\u{feff}\n{}\n\n{}\n", both[0], both[1]).as_bytes(), &expect!["a b c"]);
    check(both.concat().as_bytes(), &expect!["a b c"]);
    check(pretty(&both.join("\n")).as_bytes(), &expect!["a b c"]);
    check(format!("[{}]", both.join(",\n")).as_bytes(), &expect!["a b c"]);
    check(format!("{{\"result\":{}}}", both[0]).as_bytes(), &expect!["a b"]);
    check(
        [metrics("m"), "\r\n".to_owned(), logs("ü\\n")].concat().as_bytes(),
        &expect![[r#"
        m ü
    "#]],
    );
}

#[test]
fn traces_of_others_are_read() {
    check(format!("[{},{}]", zipkin("a"), zipkin("b")).as_bytes(), &expect!["a b"]);
    check(format!("[[{},{}],[{}]]", zipkin("a"), zipkin("b"), zipkin("c")).as_bytes(), &expect!["a b c"]);
    check(format!("{}\n{}", zipkin("a"), zipkin("b")).as_bytes(), &expect!["a b"]);
    check(jaeger("a").as_bytes(), &expect!["a"]);
    check(pretty(&jaeger("a")).as_bytes(), &expect!["a"]);
    let api = format!(r#"{{"total":0,"data":[{},{}],"errors":null}}"#, jaeger("a"), jaeger("b"));
    check(api.as_bytes(), &expect!["a b"]);
    check(format!("[{},{},{}]", jaeger("a"), zipkin("b"), traces(&["c"])).as_bytes(), &expect!["a b c"]);
}

#[test]
fn protobuf_is_read_as_one_message_or_as_frames() {
    let three = [
        protobuf(Signal::Traces, &traces(&["a", "b"])),
        protobuf(Signal::Logs, &logs("c")),
        protobuf(Signal::Metrics, &metrics("d")),
    ];
    let [a, b, c] = &three;
    check(a, &expect!["a b"]);
    check(b, &expect!["c"]);
    check(c, &expect!["d"]);
    check(&three.concat(), &expect!["a b c d"]);
    check(&framed(&three), &expect!["a b c d"]);
    let packed = zstd::encode_all(&*three[0], 1).expect("a slice can be read");
    let json = traces(&["in JSON"]).into_bytes();
    let packed_json = zstd::encode_all(&*json, 1).expect("a slice can be read");
    check(&framed(&[packed, json, packed_json]), &expect!["a b in JSON in JSON"]);
}

#[test]
fn what_is_packed_is_unpacked() {
    let file = [traces(&["a"]), logs("b")].join("\n");
    check(&gzip(file.as_bytes()), &expect!["a b"]);
    check(&[gzip(file.as_bytes()), gzip(b"\n"), gzip(file.as_bytes())].concat(), &expect!["a b a b"]);
    check(&zstd::encode_all(file.as_bytes(), 3).expect("a slice can be read"), &expect!["a b"]);
    check(&gzip(&framed(&[protobuf(Signal::Logs, &logs("c"))])), &expect!["c"]);
}

/// The middle one of three lines is cut.
fn check_cut(cuts: &[usize], expected: &Expect) {
    let [a, b, c] = ["a", "b", "c"].map(|name| traces(&[name]));
    let read = cuts.iter().map(|cut| {
        let (requests, summary) = read_all(format!("{a}\n{}\n{c}", &b[..*cut]).as_bytes(), LIMITS);
        format!("{cut}: {}", names(&requests, &summary))
    });
    expected.assert_eq(&read.collect::<Vec<_>>().join("\n"));
}

/// Guarantees: damage is counted and said, and what stands beside it is read.
#[test]
fn damage_costs_its_neighbours_nothing() {
    let [a, b, c] = ["a", "b", "c"].map(|name| traces(&[name]));
    check_cut(
        &[1, 5, 16, 17, 40, a.len() / 2, a.len() - 1],
        &expect![[r#"
        1: a c - 1: a JSON value breaks off
        5: a c - 1: a JSON value breaks off
        16: a c - 1: a JSON value breaks off
        17: a c - 1: a JSON value breaks off
        40: a c - 1: a JSON value breaks off
        74: a c - 1: a JSON value breaks off
        147: a b c - 1: a JSON value breaks off"#]],
    );
    check(
        format!("{a}\nnot json at all\n{c}").as_bytes(),
        &expect!["a c - 1: text that is not JSON stands between values"],
    );
    check(
        format!("{a}\n{}\n{c}", b.replace("name", "na\"me")).as_bytes(),
        &expect!["a c - 1: a JSON value breaks off"],
    );
    let elements = [spans(&["a"]), spans(&["b"]).replace(":[{", ":[{tru,"), spans(&["c"])].join(",");
    check(
        format!(r#"{{"resourceSpans":[{elements}]}}"#).as_bytes(),
        &expect!["a c - 1: a JSON value is neither OTLP nor a trace of Jaeger or Zipkin"],
    );
    check(
        format!("[{},{{\"x\":1}},7,{}]", zipkin("a"), zipkin("b")).as_bytes(),
        &expect!["a b - 2: a span of Jaeger or Zipkin has no ids in hexadecimal digits, or is no span"],
    );
    check(
        format!("{a}\n{{\"unknown\":1}}\n{c}").as_bytes(),
        &expect!["a c - 1: a JSON value is neither OTLP nor a trace of Jaeger or Zipkin"],
    );
    check(&a.as_bytes()[..a.len() - 4], &expect!["- 1: a JSON value breaks off"]);

    let messages = [&a, &b, &c].map(|json| protobuf(Signal::Traces, json));
    let mut frames = framed(&messages);
    frames.truncate(frames.len() - 3);
    check(&frames, &expect!["a b - 1: it breaks off"]);
    let junk = b"\x0a\x03abc".to_vec();
    check(
        &framed(&[messages[0].clone(), junk, messages[2].clone()]),
        &expect!["a c - 1: a message is none of OTLP"],
    );
    let mut message = messages.concat();
    message.truncate(message.len() - 1);
    check(&message, &expect!["a b - 1: it breaks off"]);
    let packed = gzip([a.as_str(), &b, &c].join("\n").as_bytes());
    check(&packed[..packed.len() - 12], &expect!["a b - 1: a JSON value breaks off - UnexpectedEof"]);
    check(b"PK\x03\x04", &expect!["- 1: neither OTLP nor traces of Jaeger or Zipkin"]);
    check(b"", &expect![""]);
    check(b" \n", &expect![""]);
}

/// Guarantees: what is longer than a request may be is stepped over, however long, and long lists are no such thing.
#[test]
fn nothing_longer_than_a_request_is_held() {
    let limits = Limits { request_bytes: 1_000 };
    let long = "x".repeat(5_000);
    let checks = |file: &[u8], expected: &Expect| {
        let (requests, summary) = read_all(file, limits);
        assert!(requests.iter().all(|request| request.body.len() <= limits.request_bytes));
        expected.assert_eq(&names(&requests, &summary));
    };
    let [a, b] = ["a", "b"].map(|name| traces(&[name]));
    checks(
        [a.as_str(), &logs(&long), &b].join("\n").as_bytes(),
        &expect!["a b - 1: a JSON value is longer than a receiver takes"],
    );
    checks(
        format!("[{},{},{}]", zipkin("a"), zipkin(&long), zipkin("b")).as_bytes(),
        &expect!["a b - 1: a JSON value is longer than a receiver takes"],
    );
    let [a, b, long] = [a, b, traces(&[&long])].map(|json| protobuf(Signal::Traces, &json));
    checks(
        &framed(&[a.clone(), long.clone(), b.clone()]),
        &expect!["a b - 1: a request is longer than a receiver takes"],
    );
    checks(&[a, long, b].concat(), &expect!["a b - 1: a request is longer than a receiver takes"]);

    let many: Vec<String> = (0..30_000).map(|n| spans(&[&n.to_string()])).collect();
    let (requests, summary) =
        read_all(format!(r#"{{"resourceSpans":[{}]}}"#, many.join(",")).as_bytes(), LIMITS);
    assert!(requests.len() > 2 && requests.iter().all(|request| request.body.len() < 2 << 20));
    assert_eq!(names(&requests, &summary).split(' ').count(), 30_000);
}

/// Guarantees: whoever takes the requests can stop at any.
#[test]
fn reading_stops_when_no_more_is_wanted() {
    let file = [traces(&["a"]), traces(&["b"]), "not json".to_owned(), traces(&["c"])].join("\n");
    let mut n_taken = 0;
    let summary = read(file.as_bytes(), LIMITS, &mut |_| {
        n_taken += 1;
        if n_taken == 2 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    });
    assert_eq!((n_taken, summary.n_requests, summary.n_unreadable), (2, 2, 0));
}

/// Pieces of files, whole and not, one behind the other.
fn pieces() -> impl Strategy<Value = Vec<u8>> {
    let json = [traces(&["a"]), logs("b"), zipkin("c"), jaeger("d"), format!("[{}]", zipkin("e"))];
    let piece = prop_oneof![
        (proptest::sample::select(json.to_vec()), 0..120usize).prop_map(|(json, percent)| {
            json.as_bytes()[..(json.len() * percent / 100).min(json.len())].to_vec()
        }),
        Just(framed(&[protobuf(Signal::Traces, &traces(&["f"]))])),
        Just(b"\n".to_vec()),
        Just(b"[".to_vec()),
        Just(b"]}".to_vec()),
        proptest::collection::vec(any::<u8>(), 0..12),
    ];
    proptest::collection::vec(piece, 0..8).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn any_bytes_are_read_to_their_end(file in pieces(), request_bytes in 0usize..500) {
        let (requests, _) = read_all(&file, Limits { request_bytes });
        for request in requests {
            prop_assert!(skep_otlp::decode(skep_otlp::Request::otlp(request.signal, request.encoding, &request.body)).is_ok());
        }
        let _ = read_all(&gzip(&file), LIMITS);
    }

    /// Whole requests on lines of their own are read, whatever stands on the lines between.
    #[test]
    fn lines_do_not_cost_each_other(lines in proptest::collection::vec((0usize..3, 0usize..100), 1..12)) {
        let mut file = Vec::new();
        let mut n_whole = 0;
        for (kind, percent) in lines {
            let (whole, cut) = (traces(&["whole"]), traces(&["cut"]));
            match kind {
                0 => {
                    n_whole += 1;
                    file.extend_from_slice(whole.as_bytes());
                }
                1 => file.extend_from_slice(&cut.as_bytes()[..cut.len() * percent / 100]),
                _ => file.extend_from_slice(b"2026-01-01 INFO [main] { started"),
            }
            file.push(b'\n');
        }
        // The first bytes tell what a file is.
        let file = [traces(&["first"]).as_bytes(), b"\n", &file].concat();
        let (requests, summary) = read_all(&file, LIMITS);
        let names = names(&requests, &summary);
        prop_assert_eq!(names.matches("whole").count(), n_whole, "{}", names);
    }
}
