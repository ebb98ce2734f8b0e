//! Whatever a developer points at Skep is received on the first try: the SDKs, agents and pages that are not flask.rs's,
//! node.rs's or honeycomb.rs's, unchanged, configured by OTEL_* variables alone.

#![allow(clippy::unwrap_used, reason = "test code")]

mod collector;
mod go;
mod java;
mod node;
mod python;
mod web;

use std::net::SocketAddr;
use std::process::Command;

/// A client that is called `service` and sends to `address`.
fn sends_to(mut client: Command, address: SocketAddr, service: &str) -> Command {
    client.env("OTEL_SERVICE_NAME", service);
    client.env("OTEL_EXPORTER_OTLP_ENDPOINT", format!("http://{address}"));
    // An hour: metrics are told once, at the end, however slow the machine is.
    client.env("OTEL_METRIC_EXPORT_INTERVAL", "3600000");
    client
}

fn of_service(service: &str) -> String {
    format!("service.name = '{service}'")
}
