use crate::error::{ApiError, ErrorCode};
use crate::wire::*;
use skep_engine::{Engine, KeptQueries, QueriesError, QueryView};

pub(super) fn queries(engine: &Engine) -> QueriesReply {
    reply(engine.queries())
}

pub(super) fn ran(engine: &Engine, request: QueryRanRequest) -> Result<QueriesReply, ApiError> {
    let QueryRanRequest { address, text } = request;
    engine.query_ran(QueryView { address, text }).map(reply).map_err(|error| refusal(&error))
}

pub(super) fn save(engine: &Engine, request: QuerySaveRequest) -> Result<QueriesReply, ApiError> {
    let QuerySaveRequest { name, address, text } = request;
    engine.query_save(&name, QueryView { address, text }).map(reply).map_err(|error| refusal(&error))
}

pub(super) fn forget(engine: &Engine, request: &QueryForgetRequest) -> Result<QueriesReply, ApiError> {
    engine.query_forget(request.name.as_deref()).map(reply).map_err(|error| refusal(&error))
}

fn refusal(error: &QueriesError) -> ApiError {
    let code = match error {
        QueriesError::Invalid(_) => ErrorCode::BadRequest,
        QueriesError::Unknown(_) => ErrorCode::NotFound,
        QueriesError::Io(_) => ErrorCode::Internal,
    };
    ApiError::new(code, error.to_string())
}

fn reply(kept: KeptQueries) -> QueriesReply {
    let KeptQueries { history, saved } = kept;
    let ran = |one: skep_engine::KeptQuery| QueryRan {
        address: one.view.address,
        text: one.view.text,
        ran_ns: one.ran_ns.to_string(),
    };
    let named = |one: skep_engine::SavedQuery| QuerySaved {
        name: one.name,
        address: one.view.address,
        text: one.view.text,
    };
    QueriesReply {
        history: history.into_iter().map(ran).collect(),
        saved: saved.into_iter().map(named).collect(),
    }
}
