use skep_api::{ApiError, ErrorCode};
use std::fmt;
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

/// The message with the text below it and carets under the place.
fn pointed(text: &str, at: usize, len: usize, message: &str) -> String {
    let at = text.floor_char_boundary(at);
    let end = text.ceil_char_boundary((at + len).min(text.len()));
    let indent: String = text[..at].chars().map(|c| if c == '\t' { c } else { ' ' }).collect();
    format!("{message}\n  {text}\n  {indent}{}", "^".repeat(text[at..end].chars().count().max(1)))
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
