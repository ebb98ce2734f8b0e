//! Any bytes as a batch, an event and a marker of Honeycomb's: no panic, every event accounted for, and what is written
//! as a batch of one is one.

#![no_main]

use libfuzzer_sys::fuzz_target;
use skep_model::{Encoding, Nanos, Signal};
use skep_otlp::Request;
use skep_otlp::honeycomb::batch_of_one;

fuzz_target!(|bytes: &[u8]| {
    for encoding in [Encoding::HoneycombJson, Encoding::HoneycombMsgpack, Encoding::HoneycombMarker] {
        let of = |body| Request { signal: Signal::Logs, encoding, dataset: Some("shop"), received: Nanos(1), body, limits: Default::default() };
        if let Ok(decoded) = skep_otlp::decode(of(bytes)) {
            let n_rows = decoded.columns.n_rows() as u64;
            assert_eq!(decoded.n_received, n_rows + decoded.problems.rejected_events);
            assert_eq!(decoded.rejections.len() as u64, decoded.problems.rejected_events);
            assert_eq!(decoded.events().len() as u64, n_rows, "every row is an event again");
        }
        if encoding != Encoding::HoneycombMarker
            && let Ok(batch) = batch_of_one(encoding, Some("1700000000"), Some("2"), bytes)
        {
            let decoded = skep_otlp::decode(of(&batch)).expect("a batch of one is a batch");
            assert_eq!(decoded.n_received, 1);
        }
    }
});
