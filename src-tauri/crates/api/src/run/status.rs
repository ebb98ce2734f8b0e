use super::forward::forward_status;
use super::import::import;
use crate::error::{ApiError, ErrorCode};
use crate::wire::*;
use skep_engine::forward as tee;
use skep_engine::store::{Counters, Destination, Snapshot};
use skep_engine::{AllowError, ArrivalsNow, Engine, Reader, receive};
use std::path::{Path, PathBuf};

/// The whole state of a running engine.
#[must_use]
pub fn status(engine: &Engine) -> Status {
    let snapshot = engine.snapshot();
    let (bytes, bytes_limit) = engine.disk_bytes();
    let endpoints = engine.endpoints().iter().map(|endpoint| Endpoint {
        protocol: endpoint.protocol.as_str().to_owned(),
        requested: endpoint.requested.to_string(),
        bound: endpoint.bound.to_string(),
        taken: endpoint.taken,
    });
    let endpoints: Vec<Endpoint> = endpoints.collect();
    let forward: Vec<ForwardStatus> = engine.forwarder().status().into_iter().map(forward_status).collect();
    let mut notices: Vec<Notice> =
        endpoints.iter().filter(|endpoint| endpoint.taken).map(port_taken).collect();
    notices.extend(key_in_file(&forward));
    notices.extend(damaged_file(engine.files_aside()));
    notices.extend(engine.is_disk_low().then(disk_low));
    let arrivals = arrivals(engine.arrivals());
    notices.extend(arrivals.refused.iter().cloned());
    let parts =
        Parts { snapshot: &snapshot, data_dir: engine.data_dir(), bytes, bytes_limit, forward, notices };
    Status {
        endpoints,
        containers: engine.containers_url(),
        otlp_headers: engine.otlp_headers(),
        allowed: engine.allowed().into_iter().map(allowed_name).collect(),
        arrivals,
        imports: engine.imports().now().into_iter().map(import).collect(),
        paused: engine.is_paused(),
        settings_generation: *engine.settings().changes().borrow(),
        ..stored(parts)
    }
}

/// The state of a store that another process writes, or that nobody writes.
#[must_use]
pub fn reader_status(reader: &Reader, data_dir: &Path) -> Status {
    let counters = reader.snapshot().counters();
    let forward = reader.destinations().iter().map(|destination| ledger(destination, counters));
    let refused = skep_engine::refused_of(data_dir);
    let refused: Vec<Notice> =
        refused.into_iter().map(|(reason, count)| refused_notice(&reason, count)).collect();
    let mut notices: Vec<Notice> = damaged_file(reader.files_aside()).into_iter().collect();
    notices.extend(refused.iter().cloned());
    let status = stored(Parts {
        snapshot: reader.snapshot(),
        data_dir,
        bytes: reader.disk_bytes(),
        bytes_limit: 0,
        forward: forward.collect(),
        notices,
    });
    Status { arrivals: Arrivals { refused, ..Arrivals::default() }, ..status }
}

/// Lets a page or a name of this machine in, or no longer.
pub(super) fn allow(engine: &Engine, request: &AllowRequest) -> Result<(), ApiError> {
    let AllowRequest { kind, name, allowed } = request;
    let kind = match kind {
        NameKind::Origin => receive::NameKind::Origin,
        NameKind::Host => receive::NameKind::Host,
    };
    engine.allow(kind, name, *allowed).map_err(|error| {
        let code = match error {
            AllowError::Io(_) => ErrorCode::Internal,
            _ => ErrorCode::BadRequest,
        };
        ApiError::new(code, format!("{name}: {error}"))
    })
}

fn allowed_name(allowed: skep_engine::AllowedName) -> AllowedName {
    let skep_engine::AllowedName { kind, name, for_this_run } = allowed;
    AllowedName { kind: name_kind(kind), name, for_this_run }
}

fn name_kind(kind: receive::NameKind) -> NameKind {
    match kind {
        receive::NameKind::Origin => NameKind::Origin,
        receive::NameKind::Host => NameKind::Host,
    }
}

struct Parts<'a> {
    snapshot: &'a Snapshot,
    data_dir: &'a Path,
    bytes: u64,
    bytes_limit: u64,
    forward: Vec<ForwardStatus>,
    notices: Vec<Notice>,
}

/// What the file itself tells.
fn stored(parts: Parts<'_>) -> Status {
    let Parts { snapshot, data_dir, bytes, bytes_limit, forward, mut notices } = parts;
    let counters = snapshot.counters();
    notices.extend(mended(counters));
    let bounds = snapshot.time_bounds();
    Status {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        data_dir: data_dir.display().to_string(),
        received: counters.received,
        stored: counters.stored,
        rejected: counters.rejected,
        dropped: counters.dropped,
        duplicate: counters.duplicate,
        repaired: counters.repaired,
        truncated: counters.truncated,
        evicted: counters.evicted,
        spans: SpanCounts {
            received: counters.spans_received,
            stored: counters.spans_stored,
            rejected: counters.spans_rejected,
            dropped: counters.spans_dropped,
            duplicate: counters.spans_duplicate,
        },
        readable: snapshot.n_rows() as u64,
        bytes,
        bytes_limit,
        segments: snapshot.segments().len() as u64,
        oldest_ns: bounds.map(|(oldest, _)| oldest.to_string()),
        newest_ns: bounds.map(|(_, newest)| newest.to_string()),
        generation: snapshot.generation(),
        endpoints: Vec::new(),
        containers: None,
        otlp_headers: None,
        allowed: Vec::new(),
        arrivals: Arrivals::default(),
        forward,
        imports: Vec::new(),
        notices,
        paused: false,
        settings_generation: 0,
    }
}

