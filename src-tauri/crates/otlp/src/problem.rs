use crate::limits::{JSON_NODES_MAX, Limits, MESSAGES_MAX, REQUEST_VALUES_MAX};

/// Each kind of problem, the gravest first: the order of the sentences.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Problem {
    /// Framing broke between records: what follows in its envelope is unreadable.
    EnvelopeDamaged,
    SpanDamaged,
    SpanTraceId,
    SpanId,
    SpanEventDamaged,
    LinkDamaged,
    LinkId,
    LogDamaged,
    PointDamaged,
    EventDamaged,
    EventEmpty,
    EventTooWide,
    RequestTooLarge,
    RecordTooLarge,
    GroupDamaged,
    ParentId,
    LogId,
    ExemplarId,
    ForeignId,
    EventTime,
    EventDuration,
    Utf8,
    EnumName,
    WrongType,
    TextCut,
    TooDeep,
    TooManyAttributes,
    TooManyItems,
    TooManyValues,
}

/// How many kinds there are; [`Problem::TooManyValues`] is the last.
const N_KINDS: usize = Problem::TooManyValues as usize + 1;

const KINDS: [Problem; N_KINDS] = [
    Problem::EnvelopeDamaged,
    Problem::SpanDamaged,
    Problem::SpanTraceId,
    Problem::SpanId,
    Problem::SpanEventDamaged,
    Problem::LinkDamaged,
    Problem::LinkId,
    Problem::LogDamaged,
    Problem::PointDamaged,
    Problem::EventDamaged,
    Problem::EventEmpty,
    Problem::EventTooWide,
    Problem::RequestTooLarge,
    Problem::RecordTooLarge,
    Problem::GroupDamaged,
    Problem::ParentId,
    Problem::LogId,
    Problem::ExemplarId,
    Problem::ForeignId,
    Problem::EventTime,
    Problem::EventDuration,
    Problem::Utf8,
    Problem::EnumName,
    Problem::WrongType,
    Problem::TextCut,
    Problem::TooDeep,
    Problem::TooManyAttributes,
    Problem::TooManyItems,
    Problem::TooManyValues,
];

/// How often each kind was met.
#[derive(Default)]
pub(crate) struct Tally([u64; N_KINDS]);

impl Tally {
    pub(crate) fn note(&mut self, problem: Problem) {
        self.0[problem as usize] += 1;
    }

    /// The gravest [`MESSAGES_MAX`] kinds as sentences.
    pub(crate) fn sentences(&self, limits: &Limits) -> Vec<String> {
        KINDS
            .iter()
            .map(|problem| (problem, self.0[*problem as usize]))
            .filter(|(_, n)| *n > 0)
            .take(MESSAGES_MAX)
            .map(|(problem, n)| problem.sentence(n, limits))
            .collect()
    }
}

impl Problem {
    fn sentence(self, n: u64, limits: &Limits) -> String {
        let Limits { attributes, value_items, value_levels, request_events, .. } = *limits;
        match self {
            Problem::EnvelopeDamaged => format!(
                "{n} list(s) of records break off and the rest was rejected: check the exporter and whatever rewrites \
                 its requests"
            ),
            Problem::SpanDamaged => format!("{n} span(s) rejected, unreadable: check the exporter's encoder"),
            Problem::SpanTraceId => format!(
                "{n} span(s) rejected for their trace id: send 16 bytes that are not all zero, in JSON as 32 \
                 hexadecimal digits"
            ),
            Problem::SpanId => format!(
                "{n} span(s) rejected for their span id: send 8 bytes that are not all zero, in JSON as 16 \
                 hexadecimal digits"
            ),
            Problem::SpanEventDamaged => {
                format!("{n} span event(s) rejected, unreadable: check the exporter's encoder")
            }
            Problem::LinkDamaged => format!("{n} link(s) rejected, unreadable: check the exporter's encoder"),
            Problem::LinkId => format!(
                "{n} link(s) rejected for their ids: send a trace id of 16 and a span id of 8 bytes, not all zero"
            ),
            Problem::LogDamaged => {
                format!("{n} log record(s) rejected, unreadable: check the exporter's encoder")
            }
            Problem::PointDamaged => {
                format!("{n} metric(s) or data point(s) rejected, unreadable: check the exporter's encoder")
            }
            Problem::EventDamaged => {
                format!("{n} event(s) rejected, unreadable: each is an object with its fields in data")
            }
            Problem::EventEmpty => format!("{n} event(s) rejected because they have no fields"),
            Problem::EventTooWide => {
                format!("{n} event(s) rejected because they have more than {attributes} fields")
            }
            Problem::RequestTooLarge => format!(
                "{n} event(s) rejected because a request may hold {request_events}: send smaller batches"
            ),
            Problem::RecordTooLarge => format!(
                "{n} record(s) rejected because one may hold {JSON_NODES_MAX} JSON values: cut it on the way"
            ),
            Problem::GroupDamaged => {
                format!(
                    "{n} resource(s) or scope(s) kept in part, the rest is unreadable: check the exporter"
                )
            }
            Problem::ParentId => {
                format!("{n} parent id(s) dropped: send 8 bytes, or nothing for a root span")
            }
            Problem::LogId => format!(
                "{n} trace or span id(s) of log records dropped: send 16 and 8 bytes, or nothing outside a span"
            ),
            Problem::ExemplarId => {
                format!(
                    "{n} id(s) of exemplars dropped: send 16 and 8 bytes that are not all zero, or nothing"
                )
            }
            Problem::ForeignId => format!(
                "{n} id(s) that are not 16 or 8 bytes in hexadecimal were replaced by a hash, their texts kept beside"
            ),
            Problem::EventTime => format!(
                "{n} time(s) could not be read, and the time of arrival was taken: send RFC 3339 or Unix seconds"
            ),
            Problem::EventDuration => {
                format!("{n} duration(s) are no length of time and were kept as fields only")
            }
            Problem::Utf8 => {
                format!("{n} text(s) were not UTF-8: their bad bytes were replaced by U+FFFD; send UTF-8")
            }
            Problem::EnumName => {
                format!("{n} enum(s) sent by name were read: OTLP/JSON asks for their numbers")
            }
            Problem::WrongType => {
                format!("{n} field(s) of another type than OTLP/JSON asks for: read as far as possible")
            }
            Problem::TextCut => format!("{n} text(s) or byte string(s) were over their cap and cut"),
            Problem::TooDeep => {
                format!("{n} value(s) nested deeper than {value_levels} were folded to …")
            }
            Problem::TooManyAttributes => {
                format!("{n} attribute(s) dropped: a record or a map keeps {attributes}")
            }
            Problem::TooManyItems => format!("{n} item(s) dropped: an array keeps {value_items}"),
            Problem::TooManyValues => format!(
                "{n} value(s) dropped because a request may hold {REQUEST_VALUES_MAX}: send smaller batches"
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_stand_in_order_and_the_gravest_speak_first() {
        assert!(KINDS.iter().enumerate().all(|(idx, kind)| *kind as usize == idx));
        let mut tally = Tally::default();
        for kind in KINDS.iter().rev() {
            tally.note(*kind);
        }
        let sentences = tally.sentences(&Limits::default());
        assert_eq!(sentences.len(), MESSAGES_MAX);
        assert_eq!(sentences[2], Problem::SpanTraceId.sentence(1, &Limits::default()));
    }
}
