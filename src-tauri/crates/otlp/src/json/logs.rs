use super::node::Node;
use super::{common, scalar};
use crate::batch::{Batch, Group};
use crate::build::LogDraft;
use skep_model::EventFlags;

const SEVERITY_NAMES: [(&str, i32); 25] = [
    ("SEVERITY_NUMBER_UNSPECIFIED", 0),
    ("SEVERITY_NUMBER_TRACE", 1),
    ("SEVERITY_NUMBER_TRACE2", 2),
    ("SEVERITY_NUMBER_TRACE3", 3),
    ("SEVERITY_NUMBER_TRACE4", 4),
    ("SEVERITY_NUMBER_DEBUG", 5),
    ("SEVERITY_NUMBER_DEBUG2", 6),
    ("SEVERITY_NUMBER_DEBUG3", 7),
    ("SEVERITY_NUMBER_DEBUG4", 8),
    ("SEVERITY_NUMBER_INFO", 9),
    ("SEVERITY_NUMBER_INFO2", 10),
    ("SEVERITY_NUMBER_INFO3", 11),
    ("SEVERITY_NUMBER_INFO4", 12),
    ("SEVERITY_NUMBER_WARN", 13),
    ("SEVERITY_NUMBER_WARN2", 14),
    ("SEVERITY_NUMBER_WARN3", 15),
    ("SEVERITY_NUMBER_WARN4", 16),
    ("SEVERITY_NUMBER_ERROR", 17),
    ("SEVERITY_NUMBER_ERROR2", 18),
    ("SEVERITY_NUMBER_ERROR3", 19),
    ("SEVERITY_NUMBER_ERROR4", 20),
    ("SEVERITY_NUMBER_FATAL", 21),
    ("SEVERITY_NUMBER_FATAL2", 22),
    ("SEVERITY_NUMBER_FATAL3", 23),
    ("SEVERITY_NUMBER_FATAL4", 24),
];

/// `LogRecord`.
pub(super) fn read_log(batch: &mut Batch, group: &Group, node: &Node<'_>) {
    let mut flags = EventFlags::default();
    let draft = LogDraft {
        time_ns: scalar::u64(batch, node, "timeUnixNano", &mut flags),
        observed_time_ns: scalar::u64(batch, node, "observedTimeUnixNano", &mut flags),
        severity_number: scalar::enumeration(batch, node, "severityNumber", &SEVERITY_NAMES, &mut flags),
        severity_text: Some(scalar::name(batch, node, "severityText", &mut flags)),
        event_name: Some(scalar::name(batch, node, "eventName", &mut flags)),
        body: common::value(batch, node, "body", &mut flags),
        attributes: common::attributes(batch, node, "attributes", &mut flags),
        dropped_attributes: scalar::u32(batch, node, "droppedAttributesCount", &mut flags),
        trace_flags: scalar::u32(batch, node, "flags", &mut flags),
        trace_id: scalar::id(node, "traceId"),
        span_id: scalar::id(node, "spanId"),
        flags,
    };
    draft.push(batch, group);
}
