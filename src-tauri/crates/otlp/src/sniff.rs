use crate::wire::{Field, fields};
use skep_model::Signal;

/// Tells which signal the bytes of a protobuf request are, since they do not say: by the types that the fields of its
/// records have. Nothing where there is no record.
#[must_use]
pub fn sniff_signal(request: &[u8]) -> Option<Signal> {
    // Groups of resources, of scopes, records: in all three signals the same numbers.
    let groups = fields(request).map_while(Result::ok).filter_map(|field| nested(field, 1));
    let scopes =
        groups.flat_map(|group| fields(group).map_while(Result::ok).filter_map(|field| nested(field, 2)));
    let mut records =
        scopes.flat_map(|scope| fields(scope).map_while(Result::ok).filter_map(|field| nested(field, 2)));
    records.find_map(signal_of_record)
}

fn nested((number, field): (u32, Field<'_>), wanted: u32) -> Option<&[u8]> {
    match field {
        Field::Bytes(bytes) if number == wanted => Some(bytes),
        _ => None,
    }
}

fn signal_of_record(record: &[u8]) -> Option<Signal> {
    let mut first: Option<&[u8]> = None;
    let mut has_fields = false;
    for field in fields(record).map_while(Result::ok) {
        has_fields = true;
        match field {
            // A span's start, end, kind and flags.
            (7 | 8, Field::Fixed64(_)) | (6, Field::Varint(_)) | (16, Field::Fixed32(_)) => {
                return Some(Signal::Traces);
            }
            // A log record's times, severity and flags.
            (1 | 11, Field::Fixed64(_)) | (2, Field::Varint(_)) | (8, Field::Fixed32(_)) => {
                return Some(Signal::Logs);
            }
            // A sum, an exponential histogram.
            (7 | 10, Field::Bytes(_)) => return Some(Signal::Metrics),
            (1, Field::Bytes(bytes)) => first = Some(bytes),
            _ => {}
        }
    }
    match first {
        // A metric's name, or a trace id.
        Some(name) if name.iter().all(u8::is_ascii_graphic) => Some(Signal::Metrics),
        Some(_) => Some(Signal::Traces),
        None => has_fields.then_some(Signal::Logs),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(number: u8, content: &[u8]) -> Vec<u8> {
        let length = u8::try_from(content.len()).expect("a short one");
        [&[number << 3 | 2, length], content].concat()
    }

    fn sniff(record: &[u8]) -> Option<Signal> {
        sniff_signal(&message(1, &message(2, &message(2, record))))
    }

    #[test]
    fn records_are_told_by_the_types_of_their_fields() {
        let fixed64 = |number: u8| [[number << 3 | 1].as_slice(), &[0; 8]].concat();
        let span = [message(1, &[7; 16]), message(2, &[8; 8])].concat();
        let metric = [message(1, b"of.sixteen.chars"), message(2, b"of eight")].concat();
        let cases = [
            ([span.clone(), fixed64(7)].concat(), Some(Signal::Traces)),
            (span, Some(Signal::Traces)),
            ([metric.clone(), message(5, &[])].concat(), Some(Signal::Metrics)),
            ([metric, message(7, &[])].concat(), Some(Signal::Metrics)),
            (fixed64(1), Some(Signal::Logs)),
            (message(5, &message(1, b"a body")), Some(Signal::Logs)),
            (Vec::new(), None),
        ];
        for (record, signal) in cases {
            assert_eq!(sniff(&record), signal, "{record:x?}");
        }
        assert_eq!(sniff_signal(&message(1, &message(1, &[]))), None, "a resource alone");
        assert_eq!(sniff_signal(b"\xff\xff"), None);
    }
}