/// A ledger as the file has it, without the live state that only the sending process knows.
fn ledger(destination: &Destination, counters: Counters) -> ForwardStatus {
    let end = (counters.logged, counters.logged_bytes);
    forward_status(tee::DestinationStatus::of_ledger(destination.clone(), end))
}

fn arrivals(now: ArrivalsNow) -> Arrivals {
    let last = now.last;
    Arrivals {
        requests: now.n_requests,
        events_per_second: now.events_per_second,
        events_by_second: now.events_by_second,
        last_transport: last.as_ref().map(|last| last.transport.to_owned()),
        last_ns: last.as_ref().map(|last| last.at.to_string()),
        last_client: last.and_then(|last| last.client),
        refused: now.refused.into_iter().map(|(reason, count)| refused_notice(reason, count)).collect(),
        strangers: now.strangers.into_iter().map(stranger).collect(),
    }
}

fn stranger(stranger: skep_engine::Stranger) -> Stranger {
    let skep_engine::Stranger { kind, name, n_refused, last } = stranger;
    Stranger { kind: name_kind(kind), name, count: n_refused, last_ns: last.to_string() }
}

fn refused_notice(reason: &str, count: u64) -> Notice {
    let message = match reason {
        "origin" => {
            "requests from web pages that are not on this machine were refused; the Connect page can allow one"
        }
        "host" => {
            "requests to a name of the public web were refused, as it is none of this machine's; the Connect page can \
             allow one"
        }
        "headers" => "requests with headers over the limit header_bytes were refused",
        "connections" => "idle connections were closed at the limit connections, to make room for others",
        "token" => {
            "requests from beyond this machine without the token were refused; set \
             OTEL_EXPORTER_OTLP_HEADERS=x-otlp-api-key=TOKEN with the one in skep.otlp-token, beside the store"
        }
        "path" => {
            "requests to a path that receives nothing were refused; use /v1/traces, /v1/metrics or /v1/logs"
        }
        "method" => "requests by another method than POST were refused",
        "media_type" => "requests that are neither protobuf nor JSON were refused",
        "compression" => "requests in an unknown compression were refused; gzip, zstd and deflate are read",
        "too_large" => "requests over the limit body_bytes were refused; send smaller batches",
        "malformed" => "requests that are not OTLP were refused",
        "too_slow" => "connections that stalled were closed",
        "overload" => "requests were put off because too much was under way; senders try again",
        _ => "requests were refused",
    };
    Notice { code: format!("refused_{reason}"), message: message.to_owned(), count }
}

fn port_taken(endpoint: &Endpoint) -> Notice {
    let Endpoint { protocol, requested, bound, .. } = endpoint;
    let name = if protocol == "grpc" { "gRPC" } else { "HTTP" };
    Notice {
        code: "port_taken".to_owned(),
        message: format!("{requested} is taken by another program; {name} is received on {bound} instead"),
        count: 1,
    }
}

fn damaged_file(files_aside: &[PathBuf]) -> Option<Notice> {
    let newest = files_aside.last()?.display();
    Some(Notice {
        code: "damaged_file".to_owned(),
        message: format!(
            "the store's file was damaged and put aside as {newest}, and a new one was begun; once you do not need \
             it, delete it"
        ),
        count: files_aside.len() as u64,
    })
}

fn disk_low() -> Notice {
    Notice {
        code: "disk_low".to_owned(),
        message: "the disk is nearly full: nothing is received, senders are told to try again, and receiving goes on by \
                  itself once there is space"
            .to_owned(),
        count: 1,
    }
}

fn key_in_file(forward: &[ForwardStatus]) -> Option<Notice> {
    let in_file: Vec<&ForwardStatus> =
        forward.iter().filter(|status| status.key.place == KeyPlace::File).collect();
    let path = in_file.first()?.key.path.clone().unwrap_or_default();
    Some(Notice {
        code: "key_in_file".to_owned(),
        message: format!("no keychain answered, so keys lie in {path}, which only you can read"),
        count: in_file.len() as u64,
    })
}

fn mended(counters: Counters) -> impl Iterator<Item = Notice> {
    let notice = |code: &str, message: &str, count: u64| Notice {
        code: code.to_owned(),
        message: message.to_owned(),
        count,
    };
    [
        notice(
            "rejected",
            "events could not be read and were refused; their senders were told why",
            counters.rejected,
        ),
        notice("dropped", "events could not be kept", counters.dropped),
        notice(
            "duplicate",
            "events had been kept before, as after a retry, and were not doubled",
            counters.duplicate,
        ),
        notice(
            "repaired",
            "events were kept after a repair, such as of text that is not UTF-8",
            counters.repaired,
        ),
        notice("truncated", "events were kept after something over a cap was cut", counters.truncated),
        notice("evicted", "oldest events have left to make room", counters.evicted),
        notice(
            "damaged",
            "kept requests can no longer be read: the disk gave back other bytes than were written",
            counters.damaged,
        ),
    ]
    .into_iter()
    .filter(|notice| notice.count > 0)
}
