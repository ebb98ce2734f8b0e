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
    /// It would do more than ask the tables: write, open a file, change a setting, look at what is not theirs.
    #[error("{0}; only questions to spans, events, links, logs and metrics are answered")]
    Refused(String),
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
