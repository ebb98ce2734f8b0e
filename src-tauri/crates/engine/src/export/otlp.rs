use super::EventWriter;
use skep_model::{Encoding, Event, EventKind, Value};
use skep_otlp::encode::Encoder;
use std::io::{self, Write};

/// Spans, logs and points after which a request is written.
const REQUEST_ITEMS: usize = 1_000;

/// Bytes of them, about, after which it is written before it has that many: well below what receivers take.
const REQUEST_BYTES: usize = 1 << 20;

/// Requests of a size that any receiver takes.
pub(super) struct OtlpWriter<'o> {
    encoding: Encoding,
    out: &'o mut dyn Write,
    encoder: Encoder,
    n_bytes: usize,
}

impl<'o> OtlpWriter<'o> {
    pub(super) fn new(encoding: Encoding, out: &'o mut dyn Write) -> Self {
        Self { encoding, out, encoder: Encoder::default(), n_bytes: 0 }
    }

    fn write_requests(&mut self) -> io::Result<()> {
        self.n_bytes = 0;
        for request in std::mem::take(&mut self.encoder).finish().requests {
            let bytes = request.to_bytes(self.encoding);
            if self.encoding == Encoding::Json {
                self.out.write_all(&bytes)?;
                self.out.write_all(b"\n")?;
            } else {
                let n_bytes = u32::try_from(bytes.len())
                    .map_err(|_| io::Error::other("a span with its events is larger than 4 GiB"))?;
                self.out.write_all(&n_bytes.to_be_bytes())?;
                self.out.write_all(&bytes)?;
            }
        }
        Ok(())
    }
}

impl EventWriter for OtlpWriter<'_> {
    fn write(&mut self, events: &[Event]) -> io::Result<()> {
        for event in events {
            let is_full = self.encoder.n_items() >= REQUEST_ITEMS || self.n_bytes >= REQUEST_BYTES;
            // Not between a span and what hangs below it.
            if is_full && !matches!(event.kind, EventKind::SpanEvent | EventKind::Link) {
                self.write_requests()?;
            }
            self.n_bytes += event_bytes(event);
            self.encoder.push(event);
        }
        Ok(())
    }

    fn finish(&mut self) -> io::Result<()> {
        self.write_requests()?;
        self.out.flush()
    }
}

/// About the bytes of an event, without its resource and scope.
fn event_bytes(event: &Event) -> usize {
    const FIXED_BYTES: usize = 64;
    let own = event.attributes.iter().map(|(key, value)| key.len() + value_bytes(value));
    let record = event.record.iter().map(|(_, value)| value_bytes(value));
    FIXED_BYTES + event.name.len() + own.chain(record).sum::<usize>()
}

fn value_bytes(value: &Value) -> usize {
    match value {
        Value::Text(text) => text.len(),
        _ => value.memory_bytes(),
    }
}
