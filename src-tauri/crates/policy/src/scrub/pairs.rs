use std::ops::Range;

/// A longer word is no key.
const KEY_BYTES_MAX: usize = 128;

/// Where values stand in a text, of pairs whose key is wanted: `key=value` of query strings and command lines,
/// `Key: value` of header lines, `"key": "value"` of JSON, also within a JSON text. Ascending, not overlapping.
pub(super) fn pairs(text: &str, is_wanted: impl Fn(&str) -> bool) -> Vec<Range<usize>> {
    let bytes = text.as_bytes();
    let mut found: Vec<Range<usize>> = Vec::new();
    for at in memchr(bytes) {
        if found.last().is_some_and(|last| at < last.end) {
            continue;
        }
        let Some(key) = key_before(text, at) else { continue };
        // Percent-encoded brackets and dots of a query's key; the dashes of an option.
        let decoded = percent_encoding::percent_decode_str(key).decode_utf8_lossy();
        if !is_wanted(decoded.trim_matches(['[', ']', '-'])) {
            continue;
        }
        let value = value_after(bytes, at);
        if !value.is_empty() {
            found.push(value);
        }
    }
    found
}

fn memchr(bytes: &[u8]) -> impl Iterator<Item = usize> {
    bytes.iter().enumerate().filter(|(_, byte)| matches!(byte, b'=' | b':')).map(|(at, _)| at)
}

/// The word before a separator, quotes and space in between left out.
fn key_before(text: &str, at: usize) -> Option<&str> {
    let head = text[..at].trim_end_matches([' ', '"', '\'', '\\', '>']);
    let is_of_key = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | '%' | '[' | ']');
    let start = head.char_indices().rev().take_while(|(_, c)| is_of_key(*c)).last()?.0;
    let key = &head[start..];
    (key.len() <= KEY_BYTES_MAX).then_some(key)
}

/// The value after a separator: what stands in quotes, or up to where such a value ends.
fn value_after(bytes: &[u8], separator: usize) -> Range<usize> {
    let mut start = separator + 1;
    // `key => value`, and space.
    while bytes.get(start).is_some_and(|byte| matches!(byte, b' ' | b'\t' | b'>' | b'=')) {
        start += 1;
    }
    let n_slashes = bytes[start..].iter().take_while(|byte| **byte == b'\\').count();
    if let Some(quote) = bytes.get(start + n_slashes).filter(|byte| matches!(byte, b'"' | b'\'')) {
        start += n_slashes + 1;
        let mut end = start;
        while end < bytes.len() {
            if bytes[end] == *quote {
                let slashes = bytes[start..end].iter().rev().take_while(|byte| **byte == b'\\').count();
                if slashes <= n_slashes {
                    return start..end - slashes;
                }
            }
            end += 1;
        }
        return start..end;
    }
    let ends: &[u8] = match bytes[separator] {
        b':' => b"\r\n\"'}",
        _ => b" \t\r\n&;,\"'#})]",
    };
    let end = bytes[start..].iter().position(|byte| ends.contains(byte)).map_or(bytes.len(), |n| start + n);
    start..end
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_found_where_their_keys_are() {
        let mask = |text: &str| {
            let mut masked = String::new();
            let mut end = 0;
            for range in pairs(text, |key| ["token", "authorization", "ä"].contains(&&*key.to_lowercase())) {
                masked += &text[end..range.start];
                masked += "*";
                end = range.end;
            }
            masked + &text[end..]
        };
        for (text, expected) in [
            ("step=2&token=9f3c&x=1", "step=2&token=*&x=1"),
            ("https://a/b?token=9f3c#top", "https://a/b?token=*#top"),
            ("curl --token=abc --x", "curl --token=* --x"),
            ("Authorization: Basic abc def\r\nHost: a", "Authorization: *\r\nHost: a"),
            (r#"{"token":"a b","n":1}"#, r#"{"token":"*","n":1}"#),
            (r#"{"token": 123}"#, r#"{"token": *}"#),
            (r#""{\"token\":\"a\\\"b\",\"n\":1}""#, r#""{\"token\":\"*\",\"n\":1}""#),
            ("'token' => 'abc'", "'token' => '*'"),
            ("token=", "token="),
            ("no pairs: here", "no pairs: here"),
            ("ä=ö&token=ü", "ä=*&token=*"),
            ("?params%5Btoken%5D=abc", "?params%5Btoken%5D=abc"),
            ("token=\"never ends", "token=\"*"),
            ("=:=:", "=:=:"),
        ] {
            assert_eq!(mask(text), expected, "{text}");
        }
    }
}
