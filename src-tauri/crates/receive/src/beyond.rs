//! Who comes from beyond this machine has to bring a token.
//!
//! How near a sender is, is told by the address of ours that it reached: loopback, or the one that containers use, where
//! it also has to come from a network of containers, since a neighbour on the network can find a way to that address.

use crate::failure::Failure;
use http::header::AUTHORIZATION;
use http::{HeaderMap, HeaderName};
use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;

/// What clients send the token in, besides `authorization: Bearer TOKEN`.
const API_KEY: HeaderName = HeaderName::from_static("x-otlp-api-key");

/// A shared secret. It prints as nothing.
#[derive(Clone)]
pub struct Token(Arc<str>);

impl Token {
    /// Of any text; 256 random bits in hexadecimal are a good one.
    #[must_use]
    pub fn new(secret: &str) -> Self {
        Token(secret.into())
    }

    /// Whether `guess` is the token. Takes the same time wherever the first difference lies.
    fn is(&self, guess: &[u8]) -> bool {
        let differences = self.0.bytes().zip(guess).fold(0, |seen, (a, b)| seen | (a ^ b));
        self.0.len() == guess.len() && differences == 0
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token")
    }
}

/// The rule, for all connections.
#[derive(Clone, Debug)]
pub(crate) struct Beyond {
    pub(crate) containers: Option<IpAddr>,
    pub(crate) token: Option<Token>,
}

/// Marks a request that came by an address which needs the token.
#[derive(Clone, Copy, Debug)]
pub(crate) struct NeedsToken;

impl Beyond {
    /// Whether a connection from `peer` that reached this address of ours needs the token.
    pub(crate) fn needs_token(
        &self,
        reached: IpAddr,
        peer: IpAddr,
        is_container: impl FnOnce(IpAddr) -> bool,
    ) -> bool {
        let reached = reached.to_canonical();
        let is_near =
            reached.is_loopback() || (self.containers == Some(reached) && is_container(peer.to_canonical()));
        !is_near
    }

    /// Lets a request in that brings the token.
    pub(crate) fn check(&self, headers: &HeaderMap) -> Result<(), Failure> {
        let bearer = headers.get(AUTHORIZATION).and_then(|value| {
            let (scheme, token) = value.as_bytes().split_at_checked(7)?;
            scheme.eq_ignore_ascii_case(b"bearer ").then_some(token)
        });
        let brought = [bearer, headers.get(API_KEY).map(http::HeaderValue::as_bytes)];
        let token = self.token.as_ref();
        let is_let_in = brought.into_iter().flatten().any(|guess| token.is_some_and(|token| token.is(guess)));
        if is_let_in { Ok(()) } else { Err(Failure::no_token()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    #[test]
    fn loopback_and_containers_come_in_freely() {
        let containers = Some([172, 17, 0, 1].into());
        let beyond = Beyond { containers, token: None };
        let is_container = |peer| peer == IpAddr::from([172, 18, 0, 5]);
        for (reached, peer, needs_token) in [
            ("127.0.0.1", "127.0.0.1", false),
            ("127.8.0.1", "127.0.0.1", false),
            ("::1", "::1", false),
            ("::ffff:127.0.0.1", "::ffff:127.0.0.1", false),
            ("172.17.0.1", "172.18.0.5", false),
            ("::ffff:172.17.0.1", "::ffff:172.18.0.5", false),
            ("172.17.0.1", "192.168.1.9", true),
            ("172.17.0.2", "172.18.0.5", true),
            ("192.168.1.7", "192.168.1.9", true),
            ("fe80::1", "fe80::2", true),
        ] {
            let [from, to]: [IpAddr; 2] = [peer, reached].map(|address| address.parse().unwrap());
            assert_eq!(beyond.needs_token(to, from, is_container), needs_token, "{peer} to {reached}");
        }
    }

    #[test]
    fn the_token_comes_in_either_header_and_nothing_near_it_does() {
        let beyond = Beyond { containers: None, token: Some(Token::new("s3cret")) };
        let is_let_in = |beyond: &Beyond, name: &'static str, value: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(name, HeaderValue::from_static(value));
            beyond.check(&headers).is_ok()
        };
        assert!(is_let_in(&beyond, "x-otlp-api-key", "s3cret"));
        assert!(is_let_in(&beyond, "authorization", "Bearer s3cret"));
        assert!(is_let_in(&beyond, "authorization", "bearer s3cret"));
        for (name, value) in [
            ("x-otlp-api-key", ""),
            ("x-otlp-api-key", "s3cre"),
            ("x-otlp-api-key", "s3crets"),
            ("x-otlp-api-key", "S3cret"),
            ("authorization", "s3cret"),
            ("authorization", "Basic s3cret"),
            ("authorization", "Bearer"),
            ("x-honeycomb-team", "s3cret"),
        ] {
            assert!(!is_let_in(&beyond, name, value), "{name}: {value}");
        }
        let nobody = Beyond { containers: None, token: None };
        assert!(!is_let_in(&nobody, "x-otlp-api-key", ""), "without a token nobody has it");
        assert_eq!(format!("{beyond:?}"), "Beyond { containers: None, token: Some(Token) }");
    }
}
