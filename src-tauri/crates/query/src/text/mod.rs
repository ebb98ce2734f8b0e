//! Text to ast: tokens, then a recursive descent over them.

mod lex;
mod nearest;
mod parse;
mod syntax_error;
mod write;

pub(crate) use nearest::nearest;
pub use parse::{parse, parse_filter};
pub use syntax_error::SyntaxError;
pub(crate) use write::column_name;
