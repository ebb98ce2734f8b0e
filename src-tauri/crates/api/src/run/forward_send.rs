//! What a person does with the tee: try, look before it leaves, send by hand, look at what was refused.

use super::forward::{id, key_kind, secrets};
use super::{range, trace};
use crate::error::{ApiError, ErrorCode};
use crate::wire::*;
use skep_engine::forward::{ByHand, Check, Checked, Previewed, Secret};
use skep_engine::model::{Event, EventKind, Value, fields};
use skep_engine::{Engine, ExportWhich, LetterView, SendError};

/// Letters of one reply.
const LETTERS_MAX: u32 = 200;

/// Bytes of a letter's content in a reply.
const CONTENT_BYTES_MAX: usize = 64 << 10;

/// Characters of a value in a preview.
const VALUE_CHARS_MAX: usize = 1_000;

impl From<SendError> for ApiError {
    fn from(error: SendError) -> Self {
        match error {
            SendError::Read(error) => error.into(),
            SendError::Forward(error) => error.into(),
        }
    }
}

pub(super) async fn check(
    engine: &Engine,
    request: ForwardCheckRequest,
) -> Result<ForwardCheckReply, ApiError> {
    let ForwardCheckRequest { id: known, url, key, headers } = request;
    let check = Check {
        id: known.as_deref().map(id).transpose()?,
        url,
        key: key.map(Secret::new),
        headers: headers.map(secrets),
    };
    let Checked { is_ready, sentence, place: _, kind, rights, warnings } =
        engine.forwarder().check(check).await?;
    Ok(ForwardCheckReply { ready: is_ready, sentence, kind: key_kind(kind), rights, warnings })
}

pub(super) async fn send(engine: &Engine, request: &ForwardSendRequest) -> Result<ForwardSent, ApiError> {
    let ForwardSendRequest { id: destination, trace_id, filter, start_ns, end_ns } = request;
    let which = match trace_id {
        Some(_) if filter.is_some() || start_ns.is_some() || end_ns.is_some() => {
            let message = "a trace is sent whole: it has neither a filter nor a time";
            return Err(ApiError::new(ErrorCode::BadRequest, message.to_owned()));
        }
        Some(trace_id) => ExportWhich::Trace(trace::trace_id(trace_id)?),
        None => ExportWhich::Matching {
            filter: filter.clone().unwrap_or_default(),
            range: range(start_ns.as_deref(), end_ns.as_deref())?,
        },
    };
    Ok(sent(engine.send_to(id(destination)?, which).await?))
}

pub(super) async fn letters(
    engine: &Engine,
    request: &ForwardLettersRequest,
) -> Result<ForwardLettersReply, ApiError> {
    let letters = engine.letters(id(&request.id)?, request.limit.min(LETTERS_MAX)).await?;
    Ok(ForwardLettersReply { letters: letters.into_iter().map(letter).collect() })
}

pub(super) async fn resend(engine: &Engine, request: &ForwardLettersOf) -> Result<ForwardSent, ApiError> {
    Ok(sent(engine.forwarder().resend(id(&request.id)?, letter_ids(request)?).await?))
}

pub(super) async fn forget(engine: &Engine, request: &ForwardLettersOf) -> Result<(), ApiError> {
    Ok(engine.forwarder().forget_letters(id(&request.id)?, letter_ids(request)?).await?)
}

pub(super) fn preview(
    engine: &Engine,
    request: ForwardPreviewRequest,
) -> Result<ForwardPreviewReply, ApiError> {
    let ForwardPreviewRequest { policy, nth } = request;
    let Some((before, previewed)) = engine.preview(&policy.into(), nth as usize)? else {
        return Ok(ForwardPreviewReply { title: None, left_out: None, fields: Vec::new() });
    };
    let Previewed { events: after, n_filtered, n_sampled, tally: _ } = previewed;
    let left_out = match (n_filtered, n_sampled) {
        (0, 0) => None,
        (0, _) => Some("sampled"),
        (_, _) => Some("filtered"),
    };
    let title = before.first().map(title);
    let pairs = before.iter().zip(&after);
    let fields = pairs.flat_map(|(before, after)| compared(before, after)).collect();
    Ok(ForwardPreviewReply { title, left_out: left_out.map(str::to_owned), fields })
}

