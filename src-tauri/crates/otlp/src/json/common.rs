use super::node::{JsonText, Node};
use super::{list, number, scalar};
use crate::batch::Batch;
use crate::problem::Problem;
use base64::Engine;
use base64::alphabet::{Alphabet, STANDARD, URL_SAFE};
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use skep_model::{Attributes, EntityRef, EventFlags, Text, Value};

/// A list of `KeyValue` as a record has it.
pub(super) fn attributes(
    batch: &mut Batch,
    record: &Node<'_>,
    member: &str,
    flags: &mut EventFlags,
) -> Attributes {
    let mut attributes = Attributes::new();
    for node in list(batch, record, member, flags) {
        push_entry(batch, node, &mut attributes, 1, flags);
    }
    attributes
}

/// The list of `EntityRef` of a resource.
pub(super) fn entity_refs(batch: &mut Batch, resource: &Node<'_>, flags: &mut EventFlags) -> Vec<EntityRef> {
    let mut refs = Vec::new();
    for node in list(batch, resource, "entityRefs", flags) {
        if batch.may_grow(refs.len(), batch.limits.attributes, Problem::TooManyAttributes, flags) {
            refs.push(EntityRef {
                schema_url: scalar::name(batch, node, "schemaUrl", flags),
                entity_type: scalar::name(batch, node, "type", flags),
                id_keys: keys(batch, node, "idKeys", flags),
                description_keys: keys(batch, node, "descriptionKeys", flags),
            });
        }
    }
    refs
}

fn keys(batch: &mut Batch, node: &Node<'_>, member: &str, flags: &mut EventFlags) -> Vec<Text> {
    let mut keys = Vec::new();
    for node in list(batch, node, member, flags) {
        match node {
            Node::Text(text) => {
                if batch.may_grow(keys.len(), batch.limits.attributes, Problem::TooManyAttributes, flags) {
                    note_repair(batch, text, flags);
                    keys.push(batch.key(text.text.as_bytes(), flags));
                }
            }
            _ => batch.repair(Problem::WrongType, flags),
        }
    }
    keys
}

/// An `AnyValue` that a record has or lacks.
pub(super) fn value(
    batch: &mut Batch,
    record: &Node<'_>,
    member: &str,
    flags: &mut EventFlags,
) -> Option<Value> {
    record.get(member).map(|node| any_value(batch, node, 1, flags))
}

fn push_entry(
    batch: &mut Batch,
    node: &Node<'_>,
    entries: &mut Vec<(Text, Value)>,
    level: usize,
    flags: &mut EventFlags,
) {
    if !batch.may_grow(entries.len(), batch.limits.attributes, Problem::TooManyAttributes, flags) {
        return;
    }
    match node {
        Node::Object(_) => {
            let key = match node.get("key") {
                Some(Node::Text(text)) => {
                    note_repair(batch, text, flags);
                    batch.key(text.text.as_bytes(), flags)
                }
                Some(_) => {
                    batch.repair(Problem::WrongType, flags);
                    Text::default()
                }
                None => Text::default(),
            };
            let value = node.get("value").map_or(Value::Empty, |node| any_value(batch, node, level, flags));
            entries.push((key, value));
        }
        _ => batch.repair(Problem::WrongType, flags),
    }
}

/// `AnyValue`: of several members the last that is known and not null, as on the wire.
fn any_value(batch: &mut Batch, node: &Node<'_>, level: usize, flags: &mut EventFlags) -> Value {
    if level > batch.limits.value_levels {
        return batch.folded(flags);
    }
    let Node::Object(members) = node else { return plain(batch, node, level, flags) };
    let mut value = Value::Empty;
    for (name, member) in members {
        if *member == Node::Null {
            continue;
        }
        let read = match (&**name, member) {
            ("stringValue", Node::Text(text)) => Some(text_value(batch, text, flags)),
            ("boolValue", Node::Bool(bool)) => Some(Value::Bool(*bool)),
            ("intValue", _) => scalar::digits(member)
                .and_then(number::integer)
                .and_then(|integer| i64::try_from(integer).ok())
                .map(Value::Int),
            ("doubleValue", _) => scalar::digits(member).and_then(number::double).map(Value::Double),
            ("bytesValue", Node::Text(text)) => {
                base64(&text.text).map(|bytes| batch.value_bytes(&bytes, flags))
            }
            ("arrayValue", Node::Object(_)) => Some(array(batch, member, level + 1, flags)),
            ("kvlistValue", Node::Object(_)) => Some(map(batch, member, level + 1, flags)),
            ("stringValue" | "boolValue" | "bytesValue" | "arrayValue" | "kvlistValue", _) => None,
            _ => continue,
        };
        value = read.unwrap_or_else(|| plain(batch, member, level, flags));
    }
    value
}

