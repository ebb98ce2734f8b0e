use crate::allowed::NameKind;
use bytes::Bytes;
use skep_model::{Encoding, Nanos, Signal};
use skep_otlp::Decoded;

/// Where accepted requests go.
pub trait Sink: Clone + Send + Sync + 'static {
    /// Tells the time, since the Unix epoch.
    fn now(&self) -> Nanos;

    /// Takes a decoded request and returns after its commit is synced: the exporter is answered then.
    ///
    /// The future is dropped where the client goes away before; what was handed on may be kept all the same.
    ///
    /// # Errors
    /// A [`Refusal`] asks the client to come again.
    fn submit(&self, submission: Submission) -> impl Future<Output = Result<(), Refusal>> + Send;

    /// Notes a request that was refused before it could be submitted, or a connection that was closed.
    fn refused(&self, reason: RefusedReason);

    /// Notes who was refused by [`RefusedReason::Origin`] or [`RefusedReason::Host`], so that a person can allow it.
    /// The name is as it was sent.
    fn stranger(&self, kind: NameKind, name: &str);
}

/// A request that was read and decoded. It holds at least one event, kept or rejected.
#[derive(Clone, Debug)]
pub struct Submission {
    /// When it arrived. What is decoded again has to be given the same.
    pub received: Nanos,
    /// By which service it came.
    pub signal: Signal,
    /// How `body` is written.
    pub encoding: Encoding,
    /// The message as it was sent, decompressed and without gRPC's framing; a single event of Honeycomb's as a batch of
    /// one, with what its headers said.
    pub body: Bytes,
    /// `x-honeycomb-dataset`, or the dataset in the path of Honeycomb's own events, cut to 256 bytes.
    pub dataset: Option<String>,
    /// What `body` holds.
    pub decoded: Decoded,
    /// `user-agent`, cut to 256 bytes.
    pub client: Option<String>,
    /// How it came.
    pub transport: Transport,
}

/// How a request came.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Transport {
    /// OTLP/gRPC.
    Grpc,
    /// OTLP/HTTP, and Honeycomb's own paths.
    Http,
}

/// Why a request is not stored now. Both are retryable: 503 with `Retry-After`, `UNAVAILABLE` with `RetryInfo`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// More is waiting than may wait.
    Busy {
        /// Long enough to catch up.
        retry_after_secs: u32,
    },
    /// The store cannot write.
    Unavailable {
        /// Long enough for its cause to pass.
        retry_after_secs: u32,
        /// For the developer who reads the exporter's log: what is wrong and what to do.
        message: String,
    },
}

/// Why a request was refused before it could be submitted, or a connection was closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RefusedReason {
    /// Sent by a page that is not served from this machine: 403, `PERMISSION_DENIED`.
    Origin,
    /// Sent to a name of the public web, which is none of this machine's: 403, `PERMISSION_DENIED`.
    Host,
    /// From beyond this machine without the token: 401, `UNAUTHENTICATED`.
    Token,
    /// No path that is served: 404, `UNIMPLEMENTED`.
    Path,
    /// A method that the path does not take: 405.
    Method,
    /// A media type other than the path's: 415.
    MediaType,
    /// An unknown compression: 415, `UNIMPLEMENTED`.
    Compression,
    /// Over the limit, as sent or decompressed: 413, `RESOURCE_EXHAUSTED`.
    TooLarge,
    /// The body broke off or is not what its headers say: 400, `INVALID_ARGUMENT`.
    Malformed,
    /// The headers are larger than they may be: 431.
    Headers,
    /// The body took too long: 408, `DEADLINE_EXCEEDED`. Or a connection sent no first request in time and was closed.
    TooSlow,
    /// Too many bytes in flight: 503, `UNAVAILABLE`.
    Overload,
    /// An idle connection was closed to make room for another.
    Connections,
}
