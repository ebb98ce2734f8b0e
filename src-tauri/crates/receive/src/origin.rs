//! Pages in a browser may send telemetry only where they are served from this machine, or were allowed by name.
//!
//! A browser names the page's origin with every POST, and lets no page forge it; other clients send none. So any
//! page of the web is kept out of the store without a token, whatever name it reaches the port by.

use crate::allowed::{Allowed, NameKind};
use axum::response::{IntoResponse, Response};
use http::header::{
    ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS,
    ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_MAX_AGE, ALLOW, ORIGIN, VARY,
};
use http::{HeaderMap, HeaderValue, StatusCode};

/// What [`ALLOW`] and a preflight say. GET needs no permission.
pub(crate) const METHODS: HeaderValue = HeaderValue::from_static("POST, OPTIONS");

const HEADERS: HeaderValue = HeaderValue::from_static(
    "content-type, content-encoding, authorization, x-honeycomb-team, x-honeycomb-dataset, x-honeycomb-event-time, \
     x-honeycomb-samplerate, x-otlp-api-key, traceparent, tracestate, baggage",
);

/// Seconds a browser may remember a preflight: the most that Chrome does.
const MAX_AGE_SECS: HeaderValue = HeaderValue::from_static("7200");

/// Who sent a request, as far as a browser says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    /// No browser, or one that does not say.
    Absent,
    /// A page of this machine, or one that was allowed.
    Known(HeaderValue),
    /// Any other page, by what it is called.
    Foreign(String),
}

impl Origin {
    pub(crate) fn of(headers: &HeaderMap, allowed: &Allowed) -> Self {
        let mut origins = headers.get_all(ORIGIN).iter();
        let is_known = |origin: &str| is_local(origin) || allowed.contains(NameKind::Origin, origin);
        match (origins.next(), origins.next()) {
            (None, _) => Origin::Absent,
            (Some(origin), None) if origin.to_str().is_ok_and(is_known) => Origin::Known(origin.clone()),
            (Some(origin), _) => Origin::Foreign(String::from_utf8_lossy(origin.as_bytes()).into_owned()),
        }
    }

    /// Lets the page read the answer, an error too.
    pub(crate) fn allow(self, response: &mut Response) {
        let headers = response.headers_mut();
        headers.insert(VARY, HeaderValue::from_static("origin"));
        if let Origin::Known(origin) = self {
            headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin);
            // `sendBeacon` always sends with credentials.
            headers.insert(ACCESS_CONTROL_ALLOW_CREDENTIALS, HeaderValue::from_static("true"));
        }
    }
}

/// The answer to OPTIONS, without its origin.
pub(crate) fn preflight() -> Response {
    let headers = [
        (ALLOW, METHODS),
        (ACCESS_CONTROL_ALLOW_METHODS, METHODS),
        (ACCESS_CONTROL_ALLOW_HEADERS, HEADERS),
        (ACCESS_CONTROL_MAX_AGE, MAX_AGE_SECS),
    ];
    (StatusCode::NO_CONTENT, headers).into_response()
}

/// Whether a page of `http(s)://host[:port]` is served from this machine.
fn is_local(origin: &str) -> bool {
    let Some(authority) = origin.strip_prefix("http://").or_else(|| origin.strip_prefix("https://")) else {
        return false;
    };
    // The colons within an IPv6 address are not the port's.
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => (host, port),
        _ => (authority, "0"),
    };
    let is_port = !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit());
    let host = host.to_ascii_lowercase();
    is_port
        && (matches!(&*host, "localhost" | "127.0.0.1" | "[::1]")
            || host.strip_suffix(".localhost").is_some_and(is_name))
}

fn is_name(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_pages_of_this_machine_are_local() {
        let local = [
            "http://localhost",
            "https://localhost:5173",
            "http://LOCALHOST:80",
            "http://app.localhost:3000",
            "http://127.0.0.1:8080",
            "http://[::1]",
            "https://[::1]:4319",
        ];
        let foreign = [
            "null",
            "",
            "https://example.com",
            "http://localhost.example.com",
            "http://notlocalhost",
            "http://.localhost",
            "http://evil.com@.localhost",
            "http://127.0.0.1.example.com",
            "http://127.0.0.1:80@example.com",
            "http://localhost:",
            "http://localhost:80/path",
            "http://[::1",
            "http://192.168.1.1",
            "file://localhost",
            "localhost",
        ];
        for origin in local {
            assert!(is_local(origin), "{origin}");
        }
        for origin in foreign {
            assert!(!is_local(origin), "{origin}");
        }
    }

    #[test]
    fn two_origins_are_none_of_ours() {
        let (mut headers, allowed) = (HeaderMap::new(), Allowed::default());
        assert_eq!(Origin::of(&headers, &allowed), Origin::Absent);
        let local = HeaderValue::from_static("http://localhost");
        headers.append(ORIGIN, local.clone());
        assert_eq!(Origin::of(&headers, &allowed), Origin::Known(local.clone()));
        headers.append(ORIGIN, local);
        assert_eq!(Origin::of(&headers, &allowed), Origin::Foreign("http://localhost".to_owned()));
    }
}
