use crate::allowed::Allowed;
use crate::beyond::Token;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

/// Where to listen, and for how much.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where OTLP/gRPC is expected; 127.0.0.1:4317 by convention.
    pub grpc: SocketAddr,
    /// Where OTLP/HTTP is expected; 127.0.0.1:4318 by convention.
    pub http: SocketAddr,
    /// A further address of this machine, on the same two ports: the one that containers reach it by. Who comes by it from
    /// a network of containers needs no token.
    pub containers: Option<IpAddr>,
    /// What has to be brought by whoever comes by any other way, as with `0.0.0.0`; without one, nobody does.
    pub token: Option<Token>,
    /// Pages and names of this machine that are let in besides the usual ones.
    pub allowed: Allowed,
    /// What a client may cost.
    pub limits: Limits,
}

/// What a client may cost. The defaults are those of the OTLP specification where it names one.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Bytes of one body, both as sent and decompressed; the specification recommends 64 MiB.
    pub body_bytes: usize,
    /// Bytes of all bodies being read, and again as many for their events while these are stored: twice
    /// [`Limits::body_bytes`] at least.
    pub in_flight_bytes: usize,
    /// Connections. A further one takes the place of the one that is idle for longest, or waits for one to end.
    pub connections: usize,
    /// Concurrent requests of one HTTP/2 connection.
    pub streams: u32,
    /// Bytes of a request's headers.
    pub header_bytes: u32,
    /// From a connection's start to the end of its first request's headers.
    pub header_timeout: Duration,
    /// From the end of a request's headers to the end of its body.
    pub body_timeout: Duration,
    /// Without a request, the next one's headers included.
    pub idle_timeout: Duration,
    /// What is kept of a request and of its records.
    pub decoded: skep_otlp::Limits,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            body_bytes: 64 << 20,
            in_flight_bytes: 256 << 20,
            connections: 1_024,
            streams: 128,
            header_bytes: 16 << 10,
            header_timeout: Duration::from_secs(10),
            body_timeout: Duration::from_secs(30),
            idle_timeout: Duration::from_secs(60),
            decoded: skep_otlp::Limits::DEFAULT,
        }
    }
}
