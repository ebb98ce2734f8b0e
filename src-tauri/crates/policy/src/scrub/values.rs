use crate::policy::{PolicyError, Shape};
use base64::Engine;
use base64::alphabet::{STANDARD, URL_SAFE};
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use regex::{Regex, RegexBuilder};
use std::ops::Range;

/// Memory of one compiled expression.
const REGEX_BYTES_MAX: usize = 4 << 20;

/// Secrets by the forms that their makers document.
const SECRETS: &[&str] = &[
    // JSON Web Token (RFC 7519): two JSON objects in base64url, and a signature.
    r"(?-u:\b)eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]*)?",
    // PEM (RFC 7468).
    r"-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----(?s:.*?)(?:-----END [A-Z0-9 ]*PRIVATE KEY-----|\z)",
    // Credentials of HTTP (RFC 9110, section 11.4), and of URLs (RFC 3986, section 3.2.1).
    r"(?i:(?-u:\b)(?:bearer|basic|digest)\s+[A-Za-z0-9._~+/=-]{8,})",
    r"://[^/\s:@]+:[^/\s@]+@",
    // Access keys of AWS, Google, GitHub, GitLab, Slack, Stripe, SendGrid, npm, OpenAI, Anthropic, Honeycomb.
    r"(?-u:\b)(?:AKIA|ASIA)[0-9A-Z]{16}(?-u:\b)",
    r"(?-u:\b)AIza[A-Za-z0-9_-]{35}",
    r"(?-u:\b)(?:gh[pousr]_[A-Za-z0-9]{20,}|github_pat_[A-Za-z0-9_]{20,})",
    r"(?-u:\b)glpat-[A-Za-z0-9_-]{20,}",
    r"(?-u:\b)xox[abeoprs]-[A-Za-z0-9-]{10,}",
    r"(?-u:\b)[rs]k_(?:live|test)_[A-Za-z0-9_]{10,}",
    r"(?-u:\b)SG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,}",
    r"(?-u:\b)npm_[A-Za-z0-9]{30,}",
    r"(?-u:\b)sk-[A-Za-z0-9_-]{20,}",
    r"(?-u:\b)hc[a-z](?:ik|ic|mk|lk)_[0-9a-z]{20,}(?::[0-9a-z]+)?",
];

const EMAILS: &str = r"\b[\w.+%-]+@[\w-]+(?:\.[\w-]+)+\b";
const ADDRESSES: &str = r"\b(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(?:25[0-5]|2[0-4]\d|1?\d?\d)\b";
/// Digits, perhaps in groups; which are cards is told by their first digit, number and check digit (ISO/IEC 7812).
const CARDS: &str =
    r"\b[2-6]\d{3}[ -]?\d{4}[ -]?\d{4}[ -]?\d{1,4}(?:[ -]?\d{1,3})?\b|\b3\d{3}[ -]?\d{6}[ -]?\d{5}\b";

const CARD_DIGITS: Range<usize> = 13..20;

/// A shorter word in base64 holds no secret of a known form.
const BASE64_BYTES_MIN: usize = 20;

/// So often a text may be percent-encoded over and over and still be looked through.
const DECODINGS_MAX: usize = 4;

/// Finds parts of texts.
pub(super) struct Finder {
    regex: Regex,
    shape: Option<Shape>,
}

impl Finder {
    pub(super) fn of_shape(shape: Shape) -> Result<Self, PolicyError> {
        let pattern = match shape {
            Shape::Secrets => {
                SECRETS.iter().map(|pattern| format!("(?:{pattern})")).collect::<Vec<_>>().join("|")
            }
            Shape::Cards => CARDS.to_owned(),
            Shape::Emails => EMAILS.to_owned(),
            Shape::Addresses => ADDRESSES.to_owned(),
        };
        Ok(Self { regex: compile(&pattern)?, shape: Some(shape) })
    }

    pub(super) fn of_regex(pattern: &str) -> Result<Self, PolicyError> {
        let regex = compile(pattern)?;
        if regex.is_match("") {
            let reason = "it matches the empty text, and so everything".to_owned();
            return Err(PolicyError::Rule { rule: pattern.to_owned(), reason });
        }
        Ok(Self { regex, shape: None })
    }

