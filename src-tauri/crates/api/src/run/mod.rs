//! What each command does. Those that only read work on any [`View`], beside a running engine or on a file.

mod explore;
mod export;
mod forward;
mod forward_send;
mod honeycomb;
mod import;
mod logs;
mod queries;
mod report;
mod series;
mod settings;
mod sql;
mod status;
mod trace;
mod traces;

pub use explore::{bubbleup, fields, heatmap, query};
pub use export::{check_export, export, export_file, export_name};
pub use honeycomb::translate;
pub use logs::logs;
pub use sql::{SqlLimits, sql, sql_rows};
pub use status::{reader_status, status};
pub use trace::{span, trace, trace_document, trace_otlp, trace_rows, trace_shape, trace_step};
pub use traces::{traces, traces_page};

use crate::command::DemoReply;
use crate::error::{ApiError, ErrorCode};
use crate::wire::*;
use series::{events, markers, series};
use skep_engine::model::Nanos;
use skep_engine::query::{Cancel, TimeRange};
use skep_engine::store::clock::Clock;
use skep_engine::{Engine, View};
use std::sync::Arc;

/// An answer on its way to a client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reply {
    /// A JSON document.
    Json(Vec<u8>),
    /// A head and columns; see [`crate::wire::TraceHead`].
    Columns(Vec<u8>),
}

impl Reply {
    /// The bytes, whatever they are.
    #[must_use]
    pub fn into_bytes(self) -> Vec<u8> {
        match self {
            Reply::Json(bytes) | Reply::Columns(bytes) => bytes,
        }
    }
}

