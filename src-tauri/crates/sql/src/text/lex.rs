//! SQLite's tokens, as far as it takes to tell code from what is quoted or commented.

/// A piece of a statement; together the pieces are the whole text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Token<'a> {
    pub(crate) kind: TokenKind,
    /// Its first byte in the text.
    pub(crate) at: usize,
    pub(crate) text: &'a str,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TokenKind {
    /// White space or a comment.
    Space,
    /// A keyword, a name or a function.
    Word,
    /// `'text'`.
    Text,
    /// `"name"`, `` `name` `` or `[name]`.
    Quoted,
    Number,
    /// `?1`, `:name`, `@name` or `$name`.
    Parameter,
    Semicolon,
    Open,
    Close,
    /// A quote that is never closed: the rest of the text.
    Unclosed,
    Other,
}

/// The tokens of any text.
pub(crate) fn tokens(text: &str) -> impl Iterator<Item = Token<'_>> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let rest = text.get(at..).filter(|rest| !rest.is_empty())?;
        let (kind, bytes) = next(rest);
        let token = Token { kind, at, text: &rest[..bytes] };
        at += bytes;
        Some(token)
    })
}

/// The first token of a text that is not empty, and its length. Every length ends at a character's boundary: a token
/// ends before or after an ASCII character, or takes a whole character.
fn next(rest: &str) -> (TokenKind, usize) {
    let bytes = rest.as_bytes();
    let second = bytes.get(1).copied();
    match bytes[0] {
        b'-' if second == Some(b'-') => (TokenKind::Space, rest.find('\n').map_or(rest.len(), |at| at + 1)),
        b'/' if second == Some(b'*') => {
            (TokenKind::Space, rest[2..].find("*/").map_or(rest.len(), |at| at + 4))
        }
        b'\'' => quoted(rest, b'\'', TokenKind::Text),
        b'"' => quoted(rest, b'"', TokenKind::Quoted),
        b'`' => quoted(rest, b'`', TokenKind::Quoted),
        b'[' => match rest.find(']') {
            Some(at) => (TokenKind::Quoted, at + 1),
            None => (TokenKind::Unclosed, rest.len()),
        },
        b';' => (TokenKind::Semicolon, 1),
        b'(' => (TokenKind::Open, 1),
        b')' => (TokenKind::Close, 1),
        b'?' => (TokenKind::Parameter, 1 + length(&rest[1..], |byte| byte.is_ascii_digit())),
        b':' | b'@' | b'$' if second.is_some_and(is_in_word) => {
            (TokenKind::Parameter, 1 + length(&rest[1..], is_in_word))
        }
        byte if is_space(byte) => (TokenKind::Space, length(rest, is_space)),
        byte if byte.is_ascii_digit() || byte == b'.' && second.is_some_and(|byte| byte.is_ascii_digit()) => {
            (TokenKind::Number, length(rest, |byte| is_in_word(byte) || byte == b'.'))
        }
        byte if is_in_word(byte) => (TokenKind::Word, length(rest, is_in_word)),
        _ => (TokenKind::Other, 1),
    }
}

/// A quote doubled inside stands for itself.
fn quoted(rest: &str, quote: u8, kind: TokenKind) -> (TokenKind, usize) {
    let bytes = rest.as_bytes();
    let mut at = 1;
    while at < bytes.len() {
        match (bytes[at] == quote, bytes.get(at + 1) == Some(&quote)) {
            (true, true) => at += 2,
            (true, false) => return (kind, at + 1),
            (false, _) => at += 1,
        }
    }
    (TokenKind::Unclosed, rest.len())
}

fn length(text: &str, belongs: impl Fn(u8) -> bool) -> usize {
    text.bytes().position(|byte| !belongs(byte)).unwrap_or(text.len())
}

fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r' | 0x0c)
}

/// As SQLite has it: every byte outside ASCII is part of a word.
fn is_in_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'$' || !byte.is_ascii()
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;

    fn shown(text: &str) -> String {
        let pieces = tokens(text).filter(|token| token.kind != TokenKind::Space);
        pieces.map(|token| format!("{:?} {}\n", token.kind, token.text)).collect()
    }

    #[test]
    fn what_is_quoted_or_commented_is_one_token() {
        expect![[r#"
            Word select
            Text 'it''s; attr('
            Other ,
            Quoted "a""b"
            Other ,
            Quoted [attr('x')]
            Other ,
            Quoted `c`
            Other -
            Number 1.5e3
            Other ,
            Number .5
            Word from
            Word naïve
            Other .
            Word attr
            Open (
            Close )
            Parameter ?12
            Parameter :a
            Semicolon ;
        "#]]
        .assert_eq(&shown(
            "select 'it''s; attr(', \"a\"\"b\", [attr('x')], `c` -1.5e3, .5 -- attr('x') ;\n \
             from /* ; attr('y') */ naïve.attr() ?12 :a;",
        ));
        expect![[r#"
            Word a
            Unclosed 'b''
        "#]]
        .assert_eq(&shown("a/**/'b''"));
    }

    #[test]
    fn the_tokens_of_any_text_are_the_text() {
        let pieces =
            ["'", "\"", "[", "]", "--", "/*", "*/", "\n", "é", "𝄞", ";", ".", "1", "$", "?", "x", " "];
        let mut seed = 7usize;
        for _ in 0..2_000 {
            let text: String = (0..12)
                .map(|_| {
                    seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                    pieces[(seed >> 33) % pieces.len()]
                })
                .collect();
            let joined: String = tokens(&text).map(|token| token.text).collect();
            assert_eq!(joined, text);
        }
    }
}
