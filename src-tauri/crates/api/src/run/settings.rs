use crate::error::{ApiError, ErrorCode};
use crate::wire::*;
use skep_engine::Engine;
use skep_engine::settings::{Effect, FieldNow, Kind, SaveError};

pub(super) fn settings(engine: &Engine) -> SettingsReply {
    let settings = engine.settings();
    SettingsReply {
        path: settings.path().map(|path| path.display().to_string()),
        problems: settings.problems(),
        fields: settings.fields().into_iter().map(setting).collect(),
    }
}

pub(super) fn save(engine: &Engine, request: &SettingsSaveRequest) -> Result<SettingsReply, ApiError> {
    let saved = engine.settings().save(&request.key, request.value.as_deref());
    saved.map_err(|error| {
        let code = match error {
            SaveError::Unknown(_) => ErrorCode::NotFound,
            SaveError::Invalid(_) | SaveError::Unreadable { .. } => ErrorCode::BadRequest,
            SaveError::Io { .. } => ErrorCode::Internal,
        };
        ApiError::new(code, error.to_string())
    })?;
    Ok(settings(engine))
}

fn setting(now: FieldNow) -> Setting {
    let FieldNow { field, value, usual, is_said, problem, overridden_by, waits_for_start } = now;
    let (kind, choices) = match field.kind {
        Kind::Switch => (SettingKind::Switch, &[][..]),
        Kind::Choice(choices) => (SettingKind::Choice, choices),
        Kind::Number => (SettingKind::Number, &[][..]),
        Kind::Text => (SettingKind::Text, &[][..]),
    };
    let choice = |(value, title): &(&str, &str)| SettingChoice {
        value: (*value).to_owned(),
        title: (*title).to_owned(),
    };
    Setting {
        key: field.key.to_owned(),
        title: field.title.to_owned(),
        help: field.help.to_owned(),
        kind,
        choices: choices.iter().map(choice).collect(),
        value,
        usual,
        said: is_said,
        problem,
        overridden_by,
        next_start: field.effect == Effect::NextStart,
        waits_for_start,
    }
}
