/// Why a statement has no answer. Messages are SQLite's own where SQLite refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SqlError {
    /// The text cannot be read, or names what is not there.
    #[error("{message}")]
    Syntax {
        /// Why.
        message: String,
        /// The first byte in the text that is meant, and how many, where that is known.
        span: Option<(usize, usize)>,
    },
    /// It is not a question: it would write, open a file or change a setting.
    #[error("only questions are answered here: begin with SELECT, WITH, VALUES or EXPLAIN")]
    Refused,
    /// It went wrong while it ran, such as an overflow or malformed JSON.
    #[error("{0}")]
    Failed(String),
    /// It was stopped.
    #[error("stopped")]
    Cancelled,
    /// The store could not read a column.
    #[error("{0}")]
    Unreadable(String),
}

impl SqlError {
    pub(crate) fn at(message: impl Into<String>, span: (usize, usize)) -> Self {
        SqlError::Syntax { message: message.into(), span: Some(span) }
    }
}
