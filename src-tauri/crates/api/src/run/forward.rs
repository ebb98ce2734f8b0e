use crate::error::{ApiError, ErrorCode};
use crate::wire::*;
use skep_engine::Engine;
use skep_engine::forward::{self as tee, ForwardError, Save, Secret};

impl From<ForwardError> for ApiError {
    fn from(error: ForwardError) -> Self {
        let code = match &error {
            ForwardError::Unknown(_) => ErrorCode::NotFound,
            ForwardError::FromCommandLine => ErrorCode::Forbidden,
            ForwardError::Keys(_) | ForwardError::Store(_) => ErrorCode::Internal,
            ForwardError::Address(_)
            | ForwardError::Duplicate
            | ForwardError::Key(_)
            | ForwardError::Header { .. }
            | ForwardError::OtherHost { .. } => ErrorCode::BadRequest,
        };
        Self::new(code, error.to_string())
    }
}

pub(super) async fn save(engine: &Engine, request: ForwardSaveRequest) -> Result<ForwardReply, ApiError> {
    let ForwardSaveRequest { id: known, url, enabled, key, headers } = request;
    let save = Save {
        id: known.as_deref().map(id).transpose()?,
        url,
        enabled,
        key: key.map(Secret::new),
        headers: headers.map(|headers| {
            headers.into_iter().map(|header| (header.name, Secret::new(header.value))).collect()
        }),
    };
    engine.forwarder().save(save).await?;
    Ok(reply(engine))
}

pub(super) async fn remove(engine: &Engine, request: &ForwardIdRequest) -> Result<ForwardReply, ApiError> {
    engine.forwarder().remove(id(&request.id)?).await?;
    Ok(reply(engine))
}

pub(super) async fn retry(engine: &Engine, request: &ForwardIdRequest) -> Result<ForwardReply, ApiError> {
    engine.forwarder().retry(id(&request.id)?).await?;
    Ok(reply(engine))
}

fn id(text: &str) -> Result<u64, ApiError> {
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
        state,
        detail,
        retry_in,
        sent,
        acknowledged,
        waiting,
        refused,
        possible_duplicates,
        last_refusal,
        last_acknowledged,
        key,
        header_names,
        from_command_line,
    } = status;
    ForwardStatus {
        id: id.to_string(),
        url,
        enabled,
        state: match state {
            tee::State::Off => ForwardState::Off,
            tee::State::Healthy => ForwardState::Healthy,
            tee::State::Retrying => ForwardState::Retrying,
            tee::State::Paused => ForwardState::Paused,
        },
        detail,
        retry_in_ms: retry_in.map(|wait| wait.as_secs_f64() * 1e3),
        sent,
        acknowledged,
        waiting,
        refused,
        possible_duplicates,
        last_refusal,
        last_acknowledged_ns: last_acknowledged.map(|at| at.to_string()),
        key: KeyStatus {
            place: match key.place {
                tee::KeyPlace::None => KeyPlace::None,
                tee::KeyPlace::Keychain => KeyPlace::Keychain,
                tee::KeyPlace::File => KeyPlace::File,
                tee::KeyPlace::Environment => KeyPlace::Environment,
            },
            hint: key.hint,
            path: key.path.map(|path| path.display().to_string()),
        },
        header_names,
        from_command_line,
    }
}
