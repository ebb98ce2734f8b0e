//! OTLP/HTTP, and the way to every other answer.

use crate::allowed::NameKind;
use crate::answer;
use crate::beyond::NeedsToken;
use crate::body::{self, Shared};
use crate::failure::Failure;
use crate::grpc;
use crate::honeycomb;
use crate::host;
use crate::inflate::Compression;
use crate::intake::{Call, Intake};
use crate::origin::{self, Origin};
use crate::protobuf::{self, partial_success};
use crate::sink::{RefusedReason, Sink, Transport};
use axum::Router;
use axum::body::{Body, HttpBody};
use axum::extract::{Request, State};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use http::header::{ALLOW, CONTENT_ENCODING, CONTENT_TYPE, EXPECT};
use http::request::Parts;
use http::{HeaderMap, Method, StatusCode, Uri, Version};
use skep_model::{Encoding, Signal};

/// Where each signal is sent, by HTTP and by gRPC.
const PATHS: [(Signal, &str, &str); 3] = [
    (Signal::Traces, "/v1/traces", "/opentelemetry.proto.collector.trace.v1.TraceService/Export"),
    (Signal::Metrics, "/v1/metrics", "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export"),
    (Signal::Logs, "/v1/logs", "/opentelemetry.proto.collector.logs.v1.LogsService/Export"),
];

/// Answers any request.
pub(crate) fn router<S: Sink>(intake: Intake<S>) -> Router {
    let mut router = Router::new();
    for (signal, path, method) in PATHS {
        let http = move |State(intake): State<Intake<S>>, request| async move {
            take(&intake, signal, request).await
        };
        let grpc = move |State(intake): State<Intake<S>>, request| async move {
            call(&intake, Some(signal), request).await
        };
        router =
            router.route(path, post(http).options(async || origin::preflight())).route(method, post(grpc));
    }
    router
        .merge(honeycomb::router())
        .fallback(async |State(intake): State<Intake<S>>, request| call(&intake, None, request).await)
        .method_not_allowed_fallback(async |State(intake): State<Intake<S>>, uri: Uri| {
            intake.sink.refused(RefusedReason::Method);
            let (methods, text) = match honeycomb::methods(uri.path()) {
                Some(methods) => (methods, "this path does not take this method"),
                None => (origin::METHODS, "send OTLP by POST"),
            };
            ([(ALLOW, methods)], answer::text(StatusCode::METHOD_NOT_ALLOWED, uri.path(), text))
                .into_response()
        })
        .layer(middleware::from_fn_with_state(intake.clone(), guard::<S>))
        .with_state(intake)
}

/// Keeps foreign pages and strangers out, and lets a client that was refused early read why.
async fn guard<S: Sink>(State(intake): State<Intake<S>>, request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    let origin = Origin::of(&parts.headers, &intake.allowed);
    // A client that waits for `100 Continue` has sent nothing yet.
    let may_be_sending = parts.version < Version::HTTP_2 && !parts.headers.contains_key(EXPECT);
    let mut body = Shared::new(body);
    let mut response = match admit(&intake, &parts, &origin) {
        Ok(()) => next.run(Request::from_parts(parts, Body::new(body.clone()))).await,
        Err(failure) => {
            intake.count(&failure);
            refusal(&parts, &failure)
        }
    };
    origin.allow(&mut response);
    if may_be_sending && !body.is_end_stream() {
        body::discard(&mut body).await;
    }
    response
}

/// Looks at where a request comes from, in the order of what can be trusted least.
fn admit<S: Sink>(intake: &Intake<S>, parts: &Parts, origin: &Origin) -> Result<(), Failure> {
    if head_bytes(parts) > u64::from(intake.limits.header_bytes) {
        return Err(Failure::headers(intake.limits.header_bytes));
    }
    if parts.extensions.get::<NeedsToken>().is_some() {
        // A preflight brings none: the request after it does. By what name this machine is known elsewhere is not to be
        // known here, and who has the token has been given it.
        if parts.method != Method::OPTIONS {
            intake.beyond.check(&parts.headers)?;
        }
    } else if let Some(name) = host::foreign(&parts.uri, &parts.headers, &intake.allowed) {
        intake.sink.stranger(NameKind::Host, &name);
        return Err(Failure::foreign_host(&name));
    }
    if let Origin::Foreign(origin) = origin {
        intake.sink.stranger(NameKind::Origin, origin);
        return Err(Failure::foreign_page(origin));
    }
    Ok(())
}

