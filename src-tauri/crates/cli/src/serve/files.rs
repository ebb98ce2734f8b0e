//! Files in and out of the browser, each as one stream: an upload to be imported, a download of an export.

use super::rpc::refusal;
use axum::body::{Body, Bytes};
use axum::extract::{Path, Query, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use skep_api::wire::{ExportFormat, ExportRequest};
use skep_api::{ApiError, ErrorCode};
use skep_engine::Engine;
use skep_engine::query::Cancel;
use std::io::{self, BufWriter, Write};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio_stream::StreamExt;
use tokio_stream::wrappers::ReceiverStream;

/// Bytes of an export that are sent at a time, and how many of these wait for a slow reader.
const PIECE_BYTES: usize = 256 << 10;
const PIECES: usize = 4;

/// How long a page may go on sending what is not wanted.
const HANG_UP_TIMEOUT: Duration = Duration::from_secs(10);

/// Takes the bytes of a file that was begun. How it fares is told with every status; the answer only says that no more of
/// it is wanted.
pub(crate) async fn import(
    State(engine): State<Arc<Engine>>,
    Path(id): Path<u32>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    // A form cannot send this type, so no page can post here without a preflight, which is never answered.
    if headers.get(CONTENT_TYPE).is_none_or(|value| value != "application/octet-stream") {
        return (StatusCode::UNSUPPORTED_MEDIA_TYPE, "files are application/octet-stream\n").into_response();
    }
    let Some(feed) = engine.imports().take_feed(id) else {
        return refusal(&ApiError::new(ErrorCode::NotFound, format!("no file {id} was begun")));
    };
    let mut body = body.into_data_stream();
    loop {
        let piece = tokio::select! {
            piece = body.next() => piece,
            () = feed.ended() => break,
        };
        match piece {
            Some(Ok(bytes)) => {
                if feed.bytes(bytes).await.is_err() {
                    break;
                }
            }
            // It breaks off, and is told so.
            Some(Err(_)) => return StatusCode::BAD_REQUEST.into_response(),
            None => {
                feed.end().await.ok();
                return StatusCode::NO_CONTENT.into_response();
            }
        }
    }
    // An answer amid a body is a broken connection to a browser. The page hangs up once it has learned that no more is
    // wanted.
    let rest = async { while let Some(Ok(_)) = body.next().await {} };
    tokio::time::timeout(HANG_UP_TIMEOUT, rest).await.ok();
    StatusCode::NO_CONTENT.into_response()
}

/// Writes events out as a download.
pub(crate) async fn export(
    State(engine): State<Arc<Engine>>,
    request: Result<Query<ExportRequest>, axum::extract::rejection::QueryRejection>,
) -> Response {
    let checked = request
        .map_err(|rejection| ApiError::new(ErrorCode::BadRequest, rejection.body_text()))
        .and_then(|Query(request)| skep_api::check_export(&request).map(|()| request));
    let request = match checked {
        Ok(request) => request,
        Err(error) => return refusal(&error),
    };
    let media_type = match request.format {
        ExportFormat::OtlpJson | ExportFormat::Jsonl => "application/x-ndjson",
        ExportFormat::Csv => "text/csv; charset=utf-8",
        ExportFormat::Parquet => "application/vnd.apache.parquet",
    };
    // The name holds no more than a trace's id.
    let disposition = format!("attachment; filename=\"{}\"", skep_api::export_name(&request));
    let headers = [
        (CONTENT_TYPE, HeaderValue::from_static(media_type)),
        (CONTENT_DISPOSITION, disposition.parse().expect("a name of letters, digits and dots")),
        (CACHE_CONTROL, HeaderValue::from_static("no-store")),
    ];
    let (pieces, receiver) = mpsc::channel(PIECES);
    let cancel = Cancel::default();
    let held = CancelOnDrop(cancel.clone());
    tokio::task::spawn_blocking(move || {
        let mut out = BufWriter::with_capacity(PIECE_BYTES, Pieces(pieces.clone()));
        let written = skep_api::export(&engine.view(), &request, &cancel, &mut out);
        let written = written
            .and_then(|_| out.flush().map_err(|error| ApiError::new(ErrorCode::Internal, error.to_string())));
        if let Err(error) = written {
            // The connection breaks off: who saves the file sees that it is not whole.
            pieces.blocking_send(Err(io::Error::other(error))).ok();
        }
    });
    let stream = ReceiverStream::new(receiver).map(move |piece| {
        let _until_nobody_reads = &held;
        piece
    });
    (headers, Body::from_stream(stream)).into_response()
}

/// Stops an export whose connection is gone.
struct CancelOnDrop(Cancel);

impl Drop for CancelOnDrop {
    fn drop(&mut self) {
        self.0.cancel();
    }
}

/// Hands on what is written.
struct Pieces(mpsc::Sender<io::Result<Bytes>>);

impl Write for Pieces {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let piece = Bytes::copy_from_slice(bytes);
        let sent = self.0.blocking_send(Ok(piece));
        sent.map(|()| bytes.len()).map_err(|_| io::ErrorKind::BrokenPipe.into())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
