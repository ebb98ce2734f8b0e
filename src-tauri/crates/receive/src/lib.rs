//! The listeners: OTLP by gRPC and by HTTP, and what Honeycomb's own senders speak, on both ports, bounded in every
//! direction.
//!
//! axum routes and tonic speaks gRPC, but a body is read before either sees it, so that the limits of size, time and
//! bytes in flight hold for both protocols alike.
//!
//! Invariants: this crate never answers success before [`Sink::submit`] has returned; never logs or keeps `authorization`,
//! `x-otlp-api-key` or `x-honeycomb-team`, and reads the first two only for its own token; never serves data, only takes
//! it; never reads a body before its media type, its origin and the name it was sent to are accepted; never buffers more
//! than [`Limits`] allow.

mod allowed;
mod answer;
mod beyond;
mod body;
mod config;
mod connection;
mod failure;
mod grpc;
mod honeycomb;
mod host;
mod http;
mod idle;
mod inflate;
mod intake;
mod interface;
mod listen;
mod origin;
mod protobuf;
mod sink;

pub use allowed::{Allowed, NAME_BYTES_MAX, NameKind, parse_name};
pub use beyond::Token;
pub use config::{Config, Limits};
pub use interface::interface_address;
pub use listen::{Endpoint, Protocol, Receiver, listen};
pub use sink::{Refusal, RefusedReason, Sink, Submission, Transport};
pub use skep_otlp::{Limits as DecodedLimits, VALUE_LEVELS_MAX};
