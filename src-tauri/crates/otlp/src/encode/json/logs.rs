use super::common::{attribute, resource, scope, value};
use super::object::object;
use opentelemetry_proto::tonic::logs::v1::{LogRecord, ResourceLogs, ScopeLogs};

pub(super) fn resource_logs(out: &mut Vec<u8>, group: &ResourceLogs) {
    object(out, |json| {
        json.optional("resource", group.resource.as_ref(), resource);
        json.list("scopeLogs", &group.scope_logs, scope_logs);
        json.text("schemaUrl", &group.schema_url);
    });
}

fn scope_logs(out: &mut Vec<u8>, group: &ScopeLogs) {
    object(out, |json| {
        json.optional("scope", group.scope.as_ref(), scope);
        json.list("logRecords", &group.log_records, log_record);
        json.text("schemaUrl", &group.schema_url);
    });
}

fn log_record(out: &mut Vec<u8>, log: &LogRecord) {
    object(out, |json| {
        json.wide("timeUnixNano", log.time_unix_nano);
        json.wide("observedTimeUnixNano", log.observed_time_unix_nano);
        json.number("severityNumber", log.severity_number);
        json.text("severityText", &log.severity_text);
        json.optional("body", log.body.as_ref(), value);
        json.list("attributes", &log.attributes, attribute);
        json.number("droppedAttributesCount", log.dropped_attributes_count);
        json.number("flags", log.flags);
        json.id("traceId", &log.trace_id);
        json.id("spanId", &log.span_id);
        json.text("eventName", &log.event_name);
    });
}
