//! What is let in by name besides this machine's own: pages by their origin, and names that this machine has.

use std::collections::BTreeSet;
use std::sync::{Arc, PoisonError, RwLock};

/// Bytes of a name.
pub const NAME_BYTES_MAX: usize = 256;

/// A name that a request brings, as far as it matters for letting it in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum NameKind {
    /// The page that a browser sent it for, such as `https://shop.example.com`.
    Origin,
    /// The name that it was sent to, such as `telemetry.example.com`, without a port.
    Host,
}

impl NameKind {
    /// `origin` or `host`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            NameKind::Origin => "origin",
            NameKind::Host => "host",
        }
    }
}

/// The names, shared by all that hold a clone; a change holds from the next request on.
#[derive(Clone, Debug, Default)]
pub struct Allowed(Arc<RwLock<BTreeSet<(NameKind, String)>>>);

impl Allowed {
    /// Whether requests with this name are let in.
    #[must_use]
    pub fn contains(&self, kind: NameKind, name: &str) -> bool {
        let names = self.0.read().unwrap_or_else(PoisonError::into_inner);
        // Few, and asked for only where the name is none of this machine's.
        names.iter().any(|(known_kind, known)| *known_kind == kind && known.eq_ignore_ascii_case(name))
    }

    /// Lets all of these in, and none else.
    pub fn replace(&self, names: impl IntoIterator<Item = (NameKind, String)>) {
        let names = names.into_iter().collect();
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = names;
    }
}

/// A name as it is kept: in lower case, without what does not belong to it.
///
/// # Errors
/// What is wrong with it, in words.
pub fn parse_name(kind: NameKind, text: &str) -> Result<String, &'static str> {
    let name = text.trim().to_ascii_lowercase();
    if name.len() > NAME_BYTES_MAX || !name.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err("it is too long, or not plain ASCII");
    }
    let (authority, what) = match kind {
        NameKind::Origin => {
            // `null` is said by every sandboxed page of the web.
            let why = "it is written SCHEME://HOST or SCHEME://HOST:PORT, as in https://shop.example.com";
            let (scheme, authority) = name.split_once("://").ok_or(why)?;
            let is_scheme = scheme.starts_with(|first: char| first.is_ascii_lowercase())
                && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte));
            (is_scheme.then_some(authority).ok_or(why)?, why)
        }
        NameKind::Host => (name.as_str(), "it is written as a name alone, such as telemetry.example.com"),
    };
    let is_authority = !authority.is_empty()
        && authority.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._:[]".contains(&byte));
    let has_port = kind == NameKind::Host && authority.contains(':');
    if is_authority && !has_port { Ok(name) } else { Err(what) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_written_as_requests_bring_them() {
        for (kind, text, name) in [
            (NameKind::Origin, " https://Shop.example.com ", Some("https://shop.example.com")),
            (NameKind::Origin, "http://10.0.0.7:3000", Some("http://10.0.0.7:3000")),
            (NameKind::Origin, "chrome-extension://abcdef", Some("chrome-extension://abcdef")),
            (NameKind::Origin, "http://[2001:db8::1]:80", Some("http://[2001:db8::1]:80")),
            (NameKind::Origin, "null", None),
            (NameKind::Origin, "*", None),
            (NameKind::Origin, "https://*.example.com", None),
            (NameKind::Origin, "https://shop.example.com/", None),
            (NameKind::Origin, "https://a@b", None),
            (NameKind::Origin, "https://", None),
            (NameKind::Origin, "://host", None),
            (NameKind::Origin, "shop.example.com", None),
            (NameKind::Host, "Telemetry.example.com", Some("telemetry.example.com")),
            (NameKind::Host, "telemetry.example.com:4318", None),
            (NameKind::Host, "https://telemetry.example.com", None),
            (NameKind::Host, "*", None),
            (NameKind::Host, "", None),
        ] {
            assert_eq!(parse_name(kind, text).ok().as_deref(), name, "{text}");
        }
        assert!(parse_name(NameKind::Host, &"a".repeat(NAME_BYTES_MAX + 1)).is_err());
    }

    #[test]
    fn a_change_holds_for_every_clone() {
        let allowed = Allowed::default();
        let clone = allowed.clone();
        allowed.replace([(NameKind::Host, "a.example".to_owned())]);
        assert!(clone.contains(NameKind::Host, "A.example"));
        assert!(!clone.contains(NameKind::Origin, "a.example"));
        allowed.replace([]);
        assert!(!clone.contains(NameKind::Host, "a.example"));
    }
}
