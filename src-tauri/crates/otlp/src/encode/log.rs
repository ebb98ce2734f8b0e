use super::value::{any_value, attributes, i32, span_id, text, trace_id, u32, u64};
use opentelemetry_proto::tonic::logs::v1::LogRecord;
use skep_model::{Event, fields};

pub(super) fn log(event: &Event) -> LogRecord {
    let mut log = LogRecord {
        time_unix_nano: event.time.0,
        trace_id: trace_id(event.trace_id),
        span_id: span_id(event.parent_id),
        event_name: event.name.to_string(),
        attributes: attributes(&event.attributes),
        ..LogRecord::default()
    };
    for (field, value) in &event.record {
        match *field {
            fields::BODY => log.body = Some(any_value(value)),
            fields::SEVERITY_CODE => log.severity_number = i32(value),
            fields::SEVERITY_TEXT => log.severity_text = text(value),
            fields::OBSERVED_TIME => log.observed_time_unix_nano = u64(value),
            fields::TIME_UNSET => log.time_unix_nano = 0,
            fields::FLAGS => log.flags = u32(value),
            fields::DROPPED_ATTRIBUTES => log.dropped_attributes_count = u32(value),
            _ => {}
        }
    }
    log
}