    /// What it finds: ascending, not overlapping.
    pub(super) fn find(&self, text: &str) -> Vec<Range<usize>> {
        let mut found: Vec<Range<usize>> =
            self.regex
                .find_iter(text)
                .filter(|part| self.shape != Some(Shape::Cards) || is_card(part.as_str()))
                .map(|part| {
                    if self.shape.is_some() {
                        without_marks(part.range(), part.as_str())
                    } else {
                        part.range()
                    }
                })
                .collect();
        if matches!(self.shape, Some(Shape::Secrets) | None) {
            let plain = found.clone();
            let is_free = |word: &Range<usize>| {
                plain.iter().all(|part| part.end <= word.start || word.end <= part.start)
            };
            let is_hidden = |word: &Range<usize>| self.is_hidden_in(&text[word.clone()], DECODINGS_MAX);
            found.extend(words(text).filter(is_free).filter(is_hidden));
            found.sort_by_key(|part| part.start);
        }
        found
    }

    /// Whether a word holds something once it is decoded, at most so many times over. What is encoded more often is taken
    /// for something: nobody does that by accident, and a text of `%2525...` could be decoded ten thousand times.
    fn is_hidden_in(&self, word: &str, n_decodings: usize) -> bool {
        if word.contains('%') {
            let decoded = percent_encoding::percent_decode_str(word).decode_utf8_lossy();
            if decoded != word {
                if n_decodings == 0 || self.regex.is_match(&decoded) {
                    return true;
                }
                if self.is_hidden_in(&decoded, n_decodings - 1) {
                    return true;
                }
            }
        }
        if word.len() < BASE64_BYTES_MIN {
            return false;
        }
        let config = GeneralPurposeConfig::new()
            .with_decode_padding_mode(DecodePaddingMode::Indifferent)
            .with_decode_allow_trailing_bits(true);
        let alphabet = if word.contains(['-', '_']) { &URL_SAFE } else { &STANDARD };
        let decoded = GeneralPurpose::new(alphabet, config).decode(word);
        decoded.is_ok_and(|bytes| self.regex.is_match(&String::from_utf8_lossy(&bytes)))
    }
}

/// Where a part begins and ends without what a URL has around a name and a password: it stays one that can be read.
fn without_marks(range: Range<usize>, part: &str) -> Range<usize> {
    match part.strip_prefix("://").and_then(|part| part.strip_suffix('@')) {
        Some(credentials) => range.start + 3..range.start + 3 + credentials.len(),
        None => range,
    }
}

fn compile(pattern: &str) -> Result<Regex, PolicyError> {
    RegexBuilder::new(pattern).size_limit(REGEX_BYTES_MAX).build().map_err(|error| {
        // Of several lines only the last one says why.
        let reason = error.to_string().lines().last().unwrap_or_default().trim().to_owned();
        PolicyError::Rule { rule: pattern.to_owned(), reason }
    })
}

/// Words that may be an encoding of something: without what ends a value in texts and URLs.
fn words(text: &str) -> impl Iterator<Item = Range<usize>> {
    let is_edge = |c: char| {
        c.is_whitespace()
            || matches!(
                c,
                '"' | '\'' | '?' | '&' | ';' | ',' | '<' | '>' | '(' | ')' | '{' | '}' | '[' | ']' | '\\'
            )
    };
    let mut start = 0;
    text.split(is_edge).filter_map(move |word| {
        let range = start..start + word.len();
        start = range.end + text[range.end..].chars().next().map_or(0, char::len_utf8);
        // After a key of a query string, and without the base64 padding of the key itself.
        let value = word.trim_end_matches('=').rfind('=').map_or(0, |at| at + 1);
        let range = range.start + value..range.end;
        (range.len() >= SHORTEST_WORD).then_some(range)
    })
}

const SHORTEST_WORD: usize = 12;

/// The check digit of ISO/IEC 7812-1 (Luhn).
fn is_card(text: &str) -> bool {
    let digits: Vec<u32> = text.chars().filter_map(|c| c.to_digit(10)).collect();
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(idx, digit)| match idx % 2 {
            0 => *digit,
            _ if *digit > 4 => digit * 2 - 9,
            _ => digit * 2,
        })
        .sum();
    CARD_DIGITS.contains(&digits.len()) && sum.is_multiple_of(10)
}
