//! A statement before SQLite sees it.
//!
//! A virtual table has a fixed set of columns, and attributes have no end. So `attr('http.route')` is made a column:
//! each table declares one for every attribute that the statement names.
//!
//! ```text
//! select s.attr('http.route') from spans s      as written
//! select s."attr('http.route')" from spans s    as SQLite reads it
//! ```

mod lex;
mod rewrite;

pub(crate) use rewrite::{Attribute, Statement};

use lex::{TokenKind, tokens};

/// Whether a statement ends with a semicolon: outside quotes and comments, with nothing after it.
#[must_use]
pub fn is_complete(text: &str) -> bool {
    let last = tokens(text).filter(|token| token.kind != TokenKind::Space).last();
    last.is_some_and(|token| token.kind == TokenKind::Semicolon)
}
