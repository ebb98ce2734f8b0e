//! Values in bytes, and back.
//!
//! ```text
//! value  := tag payload
//! tag    := 0 empty | 1 text | 2 false | 3 true | 4 int | 5 double | 6 bytes | 7 array | 8 map
//! text   := length bytes          int    := zigzag varint
//! double := 8 bytes               array  := count value*
//! bytes  := length bytes          map    := count (text value)*
//! ```

use super::bytes::{Input, put_bytes, put_varint, unzigzag, zigzag};
use skep_model::{Attributes, EntityRef, Resource, Scope, Text, Value};
use std::sync::Arc;

/// Values nest no deeper than what is received; damage must not overflow the stack.
const LEVELS_MAX: usize = 128;

pub(crate) fn put_value(out: &mut Vec<u8>, value: &Value) {
    match value {
        Value::Empty => out.push(0),
        Value::Text(text) => {
            out.push(1);
            put_bytes(out, text.as_bytes());
        }
        Value::Bool(bool) => out.push(2 + u8::from(*bool)),
        Value::Int(int) => {
            out.push(4);
            put_varint(out, zigzag(*int));
        }
        Value::Double(double) => {
            out.push(5);
            out.extend_from_slice(&double.to_bits().to_le_bytes());
        }
        Value::Bytes(bytes) => {
            out.push(6);
            put_bytes(out, bytes);
        }
        Value::Array(items) => {
            out.push(7);
            put_varint(out, items.len() as u64);
            items.iter().for_each(|item| put_value(out, item));
        }
        Value::Map(entries) => {
            out.push(8);
            put_varint(out, entries.len() as u64);
            for (key, value) in entries.iter() {
                put_bytes(out, key.as_bytes());
                put_value(out, value);
            }
        }
    }
}

pub(crate) fn value(input: &mut Input<'_>) -> Option<Value> {
    value_below(input, LEVELS_MAX)
}

fn value_below(input: &mut Input<'_>, levels: usize) -> Option<Value> {
    let levels = levels.checked_sub(1)?;
    Some(match input.byte()? {
        0 => Value::Empty,
        1 => Value::Text(Text::from(input.text()?)),
        2 => Value::Bool(false),
        3 => Value::Bool(true),
        4 => Value::Int(unzigzag(input.varint()?)),
        5 => Value::Double(f64::from_bits(u64::from_le_bytes(input.array()?))),
        6 => Value::Bytes(Arc::from(input.bytes()?)),
        7 => {
            let n = input.count()?;
            let items: Option<Vec<Value>> = (0..n).map(|_| value_below(input, levels)).collect();
            Value::Array(items?.into())
        }
        8 => {
            let n = input.count()?;
            let entries: Option<Vec<(Text, Value)>> =
                (0..n).map(|_| Some((Text::from(input.text()?), value_below(input, levels)?))).collect();
            Value::Map(entries?.into())
        }
        _ => return None,
    })
}

fn put_attributes(out: &mut Vec<u8>, attributes: &Attributes) {
    put_varint(out, attributes.len() as u64);
    for (key, value) in attributes {
        put_bytes(out, key.as_bytes());
        put_value(out, value);
    }
}

fn attributes(input: &mut Input<'_>) -> Option<Attributes> {
    let n = input.count()?;
    (0..n).map(|_| Some((Text::from(input.text()?), value(input)?))).collect()
}

pub(crate) fn put_resource(out: &mut Vec<u8>, resource: &Resource) {
    // Its entities stand behind the header, see `put_entities`.
    let Resource { attributes, dropped_attributes_count, schema_url, entity_refs: _ } = resource;
    put_attributes(out, attributes);
    put_varint(out, u64::from(*dropped_attributes_count));
    put_bytes(out, schema_url.as_bytes());
}

pub(crate) fn resource(input: &mut Input<'_>) -> Option<Resource> {
    Some(Resource {
        attributes: attributes(input)?,
        dropped_attributes_count: input.u32()?,
        schema_url: Text::from(input.text()?),
        entity_refs: Vec::new(),
    })
}

pub(crate) fn put_entities(out: &mut Vec<u8>, entities: &[EntityRef]) {
    put_varint(out, entities.len() as u64);
    for EntityRef { schema_url, entity_type, id_keys, description_keys } in entities {
        put_bytes(out, schema_url.as_bytes());
        put_bytes(out, entity_type.as_bytes());
        for keys in [id_keys, description_keys] {
            put_varint(out, keys.len() as u64);
            keys.iter().for_each(|key| put_bytes(out, key.as_bytes()));
        }
    }
}

pub(crate) fn entities(input: &mut Input<'_>) -> Option<Vec<EntityRef>> {
    let n = input.count()?;
    let entity = |input: &mut Input<'_>| {
        Some(EntityRef {
            schema_url: Text::from(input.text()?),
            entity_type: Text::from(input.text()?),
            id_keys: keys(input)?,
            description_keys: keys(input)?,
        })
    };
    (0..n).map(|_| entity(input)).collect()
}

fn keys(input: &mut Input<'_>) -> Option<Vec<Text>> {
    let n = input.count()?;
    (0..n).map(|_| Some(Text::from(input.text()?))).collect()
}

pub(crate) fn put_scope(out: &mut Vec<u8>, scope: &Scope) {
    let Scope { name, version, attributes, dropped_attributes_count, schema_url } = scope;
    put_bytes(out, name.as_bytes());
    put_bytes(out, version.as_bytes());
    put_attributes(out, attributes);
    put_varint(out, u64::from(*dropped_attributes_count));
    put_bytes(out, schema_url.as_bytes());
}

pub(crate) fn scope(input: &mut Input<'_>) -> Option<Scope> {
    Some(Scope {
        name: Text::from(input.text()?),
        version: Text::from(input.text()?),
        attributes: attributes(input)?,
        dropped_attributes_count: input.u32()?,
        schema_url: Text::from(input.text()?),
    })
}
