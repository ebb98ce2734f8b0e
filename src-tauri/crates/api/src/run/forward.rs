use crate::error::{ApiError, ErrorCode};
use crate::wire::*;
use skep_engine::Engine;
use skep_engine::forward::{self as tee, ForwardError, Save, Secret};

/// Characters of a destination's name.
const NAME_CHARS_MAX: usize = 80;

impl From<ForwardError> for ApiError {
    fn from(error: ForwardError) -> Self {
        let code = match &error {
            ForwardError::Unknown(_) => ErrorCode::NotFound,
            ForwardError::FromCommandLine => ErrorCode::Forbidden,
            ForwardError::Keys(_) | ForwardError::Store(_) | ForwardError::Read(_) => ErrorCode::Internal,
            ForwardError::Policy(_)
            | ForwardError::Settings
            | ForwardError::Unusable(_)
            | ForwardError::Address(_)
            | ForwardError::Duplicate
            | ForwardError::Key(_)
            | ForwardError::Header { .. }
            | ForwardError::OtherHost { .. } => ErrorCode::BadRequest,
        };
        Self::new(code, error.to_string())
    }
}

pub(super) async fn save(engine: &Engine, request: ForwardSaveRequest) -> Result<ForwardReply, ApiError> {
    let ForwardSaveRequest { id: known, url, enabled, key, headers, name, paused, policy, backlog } = request;
    let id = known.as_deref().map(id).transpose()?;
    let changes = name.is_some() || paused.is_some() || policy.is_some() || backlog.is_some();
    let settings = changes.then(|| {
        let saved = engine.forwarder().status().into_iter().find(|status| Some(status.id) == id);
        let mut settings = saved.map(|status| status.settings).unwrap_or_default();
        if let Some(name) = name {
            settings.name = name.trim().chars().take(NAME_CHARS_MAX).collect();
        }
        settings.paused = paused.unwrap_or(settings.paused);
        if let Some(policy) = policy {
            settings.policy = policy.into();
        }
        if let Some(ForwardBacklog { bytes, keeps_all }) = backlog {
            (settings.backlog_bytes, settings.keeps_all) = (bytes, keeps_all);
        }
        settings
    });
    let save = Save { id, url, enabled, key: key.map(Secret::new), headers: headers.map(secrets), settings };
    engine.forwarder().save(save).await?;
    Ok(reply(engine))
}

pub(super) fn secrets(headers: Vec<Header>) -> Vec<(String, Secret)> {
    headers.into_iter().map(|header| (header.name, Secret::new(header.value))).collect()
}

pub(super) async fn remove(engine: &Engine, request: &ForwardIdRequest) -> Result<ForwardReply, ApiError> {
    engine.forwarder().remove(id(&request.id)?).await?;
    Ok(reply(engine))
}

pub(super) async fn retry(engine: &Engine, request: &ForwardIdRequest) -> Result<ForwardReply, ApiError> {
    engine.forwarder().retry(id(&request.id)?).await?;
    Ok(reply(engine))
}

pub(super) fn id(text: &str) -> Result<u64, ApiError> {
    text.parse().map_err(|_| ApiError::new(ErrorCode::NotFound, format!("there is no destination {text:?}")))
}

fn reply(engine: &Engine) -> ForwardReply {
    ForwardReply { destinations: engine.forwarder().status().into_iter().map(forward_status).collect() }
}

pub(super) fn forward_status(status: tee::DestinationStatus) -> ForwardStatus {
    let tee::DestinationStatus {
        id,
        url,
        enabled,
        settings,
        state,
        detail,
        retry_in,
        sent,
        acknowledged,
        unread,
        waiting,
        waiting_bytes,
        waiting_age,
        refused,
        left_unsent,
        lettered,
        left_out,
        possible_duplicates,
        last_refusal,
        last_acknowledged,
        minutes,
        tally,
        key,
        header_names,
        from_command_line,
    } = status;
    let tee::Settings { name, paused, policy, backlog_bytes, keeps_all, place } = settings;
    let datasets_url = place.as_ref().and_then(|place| place.datasets_url(&url));
    let millis = |length: std::time::Duration| length.as_secs_f64() * 1e3;
    ForwardStatus {
        id: id.to_string(),
        url,
        enabled,
        name,
        paused,
        policy: policy.into(),
        backlog: ForwardBacklog { bytes: backlog_bytes, keeps_all },
        state: match state {
            tee::State::Off => ForwardState::Off,
            tee::State::Healthy => ForwardState::Healthy,
            tee::State::Retrying => ForwardState::Retrying,
            tee::State::Paused => ForwardState::Paused,
        },
        detail,
        retry_in_ms: retry_in.map(millis),
        sent,
        acknowledged,
        unread,
        waiting,
        waiting_bytes,
        waiting_age_ms: waiting_age.map(millis),
        refused,
        left_unsent,
        lettered,
        left_out,
        possible_duplicates,
        last_refusal,
        last_acknowledged_ns: last_acknowledged.map(|at| at.to_string()),
        acknowledged_by_minute: minutes.iter().map(|minute| minute.acknowledged).collect(),
        waiting_by_minute: minutes.iter().map(|minute| minute.waiting).collect(),
        found: tally.0,
        place: place.map(|place| ForwardPlace {
            team: place.team,
            environment: place.environment,
            datasets_url,
        }),
        key: KeyStatus {
            place: match key.place {
                tee::KeyPlace::None => KeyPlace::None,
                tee::KeyPlace::Keychain => KeyPlace::Keychain,
                tee::KeyPlace::File => KeyPlace::File,
                tee::KeyPlace::Environment => KeyPlace::Environment,
            },
            hint: key.hint,
            kind: key_kind(key.kind),
            path: key.path.map(|path| path.display().to_string()),
        },
        header_names,
        from_command_line,
    }
}

pub(super) fn key_kind(kind: tee::KeyKind) -> KeyKind {
    match kind {
        tee::KeyKind::Unknown => KeyKind::Unknown,
        tee::KeyKind::Ingest => KeyKind::Ingest,
        tee::KeyKind::Configuration => KeyKind::Configuration,
        tee::KeyKind::ClassicIngest => KeyKind::ClassicIngest,
        tee::KeyKind::Classic => KeyKind::Classic,
    }
}