pub(super) fn estimate(
    engine: &Engine,
    request: ForwardEstimateRequest,
) -> Result<ForwardEstimateReply, ApiError> {
    let estimate = engine.estimate(&request.policy.into())?;
    let month = estimate.month();
    Ok(ForwardEstimateReply {
        events: estimate.n_events,
        leaving: estimate.n_leaving,
        filtered: estimate.n_filtered,
        sampled: estimate.n_sampled,
        span_ms: estimate.span.as_secs_f64() * 1e3,
        last_minute: estimate.last_minute,
        last_minute_leaving: estimate.last_minute_leaving,
        month: month.map(|(all, _)| all),
        month_leaving: month.map(|(_, leaving)| leaving),
        found: estimate.tally.0,
    })
}

fn sent(came: ByHand) -> ForwardSent {
    let ByHand { acknowledged, refused, unsent, reason } = came;
    ForwardSent { acknowledged, refused, unsent, reason }
}

fn letter_ids(request: &ForwardLettersOf) -> Result<Option<Vec<u64>>, ApiError> {
    let of = |text: &String| {
        text.parse().map_err(|_| ApiError::new(ErrorCode::NotFound, format!("there is no letter {text:?}")))
    };
    request.letters.as_ref().map(|letters| letters.iter().map(of).collect()).transpose()
}

fn letter(view: LetterView) -> ForwardLetter {
    let LetterView { id, refused_at, signal, n_events, reason, events, mut content } = view;
    content.truncate(content.floor_char_boundary(CONTENT_BYTES_MAX));
    ForwardLetter {
        id: id.to_string(),
        refused_ns: refused_at.to_string(),
        signal: signal.as_str().to_owned(),
        events: n_events,
        reason,
        summary: events.first().map(title).unwrap_or_default(),
        trace_id: events.first().and_then(|event| event.trace_id).map(|id| id.to_string()),
        content,
    }
}

/// A record in a few words.
fn title(event: &Event) -> String {
    let service = event.resource.service_name().unwrap_or(fields::UNKNOWN_SERVICE);
    match (event.kind, event.record_field(fields::BODY)) {
        (EventKind::Log, Some(body)) => {
            format!("{service} {}", shown(body).chars().take(80).collect::<String>())
        }
        _ => format!("{service} {}", event.name),
    }
}

/// Each field of an event, before and after.
fn compared(before: &Event, after: &Event) -> Vec<ForwardPreviewField> {
    let mut left = listed(after);
    let mut fields = Vec::new();
    for (place, key, value) in listed(before) {
        let at = left.iter().position(|(other_place, other, _)| *other_place == place && *other == key);
        let after = at.map(|at| left.remove(at).2);
        fields.push(ForwardPreviewField { place, key, before: Some(value), after });
    }
    // What the policy adds, and keys that it has changed.
    fields.extend(left.into_iter().map(|(place, key, value)| ForwardPreviewField {
        place,
        key,
        before: None,
        after: Some(value),
    }));
    fields
}

/// Place, key and value of every text that an event carries.
fn listed(event: &Event) -> Vec<(String, String, String)> {
    let own = match event.kind {
        EventKind::SpanEvent => format!("event {}", event.name),
        EventKind::Link => "link".to_owned(),
        EventKind::Span | EventKind::Log | EventKind::MetricPoint => "event".to_owned(),
    };
    let mut all = Vec::new();
    let mut put = |place: &str, key: &str, value: String| all.push((place.to_owned(), key.to_owned(), value));
    if !event.name.is_empty() && event.kind != EventKind::SpanEvent {
        put(&own, fields::NAME, event.name.to_string());
    }
    let texts = [fields::STATUS_MESSAGE, fields::BODY, fields::TRACE_STATE, fields::SEVERITY_TEXT];
    for (name, value) in event.record.iter().filter(|(name, _)| texts.contains(name)) {
        put(&own, name, shown(value));
    }
    event.attributes.iter().for_each(|(key, value)| put(&own, key, shown(value)));
    if matches!(event.kind, EventKind::SpanEvent | EventKind::Link) {
        return all;
    }
    if !event.scope.name.is_empty() {
        put("scope", "library.name", event.scope.name.to_string());
    }
    event.scope.attributes.iter().for_each(|(key, value)| put("scope", key, shown(value)));
    event.resource.attributes.iter().for_each(|(key, value)| put("resource", key, shown(value)));
    all
}

fn shown(value: &Value) -> String {
    value.to_string().chars().take(VALUE_CHARS_MAX).collect()
}
