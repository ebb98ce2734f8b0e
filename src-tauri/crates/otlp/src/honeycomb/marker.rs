use super::{Item, TimeField, json};
use crate::json::node::Node;
use crate::json::number;
use crate::{DecodeError, Limits};
use skep_model::{Attributes, EventFlags, Nanos, Text, Value, fields};
use xxhash_rust::xxh3::xxh3_64_with_seed;

/// What a marker's event is called.
const NAME: &str = "marker";

/// A note on a point in time, or on a length of it, such as a deployment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Marker {
    /// Made of its content and its time of arrival, so that it is the same whenever it is read again.
    pub id: String,
    /// Seconds since the Unix epoch.
    pub start_time: i64,
    /// The same, where it is a length of time.
    pub end_time: Option<i64>,
    /// What it says.
    pub message: Option<String>,
    /// What kind it is.
    pub kind: Option<String>,
    /// Where to read on.
    pub url: Option<String>,
    start: Nanos,
}

impl Marker {
    /// Reads a marker's body, which came at `received`.
    ///
    /// # Errors
    /// [`DecodeError`] where it is empty or no object.
    pub fn read(body: &[u8], received: Nanos) -> Result<Self, DecodeError> {
        let node = json::parse(body)?;
        if !matches!(node, Node::Object(_)) {
            return Err(DecodeError::HoneycombMalformed);
        }
        let text = |name: &str| match node.get(name) {
            Some(Node::Text(text)) => {
                Some(text.text[..text.text.floor_char_boundary(Limits::DEFAULT.name_bytes)].to_owned())
            }
            _ => None,
        };
        let start = match node.get("start_time").map(json::time_field) {
            Some(TimeField::Read(start)) => start,
            _ => received,
        };
        let end_time = match node.get("end_time") {
            Some(Node::Number(text)) => number::integer(text).and_then(|seconds| i64::try_from(seconds).ok()),
            _ => None,
        };
        Ok(Marker {
            id: format!("{:016x}", xxh3_64_with_seed(body, received.0)),
            start_time: (start.0 / 1_000_000_000).cast_signed(),
            end_time,
            message: text("message"),
            kind: text("type"),
            url: text("url"),
            start,
        })
    }

    /// As an event that a query finds by its name.
    pub(super) fn into_item(self) -> Item {
        let Marker { id, end_time, message, kind, url, start, .. } = self;
        let texts = [("id", Some(id)), ("message", message), ("type", kind), ("url", url)];
        let mut data: Attributes = vec![(Text::from(fields::NAME), Value::text(NAME))];
        data.extend(
            texts
                .into_iter()
                .filter_map(|(name, text)| Some((Text::from(format!("marker.{name}")), Value::text(text?)))),
        );
        data.extend(end_time.map(|seconds| (Text::from("marker.end_time"), Value::Int(seconds))));
        Item { time: TimeField::Read(start), sample_rate: None, data, flags: EventFlags::default() }
    }
}