/// Runs one command by name; `body` is its request as JSON.
///
/// # Errors
/// [`ErrorCode::NotFound`] for an unknown name, [`ErrorCode::BadRequest`] for a request that does not fit, and
/// whatever the command says.
pub async fn dispatch(engine: &Arc<Engine>, name: &str, body: &[u8]) -> Result<Reply, ApiError> {
    macro_rules! arms {
        ($($(#[doc = $doc:literal])* $command:ident($request:ty) -> $reply:ty as $kind:ident),* $(,)?) => {
            match name {
                $(stringify!($command) => {
                    let request: $request = serde_json::from_slice(body)
                        .map_err(|error| ApiError::new(ErrorCode::BadRequest, error.to_string()))?;
                    arms!(@$kind commands::$command(engine, request).await?)
                })*
                _ => Err(ApiError::new(ErrorCode::NotFound, format!("there is no command {name:?}"))),
            }
        };
        (@json $reply:expr) => {{
            let bytes = serde_json::to_vec(&$reply).map_err(|error| ApiError::internal(&error))?;
            Ok(Reply::Json(bytes))
        }};
        (@columns $reply:expr) => { Ok(Reply::Columns($reply)) };
    }
    crate::commands!(arms)
}

/// One function a command, each with the same shape.
mod commands {
    use super::*;

    pub(super) async fn status(engine: &Arc<Engine>, _: Nothing) -> Result<Status, ApiError> {
        Ok(super::status(engine))
    }

    pub(super) async fn traces(
        engine: &Arc<Engine>,
        request: TracesRequest,
    ) -> Result<TracesReply, ApiError> {
        off_thread(engine, move |view, clock, cancel| super::traces(view, clock, &request, cancel)).await
    }

    pub(super) async fn traces_page(
        engine: &Arc<Engine>,
        request: TracesPageRequest,
    ) -> Result<TracesPageReply, ApiError> {
        off_thread(engine, move |view, _, cancel| super::traces_page(view, &request, cancel)).await
    }

    pub(super) async fn trace(engine: &Arc<Engine>, request: TraceRequest) -> Result<Vec<u8>, ApiError> {
        off_thread(engine, move |view, _, cancel| super::trace(view, &request, cancel)).await
    }

    pub(super) async fn trace_rows(
        engine: &Arc<Engine>,
        request: TraceRowsRequest,
    ) -> Result<Vec<u8>, ApiError> {
        off_thread(engine, move |view, _, cancel| super::trace_rows(view, &request, cancel)).await
    }

    pub(super) async fn trace_step(
        engine: &Arc<Engine>,
        request: TraceStepRequest,
    ) -> Result<TraceStepReply, ApiError> {
        off_thread(engine, move |view, _, cancel| super::trace_step(view, &request, cancel)).await
    }

    pub(super) async fn trace_shape(
        engine: &Arc<Engine>,
        request: TraceShapeRequest,
    ) -> Result<TraceShapeReply, ApiError> {
        off_thread(engine, move |view, _, cancel| super::trace_shape(view, &request, cancel)).await
    }

    pub(super) async fn trace_otlp(
        engine: &Arc<Engine>,
        request: TraceOtlpRequest,
    ) -> Result<TraceOtlpReply, ApiError> {
        off_thread(engine, move |view, _, cancel| super::trace_otlp(view, &request, cancel)).await
    }

    pub(super) async fn logs(engine: &Arc<Engine>, request: LogsRequest) -> Result<LogsReply, ApiError> {
        off_thread(engine, move |view, clock, cancel| super::logs(view, clock, &request, cancel)).await
    }

    pub(super) async fn span(engine: &Arc<Engine>, request: SpanRequest) -> Result<SpanDetail, ApiError> {
        off_thread(engine, move |view, _, cancel| super::span(view, &request, cancel)).await
    }

    pub(super) async fn query(engine: &Arc<Engine>, request: QueryRequest) -> Result<QueryReply, ApiError> {
        off_thread(engine, move |view, clock, cancel| super::query(view, clock, &request, cancel)).await
    }

    pub(super) async fn translate(
        _: &Arc<Engine>,
        request: TranslateRequest,
    ) -> Result<TranslateReply, ApiError> {
        super::translate(&request)
    }

    pub(super) async fn heatmap(engine: &Arc<Engine>, request: HeatmapRequest) -> Result<Vec<u8>, ApiError> {
        off_thread(engine, move |view, clock, cancel| super::heatmap(view, clock, &request, cancel)).await
    }

    pub(super) async fn series(engine: &Arc<Engine>, request: SeriesRequest) -> Result<Vec<u8>, ApiError> {
        off_thread(engine, move |view, clock, cancel| super::series(view, clock, &request, cancel)).await
    }

    pub(super) async fn markers(
        engine: &Arc<Engine>,
        request: MarkersRequest,
    ) -> Result<MarkersReply, ApiError> {
        off_thread(engine, move |view, _, cancel| super::markers(view, &request, cancel)).await
    }

    pub(super) async fn events(
        engine: &Arc<Engine>,
        request: EventsRequest,
    ) -> Result<EventsReply, ApiError> {
        off_thread(engine, move |view, clock, cancel| super::events(view, clock, &request, cancel)).await
    }

    pub(super) async fn queries(engine: &Arc<Engine>, _: Nothing) -> Result<QueriesReply, ApiError> {
        Ok(queries::queries(engine))
    }

    pub(super) async fn query_ran(
        engine: &Arc<Engine>,
        request: QueryRanRequest,
    ) -> Result<QueriesReply, ApiError> {
        queries::ran(engine, request)
    }

    pub(super) async fn query_save(
        engine: &Arc<Engine>,
        request: QuerySaveRequest,
    ) -> Result<QueriesReply, ApiError> {
        queries::save(engine, request)
    }

    pub(super) async fn query_forget(
        engine: &Arc<Engine>,
        request: QueryForgetRequest,
    ) -> Result<QueriesReply, ApiError> {
        queries::forget(engine, &request)
    }

    pub(super) async fn bubbleup(
        engine: &Arc<Engine>,
        request: BubbleupRequest,
    ) -> Result<BubbleupReply, ApiError> {
        off_thread(engine, move |view, clock, cancel| super::bubbleup(view, clock, &request, cancel)).await
    }

    pub(super) async fn sql(engine: &Arc<Engine>, request: SqlRequest) -> Result<SqlReply, ApiError> {
        let answer = off_thread(engine, move |view, clock, cancel| {
            super::sql(view, clock, &request, SqlLimits::REPLY, cancel)
        });
        tokio::time::timeout(sql::SQL_TIME_MAX, answer).await.unwrap_or_else(|_| {
            let message = format!(
                "stopped after {} s: ask for less, such as a shorter time or one trace",
                sql::SQL_TIME_MAX.as_secs()
            );
            Err(ApiError::new(ErrorCode::BadRequest, message))
        })
    }

    pub(super) async fn fields(engine: &Arc<Engine>, _: Nothing) -> Result<FieldsReply, ApiError> {
        off_thread(engine, |view, _, _| super::fields(view)).await
    }

    pub(super) async fn forward_save(
        engine: &Arc<Engine>,
        request: ForwardSaveRequest,
    ) -> Result<ForwardReply, ApiError> {
        forward::save(engine, request).await
    }

    pub(super) async fn forward_remove(
        engine: &Arc<Engine>,
        request: ForwardIdRequest,
    ) -> Result<ForwardReply, ApiError> {
        forward::remove(engine, &request).await
    }

    pub(super) async fn forward_retry(
        engine: &Arc<Engine>,
        request: ForwardIdRequest,
    ) -> Result<ForwardReply, ApiError> {
        forward::retry(engine, &request).await
    }

    pub(super) async fn forward_check(
        engine: &Arc<Engine>,
        request: ForwardCheckRequest,
    ) -> Result<ForwardCheckReply, ApiError> {
        forward_send::check(engine, request).await
    }

    pub(super) async fn forward_send(
        engine: &Arc<Engine>,
        request: ForwardSendRequest,
    ) -> Result<ForwardSent, ApiError> {
        forward_send::send(engine, &request).await
    }

    pub(super) async fn forward_letters(
        engine: &Arc<Engine>,
        request: ForwardLettersRequest,
    ) -> Result<ForwardLettersReply, ApiError> {
        forward_send::letters(engine, &request).await
    }

    pub(super) async fn forward_resend(
        engine: &Arc<Engine>,
        request: ForwardLettersOf,
    ) -> Result<ForwardSent, ApiError> {
        forward_send::resend(engine, &request).await
    }

    pub(super) async fn forward_forget(
        engine: &Arc<Engine>,
        request: ForwardLettersOf,
    ) -> Result<Nothing, ApiError> {
        forward_send::forget(engine, &request).await.map(|()| Nothing {})
    }

    pub(super) async fn forward_preview(
        engine: &Arc<Engine>,
        request: ForwardPreviewRequest,
    ) -> Result<ForwardPreviewReply, ApiError> {
        let engine = Arc::clone(engine);
        let read = tokio::task::spawn_blocking(move || forward_send::preview(&engine, request));
        read.await.map_err(|error| ApiError::internal(&error))?
    }

    pub(super) async fn forward_estimate(
        engine: &Arc<Engine>,
        request: ForwardEstimateRequest,
    ) -> Result<ForwardEstimateReply, ApiError> {
        let engine = Arc::clone(engine);
        let read = tokio::task::spawn_blocking(move || forward_send::estimate(&engine, request));
        read.await.map_err(|error| ApiError::internal(&error))?
    }

    pub(super) async fn pin(engine: &Arc<Engine>, request: PinRequest) -> Result<Nothing, ApiError> {
        let trace_id = trace::trace_id(&request.trace_id)?;
        let pinned = engine.pin(trace_id, request.pinned).await;
        pinned.map(|()| Nothing {}).map_err(|error| ApiError::new(ErrorCode::Internal, error.to_string()))
    }

    pub(super) async fn allow(engine: &Arc<Engine>, request: AllowRequest) -> Result<Nothing, ApiError> {
        status::allow(engine, &request).map(|()| Nothing {})
    }

    pub(super) async fn import_begin(
        engine: &Arc<Engine>,
        request: ImportBeginRequest,
    ) -> Result<ImportId, ApiError> {
        import::begin(engine, &request)
    }

    pub(super) async fn import_stop(engine: &Arc<Engine>, request: ImportId) -> Result<Nothing, ApiError> {
        import::stop(engine, request)
    }

    pub(super) async fn import_forget(engine: &Arc<Engine>, _: Nothing) -> Result<Nothing, ApiError> {
        engine.imports().forget_ended();
        Ok(Nothing {})
    }

    pub(super) async fn settings(engine: &Arc<Engine>, _: Nothing) -> Result<SettingsReply, ApiError> {
        Ok(settings::settings(engine))
    }

    pub(super) async fn settings_save(
        engine: &Arc<Engine>,
        request: SettingsSaveRequest,
    ) -> Result<SettingsReply, ApiError> {
        settings::save(engine, &request)
    }

    pub(super) async fn pause(engine: &Arc<Engine>, request: PauseRequest) -> Result<Nothing, ApiError> {
        engine.pause(request.paused);
        Ok(Nothing {})
    }

    pub(super) async fn clear(engine: &Arc<Engine>, _: Nothing) -> Result<Nothing, ApiError> {
        let cleared = engine.clear().await;
        cleared.map(|()| Nothing {}).map_err(|error| ApiError::new(ErrorCode::Internal, error.to_string()))
    }

    pub(super) async fn compact(engine: &Arc<Engine>, _: Nothing) -> Result<Nothing, ApiError> {
        let compacted = engine.compact().await;
        compacted.map(|()| Nothing {}).map_err(|error| ApiError::new(ErrorCode::Internal, error.to_string()))
    }

    pub(super) async fn report(engine: &Arc<Engine>, _: Nothing) -> Result<ReportReply, ApiError> {
        Ok(report::report(engine))
    }

    pub(super) async fn demo(engine: &Arc<Engine>, _: Nothing) -> Result<DemoReply, ApiError> {
        match engine.send_demo().await {
            Ok(sent) => Ok(DemoReply { n_traces: sent.n_traces, n_spans: sent.n_spans }),
            Err(refusal) => Err(ApiError::new(ErrorCode::Internal, refusal.to_string())),
        }
    }
}

/// Reads away from the async threads: a scan may take a while, and must not hold up what is being received. It is
/// stopped when nobody waits for the answer any more.
async fn off_thread<T: Send + 'static>(
    engine: &Arc<Engine>,
    read: impl FnOnce(&View, &dyn Clock, &Cancel) -> Result<T, ApiError> + Send + 'static,
) -> Result<T, ApiError> {
    let engine = Arc::clone(engine);
    let cancel = Cancel::default();
    let _stop = CancelOnDrop(cancel.clone());
    let read = tokio::task::spawn_blocking(move || read(&engine.view(), &*engine.clock(), &cancel));
    read.await.map_err(|error| ApiError::internal(&error))?
}

/// Stops a question when it is dropped.
struct CancelOnDrop(Cancel);

impl Drop for CancelOnDrop {
    fn drop(&mut self) {
        self.0.cancel();
    }
}

/// The time `work` took, in milliseconds, beside its result.
fn timed<T>(clock: &dyn Clock, work: impl FnOnce() -> Result<T, ApiError>) -> Result<(T, f64), ApiError> {
    let started = clock.elapsed();
    let result = work()?;
    Ok((result, (clock.elapsed() - started).as_secs_f64() * 1e3))
}

fn range(start_ns: Option<&str>, end_ns: Option<&str>) -> Result<TimeRange, ApiError> {
    Ok(TimeRange { start: start_ns.map(nanos).transpose()?, end: end_ns.map(nanos).transpose()? })
}

fn nanos(text: &str) -> Result<Nanos, ApiError> {
    text.parse().map(Nanos).map_err(|_| {
        ApiError::new(
            ErrorCode::BadRequest,
            format!("{text:?} is not a time in nanoseconds since the Unix epoch"),
        )
    })
}

fn count32(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}
