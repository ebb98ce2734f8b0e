//! Which addresses can be forwarded to, and what of them is sent where.

use crate::error::ForwardError;
use skep_model::{Encoding, Signal};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use url::{Host, Url};

/// Where OTLP is received over gRPC, unless an address says otherwise (OTLP specification, "OTLP/gRPC Default Port").
const GRPC_PORT: u16 = 4317;
/// And where TLS is, as at Honeycomb.
const HTTPS_PORT: u16 = 443;

/// Reads a base URL as a person enters it.
///
/// `own` are the addresses this process receives on: forwarding there would go round in circles.
pub(crate) fn parse(text: &str, own: &[SocketAddr]) -> Result<Url, ForwardError> {
    let refuse = |sentence| Err(ForwardError::Address(sentence));
    let Ok(mut url) = Url::parse(text.trim()) else {
        return refuse("the address is not a URL such as https://api.honeycomb.io");
    };
    if !matches!(url.scheme(), "http" | "https" | "grpc" | "grpcs") || url.host().is_none() {
        return refuse(
            "the address has to begin with https:// or http://, or for gRPC with grpcs:// or grpc://",
        );
    }
    let is_grpc = matches!(url.scheme(), "grpc" | "grpcs");
    if is_grpc && url.port().is_none() {
        let port = if url.scheme() == "grpc" { GRPC_PORT } else { HTTPS_PORT };
        // It has a host, so it can have a port.
        url.set_port(Some(port)).ok();
    }
    if !url.username().is_empty() || url.password().is_some() {
        return refuse("the address holds a user name or a password; enter secrets as the key or as headers");
    }
    if url.query().is_some() || url.fragment().is_some() {
        return refuse("the address holds a query or a fragment; enter secrets as the key or as headers");
    }
    if matches!(url.scheme(), "http" | "grpc") && !is_near(&url) {
        return refuse(
            "without TLS this would show the data and the key to the network; use https:// or grpcs:// for this host",
        );
    }
    if is_own(&url, own) {
        return refuse("this is where Skep itself receives; what it forwards would come back for ever");
    }
    if is_grpc {
        url.set_path("");
        return Ok(url);
    }
    // People copy the address of one signal; the base is what is meant.
    let path = url.path().trim_end_matches('/');
    let base = Signal::ALL
        .iter()
        .find_map(|signal| path.strip_suffix(signal.as_str())?.strip_suffix("/v1/"))
        .unwrap_or(path)
        .trim_end_matches('/')
        .to_owned();
    url.set_path(&base);
    Ok(url)
}

/// The URL as it is kept and shown: no slash at the end, so that one destination has one spelling.
pub(crate) fn text(base: &Url) -> String {
    base.as_str().trim_end_matches('/').to_owned()
}

/// Where a signal goes: the base, `/v1/` and the signal's name (OTLP exporter specification, endpoint URLs).
pub(crate) fn endpoint(base: &Url, signal: Signal) -> Url {
    let mut url = base.clone();
    url.set_path(&format!("{}/v1/{}", base.path().trim_end_matches('/'), signal.as_str()));
    url
}

/// Where Honeycomb's own events go, or nothing for a dataset that no path can name.
pub(crate) fn honeycomb_endpoint(base: &Url, encoding: Encoding, dataset: &str) -> Option<Url> {
    // A URL's parser would take these for a way up or none.
    if matches!(dataset, "" | "." | "..") {
        return None;
    }
    let kind = if encoding == Encoding::HoneycombMarker { "markers" } else { "batch" };
    let mut url = base.clone();
    url.path_segments_mut().ok()?.pop_if_empty().extend(["1", kind, dataset]);
    Some(url)
}

/// Whether it is Honeycomb itself.
pub(crate) fn is_honeycomb(base: &Url) -> bool {
    let host = base.host_str().unwrap_or_default().trim_end_matches('.');
    host == "honeycomb.io" || host.ends_with(".honeycomb.io")
}

/// Whether it is sent to over gRPC.
pub(crate) fn is_grpc(base: &Url) -> bool {
    matches!(base.scheme(), "grpc" | "grpcs")
}

/// Whether the connection is without TLS.
pub(crate) fn is_plain(base: &Url) -> bool {
    matches!(base.scheme(), "http" | "grpc")
}

/// The same over the protocol below: `https` for `grpcs`.
fn over_http(base: &Url) -> Url {
    let scheme = match base.scheme() {
        "grpc" => "http",
        "grpcs" => "https",
        _ => return base.clone(),
    };
    // A URL's own setter refuses to make a special scheme of one that is none.
    let rest = base.as_str().split_once(':').map_or("", |(_, rest)| rest);
    Url::parse(&format!("{scheme}:{rest}")).unwrap_or_else(|_| base.clone())
}

/// Where a signal goes over gRPC: the method's path.
pub(crate) fn grpc_endpoint(base: &Url, signal: Signal) -> Url {
    let (package, service) = match signal {
        Signal::Traces => ("trace", "TraceService"),
        Signal::Metrics => ("metrics", "MetricsService"),
        Signal::Logs => ("logs", "LogsService"),
    };
    let mut url = over_http(base);
    url.set_path(&format!("/opentelemetry.proto.collector.{package}.v1.{service}/Export"));
    url
}

