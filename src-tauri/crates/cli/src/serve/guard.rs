//! Who may ask: the browser that was given the token, from the page this process serves.
//!
//! A web page elsewhere can reach a loopback port. Three walls keep it out: the Host has to be a name of this machine
//! (no rebinding), the Origin has to be our own, and the token has to come along, in a cookie that is not sent across
//! sites or as a bearer token.

use axum::extract::{Request, State};
use axum::http::header::{AUTHORIZATION, COOKIE, HOST, ORIGIN};
use axum::http::{HeaderMap, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use std::sync::Arc;

/// Letters of the token: 256 bits in hexadecimal.
const TOKEN_BYTES: usize = 32;

/// Opens the door.
#[derive(Clone)]
pub(crate) struct Token(Arc<str>);

impl Token {
    /// A new one, from the system's source of randomness.
    pub(crate) fn new() -> Self {
        Self(const_hex::encode(rand::random::<[u8; TOKEN_BYTES]>()).into())
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether `guess` is the token. Takes the same time wherever the first difference lies.
    pub(crate) fn is(&self, guess: &str) -> bool {
        let differences = self.0.bytes().zip(guess.bytes()).fold(0, |seen, (a, b)| seen | (a ^ b));
        self.0.len() == guess.len() && differences == 0
    }

    /// The cookie's name carries the port: cookies are shared by all ports of a host, and two Skeps may run.
    pub(crate) fn cookie_name(host: &str) -> String {
        let port = host.rsplit(':').next().filter(|port| port.bytes().all(|byte| byte.is_ascii_digit()));
        format!("skep_{}", port.unwrap_or("80"))
    }
}

/// Refuses requests for another host or from another origin, whatever they ask for.
pub(crate) async fn same_site(request: Request, next: Next) -> Response {
    let headers = request.headers();
    let Some(host) =
        host(headers).or_else(|| request.uri().authority().map(|authority| authority.to_string()))
    else {
        return (StatusCode::BAD_REQUEST, "a Host header is needed\n").into_response();
    };
    if !is_loopback_name(&host) {
        return (StatusCode::FORBIDDEN, "this host is not served; open the address that skep printed\n")
            .into_response();
    }
    let own_origin = format!("http://{host}");
    match headers.get(ORIGIN) {
        Some(origin) if origin.as_bytes() != own_origin.as_bytes() => {
            (StatusCode::FORBIDDEN, "requests from other pages are refused\n").into_response()
        }
        _ => next.run(request).await,
    }
}

/// Refuses requests without the token.
pub(crate) async fn with_token(State(token): State<Token>, request: Request, next: Next) -> Response {
    let headers = request.headers();
    let bearer = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok()?.strip_prefix("Bearer "));
    let name = Token::cookie_name(&host(headers).unwrap_or_default());
    let cookie = headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut cookies = cookie.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
    let by_cookie = cookies.any(|(cookie, value)| cookie == name && token.is(value));
    if by_cookie || bearer.is_some_and(|bearer| token.is(bearer)) {
        return next.run(request).await;
    }
    (StatusCode::UNAUTHORIZED, "open the address that skep printed: it holds the token\n").into_response()
}

pub(crate) fn host(headers: &HeaderMap) -> Option<String> {
    Some(headers.get(HOST)?.to_str().ok()?.to_ascii_lowercase())
}

fn is_loopback_name(host: &str) -> bool {
    let without_port = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    };
    matches!(without_port, "localhost" | "127.0.0.1" | "[::1]")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_of_this_machine_are_hosts() {
        for host in ["localhost", "localhost:4319", "127.0.0.1:1", "[::1]", "[::1]:4319"] {
            assert!(is_loopback_name(host), "{host}");
        }
        for host in [
            "",
            "evil.example",
            "localhost.evil.example",
            "127.0.0.1.evil.example:80",
            "127.0.0.1:x",
            "0.0.0.0",
        ] {
            assert!(!is_loopback_name(host), "{host}");
        }
    }

    #[test]
    fn a_token_is_only_itself() {
        let token = Token::new();
        assert_eq!(token.as_str().len(), 2 * TOKEN_BYTES);
        assert!(token.is(token.as_str()));
        assert!(!token.is("") && !token.is(&token.as_str()[1..]) && !token.is(Token::new().as_str()));
        assert_eq!(Token::cookie_name("127.0.0.1:4319"), "skep_4319");
        assert_eq!(Token::cookie_name("localhost"), "skep_80");
    }
}
