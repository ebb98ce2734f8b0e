use super::{Item, Refused, TimeField, check_len, time};
use crate::DecodeError;
use crate::batch::Batch;
use crate::json::common::natural;
use crate::json::node::Node;
use crate::json::parse::{self as parser, Parser};
use crate::json::walk::Shape;
use crate::problem::Problem;
use skep_model::{Attributes, EventFlags};

/// Nested brackets at an event of a batch.
const EVENT_LEVEL: usize = 2;

/// Reads a batch: calls `take` for each event with its place.
pub(super) fn read(
    batch: &mut Batch,
    body: &[u8],
    mut take: impl FnMut(&mut Batch, usize, Result<Item, Refused>),
) -> Result<(), DecodeError> {
    if body.trim_ascii().is_empty() {
        return Err(DecodeError::HoneycombEmpty);
    }
    let mut parser = Parser::new(body);
    if parser.shape() != Shape::List {
        return Err(DecodeError::HoneycombMalformed);
    }
    let mut n_read = 0;
    let read = parser.items(|parser| {
        let idx = n_read;
        n_read += 1;
        check_len(n_read)?;
        let place = parser.place();
        let item = match parser.tree(EVENT_LEVEL) {
            Ok(node) => item(batch, &node),
            Err(DecodeError::JsonTooLarge { .. }) => {
                parser.go(place);
                parser.skip(EVENT_LEVEL)?;
                Err(Refused::TooWide)
            }
            Err(error) => return Err(error),
        };
        take(batch, idx, item);
        Ok(())
    });
    read.and_then(|()| parser.end()).map_err(in_its_words)?;
    check_len(n_read)
}

/// Reads a body that is JSON, with failures in Honeycomb's words.
pub(super) fn parse(body: &[u8]) -> Result<Node<'_>, DecodeError> {
    if body.trim_ascii().is_empty() {
        return Err(DecodeError::HoneycombEmpty);
    }
    parser::parse(body).map_err(in_its_words)
}

fn in_its_words(error: DecodeError) -> DecodeError {
    match error {
        DecodeError::JsonTooLarge { .. } | DecodeError::HoneycombTooLarge => DecodeError::HoneycombTooLarge,
        _ => DecodeError::HoneycombMalformed,
    }
}

fn item(batch: &mut Batch, node: &Node<'_>) -> Result<Item, Refused> {
    if !matches!(node, Node::Object(_)) {
        return Err(Refused::Malformed);
    }
    let mut flags = EventFlags::default();
    let time = node.get("time").map_or(TimeField::Absent, time_field);
    let sample_rate = node.get("samplerate").map(|rate| natural(batch, rate, 1, &mut flags));
    let data = data(batch, node.get("data").ok_or(Refused::Malformed)?, &mut flags)?;
    Ok(Item { time, sample_rate, data, flags })
}

fn data(batch: &mut Batch, node: &Node<'_>, flags: &mut EventFlags) -> Result<Attributes, Refused> {
    let Node::Object(members) = node else { return Err(Refused::Malformed) };
    if members.len() > batch.limits.attributes {
        return Err(Refused::TooWide);
    }
    let mut data = Attributes::with_capacity(members.len());
    for (name, member) in members {
        if !name.is_empty()
            && *member != Node::Null
            && batch.may_grow(data.len(), batch.limits.attributes, Problem::TooManyAttributes, flags)
        {
            let key = batch.key(name.as_bytes(), flags);
            data.push((key, natural(batch, member, 1, flags)));
        }
    }
    if data.is_empty() { Err(Refused::Empty) } else { Ok(data) }
}

/// A time, also one that a number tells.
pub(super) fn time_field(node: &Node<'_>) -> TimeField {
    match node {
        Node::Text(text) if text.text.is_empty() => TimeField::Absent,
        Node::Text(text) => TimeField::of(time::from_text(&text.text)),
        Node::Number(text) => TimeField::of(time::from_text(text)),
        _ => TimeField::Unreadable,
    }
}