/// Where Honeycomb tells what a key may do.
pub(crate) fn auth_endpoint(base: &Url) -> Url {
    let mut url = over_http(base);
    url.set_path(&format!("{}/1/auth", url.path().trim_end_matches('/')));
    url
}

/// Honeycomb's pages beside its API; nothing for other hosts.
pub(crate) fn honeycomb_pages(base: &Url) -> Option<&'static str> {
    match base.host_str()?.trim_end_matches('.') {
        "api.honeycomb.io" => Some("https://ui.honeycomb.io"),
        "api.eu1.honeycomb.io" => Some("https://ui.eu1.honeycomb.io"),
        _ => None,
    }
}

/// Scheme, host and port: what a key belongs to.
pub(crate) fn origin(base: &Url) -> String {
    over_http(base).origin().ascii_serialization()
}

fn ip(url: &Url) -> Option<IpAddr> {
    match url.host()? {
        Host::Ipv4(ip) => Some(ip.into()),
        Host::Ipv6(ip) => Some(IpAddr::from(ip).to_canonical()),
        // Under a scheme that URLs do not know, an address in digits is a name to them.
        Host::Domain(name) => name.parse().ok(),
    }
}

/// Whether it is this machine.
pub(crate) fn is_loopback(url: &Url) -> bool {
    match (ip(url), url.host()) {
        (Some(ip), _) => ip.is_loopback() || ip.is_unspecified(),
        (None, Some(Host::Domain(name))) => {
            let name = name.trim_end_matches('.');
            name == "localhost" || name.ends_with(".localhost")
        }
        _ => false,
    }
}

/// Whether it is this machine or the network around it: an address of a private range, or a name that public DNS does
/// not have (one word as in Docker Compose, `.local` of RFC 6762, `.internal` as reserved by ICANN).
fn is_near(url: &Url) -> bool {
    if is_loopback(url) {
        return true;
    }
    match (ip(url), url.host()) {
        (Some(IpAddr::V4(ip)), _) => ip.is_private() || ip.is_link_local() || is_shared(ip),
        (Some(IpAddr::V6(ip)), _) => ip.is_unique_local() || ip.is_unicast_link_local(),
        (None, Some(Host::Domain(name))) => {
            let name = name.trim_end_matches('.');
            !name.contains('.') || name.ends_with(".local") || name.ends_with(".internal")
        }
        _ => false,
    }
}

/// 100.64.0.0/10 of RFC 6598, which overlay networks use.
fn is_shared(ip: Ipv4Addr) -> bool {
    let [a, b, ..] = ip.octets();
    a == 100 && (64..128).contains(&b)
}

