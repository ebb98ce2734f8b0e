//! Any bytes as a protobuf request of each signal: no panic, every event accounted for, and never fewer spans than the
//! generated decoder reads where it can read them.

#![no_main]

use libfuzzer_sys::fuzz_target;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use prost::Message;
use skep_model::{Encoding, Signal};
use skep_otlp::Request;

fuzz_target!(|bytes: &[u8]| {
    for signal in Signal::ALL {
        let Ok(decoded) = skep_otlp::decode(Request::otlp(signal, Encoding::Protobuf, bytes)) else { continue };
        let n_rows = decoded.columns.n_rows() as u64;
        assert_eq!(decoded.n_received, n_rows + decoded.problems.rejected_events);
        assert_eq!(decoded.events().len() as u64, n_rows, "every row is an event again");
        let again = skep_otlp::decode(Request::otlp(signal, Encoding::Protobuf, bytes)).expect("it was read before");
        assert_eq!(again.columns.fingerprints, decoded.columns.fingerprints, "the same bytes, the same events");
    }
    if let Ok(request) = ExportTraceServiceRequest::decode(bytes) {
        let n_spans: usize =
            request.resource_spans.iter().flat_map(|group| &group.scope_spans).map(|scope| scope.spans.len()).sum();
        if let Ok(decoded) = skep_otlp::decode(Request::otlp(Signal::Traces, Encoding::Protobuf, bytes)) {
            assert!(decoded.n_spans_received >= n_spans as u64, "a span the reference reads was overlooked");
        }
    }
});
