use serde::Serialize;
use std::fmt;

/// Where and why a text is not a query.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, thiserror::Error)]
pub struct SyntaxError {
    /// What is wrong, for people.
    pub message: String,
    /// The byte of the text where it begins; its length when the text ends too early.
    pub at: usize,
    /// How many bytes it spans; zero at the end of the text.
    pub len: usize,
    /// What could stand there instead.
    pub suggestion: Option<String>,
}

impl fmt::Display for SyntaxError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        match &self.suggestion {
            Some(suggestion) => write!(f, "; did you mean {suggestion}?"),
            None => Ok(()),
        }
    }
}

impl SyntaxError {
    /// Draws the line of `text` with carets below the place, then the message: three lines.
    ///
    /// ```text
    /// SELECT CUONT
    ///        ^^^^^
    /// unknown operator CUONT; did you mean COUNT?
    /// ```
    #[must_use]
    pub fn caret(&self, text: &str) -> String {
        let at = text.floor_char_boundary(self.at);
        let line_start = text[..at].rfind('\n').map_or(0, |newline| newline + 1);
        let line_end = text[at..].find('\n').map_or(text.len(), |newline| at + newline);
        let marked_end = text.ceil_char_boundary(at.saturating_add(self.len)).clamp(at, line_end);
        // A tab keeps its width below itself.
        let indent: String =
            text[line_start..at].chars().map(|c| if c == '\t' { '\t' } else { ' ' }).collect();
        let carets = "^".repeat(text[at..marked_end].chars().count().max(1));
        format!("{}\n{indent}{carets}\n{self}", &text[line_start..line_end])
    }
}
