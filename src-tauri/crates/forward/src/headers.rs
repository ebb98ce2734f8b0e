//! Which keys and headers can be sent.

use crate::error::ForwardError;
use crate::keys::Credentials;
use crate::secret::Secret;
use crate::status::KeyKind;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};

/// Carries the key to Honeycomb.
pub(crate) const TEAM: &str = "x-honeycomb-team";

/// Names the dataset: of metrics, of logs without a service name, and of everything with a classic key.
pub(crate) const DATASET: &str = "x-honeycomb-dataset";

/// Headers of a request at most, and bytes of a value, far above need: servers cap theirs at 8 to 16 KiB in all.
const HEADERS_LIMIT: usize = 32;
const VALUE_BYTES_LIMIT: usize = 4 << 10;

/// Set by the tee itself or by the connection.
const RESERVED: &[&str] = &[
    "accept-encoding",
    "connection",
    "expect",
    "host",
    "keep-alive",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "user-agent",
];

/// Checks the key's form; an empty one means none.
pub(crate) fn check_key(key: Secret) -> Result<Option<Secret>, ForwardError> {
    if key.is_empty() {
        return Ok(None);
    }
    if is_management_key(key.expose()) {
        return Err(ForwardError::Key(
            "this is a management key: it can change the whole team; enter an ingest key, which can only send",
        ));
    }
    if key.expose().len() > VALUE_BYTES_LIMIT || !key.expose().bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(ForwardError::Key("the key holds characters that no key has; copy it again"));
    }
    Ok(Some(key))
}

/// `hc`, a region's letter, `mk_`, as Honeycomb's management keys begin. They are sent as `id:secret`, perhaps after
/// `Bearer`.
fn is_management_key(key: &str) -> bool {
    let key = key.trim_start_matches("Bearer ").as_bytes();
    key.len() >= 6 && key.starts_with(b"hc") && key[3..].starts_with(b"mk_")
}

/// What kind of key it is, by its form (Honeycomb, "API keys").
pub(crate) fn key_kind(key: &Secret) -> KeyKind {
    let text = key.expose();
    let bytes = text.as_bytes();
    let is_new = |mark: &str| {
        bytes.len() == NEW_KEY_BYTES
            && bytes.starts_with(b"hc")
            && text.get(3..6) == Some(mark)
            && bytes[6..].iter().all(|byte| byte.is_ascii_digit() || byte.is_ascii_lowercase())
    };
    if is_new("ik_") {
        return KeyKind::Ingest;
    }
    if is_new("ic_") {
        return KeyKind::ClassicIngest;
    }
    match bytes.len() {
        32 if bytes.iter().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')) => KeyKind::Classic,
        22 if bytes.iter().all(u8::is_ascii_alphanumeric) => KeyKind::Configuration,
        _ => KeyKind::Unknown,
    }
}

/// Bytes of an ingest key: two for the maker, a region's letter, a kind, and 58 of id and secret.
const NEW_KEY_BYTES: usize = 64;

/// Checks further headers; names come back in lower case, each once, the last value winning.
pub(crate) fn check_headers(headers: Vec<(String, Secret)>) -> Result<Vec<(String, Secret)>, ForwardError> {
    let mut checked: Vec<(String, Secret)> = Vec::with_capacity(headers.len());
    for (name, value) in headers {
        let refuse = |reason| Err(ForwardError::Header { name: name.clone(), reason });
        let Ok(parsed) = HeaderName::try_from(name.trim()) else {
            return refuse("this is not a header's name");
        };
        let lower = parsed.as_str();
        if lower == TEAM {
            return refuse("enter it as the key");
        }
        if RESERVED.contains(&lower) || lower.starts_with("content-") || lower.starts_with("proxy-") {
            return refuse("Skep or the connection sets it");
        }
        if value.expose().len() > VALUE_BYTES_LIMIT || HeaderValue::try_from(value.expose()).is_err() {
            return refuse("its value holds characters that no header can carry, or is too long");
        }
        if lower == "authorization" && is_management_key(value.expose()) {
            return refuse("this is a management key: it can change the whole team");
        }
        checked.retain(|(known, _)| known != lower);
        checked.push((lower.to_owned(), value));
        if checked.len() > HEADERS_LIMIT {
            return refuse("there are too many headers");
        }
    }
    Ok(checked)
}

