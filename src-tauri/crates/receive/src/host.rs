//! A request says to what name it was sent, and a name of the public web is none of this machine's.
//!
//! Whoever owns a public name can let it mean 127.0.0.1 for a moment (DNS rebinding), and a page served under it then
//! counts as of one origin with this port. Names that nobody can own there are left alone, since containers and
//! Kubernetes give this machine any they like: addresses, names without a dot, and those under a reserved ending.

use crate::allowed::{Allowed, NAME_BYTES_MAX, NameKind};
use http::Uri;
use http::header::{HOST, HeaderMap};

/// Endings that the public web does not have: RFC 6761, RFC 6762, RFC 8375, and ICANN's `internal`.
const RESERVED: [&str; 5] = ["localhost", "local", "test", "internal", "home.arpa"];

/// The first name that a request was sent to and that is not this machine's, nor allowed.
pub(crate) fn foreign(uri: &Uri, headers: &HeaderMap, allowed: &Allowed) -> Option<String> {
    let of_headers = headers.get_all(HOST).iter().map(|value| value.to_str().unwrap_or("?"));
    let mut names = uri.host().into_iter().chain(of_headers).map(name_of);
    names.find(|name| !is_own(name) && !allowed.contains(NameKind::Host, name))
}

/// The name of `host[:port]`, in lower case and without the root's dot.
fn name_of(authority: &str) -> String {
    // The colons within an IPv6 address are not the port's.
    let name = match authority.rsplit_once(':') {
        Some((name, port)) if !port.ends_with(']') => name,
        _ => authority,
    };
    let name = name.strip_suffix('.').unwrap_or(name).to_ascii_lowercase();
    name[..name.floor_char_boundary(NAME_BYTES_MAX)].to_owned()
}

fn is_own(name: &str) -> bool {
    let is_v6 = name.starts_with('[') && name.ends_with(']');
    let is_v4 = name.parse::<std::net::Ipv4Addr>().is_ok();
    let is_plain = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte));
    let is_reserved = RESERVED
        .iter()
        .any(|ending| name.strip_suffix(ending).is_some_and(|rest| rest.is_empty() || rest.ends_with('.')));
    is_v6 || is_v4 || (is_plain && (is_reserved || !name.contains('.')))
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    #[test]
    fn names_of_the_public_web_are_foreign() {
        let own = [
            "127.0.0.1",
            "127.0.0.1:4318",
            "172.17.0.1:4317",
            "[::1]",
            "[::1]:4318",
            "[fe80::1]:4318",
            "localhost",
            "LOCALHOST:4318",
            "localhost.",
            "app.localhost",
            "host.docker.internal:4318",
            "host.containers.internal",
            "skep",
            "skep:4318",
            "my_service",
            "skep.default.svc.cluster.local",
            "box.home.arpa",
            "",
        ];
        let foreign_ones = [
            "evil.com",
            "evil.com:4318",
            "EVIL.COM.",
            "localhost.evil.com",
            "notlocalhost.com",
            "127.0.0.1.nip.io",
            "1.2.3.4.5",
            "evil.com/localhost",
            "evil com",
            "?",
            "xlocal.dev",
            "a@localhost",
        ];
        for name in own {
            assert!(is_own(&name_of(name)), "{name}");
        }
        for name in foreign_ones {
            assert!(!is_own(&name_of(name)), "{name}");
        }
    }

    #[test]
    fn each_name_that_a_request_brings_is_looked_at() {
        let allowed = Allowed::default();
        let of = |uri: &'static str, hosts: &[&'static str]| {
            let mut headers = HeaderMap::new();
            for host in hosts {
                headers.append(HOST, HeaderValue::from_static(host));
            }
            foreign(&Uri::from_static(uri), &headers, &allowed)
        };
        assert_eq!(of("/v1/traces", &[]), None);
        assert_eq!(of("/v1/traces", &["localhost:4318"]), None);
        assert_eq!(of("/v1/traces", &["localhost", "evil.com"]).as_deref(), Some("evil.com"));
        assert_eq!(of("http://evil.com/v1/traces", &["localhost"]).as_deref(), Some("evil.com"));
        assert_eq!(of("http://localhost/v1/traces", &["Evil.com:4318"]).as_deref(), Some("evil.com"));
        allowed.replace([(NameKind::Host, "evil.com".to_owned())]);
        assert_eq!(of("http://localhost/v1/traces", &["Evil.com:4318"]), None);
    }
}
