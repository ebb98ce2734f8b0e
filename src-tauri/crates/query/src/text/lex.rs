use super::SyntaxError;
use crate::ast::{Duration, Literal, TimeUnit};
use crate::calc;
use skep_model::Text;

/// A piece of the text and where it stands.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Token {
    pub(super) kind: TokenKind,
    pub(super) at: usize,
    pub(super) len: usize,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum TokenKind {
    /// A bare word, as written: keyword, operator, field or value; the parser knows by the position.
    Word(Text),
    /// A word that reads as a number or a duration, and as written, for where a field is meant.
    Number(Literal, Text),
    /// Between backticks, or calculated, with its braces: always a field.
    Field(Text),
    /// Between double quotes: a field or a text, by position.
    DoubleQuoted(Text),
    /// Between single quotes: always a text.
    SingleQuoted(Text),
    /// `( ) , = != < <= > >=`.
    Symbol(&'static str),
    /// Past the last character.
    End,
}

/// Longest first, so that `<=` is not read as `<`.
const SYMBOLS: [&str; 9] = ["!=", "<=", ">=", "(", ")", ",", "=", "<", ">"];

/// How other languages write it, and how this one does.
const FOREIGN: [(&str, &str); 6] =
    [("==", "="), ("<>", "!="), ("&&", "AND"), ("||", "OR"), ("!", "NOT"), ("=~", "contains")];

/// Cuts a text into tokens, the last of them [`TokenKind::End`].
pub(super) fn lex(text: &str) -> Result<Vec<Token>, SyntaxError> {
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(first) = text[at..].chars().next() {
        let rest = &text[at..];
        if first.is_whitespace() {
            at += first.len_utf8();
            continue;
        }
        let (kind, len) = if matches!(first, '"' | '\'' | '`') {
            quoted(rest, first, at)?
        } else if first == '{' {
            calculated(rest, at)?
        } else if is_word_char(first) {
            let len = rest.find(|c| !is_word_char(c)).unwrap_or(rest.len());
            (word(&rest[..len]), len)
        } else if let Some(error) = foreign(rest, at) {
            return Err(error);
        } else if let Some(symbol) = SYMBOLS.into_iter().find(|symbol| rest.starts_with(symbol)) {
            (TokenKind::Symbol(symbol), symbol.len())
        } else {
            return Err(SyntaxError {
                message: format!("{first:?} means nothing here; put names with it between backticks"),
                at,
                len: first.len_utf8(),
                suggestion: None,
            });
        };
        tokens.push(Token { kind, at, len });
        at += len;
    }
    tokens.push(Token { kind: TokenKind::End, at: text.len(), len: 0 });
    Ok(tokens)
}

/// Whether a character may stand in a bare word.
pub(super) fn is_word_char(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '.' | '_' | '-' | '/' | ':' | '@')
}

/// The number or duration a bare word reads as.
pub(super) fn number(word: &str) -> Option<Literal> {
    // Keeps out what `f64` reads by name: inf, nan.
    let unsigned = word.strip_prefix('-').unwrap_or(word);
    if !unsigned.strip_prefix('.').unwrap_or(unsigned).starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    if let Ok(int) = word.parse() {
        return Some(Literal::Int(int));
    }
    if let Some(double) = finite(word) {
        return Some(Literal::Double(double));
    }
    let units =
        TimeUnit::ALL.into_iter().chain([("µs", TimeUnit::Microsecond), ("μs", TimeUnit::Microsecond)]);
    units.into_iter().find_map(|(symbol, unit)| {
        let amount = finite(word.strip_suffix(symbol)?)?;
        Some(Literal::Duration(Duration { amount, unit }))
    })
}

fn finite(word: &str) -> Option<f64> {
    word.parse().ok().filter(|double: &f64| double.is_finite())
}

fn word(word: &str) -> TokenKind {
    match number(word) {
        Some(literal) => TokenKind::Number(literal, word.into()),
        None => TokenKind::Word(word.into()),
    }
}

fn foreign(rest: &str, at: usize) -> Option<SyntaxError> {
    if rest.starts_with("!=") {
        return None;
    }
    let (theirs, ours) = FOREIGN.into_iter().find(|(theirs, _)| rest.starts_with(theirs))?;
    Some(SyntaxError {
        message: format!("{theirs} is no operator"),
        at,
        len: theirs.len(),
        suggestion: Some(ours.to_owned()),
    })
}

/// Reads up to the closing brace, those in quotes left aside, and looks whether what is inside can be read.
fn calculated(rest: &str, at: usize) -> Result<(TokenKind, usize), SyntaxError> {
    let mut quote = None;
    let mut chars = rest.char_indices().skip(1);
    while let Some((idx, c)) = chars.next() {
        match quote {
            Some('"') if c == '\\' => drop(chars.next()),
            Some(open) if c == open => quote = None,
            Some(_) => {}
            None if c == '"' || c == '`' => quote = Some(c),
            None if c == '}' => {
                calc::parse(&rest[1..idx], at + 1)?;
                return Ok((TokenKind::Field(rest[..=idx].into()), idx + 1));
            }
            None => {}
        }
    }
    let message = "the calculated field is never closed by }".to_owned();
    Err(SyntaxError { message, at, len: rest.len(), suggestion: None })
}

/// Reads up to the closing quote; a backslash keeps the next character, with `\n`, `\t` and `\r` as usual.
fn quoted(rest: &str, quote: char, at: usize) -> Result<(TokenKind, usize), SyntaxError> {
    let mut inside = String::new();
    let mut chars = rest.char_indices().skip(1);
    while let Some((idx, c)) = chars.next() {
        if c == quote {
            let text = Text::from(inside);
            let kind = match quote {
                '"' => TokenKind::DoubleQuoted(text),
                '\'' => TokenKind::SingleQuoted(text),
                _ => TokenKind::Field(text),
            };
            return Ok((kind, idx + quote.len_utf8()));
        }
        if c != '\\' {
            inside.push(c);
            continue;
        }
        match chars.next() {
            Some((_, 'n')) => inside.push('\n'),
            Some((_, 't')) => inside.push('\t'),
            Some((_, 'r')) => inside.push('\r'),
            Some((_, escaped)) => inside.push(escaped),
            None => break,
        }
    }
    let message = format!("the quote {quote} is never closed");
    Err(SyntaxError { message, at, len: rest.len(), suggestion: None })
}
