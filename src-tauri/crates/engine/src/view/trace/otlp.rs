use super::TraceView;
use crate::view::AskError;
use skep_model::{Encoding, EventKind};
use skep_otlp::encode::Encoder;

impl TraceView {
    /// One span with its events and links, or the whole trace with its logs, as OTLP JSON: a request a line.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn otlp_json(&self, row: Option<usize>) -> Result<String, AskError> {
        let mut encoder = Encoder::default();
        let rows: Vec<usize> = row.map_or_else(|| (0..self.waterfall.len()).collect(), |row| vec![row]);
        for (span, row) in self.spans(&rows)?.iter().zip(rows) {
            encoder.push(span);
            let others = self.others_of(Some(row))?;
            others.iter().filter(|other| is_part(other.kind)).for_each(|other| encoder.push(other));
        }
        if row.is_none() {
            let others = self.others_of(None)?;
            others.iter().filter(|other| !is_part(other.kind)).for_each(|other| encoder.push(other));
        }
        let requests = encoder.finish().requests;
        let lines = requests.iter().map(|request| request.to_bytes(Encoding::Json));
        let lines: Vec<String> = lines.map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).collect();
        Ok(lines.join("\n"))
    }
}

/// Events and links are sent within their span.
fn is_part(kind: EventKind) -> bool {
    matches!(kind, EventKind::SpanEvent | EventKind::Link)
}
