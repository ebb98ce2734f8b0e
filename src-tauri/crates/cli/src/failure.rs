use skep_api::{ApiError, ErrorCode};
use std::fmt;
use std::io;
use std::process::ExitCode;

/// Why a command failed.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The words given make no sense: exit code 2.
    Usage(String),
    /// Anything else: exit code 1.
    Other(anyhow::Error),
}

impl Failure {
    pub(crate) fn exit_code(&self) -> ExitCode {
        match self {
            Failure::Usage(_) => ExitCode::from(2),
            Failure::Other(_) => ExitCode::FAILURE,
        }
    }

    /// Whether who reads the answer has seen enough of it, as `head` has after some lines.
    pub(crate) fn is_enough(&self) -> bool {
        let Failure::Other(error) = self else { return false };
        error.chain().any(|cause| {
            let io = cause.downcast_ref::<io::Error>().map(io::Error::kind);
            // The JSON writer wraps what its stream said.
            let json = cause.downcast_ref::<serde_json::Error>().and_then(serde_json::Error::io_error_kind);
            io.or(json) == Some(io::ErrorKind::BrokenPipe)
        })
    }

    /// What the api refused. `text` is what was asked, to point at the place.
    pub(crate) fn of_answer(error: &ApiError, text: &str) -> Self {
        match (error.code, error.span) {
            (ErrorCode::Syntax, Some((at, len))) => {
                Failure::Usage(pointed(text, at as usize, len as usize, &error.message))
            }
            (ErrorCode::Syntax | ErrorCode::BadRequest, _) => Failure::Usage(error.message.clone()),
            _ => Failure::Other(anyhow::anyhow!(error.message.clone())),
        }
    }
}

/// The message with the line below it and carets under the place.
fn pointed(text: &str, at: usize, len: usize, message: &str) -> String {
    let at = text.floor_char_boundary(at);
    let end = text.ceil_char_boundary((at + len).min(text.len()));
    let line_at = text[..at].rfind('\n').map_or(0, |newline| newline + 1);
    let line_end = text[at..].find('\n').map_or(text.len(), |newline| at + newline);
    let indent: String = text[line_at..at].chars().map(|c| if c == '\t' { c } else { ' ' }).collect();
    let carets = "^".repeat(text[at..end.clamp(at, line_end)].chars().count().max(1));
    format!("{message}\n  {}\n  {indent}{carets}", text[line_at..line_end].trim_end())
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Failure::Usage(message) => f.write_str(message),
            Failure::Other(error) => write!(f, "{error:#}"),
        }
    }
}

impl<E: Into<anyhow::Error>> From<E> for Failure {
    fn from(error: E) -> Self {
        Failure::Other(error.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn carets_stand_under_the_place_in_its_line() {
        for (text, at, len, pointing) in [
            ("SELECT CUONT", 7, 5, "no\n  SELECT CUONT\n         ^^^^^"),
            ("select é,\n\tnmae\nfrom spans", 12, 4, "no\n  \tnmae\n  \t^^^^"),
            ("select 'two\nlines", 7, 10, "no\n  select 'two\n         ^^^^"),
            ("select", 6, 0, "no\n  select\n        ^"),
            ("a\n", 99, 9, "no\n  \n  ^"),
        ] {
            assert_eq!(pointed(text, at, len, "no"), pointing);
        }
    }
}
