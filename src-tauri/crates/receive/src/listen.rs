use crate::beyond::Beyond;
use crate::config::Config;
use crate::connection::Connections;
use crate::http;
use crate::idle::Idle;
use crate::intake::Intake;
use crate::interface;
use crate::sink::{RefusedReason, Sink};
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, TryAcquireError};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// Ports tried after a taken one.
const PORTS_TRIED_MAX: u16 = 64;
/// How long to wait where the system accepts no connection, for want of file handles mostly.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// What a port is for by convention; both protocols are answered on each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Protocol {
    /// OTLP/gRPC.
    Grpc,
    /// OTLP/HTTP.
    Http,
}

impl Protocol {
    /// `grpc` or `http`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Protocol::Grpc => "grpc",
            Protocol::Http => "http",
        }
    }
}

/// Where a protocol is listened for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Endpoint {
    /// What it is for.
    pub protocol: Protocol,
    /// As configured.
    pub requested: SocketAddr,
    /// As it is.
    pub bound: SocketAddr,
    /// The requested port was taken by another program, and the next free one is listened on.
    pub taken: bool,
}

/// The running listeners. Dropping it leaves them running; [`Receiver::shutdown`] ends them.
#[derive(Debug)]
pub struct Receiver {
    /// gRPC, then HTTP.
    pub endpoints: [Endpoint; 2],
    /// Accept nothing more, and finish what has begun.
    stop: CancellationToken,
    /// Let go of everything.
    abort: CancellationToken,
    tasks: TaskTracker,
}

impl Receiver {
    /// Stops accepting, answers what has begun, and ends what is left after `deadline`. Reports whether all was
    /// answered by then.
    pub async fn shutdown(self, deadline: Duration) -> bool {
        self.stop.cancel();
        self.tasks.close();
        let all_answered = tokio::time::timeout(deadline, self.tasks.wait()).await.is_ok();
        self.abort.cancel();
        self.tasks.wait().await;
        all_answered
    }
}

/// Listens on both ports, on the next free ones where they are taken.
///
/// # Errors
/// Where no port can be listened on: an address that is not this machine's, 65 taken ports in a row, or the ports that
/// were found are taken at the containers' address.
pub async fn listen<S: Sink>(config: Config, sink: S) -> io::Result<Receiver> {
    let Config { grpc, http, containers, token, allowed, limits } = config;
    let beyond = Beyond { containers, token };
    let places = Arc::new(Semaphore::new(limits.connections.min(Semaphore::MAX_PERMITS)));
    let router = http::router(Intake::new(sink.clone(), limits.clone(), beyond.clone(), allowed));
    let connections = Connections::new(router, limits);
    let (stop, abort, tasks) = (CancellationToken::new(), CancellationToken::new(), TaskTracker::new());

    // gRPC's way out of a taken port must not take HTTP's.
    let grpc_listener = bind(grpc, Some(http.port()))?;
    let http_listener = bind(http, None)?;
    let endpoints =
        [endpoint(Protocol::Grpc, grpc, &grpc_listener)?, endpoint(Protocol::Http, http, &http_listener)?];
    let mut listeners = vec![grpc_listener, http_listener];
    for endpoint in &endpoints {
        listeners.extend(bind_v6_twin(endpoint.bound));
    }
    for (protocol, endpoint) in ["gRPC", "HTTP"].into_iter().zip(&endpoints) {
        let Some(ip) =
            containers.filter(|ip| !endpoint.bound.ip().is_unspecified() && *ip != endpoint.bound.ip())
        else {
            continue;
        };
        let address = SocketAddr::new(ip, endpoint.bound.port());
        let listener = open(address).map_err(|error| {
            io::Error::new(error.kind(), format!("{address}, where containers send {protocol}: {error}"))
        })?;
        listeners.push(listener);
    }
    for listener in listeners {
        let (stop, abort, tasks_within) = (stop.clone(), abort.clone(), tasks.clone());
        let (places, connections) = (Arc::clone(&places), connections.clone());
        let (beyond, sink) = (beyond.clone(), sink.clone());
        tasks.spawn(async move {
            let idle = connections.idle.clone();
            let accepting = accept(listener, places, idle, |stream, permit| {
                let ends =
                    stream.local_addr().and_then(|reached| Ok((reached.ip(), stream.peer_addr()?.ip())));
                // Where that cannot be told, the stricter rule holds.
                let needs_token = ends.map_or(true, |(reached, peer)| {
                    beyond.needs_token(reached, peer, interface::is_container)
                });
                let (connections, sink) = (connections.clone(), sink.clone());
                let (stop, abort) = (stop.clone(), abort.clone());
                tasks_within.spawn(async move {
                    let serve = connections.serve(stream, needs_token, stop);
                    let refused: Option<Option<RefusedReason>> = abort.run_until_cancelled(serve).await;
                    if let Some(reason) = refused.flatten() {
                        sink.refused(reason);
                    }
                    drop(permit);
                });
            });
            stop.run_until_cancelled(accepting).await;
        });
    }
    Ok(Receiver { endpoints, stop, abort, tasks })
}

