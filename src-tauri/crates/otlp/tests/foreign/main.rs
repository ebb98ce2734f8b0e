//! Traces of Jaeger and Zipkin as events, and any bytes at all.

use expect_test::{Expect, expect};
use proptest::prelude::*;
use skep_model::{Encoding, Signal};
use skep_otlp::foreign::{ForeignFormat, convert};

fn check(format: ForeignFormat, json: &str, expected: &Expect) {
    let foreign = convert(json.as_bytes()).expect("it is a trace");
    assert_eq!(foreign.format, format);
    let decoded =
        skep_otlp::decode(skep_otlp::Request::otlp(Signal::Traces, Encoding::Protobuf, &foreign.request))
            .expect("it is OTLP");
    assert!(decoded.problems.is_empty(), "{:?}", decoded.problems);
    let mut lines = Vec::new();
    for event in &decoded.events() {
        let id = |id: Option<String>| {
            id.map_or_else(|| "-".to_owned(), |id| id.trim_start_matches('0').to_owned())
        };
        let mut line = format!(
            "{:?} {:?} {}..{} {} {} {}",
            event.kind,
            event.name,
            event.time,
            event.end,
            id(event.trace_id.map(|id| id.to_string())),
            id(event.span_id.map(|id| id.to_string())),
            id(event.parent_id.map(|id| id.to_string())),
        );
        for (name, value) in &event.record {
            line += &format!(" {name}={value}");
        }
        for (key, value) in &event.attributes {
            line += &format!(" {key}:{}={value}", value.type_name());
        }
        line += &format!(" | {} {}", event.scope.name, event.scope.version);
        for (key, value) in &event.resource.attributes {
            line += &format!(" {key}={value}");
        }
        lines.push(line);
    }
    if foreign.n_unreadable > 0 {
        lines.push(format!("{} unreadable", foreign.n_unreadable));
    }
    expected.assert_eq(&lines.join("\n"));
}

/// What an exporter of OpenTelemetry made of a span for Jaeger, and what Jaeger's own clients write.
#[test]
fn jaeger_is_read() {
    check(
        ForeignFormat::Jaeger,
        r#"{"data":[{"traceID":"abc","spans":[
            {"traceID":"abc","spanID":"1","operationName":"GET /","flags":1,"startTime":1700000000000001,
             "duration":2.5,"processID":"p1","references":[],"warnings":["clock skew"],
             "tags":[{"key":"span.kind","type":"string","value":"server"},{"key":"n","type":"int64","value":"7"},
              {"key":"ratio","type":"float64","value":1},{"key":"ok","type":"bool","value":true},
              {"key":"raw","type":"binary","value":"AP8="},{"key":"untyped","value":1.5},
              {"key":"otel.library.name","type":"string","value":"lib"},
              {"key":"otel.status_code","type":"string","value":"ERROR"},
              {"key":"otel.status_description","type":"string","value":"no"},
              {"key":"error","type":"bool","value":true},{"key":"w3c.tracestate","type":"string","value":"a=b"}],
             "logs":[{"timestamp":1700000000000002,"fields":[{"key":"event","type":"string","value":"exception"},
              {"key":"exception.type","type":"string","value":"E"}]},
              {"timestamp":1700000000000003,"fields":[{"key":"message","type":"string","value":"hello"}]}]},
            {"traceID":"abc","spanID":"2","operationName":"child","startTime":1700000000000002,"duration":1,
             "process":{"serviceName":"inline"},"references":[
              {"refType":"FOLLOWS_FROM","traceID":"def","spanID":"9"},
              {"refType":"CHILD_OF","traceID":"abc","spanID":"1"}],
             "tags":[{"key":"error","type":"string","value":"true"}]},
            {"traceID":"abc","spanID":"not hex"}, 5],
          "processes":{"p1":{"serviceName":"shop","tags":[{"key":"host","type":"string","value":"h1"}]}}}]}"#,
        &expect![[r#"
            Span "GET /" 1700000000000001000..1700000000000003500 abc 1 - span.kind=server status_code=2 status_message=no error=true trace.trace_state=a=b otlp.flags=1 span.num_events=2 n:int=7 ratio:double=1 ok:bool=true raw:bytes=00ff untyped:double=1.5 jaeger.warnings:array=["clock skew"] | lib  service.name=shop host=h1
            SpanEvent "exception" 1700000000000002000..1700000000000002000 abc - 1 error=true parent_name=GET / meta.time_since_span_start_ms=0.001 exception.type:string=E | lib  service.name=shop host=h1
            SpanEvent "log" 1700000000000003000..1700000000000003000 abc - 1 error=true parent_name=GET / meta.time_since_span_start_ms=0.002 message:string=hello | lib  service.name=shop host=h1
            Span "child" 1700000000000002000..1700000000000003000 abc 2 1 span.kind=unspecified status_code=2 error=true span.num_links=1 |   service.name=inline
            Link "" 1700000000000002000..1700000000000002000 abc - 2 error=true parent_name=child trace.link.trace_id=00000000000000000000000000000def trace.link.span_id=0000000000000009 opentracing.ref_type:string=follows_from |   service.name=inline
            2 unreadable"#]],
    );
}

