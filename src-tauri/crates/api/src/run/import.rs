use crate::error::{ApiError, ErrorCode};
use crate::wire::*;
use skep_engine::Engine;
use skep_engine::import::{self, ImportNow, Tally};

pub(super) fn begin(engine: &Engine, request: &ImportBeginRequest) -> Result<ImportId, ApiError> {
    let begun = engine.imports().begin(&request.name, request.bytes);
    begun.map(|id| ImportId { id }).map_err(|error| ApiError::new(ErrorCode::BadRequest, error.to_string()))
}

pub(super) fn stop(engine: &Engine, ImportId { id }: ImportId) -> Result<Nothing, ApiError> {
    if engine.imports().stop(id) {
        Ok(Nothing {})
    } else {
        Err(ApiError::new(ErrorCode::NotFound, format!("there is no import {id}")))
    }
}

pub(super) fn import(now: ImportNow) -> Import {
    let ImportNow { id, name, state, n_bytes, n_bytes_read, tally, n_unreadable, error } = now;
    let Tally {
        n_received, n_stored, n_duplicate, n_rejected, n_repaired, n_truncated, times, reasons, ..
    } = tally;
    Import {
        id,
        name,
        state: match state {
            import::ImportState::Waiting => ImportState::Waiting,
            import::ImportState::Reading => ImportState::Reading,
            import::ImportState::Done => ImportState::Done,
            import::ImportState::Stopped => ImportState::Stopped,
            import::ImportState::Failed => ImportState::Failed,
        },
        bytes: n_bytes,
        bytes_read: n_bytes_read,
        received: n_received,
        stored: n_stored,
        duplicate: n_duplicate,
        rejected: n_rejected,
        repaired: n_repaired,
        truncated: n_truncated,
        unreadable: n_unreadable,
        first_ns: times.map(|(first, _)| first.to_string()),
        last_ns: times.map(|(_, last)| last.to_string()),
        reasons,
        error,
    }
}
