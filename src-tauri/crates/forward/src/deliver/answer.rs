//! What an answer means (OTLP specification, "OTLP/HTTP Response", and what Honeycomb's servers do beyond it).

use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceResponse;
use prost::Message;
use reqwest::StatusCode;
use reqwest::header::{CONTENT_TYPE, HeaderMap, LOCATION, RETRY_AFTER};
use serde::Deserialize;
use serde_json::Value;
use skep_model::{Encoding, Nanos};
use std::time::{Duration, UNIX_EPOCH};

/// Characters of a destination's own words that are kept.
const MESSAGE_CHARS_LIMIT: usize = 300;

/// An answer, its body cut at the limit.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

/// What to do after a try. Reasons are one sentence for the user.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It was taken, but for so many spans, records or points; with what was said of it. Never sent again.
    Accepted(Accepted),
    /// Later, for ever if need be; not before the time that was asked for.
    Retry { after: Option<Duration>, reason: String },
    /// Later, a few times: the specification calls it permanent, practice does not.
    RetryFew { reason: String },
    /// Something in it is not wanted: the rest has to be told apart from it.
    Split { reason: String },
    /// It is too much at once.
    Halve { reason: String },
    /// Honeycomb's own form is not taken there; OTLP may be.
    AsOtlp { reason: String },
    /// It will never be taken, and what follows may be.
    Refuse { reason: String },
    /// Nothing will be taken until a person changes something.
    Pause { reason: String },
}

/// A yes, in full or in part.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Accepted {
    pub(crate) n_rejected: u64,
    pub(crate) message: Option<String>,
    /// The answer could not be read: that it was a yes is all that is known.
    pub(crate) is_unread: bool,
    /// Of a batch of Honeycomb's, which events were rejected.
    pub(crate) rejected: Vec<usize>,
}

/// Judges the answer to a request of so many events. `now` is for waits that are given as a date.
pub(crate) fn judge(answer: &Answer, now: Nanos, encoding: Encoding, n_events: u64) -> Verdict {
    let code = answer.status.as_u16();
    let said = |sentence: &str| match message(answer) {
        Some(message) => format!("{sentence} ({code}): {message}"),
        None => format!("{sentence} ({code})"),
    };
    match code {
        200..=299 if encoding.is_honeycomb() => accepted_singly(answer, encoding, n_events),
        200..=299 => accepted(answer),
        300..=399 => Verdict::Pause { reason: moved(answer) },
        400 | 422 => Verdict::Split { reason: said("the destination cannot use the data") },
        413 => Verdict::Halve { reason: said("the destination cannot take so much at once") },
        // A key that may send events need not be one that may set markers.
        401 | 403 if encoding == Encoding::HoneycombMarker => {
            Verdict::Refuse { reason: said("the key may not set markers") }
        }
        // OTLP may be taken there all the same.
        404 | 405 | 415 if encoding.is_honeycomb() => Verdict::AsOtlp {
            reason: said("the destination does not take events of Honeycomb's own senders"),
        },
        401 | 403 => Verdict::Pause { reason: said("the destination does not take the key") },
        404 | 405 => Verdict::Pause { reason: said("no OTLP receiver is at this address") },
        415 => Verdict::Pause { reason: said("the destination does not take this encoding") },
        408 | 500 => Verdict::RetryFew { reason: said("the destination failed") },
        429 => Verdict::Retry {
            after: retry_after(&answer.headers, now),
            reason: said("the destination asks for patience"),
        },
        502..=504 => Verdict::Retry {
            after: retry_after(&answer.headers, now),
            reason: said("the destination is not available"),
        },
        // Not to be repeated, says the specification; nothing says that the data is at fault either. So it is kept.
        _ => Verdict::Pause { reason: said("the destination gave an answer that OTLP does not know") },
    }
}

fn accepted(answer: &Answer) -> Verdict {
    // What cannot be read on a 200 was accepted all the same: repeating it for the sake of its answer would double it.
    let partial = if is_json(answer) { partial_json(answer) } else { partial_protobuf(&answer.body) };
    Verdict::Accepted(partial.unwrap_or(Accepted { is_unread: true, ..Accepted::default() }))
}

/// What Honeycomb answers of one event of a batch.
#[derive(Deserialize)]
struct EventStatus {
    status: u16,
    error: Option<String>,
}