#[test]
fn zipkin_is_read() {
    check(
        ForeignFormat::Zipkin,
        r#"[[{"traceId":"000000000000000a000000000000000b","id":"000000000000000c","kind":"CLIENT","name":"get",
              "timestamp":1700000000000001,"duration":5,
              "localEndpoint":{"serviceName":"front","ipv4":"10.0.0.1"},
              "remoteEndpoint":{"serviceName":"back","ipv6":"::1","port":80},
              "tags":{"http.path":"/","otel.scope.name":"lib","otel.scope.version":"2"},
              "annotations":[{"timestamp":1700000000000002,"value":"ws"}]},
             {"traceId":"000000000000000a000000000000000b","id":"c","parentId":"d","shared":true,"kind":"SERVER",
              "timestamp":"1700000000000001","localEndpoint":{"serviceName":"back"},"tags":{"error":"timed out"}}],
            [{"traceId":"a","id":""},{"name":"no span"}]]"#,
        &expect![[r#"
            Span "get" 1700000000000001000..1700000000000006000 a000000000000000b c - span.kind=client status_code=0 span.num_events=1 http.path:string=/ network.local.address:string=10.0.0.1 peer.service:string=back network.peer.address:string=::1 network.peer.port:int=80 | lib 2 service.name=front
            SpanEvent "ws" 1700000000000002000..1700000000000002000 a000000000000000b - c parent_name=get meta.time_since_span_start_ms=0.001 | lib 2 service.name=front
            Span "" 1700000000000001000..1700000000000001000 a000000000000000b c d span.kind=server status_code=2 status_message=timed out error=true zipkin.shared:bool=true |   service.name=back
            2 unreadable"#]],
    );
}

#[test]
fn what_is_neither_is_nothing() {
    for json in ["", "{}", "[]", "[1]", "null", "{\"data\":[]}", "{\"resourceSpans\":[]}", "not json"] {
        assert_eq!(convert(json.as_bytes()), None, "{json}");
    }
    let empty = convert(b"{\"spans\":[]}").expect("a trace without spans");
    assert_eq!((empty.request.len(), empty.n_unreadable), (0, 0));
}

fn json() -> impl Strategy<Value = String> {
    let words = "(traceID|traceId|spanID|spans|data|id|tags|logs|fields|references|process|processes|annotations\
                 |startTime|timestamp|duration|localEndpoint|key|value|type|kind|int64|error|event|abc|1|-)";
    let leaf = prop_oneof![
        words.prop_map(|word| format!("\"{word}\"")),
        Just("null".to_owned()),
        Just("true".to_owned()),
        "-?[0-9]{1,22}".prop_map(|number| number),
        Just("1e999".to_owned()),
        Just("NaN".to_owned()),
    ];
    leaf.prop_recursive(6, 64, 6, move |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..6).prop_map(|items| format!("[{}]", items.join(","))),
            proptest::collection::vec((words, inner), 0..6).prop_map(|members| {
                let members: Vec<String> =
                    members.into_iter().map(|(name, value)| format!("\"{name}\":{value}")).collect();
                format!("{{{}}}", members.join(","))
            }),
        ]
    })
}

proptest! {
    #[test]
    fn any_json_is_read_or_not(json in json()) {
        if let Some(foreign) = convert(json.as_bytes()) {
            prop_assert!(skep_otlp::decode(skep_otlp::Request::otlp(Signal::Traces, Encoding::Protobuf, &foreign.request)).is_ok());
        }
    }

    #[test]
    fn no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = convert(&bytes);
        let _ = skep_otlp::sniff_signal(&bytes);
    }
}
