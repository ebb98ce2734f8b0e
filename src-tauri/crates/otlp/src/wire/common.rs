use super::fields::{Field, Malformed, fields};
use crate::batch::Batch;
use crate::limits::{ATTRIBUTES_MAX, VALUE_ITEMS_MAX, VALUE_LEVELS_MAX};
use crate::problem::Problem;
use skep_model::{Attributes, EntityRef, EventFlags, Resource, Scope, Text, Value};

/// `Resource` into `resource`, whose attributes and entities are empty; on damage what stands before it is there.
pub(super) fn resource(
    batch: &mut Batch,
    bytes: &[u8],
    resource: &mut Resource,
    flags: &mut EventFlags,
) -> Result<(), Malformed> {
    for field in fields(bytes) {
        match field? {
            (1, Field::Bytes(entry)) => attribute(batch, entry, &mut resource.attributes, flags)?,
            (2, Field::Varint(number)) => resource.dropped_attributes_count = number as u32,
            (3, Field::Bytes(message)) => entity_ref(batch, message, &mut resource.entity_refs, flags)?,
            _ => {}
        }
    }
    Ok(())
}

/// Appends one `EntityRef` to those of a resource.
fn entity_ref(
    batch: &mut Batch,
    bytes: &[u8],
    refs: &mut Vec<EntityRef>,
    flags: &mut EventFlags,
) -> Result<(), Malformed> {
    if !batch.may_grow(refs.len(), ATTRIBUTES_MAX, Problem::TooManyAttributes, flags) {
        return Ok(());
    }
    let mut entity = EntityRef::default();
    for field in fields(bytes) {
        match field? {
            (1, Field::Bytes(url)) => entity.schema_url = batch.name(url, flags),
            (2, Field::Bytes(text)) => entity.entity_type = batch.name(text, flags),
            (3, Field::Bytes(key)) => push_key(batch, key, &mut entity.id_keys, flags),
            (4, Field::Bytes(key)) => push_key(batch, key, &mut entity.description_keys, flags),
            _ => {}
        }
    }
    refs.push(entity);
    Ok(())
}

fn push_key(batch: &mut Batch, key: &[u8], keys: &mut Vec<Text>, flags: &mut EventFlags) {
    if batch.may_grow(keys.len(), ATTRIBUTES_MAX, Problem::TooManyAttributes, flags) {
        keys.push(batch.key(key, flags));
    }
}

/// `InstrumentationScope` into `scope`, whose attributes are empty; on damage what stands before it is there.
pub(super) fn scope(
    batch: &mut Batch,
    bytes: &[u8],
    scope: &mut Scope,
    flags: &mut EventFlags,
) -> Result<(), Malformed> {
    for field in fields(bytes) {
        match field? {
            (1, Field::Bytes(name)) => scope.name = batch.name(name, flags),
            (2, Field::Bytes(version)) => scope.version = batch.name(version, flags),
            (3, Field::Bytes(entry)) => attribute(batch, entry, &mut scope.attributes, flags)?,
            (4, Field::Varint(number)) => scope.dropped_attributes_count = number as u32,
            _ => {}
        }
    }
    Ok(())
}

/// Appends one `KeyValue` to the attributes of a record.
pub(super) fn attribute(
    batch: &mut Batch,
    bytes: &[u8],
    attributes: &mut Attributes,
    flags: &mut EventFlags,
) -> Result<(), Malformed> {
    batch.reserve(attributes);
    entry(batch, bytes, attributes, 1, flags)
}

/// `AnyValue` as a record's attribute or body has it.
pub(super) fn value(batch: &mut Batch, bytes: &[u8], flags: &mut EventFlags) -> Result<Value, Malformed> {
    any_value(batch, bytes, 1, flags)
}

fn entry(
    batch: &mut Batch,
    bytes: &[u8],
    entries: &mut Vec<(Text, Value)>,
    level: usize,
    flags: &mut EventFlags,
) -> Result<(), Malformed> {
    if !batch.may_grow(entries.len(), ATTRIBUTES_MAX, Problem::TooManyAttributes, flags) {
        return Ok(());
    }
    let (mut key, mut value): (&[u8], _) = (&[], Value::Empty);
    for field in fields(bytes) {
        match field? {
            (1, Field::Bytes(text)) => key = text,
            (2, Field::Bytes(message)) => value = any_value(batch, message, level, flags)?,
            _ => {}
        }
    }
    entries.push((batch.key(key, flags), value));
    Ok(())
}

fn any_value(
    batch: &mut Batch,
    bytes: &[u8],
    level: usize,
    flags: &mut EventFlags,
) -> Result<Value, Malformed> {
    if level > VALUE_LEVELS_MAX {
        return Ok(batch.folded(flags));
    }
    let mut value = Value::Empty;
    for field in fields(bytes) {
        value = match field? {
            (1, Field::Bytes(text)) => Value::Text(batch.value_text(text, flags)),
            (2, Field::Varint(number)) => Value::Bool(number != 0),
            (3, Field::Varint(number)) => Value::Int(number.cast_signed()),
            (4, Field::Fixed64(bits)) => Value::Double(f64::from_bits(bits)),
            (5, Field::Bytes(message)) => array(batch, message, level + 1, flags)?,
            (6, Field::Bytes(message)) => map(batch, message, level + 1, flags)?,
            (7, Field::Bytes(bytes)) => batch.value_bytes(bytes, flags),
            _ => continue,
        };
    }
    Ok(value)
}

fn array(batch: &mut Batch, bytes: &[u8], level: usize, flags: &mut EventFlags) -> Result<Value, Malformed> {
    let mut items = Vec::new();
    for field in fields(bytes) {
        if let (1, Field::Bytes(message)) = field?
            && batch.may_grow(items.len(), VALUE_ITEMS_MAX, Problem::TooManyItems, flags)
        {
            items.push(any_value(batch, message, level, flags)?);
        }
    }
    Ok(Value::Array(items.into()))
}

fn map(batch: &mut Batch, bytes: &[u8], level: usize, flags: &mut EventFlags) -> Result<Value, Malformed> {
    let mut entries = Vec::new();
    for field in fields(bytes) {
        if let (1, Field::Bytes(message)) = field? {
            entry(batch, message, &mut entries, level, flags)?;
        }
    }
    Ok(Value::Map(entries.into()))
}
