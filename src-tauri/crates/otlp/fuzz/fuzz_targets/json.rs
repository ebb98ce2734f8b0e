//! Any bytes as a JSON request of each signal: no panic, and every event accounted for.

#![no_main]

use libfuzzer_sys::fuzz_target;
use skep_model::{Encoding, Signal};
use skep_otlp::Request;

fuzz_target!(|bytes: &[u8]| {
    for signal in Signal::ALL {
        let Ok(decoded) = skep_otlp::decode(Request::otlp(signal, Encoding::Json, bytes)) else { continue };
        let n_rows = decoded.columns.n_rows() as u64;
        assert_eq!(decoded.n_received, n_rows + decoded.problems.rejected_events);
        assert_eq!(decoded.events().len() as u64, n_rows, "every row is an event again");
    }
});
