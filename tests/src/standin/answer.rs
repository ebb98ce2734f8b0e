use std::str::FromStr;
use std::time::Duration;

/// How the stand-in answers the next requests. The statuses and texts are those of Honeycomb's API documentation and
/// of its open-source translator, husky.
#[derive(Clone, Debug, PartialEq)]
pub enum Answer {
    /// 200 with an empty response: everything is kept.
    Accept,
    /// This status and its documented body, with a `Retry-After` header where given; nothing is kept.
    Status {
        /// Such as 401, 429 or 503.
        code: u16,
        /// The header's text: seconds or an HTTP date.
        retry_after: Option<String>,
    },
    /// 400 to a request that holds a span of this name; others are accepted.
    RefuseSpanNamed(String),
    /// 413 to a request whose body, decompressed, is larger; others are accepted.
    RefuseOver {
        /// Bytes after decompression.
        bytes: usize,
    },
    /// 200 with `partial_success`: the first spans of each request are rejected and not kept.
    RejectSpans {
        /// How many of each request.
        count: usize,
    },
    /// 307 to another place.
    Redirect {
        /// The `Location` header.
        to: String,
    },
    /// Reads the request and never answers.
    Hang,
    /// Keeps nothing and closes the connection in the middle of the answer.
    Cut,
    /// Accepts after this long.
    Slow(Duration),
    /// 200 as if all was kept, and nothing is.
    SilentDrop,
    /// 200 and keeps everything, with a body that is no answer of OTLP's.
    Garbage,
    /// The same with more bytes than a client reads.
    Huge,
    /// Of a batch of events every second one is refused by itself; OTLP is accepted.
    PerEvent,
    /// A batch is kept and answered for its first event alone; OTLP is accepted.
    ShortArray,
    /// A batch is kept and answered with an empty list; OTLP is accepted.
    EmptyArray,
}

impl Answer {
    /// This status without a `Retry-After`.
    #[must_use]
    pub fn status(code: u16) -> Self {
        Answer::Status { code, retry_after: None }
    }

    /// This status with a `Retry-After` header.
    #[must_use]
    pub fn retry_after(code: u16, header: impl Into<String>) -> Self {
        Answer::Status { code, retry_after: Some(header.into()) }
    }
}

/// The documented body of a refusal.
pub(super) fn status_text(code: u16) -> &'static str {
    match code {
        400 => "Request body is malformed and cannot be read.",
        401 => "unknown API key - check your credentials",
        403 => "Event dropped due to administrative throttling",
        404 => "dataset not found",
        413 => "Request body is too large.",
        429 => "Request dropped due to rate limiting.",
        _ => "service unavailable",
    }
}

/// `ok`, a status (`503`), a status with `Retry-After` (`429:2`), `bad-span:NAME`, `over:BYTES`, `reject:COUNT`,
/// `redirect:URL`, `hang`, `cut`, `slow:MILLISECONDS`, `silent-drop`, `garbage`, `huge`, `per-event`, `short-array`,
/// `empty-array`: how the program and tests outside Rust switch it.
impl FromStr for Answer {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (word, rest) = text.split_once(':').unwrap_or((text, ""));
        let unknown = || format!("not an answer: {text:?}");
        Ok(match word {
            "ok" => Answer::Accept,
            "hang" => Answer::Hang,
            "cut" => Answer::Cut,
            "silent-drop" => Answer::SilentDrop,
            "garbage" => Answer::Garbage,
            "huge" => Answer::Huge,
            "per-event" => Answer::PerEvent,
            "short-array" => Answer::ShortArray,
            "empty-array" => Answer::EmptyArray,
            "bad-span" => Answer::RefuseSpanNamed(rest.to_owned()),
            "redirect" => Answer::Redirect { to: rest.to_owned() },
            "over" => Answer::RefuseOver { bytes: rest.parse().map_err(|_| unknown())? },
            "reject" => Answer::RejectSpans { count: rest.parse().map_err(|_| unknown())? },
            "slow" => Answer::Slow(Duration::from_millis(rest.parse().map_err(|_| unknown())?)),
            code => {
                let code = code.parse().ok().filter(|code| (400..600).contains(code)).ok_or_else(unknown)?;
                Answer::Status { code, retry_after: Some(rest.to_owned()).filter(|rest| !rest.is_empty()) }
            }
        })
    }
}
