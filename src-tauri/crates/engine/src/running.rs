//! Where a running Skep receives, in a file beside its store: another process of the same user finds it there, whichever
//! port it got.

use crate::beside;
use serde::{Deserialize, Serialize};
use skep_receive::{Endpoint, Protocol};
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;

const FILE_NAME: &str = "skep.running.json";

#[derive(Serialize, Deserialize)]
struct Running {
    otlp_http: SocketAddr,
}

/// Writes it down. Whoever reads it later than this process ends finds the store unlocked and does not ask it.
pub(crate) fn write(dir: &Path, endpoints: &[Endpoint]) -> io::Result<()> {
    let http = endpoints.iter().find(|endpoint| endpoint.protocol == Protocol::Http);
    let Some(http) = http else { return Ok(()) };
    beside::write_json(dir, FILE_NAME, &Running { otlp_http: http.bound })
}

/// Takes it away.
pub(crate) fn remove(dir: &Path) {
    std::fs::remove_file(dir.join(FILE_NAME)).ok();
}

/// Where the Skep that runs on a directory receives OTLP over HTTP, as it last said. Asked where its store is in use.
#[must_use]
pub fn running_http(dir: &Path) -> Option<SocketAddr> {
    let running: Running = serde_json::from_slice(&std::fs::read(dir.join(FILE_NAME)).ok()?).ok()?;
    let mut address = running.otlp_http;
    if address.ip().is_unspecified() {
        // It listens everywhere, here too.
        address.set_ip(Ipv4Addr::LOCALHOST.into());
    }
    Some(address)
}
