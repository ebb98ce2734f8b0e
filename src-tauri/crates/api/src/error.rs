use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Why a command was refused. Code matches `code`, people read `message`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS, thiserror::Error)]
#[error("{message}")]
pub struct ApiError {
    /// What kind of refusal it is.
    pub code: ErrorCode,
    /// One sentence for people.
    pub message: String,
    /// For `syntax`: the byte of the text at which it went wrong, and how many bytes are meant.
    pub span: Option<(u32, u32)>,
}

/// Every kind of refusal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum ErrorCode {
    /// The arguments do not fit the command.
    BadRequest,
    /// A query or a filter cannot be read; `span` says where.
    Syntax,
    /// There is no such trace, span, destination or command.
    NotFound,
    /// The engine could not start; `message` says why, such as another Skep using the same directory.
    NotRunning,
    /// This host cannot do it, such as changing a destination that the command line set.
    Forbidden,
    /// A defect or a failing disk.
    Internal,
}

impl ApiError {
    /// A refusal without a place in a text.
    #[must_use]
    pub fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), span: None }
    }

    pub(crate) fn internal(error: &dyn std::error::Error) -> Self {
        Self::new(ErrorCode::Internal, error.to_string())
    }
}

impl From<skep_engine::AskError> for ApiError {
    fn from(error: skep_engine::AskError) -> Self {
        use skep_engine::AskError;
        match error {
            AskError::Syntax { error, .. } => {
                let place = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
                Self {
                    span: Some((place(error.at), place(error.len))),
                    ..Self::new(ErrorCode::Syntax, error.to_string())
                }
            }
            AskError::Invalid(reason) => Self::new(ErrorCode::BadRequest, reason),
            AskError::Cancelled => Self::new(ErrorCode::Internal, "the question was stopped"),
            AskError::Unreadable(reason) => Self::new(ErrorCode::Internal, reason),
        }
    }
}