/// Honeycomb's answer to a batch: one status for each event, in the batch's encoding. Events without one were not
/// taken; a marker's answer is no list.
fn accepted_singly(answer: &Answer, encoding: Encoding, n_events: u64) -> Verdict {
    let statuses: Option<Vec<EventStatus>> = match content_type(answer).contains("msgpack") {
        true => rmp_serde::from_slice(&answer.body).ok(),
        false => serde_json::from_slice(&answer.body).ok(),
    };
    let Some(statuses) = statuses else {
        let is_unread = encoding != Encoding::HoneycombMarker;
        return Verdict::Accepted(Accepted { is_unread, ..Accepted::default() });
    };
    let is_accepted = |event: &EventStatus| matches!(event.status, 200..=299);
    // Of events that Skep could not keep there is a status too.
    let n_accepted = statuses.iter().filter(|status| is_accepted(status)).count() as u64;
    let n_rejected = n_events.saturating_sub(n_accepted);
    if n_rejected == 0 {
        return Verdict::Accepted(Accepted::default());
    }
    let n_items = statuses.len().max(usize::try_from(n_events).unwrap_or(usize::MAX));
    let rejected: Vec<usize> =
        (0..n_items).filter(|idx| !statuses.get(*idx).is_some_and(is_accepted)).collect();
    let message = rejected.iter().find_map(|idx| statuses.get(*idx)?.error.as_deref());
    Verdict::Accepted(Accepted { n_rejected, message: message.and_then(tidy), is_unread: false, rejected })
}

/// The three signals' responses are the same on the wire: `partial_success` is field 1, and in it the count is field 1
/// and the text field 2.
pub(crate) fn partial_protobuf(body: &[u8]) -> Option<Accepted> {
    let response = ExportTraceServiceResponse::decode(body).ok()?;
    Some(response.partial_success.map_or_else(Accepted::default, |partial| Accepted {
        n_rejected: u64::try_from(partial.rejected_spans).unwrap_or(0),
        message: tidy(&partial.error_message),
        ..Accepted::default()
    }))
}

fn partial_json(answer: &Answer) -> Option<Accepted> {
    let json = serde_json::from_slice::<Value>(&answer.body).ok().filter(Value::is_object)?;
    let partial = &json["partialSuccess"];
    // 64-bit integers are texts in ProtoJSON, and numbers in many a server.
    let count = |value: &Value| value.as_u64().or_else(|| value.as_str()?.parse().ok());
    let n_rejected = ["rejectedSpans", "rejectedLogRecords", "rejectedDataPoints"]
        .into_iter()
        .find_map(|name| count(&partial[name]))
        .unwrap_or(0);
    let message = partial["errorMessage"].as_str().and_then(tidy);
    Some(Accepted { n_rejected, message, ..Accepted::default() })
}

fn is_json(answer: &Answer) -> bool {
    content_type(answer).contains("json")
}

fn content_type(answer: &Answer) -> &str {
    answer.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

/// `google.rpc.Status`, the body of an OTLP error, but for its details.
#[derive(Message)]
struct RpcStatus {
    #[prost(string, tag = "2")]
    message: String,
}

/// What an error's body says: OTLP's status in either encoding, Honeycomb's `{"error": ...}`, or plain text.
pub(crate) fn message(answer: &Answer) -> Option<String> {
    if is_json(answer) {
        let json: Value = serde_json::from_slice(&answer.body).ok()?;
        let said = ["message", "error", "detail", "title"].into_iter().find_map(|name| json[name].as_str());
        return tidy(said?);
    }
    let content_type = content_type(answer);
    if content_type.contains("protobuf") {
        return tidy(&RpcStatus::decode(answer.body.as_slice()).ok()?.message);
    }
    // A page made for a browser says nothing in a sentence.
    if content_type.contains("html") {
        return None;
    }
    tidy(std::str::from_utf8(&answer.body).ok()?)
}

/// One line of bounded length; nothing if it says nothing.
pub(crate) fn tidy(text: &str) -> Option<String> {
    let words: Vec<&str> =
        text.split(|c: char| c.is_whitespace() || c.is_control()).filter(|w| !w.is_empty()).collect();
    let line: String = words.join(" ").chars().take(MESSAGE_CHARS_LIMIT).collect();
    (!line.is_empty()).then_some(line)
}

/// Never followed: a key in a header of one's own would go along to wherever it leads.
fn moved(answer: &Answer) -> String {
    let code = answer.status.as_u16();
    let location = answer.headers.get(LOCATION).and_then(|value| value.to_str().ok()).and_then(tidy);
    match location {
        Some(location) => {
            format!("the address has moved ({code}) to {location}; enter the new one if you trust it")
        }
        None => format!("the address has moved ({code}), and the answer does not say where"),
    }
}

/// `Retry-After` in seconds or as a date (RFC 9110, section 10.2.3).
fn retry_after(headers: &HeaderMap, now: Nanos) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let date = httpdate::parse_http_date(text).ok()?.duration_since(UNIX_EPOCH).ok()?;
    Some(date.saturating_sub(Duration::from_nanos(now.0)))
}
