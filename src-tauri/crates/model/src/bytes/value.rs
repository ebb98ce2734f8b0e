//! Values in bytes, and back.
//!
//! ```text
//! value  := tag payload
//! tag    := 0 empty | 1 text | 2 false | 3 true | 4 int | 5 double | 6 bytes | 7 array | 8 map
//! text   := length bytes          int    := zigzag varint
//! double := 8 bytes               array  := count value*
//! bytes  := length bytes          map    := count (text value)*
//! ```

use super::{Input, put_bytes, put_varint, unzigzag, zigzag};
use crate::{Attributes, EntityRef, Resource, Scope, Text, Value};
use std::sync::Arc;

/// Values nest no deeper than what is received; damage must not overflow the stack.
const LEVELS_MAX: usize = 128;

/// The first byte of a value.
pub(crate) mod tag {
    pub(crate) const EMPTY: u8 = 0;
    pub(crate) const TEXT: u8 = 1;
    pub(crate) const FALSE: u8 = 2;
    pub(crate) const TRUE: u8 = 3;
    pub(crate) const INT: u8 = 4;
    pub(crate) const DOUBLE: u8 = 5;
    pub(crate) const BYTES: u8 = 6;
    pub(crate) const ARRAY: u8 = 7;
    pub(crate) const MAP: u8 = 8;
}

/// Appends a value.
pub fn put_value(out: &mut Vec<u8>, value: &Value) {
    match value {
        Value::Empty => out.push(tag::EMPTY),
        Value::Text(text) => {
            out.push(tag::TEXT);
            put_bytes(out, text.as_bytes());
        }
        Value::Bool(bool) => out.push(if *bool { tag::TRUE } else { tag::FALSE }),
        Value::Int(int) => {
            out.push(tag::INT);
            put_varint(out, zigzag(*int));
        }
        Value::Double(double) => {
            out.push(tag::DOUBLE);
            out.extend_from_slice(&double.to_bits().to_le_bytes());
        }
        Value::Bytes(bytes) => {
            out.push(tag::BYTES);
            put_bytes(out, bytes);
        }
        Value::Array(items) => {
            out.push(tag::ARRAY);
            put_varint(out, items.len() as u64);
            items.iter().for_each(|item| put_value(out, item));
        }
        Value::Map(entries) => {
            out.push(tag::MAP);
            put_varint(out, entries.len() as u64);
            for (key, value) in entries.iter() {
                put_bytes(out, key.as_bytes());
                put_value(out, value);
            }
        }
    }
}

/// The value that stands next.
pub fn value(input: &mut Input<'_>) -> Option<Value> {
    value_below(input, LEVELS_MAX)
}

fn value_below(input: &mut Input<'_>, levels: usize) -> Option<Value> {
    let levels = levels.checked_sub(1)?;
    Some(match input.byte()? {
        tag::EMPTY => Value::Empty,
        tag::TEXT => Value::Text(Text::from(input.text()?)),
        tag::FALSE => Value::Bool(false),
        tag::TRUE => Value::Bool(true),
        tag::INT => Value::Int(unzigzag(input.varint()?)),
        tag::DOUBLE => Value::Double(f64::from_bits(u64::from_le_bytes(input.array()?))),
        tag::BYTES => Value::Bytes(Arc::from(input.bytes()?)),
        tag::ARRAY => {
            let n = input.count()?;
            let items: Option<Vec<Value>> = (0..n).map(|_| value_below(input, levels)).collect();
            Value::Array(items?.into())
        }
        tag::MAP => {
            let n = input.count()?;
            let entries: Option<Vec<(Text, Value)>> =
                (0..n).map(|_| Some((Text::from(input.text()?), value_below(input, levels)?))).collect();
            Value::Map(entries?.into())
        }
        _ => return None,
    })
}

/// Passes the value that stands next, and makes sure that it is one.
pub fn skip_value(input: &mut Input<'_>) -> Option<()> {
    match *input.rest().first()? {
        // Nearly all of them, which need no room of their own to be looked at.
        tag::TEXT => {
            input.byte()?;
            input.text().map(drop)
        }
        _ => value(input).map(drop),
    }
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

/// Appends a resource without its entities, which [`put_entities`] writes.
pub fn put_resource(out: &mut Vec<u8>, resource: &Resource) {
    let Resource { attributes, dropped_attributes_count, schema_url, entity_refs: _ } = resource;
    put_attributes(out, attributes);
    put_varint(out, u64::from(*dropped_attributes_count));
    put_bytes(out, schema_url.as_bytes());
}

/// The resource that stands next.
pub fn resource(input: &mut Input<'_>) -> Option<Resource> {
    Some(Resource {
        attributes: attributes(input)?,
        dropped_attributes_count: input.u32()?,
        schema_url: Text::from(input.text()?),
        entity_refs: Vec::new(),
    })
}

/// Appends the entities of a resource.
pub fn put_entities(out: &mut Vec<u8>, entities: &[EntityRef]) {
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

/// The entities of a resource that stand next.
pub fn entities(input: &mut Input<'_>) -> Option<Vec<EntityRef>> {
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

/// Appends a scope.
pub fn put_scope(out: &mut Vec<u8>, scope: &Scope) {
    let Scope { name, version, attributes, dropped_attributes_count, schema_url } = scope;
    put_bytes(out, name.as_bytes());
    put_bytes(out, version.as_bytes());
    put_attributes(out, attributes);
    put_varint(out, u64::from(*dropped_attributes_count));
    put_bytes(out, schema_url.as_bytes());
}

/// The scope that stands next.
pub fn scope(input: &mut Input<'_>) -> Option<Scope> {
    Some(Scope {
        name: Text::from(input.text()?),
        version: Text::from(input.text()?),
        attributes: attributes(input)?,
        dropped_attributes_count: input.u32()?,
        schema_url: Text::from(input.text()?),
    })
}
