use super::object::{Object, object};
use opentelemetry_proto::tonic::{
    common::v1::{AnyValue, EntityRef, InstrumentationScope, KeyValue, any_value},
    resource::v1::Resource,
};

pub(super) fn resource(out: &mut Vec<u8>, resource: &Resource) {
    object(out, |json| {
        json.list("attributes", &resource.attributes, attribute);
        json.number("droppedAttributesCount", resource.dropped_attributes_count);
        json.list("entityRefs", &resource.entity_refs, entity_ref);
    });
}

fn entity_ref(out: &mut Vec<u8>, entity: &EntityRef) {
    object(out, |json| {
        // `opentelemetry-proto` of Rust reads none without all four.
        json.text_even_default("schemaUrl", &entity.schema_url);
        json.text_even_default("type", &entity.r#type);
        json.texts_even_default("idKeys", &entity.id_keys);
        json.texts_even_default("descriptionKeys", &entity.description_keys);
    });
}

pub(super) fn scope(out: &mut Vec<u8>, scope: &InstrumentationScope) {
    object(out, |json| {
        json.text("name", &scope.name);
        json.text("version", &scope.version);
        json.list("attributes", &scope.attributes, attribute);
        json.number("droppedAttributesCount", scope.dropped_attributes_count);
    });
}

pub(super) fn attribute(out: &mut Vec<u8>, attribute: &KeyValue) {
    object(out, |json| {
        json.text_even_default("key", &attribute.key);
        json.optional("value", attribute.value.as_ref(), value);
    });
}

pub(super) fn value(out: &mut Vec<u8>, value: &AnyValue) {
    use any_value::Value;
    object(out, |json| match &value.value {
        None | Some(Value::StringValueStrindex(_)) => {}
        Some(Value::StringValue(text)) => json.text_even_default("stringValue", text),
        Some(Value::BoolValue(bool)) => json.bool_even_default("boolValue", *bool),
        Some(Value::IntValue(int)) => json.wide_even_default("intValue", *int),
        Some(Value::DoubleValue(double)) => json.double_even_default("doubleValue", *double),
        Some(Value::BytesValue(bytes)) => json.bytes_even_default("bytesValue", bytes),
        Some(Value::ArrayValue(array)) => nested(json, "arrayValue", &array.values, self::value),
        Some(Value::KvlistValue(map)) => nested(json, "kvlistValue", &map.values, attribute),
    });
}

fn nested<T>(json: &mut Object<'_>, name: &str, values: &[T], put: impl Fn(&mut Vec<u8>, &T)) {
    object(json.member(name), |json| json.list_even_default("values", values, put));
}
