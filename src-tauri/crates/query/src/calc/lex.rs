use crate::text::SyntaxError;
use skep_model::{Text, Value};

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Token {
    pub(super) kind: TokenKind,
    pub(super) at: usize,
    pub(super) len: usize,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum TokenKind {
    /// A function or one of `AND OR NOT`.
    Word(String),
    /// `$field`.
    Field(Text),
    Literal(Value),
    Symbol(&'static str),
    End,
}

/// Longest first.
const SYMBOLS: [&str; 14] = ["<=", ">=", "!=", "(", ")", ",", "!", "*", "/", "%", "-", "+", "<", ">"];

fn is_field_char(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '.' | '_' | ':' | '@')
}

/// Cuts an expression, which stands at `base` of a text, into tokens.
pub(super) fn lex(text: &str, base: usize) -> Result<Vec<Token>, SyntaxError> {
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(first) = text[at..].chars().next() {
        let rest = &text[at..];
        if first.is_whitespace() {
            at += first.len_utf8();
            continue;
        }
        let (kind, len) = match first {
            '$' => field(rest, base + at)?,
            '"' | '`' => {
                let (text, len) = quoted(rest, first, base + at)?;
                (TokenKind::Literal(Value::text(text)), len)
            }
            '=' => (TokenKind::Symbol("="), 1 + usize::from(rest.starts_with("=="))),
            c if c.is_ascii_digit() || (c == '.' && rest[1..].starts_with(|c: char| c.is_ascii_digit())) => {
                number(rest, base + at)?
            }
            c if c.is_alphabetic() => {
                let len = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
                (word(&rest[..len]), len)
            }
            c => match SYMBOLS.into_iter().find(|symbol| rest.starts_with(symbol)) {
                Some(symbol) => (TokenKind::Symbol(symbol), symbol.len()),
                None => {
                    let suggestion = (c == '\'').then(|| "\"text\"".to_owned());
                    let message = format!("{c:?} means nothing in a calculated field");
                    return Err(SyntaxError { message, at: base + at, len: c.len_utf8(), suggestion });
                }
            },
        };
        tokens.push(Token { kind, at: base + at, len });
        at += len;
    }
    tokens.push(Token { kind: TokenKind::End, at: base + text.len(), len: 0 });
    Ok(tokens)
}

fn word(word: &str) -> TokenKind {
    match word {
        "true" | "TRUE" => TokenKind::Literal(true.into()),
        "false" | "FALSE" => TokenKind::Literal(false.into()),
        "null" | "NULL" => TokenKind::Literal(Value::Empty),
        word => TokenKind::Word(word.to_owned()),
    }
}

fn field(rest: &str, at: usize) -> Result<(TokenKind, usize), SyntaxError> {
    let name = &rest[1..];
    if let Some(quote @ ('"' | '`')) = name.chars().next() {
        let (name, len) = quoted(name, quote, at + 1)?;
        return Ok((TokenKind::Field(name.into()), 1 + len));
    }
    let len = name.find(|c| !is_field_char(c)).unwrap_or(name.len());
    if len == 0 {
        let message = "a field is due behind $".to_owned();
        return Err(SyntaxError { message, at, len: 1, suggestion: Some("$duration_ms".to_owned()) });
    }
    Ok((TokenKind::Field(name[..len].into()), 1 + len))
}

fn number(rest: &str, at: usize) -> Result<(TokenKind, usize), SyntaxError> {
    let mut len = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
    let exponent = rest[len..].strip_prefix(['e', 'E']);
    if let Some(exponent) = exponent {
        let digits = exponent.strip_prefix(['-', '+']).unwrap_or(exponent);
        let n_digits = digits.find(|c: char| !c.is_ascii_digit()).unwrap_or(digits.len());
        if n_digits > 0 {
            len += 1 + (exponent.len() - digits.len()) + n_digits;
        }
    }
    let written = &rest[..len];
    let value = written.parse::<i64>().map(Value::from).or_else(|_| written.parse::<f64>().map(Value::from));
    match value {
        Ok(Value::Double(double)) if !double.is_finite() => Err(()),
        other => other.map_err(drop),
    }
    .map(|value| (TokenKind::Literal(value), len))
    .map_err(|()| SyntaxError { message: format!("{written} is no number"), at, len, suggestion: None })
}

/// Double quotes know a backslash, backticks hold everything as it is.
fn quoted(rest: &str, quote: char, at: usize) -> Result<(String, usize), SyntaxError> {
    let mut inside = String::new();
    let mut chars = rest.char_indices().skip(1);
    while let Some((idx, c)) = chars.next() {
        match c {
            c if c == quote => return Ok((inside, idx + 1)),
            '\\' if quote == '"' => match chars.next() {
                Some((_, 'n')) => inside.push('\n'),
                Some((_, 't')) => inside.push('\t'),
                Some((_, 'r')) => inside.push('\r'),
                Some((_, escaped)) => inside.push(escaped),
                None => break,
            },
            c => inside.push(c),
        }
    }
    let message = format!("the quote {quote} is never closed");
    Err(SyntaxError { message, at, len: rest.len(), suggestion: None })
}
