//! Generated requests, and what makes two of them equal. Tests of other crates share them by path.

mod tape;

pub(crate) use tape::Tape;