/// The headers as they go on the wire, marked so that nothing on the way prints them.
pub(crate) fn wire(credentials: &Credentials) -> HeaderMap {
    let key = credentials.key.iter().map(|key| (TEAM, key));
    let further = credentials.headers.iter().map(|(name, value)| (name.as_str(), value));
    key.chain(further)
        .filter_map(|(name, value)| {
            let mut wire = HeaderValue::try_from(value.expose()).ok()?;
            wire.set_sensitive(true);
            Some((HeaderName::try_from(name).ok()?, wire))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;

    #[test]
    fn keys() {
        let ulid = "01hqk4k20cjeh63wca8vva5stw";
        let cases = [
            String::new(),
            "  \n".into(),
            "0123456789abcdef0123456789abcdef".into(),
            format!("hcaik_{ulid}70175875b5d2d47ba12f4dfab33bd6ed"),
            format!("hcamk_{ulid}:70175875b5d2d47ba12f4dfab33bd6ed"),
            format!("Bearer hcbmk_{ulid}:70175875b5d2d47ba12f4dfab33bd6ed"),
            "two words".into(),
            "naïve".into(),
        ];
        let outcomes: Vec<String> = cases
            .into_iter()
            .map(|case| match check_key(Secret::new(case)) {
                Ok(key) => format!("{}\n", key.as_ref().map_or("none", Secret::expose)),
                Err(error) => format!("{error}\n"),
            })
            .collect();
        expect![[r#"
            none
            none
            0123456789abcdef0123456789abcdef
            hcaik_01hqk4k20cjeh63wca8vva5stw70175875b5d2d47ba12f4dfab33bd6ed
            this is a management key: it can change the whole team; enter an ingest key, which can only send
            this is a management key: it can change the whole team; enter an ingest key, which can only send
            the key holds characters that no key has; copy it again
            the key holds characters that no key has; copy it again
        "#]]
        .assert_eq(&outcomes.concat());
    }

    #[test]
    fn headers() {
        let cases = [
            ("X-Honeycomb-Dataset", "metrics"),
            ("Authorization", "Basic dXNlcjpwYXNz"),
            ("authorization", "Bearer hcamk_01hqk4k20cjeh63wca8vva5stw:70175875b5d2d47ba12f4dfab33bd6ed"),
            ("X-Honeycomb-Team", "key"),
            ("Host", "example.com"),
            ("Content-Type", "text/plain"),
            ("Proxy-Authorization", "Basic dXNlcjpwYXNz"),
            ("", "nameless"),
            ("two words", "value"),
            ("x-split", "one\r\nx-evil: two"),
        ];
        let outcomes: Vec<String> = cases
            .into_iter()
            .map(|(name, value)| match check_headers(vec![(name.into(), Secret::new(value))]) {
                Ok(headers) => format!("{}: {}\n", headers[0].0, headers[0].1.expose()),
                Err(error) => format!("{error}\n"),
            })
            .collect();
        expect![[r#"
            x-honeycomb-dataset: metrics
            authorization: Basic dXNlcjpwYXNz
            header "authorization": this is a management key: it can change the whole team
            header "X-Honeycomb-Team": enter it as the key
            header "Host": Skep or the connection sets it
            header "Content-Type": Skep or the connection sets it
            header "Proxy-Authorization": Skep or the connection sets it
            header "": this is not a header's name
            header "two words": this is not a header's name
            header "x-split": its value holds characters that no header can carry, or is too long
        "#]]
        .assert_eq(&outcomes.concat());
    }

    #[test]
    fn the_last_of_two_headers_of_one_name_counts() {
        let two = ["first", "second"].map(|value| ("X-Tenant".to_owned(), Secret::new(value)));
        let headers = check_headers(two.into()).unwrap();
        assert_eq!(headers, [("x-tenant".to_owned(), Secret::new("second"))]);
    }
}