/// Bytes of a request's headers, and of the line above them, as HTTP/1 writes them.
fn head_bytes(parts: &Parts) -> u64 {
    const LINE_BYTES: usize = "  HTTP/1.1\r\n".len();
    const HEADER_BYTES: usize = ": \r\n".len();
    let path = parts.uri.path_and_query().map_or(0, |path| path.as_str().len());
    let headers = parts.headers.iter().map(|(name, value)| name.as_str().len() + value.len() + HEADER_BYTES);
    (parts.method.as_str().len() + path + LINE_BYTES + headers.sum::<usize>()) as u64
}

/// What a request is told that is refused before anything of it is looked at, in the words of its protocol.
fn refusal(parts: &Parts, failure: &Failure) -> Response {
    let (path, headers) = (parts.uri.path(), &parts.headers);
    if parts.version == Version::HTTP_2 && grpc::is_call(headers) {
        return protobuf::status(failure).into_http();
    }
    match encoding(headers) {
        Some(encoding) if PATHS.iter().any(|(_, own, _)| *own == path) => answer::failure(failure, encoding),
        _ => answer::text(failure.http, path, &failure.message),
    }
}

/// What is not sent to a path of OTLP/HTTP: a gRPC call, or nothing that is here.
async fn call<S: Sink>(intake: &Intake<S>, signal: Option<Signal>, request: Request) -> Response {
    if grpc::is_call(request.headers()) {
        return grpc::call(intake, signal, request).await;
    }
    intake.sink.refused(RefusedReason::Path);
    answer::text(
        StatusCode::NOT_FOUND,
        request.uri().path(),
        "nothing is here: send OTLP to /v1/traces, /v1/metrics or /v1/logs, and Honeycomb's own events to \
         /1/batch/DATASET or /1/events/DATASET",
    )
}

async fn take<S: Sink>(intake: &Intake<S>, signal: Signal, request: Request) -> Response {
    let Some(encoding) = encoding(request.headers()) else {
        let failure = Failure::media_type();
        intake.count(&failure);
        return answer::text(failure.http, request.uri().path(), &failure.message);
    };
    match export(intake, signal, encoding, request).await {
        Ok(response) => response,
        Err(failure) => {
            intake.count(&failure);
            answer::failure(&failure, encoding)
        }
    }
}

async fn export<S: Sink>(
    intake: &Intake<S>,
    signal: Signal,
    encoding: Encoding,
    request: Request,
) -> Result<Response, Failure> {
    let (parts, mut body) = request.into_parts();
    let compression = Compression::of(parts.headers.get(CONTENT_ENCODING))?;
    let call = Call::new(signal, encoding, compression, Transport::Http, &parts.headers);
    let (packed, reserved) = intake.read(&mut body, intake.limits.body_bytes).await?;
    let kept = intake.store(call, packed, reserved).await?;
    Ok(answer::success(signal, encoding, partial_success(&kept.problems)))
}

/// The encoding that the media type names, its parameters ignored.
fn encoding(headers: &HeaderMap) -> Option<Encoding> {
    match &*media_type(headers)? {
        "application/x-protobuf" | "application/protobuf" => Some(Encoding::Protobuf),
        "application/json" => Some(Encoding::Json),
        _ => None,
    }
}

/// The media type without its parameters, in lower case.
pub(crate) fn media_type(headers: &HeaderMap) -> Option<String> {
    let media_type = headers.get(CONTENT_TYPE)?.to_str().ok()?;
    Some(media_type.split(';').next()?.trim().to_ascii_lowercase())
}