fn array(batch: &mut Batch, node: &Node<'_>, level: usize, flags: &mut EventFlags) -> Value {
    let nodes = list(batch, node, "values", flags);
    items(batch, nodes, level, flags, any_value)
}

fn map(batch: &mut Batch, node: &Node<'_>, level: usize, flags: &mut EventFlags) -> Value {
    let mut entries = Vec::new();
    for node in list(batch, node, "values", flags) {
        push_entry(batch, node, &mut entries, level, flags);
    }
    Value::Map(entries.into())
}

fn items(
    batch: &mut Batch,
    nodes: &[Node<'_>],
    level: usize,
    flags: &mut EventFlags,
    read: ReadValue,
) -> Value {
    let mut items = Vec::new();
    for node in nodes {
        if batch.may_grow(items.len(), batch.limits.value_items, Problem::TooManyItems, flags) {
            items.push(read(batch, node, level, flags));
        }
    }
    Value::Array(items.into())
}

/// JSON where an `AnyValue`, or another member of it, was asked for: kept as what it plainly is.
fn plain(batch: &mut Batch, node: &Node<'_>, level: usize, flags: &mut EventFlags) -> Value {
    // An item of an array may be null; a member that is null does not come here.
    if level <= batch.limits.value_levels && !matches!(node, Node::Null | Node::TooDeep) {
        batch.repair(Problem::WrongType, flags);
    }
    untyped(batch, node, level, flags, plain)
}

/// JSON as what it plainly is: the values of Honeycomb's events.
pub(crate) fn natural(batch: &mut Batch, node: &Node<'_>, level: usize, flags: &mut EventFlags) -> Value {
    untyped(batch, node, level, flags, natural)
}

type ReadValue = fn(&mut Batch, &Node<'_>, usize, &mut EventFlags) -> Value;

fn untyped(
    batch: &mut Batch,
    node: &Node<'_>,
    level: usize,
    flags: &mut EventFlags,
    read_nested: ReadValue,
) -> Value {
    if level > batch.limits.value_levels {
        return batch.folded(flags);
    }
    match node {
        Node::TooDeep => batch.folded(flags),
        Node::Null => Value::Empty,
        Node::Bool(bool) => Value::Bool(*bool),
        Node::Number(text) => match text.parse() {
            Ok(int) => Value::Int(int),
            Err(_) => number::double(text).map_or(Value::Empty, Value::Double),
        },
        Node::Text(text) => text_value(batch, text, flags),
        Node::List(nodes) => items(batch, nodes, level + 1, flags, read_nested),
        Node::Object(members) => {
            let mut entries = Vec::new();
            for (name, member) in members {
                if batch.may_grow(entries.len(), batch.limits.attributes, Problem::TooManyAttributes, flags) {
                    let key = batch.key(name.as_bytes(), flags);
                    entries.push((key, read_nested(batch, member, level + 1, flags)));
                }
            }
            Value::Map(entries.into())
        }
    }
}

fn text_value(batch: &mut Batch, text: &JsonText<'_>, flags: &mut EventFlags) -> Value {
    note_repair(batch, text, flags);
    Value::Text(batch.value_text(text.text.as_bytes(), flags))
}

fn note_repair(batch: &mut Batch, text: &JsonText<'_>, flags: &mut EventFlags) {
    if text.is_repaired {
        batch.repair(Problem::Utf8, flags);
    }
}

/// Bytes as ProtoJSON takes them: the standard or the URL-safe alphabet, padded or not.
fn base64(text: &str) -> Option<Vec<u8>> {
    let alphabet: &Alphabet = if text.contains(['-', '_']) { &URL_SAFE } else { &STANDARD };
    let config = GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true);
    GeneralPurpose::new(alphabet, config).decode(text).ok()
}
