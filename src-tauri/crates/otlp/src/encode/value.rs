use opentelemetry_proto::tonic::{
    common::v1::{
        AnyValue, ArrayValue, EntityRef as WireEntityRef, InstrumentationScope, KeyValue, KeyValueList,
        any_value,
    },
    resource::v1::Resource as WireResource,
};
use skep_model::{EntityRef, Resource, Scope, SpanId, Text, TraceId, Value};

pub(super) fn any_value(value: &Value) -> AnyValue {
    use any_value::Value::{
        ArrayValue as Array, BoolValue, BytesValue, DoubleValue, IntValue, KvlistValue, StringValue,
    };
    AnyValue {
        value: match value {
            Value::Empty => None,
            Value::Text(text) => Some(StringValue(text.to_string())),
            Value::Bool(bool) => Some(BoolValue(*bool)),
            Value::Int(int) => Some(IntValue(*int)),
            Value::Double(double) => Some(DoubleValue(*double)),
            Value::Bytes(bytes) => Some(BytesValue(bytes.to_vec())),
            Value::Array(items) => Some(Array(ArrayValue { values: items.iter().map(any_value).collect() })),
            Value::Map(entries) => Some(KvlistValue(KeyValueList { values: attributes(entries) })),
        },
    }
}

pub(super) fn attributes(attributes: &[(Text, Value)]) -> Vec<KeyValue> {
    let entry = |(key, value): &(Text, Value)| KeyValue {
        key: key.to_string(),
        value: Some(any_value(value)),
        key_strindex: 0,
    };
    attributes.iter().map(entry).collect()
}

/// A resource without its schema URL, which stands beside it.
pub(super) fn resource(resource: &Resource) -> WireResource {
    let Resource { attributes, dropped_attributes_count, schema_url: _, entity_refs } = resource;
    WireResource {
        attributes: self::attributes(attributes),
        dropped_attributes_count: *dropped_attributes_count,
        entity_refs: entity_refs.iter().map(entity_ref).collect(),
    }
}

fn entity_ref(EntityRef { schema_url, entity_type, id_keys, description_keys }: &EntityRef) -> WireEntityRef {
    let keys = |keys: &[Text]| keys.iter().map(ToString::to_string).collect();
    WireEntityRef {
        schema_url: schema_url.to_string(),
        r#type: entity_type.to_string(),
        id_keys: keys(id_keys),
        description_keys: keys(description_keys),
    }
}

/// A scope without its schema URL, which stands beside it.
pub(super) fn scope(scope: &Scope) -> InstrumentationScope {
    let Scope { name, version, attributes, dropped_attributes_count, schema_url: _ } = scope;
    InstrumentationScope {
        name: name.to_string(),
        version: version.to_string(),
        attributes: self::attributes(attributes),
        dropped_attributes_count: *dropped_attributes_count,
    }
}

/// An id's bytes; none where there is no id.
pub(super) fn trace_id(id: Option<TraceId>) -> Vec<u8> {
    id.map_or_else(Vec::new, |id| id.as_bytes().to_vec())
}

/// The same of a span's.
pub(super) fn span_id(id: Option<SpanId>) -> Vec<u8> {
    id.map_or_else(Vec::new, |id| id.as_bytes().to_vec())
}

/// An id that a record field holds as hexadecimal digits.
pub(super) fn trace_id_of(value: &Value) -> Vec<u8> {
    trace_id(value.as_str().and_then(|text| TraceId::from_hex(text).ok()))
}

/// The same of a span's.
pub(super) fn span_id_of(value: &Value) -> Vec<u8> {
    span_id(value.as_str().and_then(|text| SpanId::from_hex(text).ok()))
}

pub(super) fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// An unsigned number as record fields hold it: signed, or above that its digits.
pub(super) fn u64(value: &Value) -> u64 {
    match value {
        Value::Int(int) => u64::try_from(*int).unwrap_or(0),
        Value::Text(digits) => digits.parse().unwrap_or(0),
        _ => 0,
    }
}

pub(super) fn u32(value: &Value) -> u32 {
    u32::try_from(u64(value)).unwrap_or(0)
}

pub(super) fn i32(value: &Value) -> i32 {
    match value {
        Value::Int(int) => i32::try_from(*int).unwrap_or(0),
        _ => 0,
    }
}

pub(super) fn double(value: &Value) -> Option<f64> {
    match value {
        Value::Double(double) => Some(*double),
        _ => None,
    }
}