fn is_own(url: &Url, own: &[SocketAddr]) -> bool {
    own.iter().any(|address| {
        url.port_or_known_default() == Some(address.port())
            && (ip(url) == Some(address.ip().to_canonical()) || is_loopback(url))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    fn check(inputs: &[&str], expect: &Expect) {
        let own = [SocketAddr::from(([127, 0, 0, 1], 4318)), SocketAddr::from(([192, 168, 1, 2], 4317))];
        let outcomes: Vec<String> = inputs
            .iter()
            .map(|input| match parse(input, &own) {
                Ok(base) => format!("{input} -> {} {}\n", origin(&base), endpoint(&base, Signal::Logs)),
                Err(error) => format!("{input} -> {error}\n"),
            })
            .collect();
        expect.assert_eq(&outcomes.concat());
    }

    #[test]
    fn addresses_that_work() {
        check(
            &[
                "https://api.honeycomb.io",
                " https://API.honeycomb.io/ ",
                "https://api.honeycomb.io/v1/traces",
                "https://otlp.example.com:8443/otlp/v1/metrics/",
                "https://otlp.example.com/tenant/a/",
                "http://localhost:14318",
                "http://collector.localhost:4319/base",
                "http://[::1]:4319",
                "http://10.1.2.3:4318",
                "http://100.100.1.1:4318",
                "http://[fd00::1]:4318",
                "http://otel-collector:4318",
                "http://nas.local:4318",
                "grpc://localhost:4319",
                "grpc://10.0.8.14:4317/ignored",
                "grpcs://api.honeycomb.io",
            ],
            &expect![[r#"
                https://api.honeycomb.io -> https://api.honeycomb.io https://api.honeycomb.io/v1/logs
                 https://API.honeycomb.io/  -> https://api.honeycomb.io https://api.honeycomb.io/v1/logs
                https://api.honeycomb.io/v1/traces -> https://api.honeycomb.io https://api.honeycomb.io/v1/logs
                https://otlp.example.com:8443/otlp/v1/metrics/ -> https://otlp.example.com:8443 https://otlp.example.com:8443/otlp/v1/logs
                https://otlp.example.com/tenant/a/ -> https://otlp.example.com https://otlp.example.com/tenant/a/v1/logs
                http://localhost:14318 -> http://localhost:14318 http://localhost:14318/v1/logs
                http://collector.localhost:4319/base -> http://collector.localhost:4319 http://collector.localhost:4319/base/v1/logs
                http://[::1]:4319 -> http://[::1]:4319 http://[::1]:4319/v1/logs
                http://10.1.2.3:4318 -> http://10.1.2.3:4318 http://10.1.2.3:4318/v1/logs
                http://100.100.1.1:4318 -> http://100.100.1.1:4318 http://100.100.1.1:4318/v1/logs
                http://[fd00::1]:4318 -> http://[fd00::1]:4318 http://[fd00::1]:4318/v1/logs
                http://otel-collector:4318 -> http://otel-collector:4318 http://otel-collector:4318/v1/logs
                http://nas.local:4318 -> http://nas.local:4318 http://nas.local:4318/v1/logs
                grpc://localhost:4319 -> http://localhost:4319 grpc://localhost:4319/v1/logs
                grpc://10.0.8.14:4317/ignored -> http://10.0.8.14:4317 grpc://10.0.8.14:4317/v1/logs
                grpcs://api.honeycomb.io -> https://api.honeycomb.io grpcs://api.honeycomb.io:443/v1/logs
            "#]],
        );
    }

    #[test]
    fn a_dataset_is_one_part_of_the_path() {
        let base = Url::parse("https://example.com/tenant").unwrap();
        let endpoint = |dataset| {
            honeycomb_endpoint(&base, Encoding::HoneycombMsgpack, dataset).map(|url| url.path().to_owned())
        };
        assert_eq!(endpoint("my shop/ü?#").as_deref(), Some("/tenant/1/batch/my%20shop%2F%C3%BC%3F%23"));
        assert_eq!([endpoint(""), endpoint("."), endpoint("..")], [None, None, None]);
        let marker = honeycomb_endpoint(&base, Encoding::HoneycombMarker, "__all__").unwrap();
        assert_eq!(marker.path(), "/tenant/1/markers/__all__");
        for (url, expected) in [
            ("https://api.honeycomb.io", true),
            ("https://api.eu1.honeycomb.io.", true),
            ("https://honeycomb.io.example.com", false),
            ("https://nothoneycomb.io", false),
        ] {
            assert_eq!(is_honeycomb(&Url::parse(url).unwrap()), expected, "{url}");
        }
    }

    #[test]
    fn addresses_that_do_not() {
        check(
            &[
                "",
                "api.honeycomb.io",
                "ftp://example.com",
                "unix:/run/otlp.sock",
                "https://user:secret@example.com",
                "https://example.com/?api_key=secret",
                "https://example.com/#secret",
                "http://api.honeycomb.io",
                "http://8.8.8.8:4318",
                "http://[2001:db8::1]",
                "http://100.128.0.1",
                "http://localhost:4318",
                "http://127.0.0.1:4318/v1/traces",
                "http://[::ffff:127.0.0.1]:4318",
                "http://192.168.1.2:4317",
                "grpc://192.168.1.2",
                "grpc://api.honeycomb.io:443",
                "grpc://8.8.8.8",
            ],
            &expect![[r#"
                 -> the address is not a URL such as https://api.honeycomb.io
                api.honeycomb.io -> the address is not a URL such as https://api.honeycomb.io
                ftp://example.com -> the address has to begin with https:// or http://, or for gRPC with grpcs:// or grpc://
                unix:/run/otlp.sock -> the address has to begin with https:// or http://, or for gRPC with grpcs:// or grpc://
                https://user:secret@example.com -> the address holds a user name or a password; enter secrets as the key or as headers
                https://example.com/?api_key=secret -> the address holds a query or a fragment; enter secrets as the key or as headers
                https://example.com/#secret -> the address holds a query or a fragment; enter secrets as the key or as headers
                http://api.honeycomb.io -> without TLS this would show the data and the key to the network; use https:// or grpcs:// for this host
                http://8.8.8.8:4318 -> without TLS this would show the data and the key to the network; use https:// or grpcs:// for this host
                http://[2001:db8::1] -> without TLS this would show the data and the key to the network; use https:// or grpcs:// for this host
                http://100.128.0.1 -> without TLS this would show the data and the key to the network; use https:// or grpcs:// for this host
                http://localhost:4318 -> this is where Skep itself receives; what it forwards would come back for ever
                http://127.0.0.1:4318/v1/traces -> this is where Skep itself receives; what it forwards would come back for ever
                http://[::ffff:127.0.0.1]:4318 -> this is where Skep itself receives; what it forwards would come back for ever
                http://192.168.1.2:4317 -> this is where Skep itself receives; what it forwards would come back for ever
                grpc://192.168.1.2 -> this is where Skep itself receives; what it forwards would come back for ever
                grpc://api.honeycomb.io:443 -> without TLS this would show the data and the key to the network; use https:// or grpcs:// for this host
                grpc://8.8.8.8 -> without TLS this would show the data and the key to the network; use https:// or grpcs:// for this host
            "#]],
        );
    }
}
