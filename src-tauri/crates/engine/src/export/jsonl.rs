use super::EventWriter;
use super::flat::{Flat, flat};
use serde::ser::{Serialize, SerializeMap, Serializer};
use skep_model::Event;
use std::io::{self, Write};

/// A JSON object a line, one an event.
pub(super) struct JsonLinesWriter<'o> {
    out: &'o mut dyn Write,
}

impl<'o> JsonLinesWriter<'o> {
    pub(super) fn new(out: &'o mut dyn Write) -> Self {
        Self { out }
    }
}

impl EventWriter for JsonLinesWriter<'_> {
    fn write(&mut self, events: &[Event]) -> io::Result<()> {
        for event in events {
            serde_json::to_writer(&mut *self.out, &Line(flat(event)))?;
            self.out.write_all(b"\n")?;
        }
        Ok(())
    }

    fn finish(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

struct Line<'e>(Flat<'e>);

impl Serialize for Line<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (name, value) in &self.0 {
            map.serialize_entry(name, &**value)?;
        }
        map.end()
    }
}
