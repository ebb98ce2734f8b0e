use super::fields::{Field, Malformed, fields, lone_field};
use crate::batch::Batch;
use crate::problem::Problem;
use skep_model::columns::{FieldIdx, ValueRef};
use skep_model::{Attributes, EntityRef, EventFlags, Place, Resource, Scope, Text, Value};

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
    if !batch.may_grow(refs.len(), batch.limits.attributes, Problem::TooManyAttributes, flags) {
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
    if batch.may_grow(keys.len(), batch.limits.attributes, Problem::TooManyAttributes, flags) {
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
    entry(batch, bytes, attributes, 1, flags)
}

/// Reads one `KeyValue` of the record that is being read straight into its column; it is the `n_before`-th.
///
/// The usual attribute has a key that came at this place before, and a plain value: it costs one comparison and one
/// look-up.
#[inline]
pub(super) fn row_attribute(
    batch: &mut Batch,
    bytes: &[u8],
    n_before: usize,
    flags: &mut EventFlags,
) -> Result<(), Malformed> {
    if !batch.may_grow(n_before, batch.limits.attributes, Problem::TooManyAttributes, flags) {
        return Ok(());
    }
    if let Some((key, value)) = usual_entry(bytes)
        && let Some(field) = batch.columns.likely_field(Place::Own, key)
        && set_plain(batch, field, value)
    {
        return Ok(());
    }
    unusual_attribute(batch, bytes, flags)
}

#[inline(never)]
fn unusual_attribute(batch: &mut Batch, bytes: &[u8], flags: &mut EventFlags) -> Result<(), Malformed> {
    let (key, value) = any_entry(bytes)?;
    let field = batch.columns.known_field(Place::Own, key).unwrap_or_else(|| {
        let key = batch.key(key, flags);
        batch.columns.field(Place::Own, &key)
    });
    if !set_plain(batch, field, value) {
        let value = any_value(batch, value, 1, flags)?;
        batch.columns.set(field, ValueRef::Any(&value));
    }
    Ok(())
}

/// Sets a value that is plain and needs no mending; tells whether it was one.
#[inline]
fn set_plain(batch: &mut Batch, field: FieldIdx, value: &[u8]) -> bool {
    let columns = &mut batch.columns;
    match lone_field(value) {
        Some((1, Field::Bytes(text))) => {
            return text.len() <= batch.limits.value_bytes && columns.set_utf8(field, text);
        }
        Some((2, Field::Varint(number))) => columns.set(field, ValueRef::Bool(number != 0)),
        Some((3, Field::Varint(number))) => columns.set(field, ValueRef::Int(number.cast_signed())),
        Some((4, Field::Fixed64(bits))) => columns.set(field, ValueRef::Double(f64::from_bits(bits))),
        _ => return false,
    }
    true
}

/// Key and value of a `KeyValue` as every exporter writes it, a short key and then a short value: what the general way
/// reads as well, at a third of the time.
fn usual_entry(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let [0x0a, key_bytes @ 0..0x80, rest @ ..] = bytes else { return None };
    let (key, rest) = rest.split_at_checked(usize::from(*key_bytes))?;
    let [0x12, value_bytes @ 0..0x80, value @ ..] = rest else { return None };
    (value.len() == usize::from(*value_bytes)).then_some((key, value))
}

fn any_entry(bytes: &[u8]) -> Result<(&[u8], &[u8]), Malformed> {
    let (mut key, mut value): (&[u8], &[u8]) = (&[], &[]);
    for field in fields(bytes) {
        match field? {
            (1, Field::Bytes(text)) => key = text,
            (2, Field::Bytes(message)) => value = message,
            _ => {}
        }
    }
    Ok((key, value))
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
    if !batch.may_grow(entries.len(), batch.limits.attributes, Problem::TooManyAttributes, flags) {
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
    if level > batch.limits.value_levels {
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
            && batch.may_grow(items.len(), batch.limits.value_items, Problem::TooManyItems, flags)
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