fn endpoint(protocol: Protocol, requested: SocketAddr, listener: &TcpListener) -> io::Result<Endpoint> {
    let bound = listener.local_addr()?;
    let taken = requested.port() != 0 && requested.port() != bound.port();
    Ok(Endpoint { protocol, requested, bound, taken })
}

/// Connections that the system keeps until they are accepted. Beyond, it lets a client wait a second before it tries again.
const BACKLOG: u32 = 4_096;

fn open(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    // Elsewhere it means to take a port from who has it.
    #[cfg(unix)]
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

/// Binds the first free port from the requested one on, except `reserved`.
fn bind(requested: SocketAddr, reserved: Option<u16>) -> io::Result<TcpListener> {
    let mut result = open(requested);
    for offset in 1..=PORTS_TRIED_MAX {
        // Windows reports ports that it keeps for itself as a lack of permission.
        let is_taken = matches!(&result, Err(error) if matches!(
            error.kind(),
            io::ErrorKind::AddrInUse | io::ErrorKind::PermissionDenied
        ));
        let Some(port) = requested.port().checked_add(offset) else { break };
        if !is_taken || requested.port() == 0 {
            break;
        }
        if Some(port) != reserved {
            result = open(SocketAddr::new(requested.ip(), port));
        }
    }
    result
}

/// `localhost` is `[::1]` to some SDKs: the same port there, where the machine has it and it is free.
fn bind_v6_twin(bound: SocketAddr) -> Option<TcpListener> {
    if bound.ip() != IpAddr::V4(Ipv4Addr::LOCALHOST) {
        return None;
    }
    let twin = SocketAddr::new(Ipv6Addr::LOCALHOST.into(), bound.port());
    open(twin).inspect_err(|error| tracing::info!(port = bound.port(), %error, "not listening on [::1]")).ok()
}

/// Accepts for ever. A connection over the limit takes the place of the one that is idle for longest; where none is idle
/// it waits for one to end, and the ones behind it in the backlog.
async fn accept(
    listener: TcpListener,
    places: Arc<Semaphore>,
    idle: Idle,
    mut serve: impl FnMut(TcpStream, OwnedSemaphorePermit),
) {
    loop {
        let stream = match listener.accept().await {
            Ok((stream, _)) => stream,
            Err(error) => {
                tracing::warn!(%error, "cannot accept a connection");
                tokio::time::sleep(ACCEPT_PAUSE).await;
                continue;
            }
        };
        // An answer is one small write: it must not wait for more.
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "no TCP_NODELAY");
        }
        let Some(permit) = place(&places, &idle).await else { return };
        serve(stream, permit);
    }
}

/// How long a place is waited for before one more connection that fell idle meanwhile is asked to leave.
const PLACE_PAUSE: Duration = Duration::from_millis(10);

async fn place(places: &Arc<Semaphore>, idle: &Idle) -> Option<OwnedSemaphorePermit> {
    loop {
        match Arc::clone(places).try_acquire_owned() {
            Ok(permit) => return Some(permit),
            Err(TryAcquireError::Closed) => return None,
            Err(TryAcquireError::NoPermits) => {}
        }
        idle.evict();
        if let Ok(permit) = tokio::time::timeout(PLACE_PAUSE, Arc::clone(places).acquire_owned()).await {
            return permit.ok();
        }
    }
}
