use super::node::{JsonText, Node};
use crate::DecodeError;
use crate::limits::{JSON_LEVELS_MAX, JSON_NODES_MAX};
use memchr::memchr2;
use std::borrow::Cow;

/// Reads a body that is one JSON value of no more than [`JSON_NODES_MAX`].
///
/// Stricter readers lose a whole batch for one bad text, so these are read too: bytes that are not UTF-8 and lone
/// surrogates (as U+FFFD), control characters in strings, the bare tokens `NaN`, `Infinity` and `-Infinity` that
/// Python writes, numbers of any magnitude, a byte order mark, and any depth.
pub(crate) fn parse(body: &[u8]) -> Result<Node<'_>, DecodeError> {
    parse_within(body, JSON_NODES_MAX)
}

/// The same within another cap.
pub(crate) fn parse_within(body: &[u8], nodes_max: usize) -> Result<Node<'_>, DecodeError> {
    let mut parser = Parser { nodes_max, ..Parser::new(body) };
    let node = parser.value(1)?;
    parser.end()?;
    Ok(node)
}

/// A place in a body. A value is read into a tree, or stepped over, or gone into; each sees the same errors.
pub(crate) struct Parser<'a> {
    pub(super) body: &'a [u8],
    /// The next byte to read.
    pub(super) at: usize,
    /// Values of the tree that is being made.
    pub(super) n_nodes: usize,
    nodes_max: usize,
}

impl<'a> Parser<'a> {
    pub(crate) fn new(body: &'a [u8]) -> Self {
        Parser {
            body,
            at: if body.starts_with(b"\xef\xbb\xbf") { 3 } else { 0 },
            n_nodes: 0,
            nodes_max: JSON_NODES_MAX,
        }
    }

    pub(super) fn unexpected(&self) -> DecodeError {
        DecodeError::Json { offset: self.at }
    }

    pub(super) fn peek(&self) -> Option<u8> {
        self.body.get(self.at).copied()
    }

    pub(super) fn skip_space(&mut self) {
        while let Some(b' ' | b'\t' | b'\n' | b'\r') = self.peek() {
            self.at += 1;
        }
    }

    /// Steps over `byte` and reports whether it was there.
    pub(super) fn eat(&mut self, byte: u8) -> bool {
        let is_there = self.peek() == Some(byte);
        self.at += usize::from(is_there);
        is_there
    }

    pub(super) fn expect(&mut self, byte: u8) -> Result<(), DecodeError> {
        if self.eat(byte) { Ok(()) } else { Err(self.unexpected()) }
    }

    pub(super) fn value(&mut self, level: usize) -> Result<Node<'a>, DecodeError> {
        self.n_nodes += 1;
        if self.n_nodes > self.nodes_max {
            return Err(DecodeError::JsonTooLarge { limit: self.nodes_max });
        }
        self.skip_space();
        match self.peek() {
            Some(b'{' | b'[') if level > JSON_LEVELS_MAX => self.skip_brackets(),
            Some(b'{') => self.object(level),
            Some(b'[') => self.list(level),
            Some(b'"') => self.string().map(Node::Text),
            _ => self.scalar(),
        }
    }

    /// A value without parts that is no text.
    pub(super) fn scalar(&mut self) -> Result<Node<'a>, DecodeError> {
        match self.peek() {
            Some(b't') => self.word("true", Node::Bool(true)),
            Some(b'f') => self.word("false", Node::Bool(false)),
            Some(b'n') => self.word("null", Node::Null),
            Some(b'N') => self.word("NaN", Node::Number("NaN")),
            Some(b'I') => self.word("Infinity", Node::Number("Infinity")),
            Some(b'-') if self.body[self.at..].starts_with(b"-I") => {
                self.word("-Infinity", Node::Number("-Infinity"))
            }
            _ => self.number(),
        }
    }

    fn object(&mut self, level: usize) -> Result<Node<'a>, DecodeError> {
        let mut members = Vec::new();
        self.at += 1;
        self.skip_space();
        if self.eat(b'}') {
            return Ok(Node::Object(members));
        }
        loop {
            self.skip_space();
            let key = self.string()?;
            self.skip_space();
            self.expect(b':')?;
            members.push((key.text, self.value(level + 1)?));
            self.skip_space();
            if self.eat(b'}') {
                return Ok(Node::Object(members));
            }
            self.expect(b',')?;
        }
    }

    fn list(&mut self, level: usize) -> Result<Node<'a>, DecodeError> {
        let mut items = Vec::new();
        self.at += 1;
        self.skip_space();
        if self.eat(b']') {
            return Ok(Node::List(items));
        }
        loop {
            items.push(self.value(level + 1)?);
            self.skip_space();
            if self.eat(b']') {
                return Ok(Node::List(items));
            }
            self.expect(b',')?;
        }
    }

    /// Skips a list or an object without recursion: only its brackets and strings are looked at.
    pub(super) fn skip_brackets(&mut self) -> Result<Node<'a>, DecodeError> {
        let mut n_open = 0_usize;
        loop {
            match self.peek() {
                Some(b'{' | b'[') => n_open += 1,
                Some(b'}' | b']') => n_open -= 1,
                Some(b'"') => {
                    self.string()?;
                    continue;
                }
                Some(_) => {}
                None => return Err(self.unexpected()),
            }
            self.at += 1;
            if n_open == 0 {
                return Ok(Node::TooDeep);
            }
        }
    }

    fn word(&mut self, word: &str, node: Node<'a>) -> Result<Node<'a>, DecodeError> {
        if !self.body[self.at..].starts_with(word.as_bytes()) {
            return Err(self.unexpected());
        }
        self.at += word.len();
        Ok(node)
    }

    fn digits(&mut self) -> Result<(), DecodeError> {
        let start = self.at;
        while self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            self.at += 1;
        }
        if self.at == start { Err(self.unexpected()) } else { Ok(()) }
    }

    fn number(&mut self) -> Result<Node<'a>, DecodeError> {
        let start = self.at;
        self.eat(b'-');
        if !self.eat(b'0') {
            self.digits()?;
        }
        if self.eat(b'.') {
            self.digits()?;
        }
        if self.eat(b'e') || self.eat(b'E') {
            let _ = self.eat(b'+') || self.eat(b'-');
            self.digits()?;
        }
        match str::from_utf8(&self.body[start..self.at]) {
            Ok(number) => Ok(Node::Number(number)),
            Err(_) => Err(self.unexpected()),
        }
    }

    pub(super) fn string(&mut self) -> Result<JsonText<'a>, DecodeError> {
        self.expect(b'"')?;
        let start = self.at;
        let Some(n_plain) = memchr2(b'"', b'\\', &self.body[start..]) else {
            self.at = self.body.len();
            return Err(self.unexpected());
        };
        self.at += n_plain;
        if self.body[self.at] == b'\\' {
            return self.escaped_string(start);
        }
        let raw = &self.body[start..self.at];
        self.at += 1;
        Ok(match String::from_utf8_lossy(raw) {
            text @ Cow::Borrowed(_) => JsonText { text, is_repaired: false },
            text @ Cow::Owned(_) => JsonText { text, is_repaired: true },
        })
    }

    /// A string from `start` on whose first escape is the next byte.
    fn escaped_string(&mut self, start: usize) -> Result<JsonText<'a>, DecodeError> {
        let mut bytes = self.body[start..self.at].to_vec();
        let mut is_repaired = false;
        loop {
            let byte = self.peek().ok_or_else(|| self.unexpected())?;
            self.at += 1;
            match byte {
                b'"' => break,
                b'\\' => {
                    let unescaped = self.escape()?;
                    is_repaired |= unescaped.is_none();
                    let mut utf8 = [0; 4];
                    let text = unescaped.unwrap_or(char::REPLACEMENT_CHARACTER).encode_utf8(&mut utf8);
                    bytes.extend_from_slice(text.as_bytes());
                }
                _ => bytes.push(byte),
            }
        }
        let text = String::from_utf8(bytes).unwrap_or_else(|error| {
            is_repaired = true;
            String::from_utf8_lossy(error.as_bytes()).into_owned()
        });
        Ok(JsonText { text: Cow::Owned(text), is_repaired })
    }

    /// The character of the escape whose backslash was read; nothing for half a surrogate pair.
    pub(super) fn escape(&mut self) -> Result<Option<char>, DecodeError> {
        let byte = self.peek().ok_or_else(|| self.unexpected())?;
        let plain = match byte {
            b'"' | b'\\' | b'/' => char::from(byte),
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => {
                self.at += 1;
                return self.unicode_escape();
            }
            _ => return Err(self.unexpected()),
        };
        self.at += 1;
        Ok(Some(plain))
    }

    fn unicode_escape(&mut self) -> Result<Option<char>, DecodeError> {
        let high = self.code_unit()?;
        if (0xd800..0xdc00).contains(&high) && self.body[self.at..].starts_with(b"\\u") {
            let before = self.at;
            self.at += 2;
            let low = self.code_unit()?;
            if (0xdc00..0xe000).contains(&low) {
                return Ok(char::from_u32(0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00)));
            }
            // The second escape is a character of its own.
            self.at = before;
        }
        Ok(char::from_u32(high))
    }

    fn code_unit(&mut self) -> Result<u32, DecodeError> {
        let mut unit = 0;
        for _ in 0..4 {
            let digit = self.peek().and_then(|byte| char::from(byte).to_digit(16));
            unit = unit * 16 + digit.ok_or_else(|| self.unexpected())?;
            self.at += 1;
        }
        Ok(unit)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn check(body: &[u8], expected: &expect_test::Expect) {
        expected.assert_eq(&match parse(body) {
            Ok(node) => format!("{node:?}"),
            Err(error) => error.to_string(),
        });
    }

    #[test]
    fn what_strict_readers_refuse_is_read() {
        use expect_test::expect;
        check(
            b"\xef\xbb\xbf [1e999, NaN, -Infinity]\n",
            &expect![[r#"List([Number("1e999"), Number("NaN"), Number("-Infinity")])"#]],
        );
        check(b"\"a\xffb\"", &expect![[r#"Text(JsonText { text: "a�b", is_repaired: true })"#]]);
        check(
            br#""\ud800 \ud83d\ude00 \u00e9\n""#,
            &expect![[r#"Text(JsonText { text: "� 😀 é\n", is_repaired: true })"#]],
        );
        check(br#""\ud800\u0041""#, &expect![[r#"Text(JsonText { text: "�A", is_repaired: true })"#]]);
    }

    #[test]
    fn what_is_no_json_says_where() {
        use expect_test::expect;
        check(b"", &expect!["the body is not JSON: unexpected input at byte 0"]);
        check(b"[1,]", &expect!["the body is not JSON: unexpected input at byte 3"]);
        check(b"{\"a\":1} x", &expect!["the body is not JSON: unexpected input at byte 8"]);
        check(b"[01]", &expect!["the body is not JSON: unexpected input at byte 2"]);
        check(br#""\x""#, &expect!["the body is not JSON: unexpected input at byte 2"]);
    }

    /// Whether a body is one JSON value, told without keeping any of it.
    fn is_stepped_over(body: &[u8]) -> Result<(), DecodeError> {
        let mut parser = Parser::new(body);
        parser.skip(1).and_then(|()| parser.end())
    }

    #[test]
    fn a_hundred_thousand_brackets_are_skipped() {
        let n_levels = 100_000;
        let body = format!("{}{}", "[".repeat(n_levels), "]".repeat(n_levels));
        assert!(parse(body.as_bytes()).is_ok());
        assert!(parse(&body.as_bytes()[..n_levels]).is_err());
    }

    /// `serde_json` as the reference: what it reads, reads the same here.
    fn same(node: &Node<'_>, reference: &serde_json::Value) -> bool {
        use serde_json::Value;
        match (node, reference) {
            (Node::Null, Value::Null) => true,
            (Node::Bool(a), Value::Bool(b)) => a == b,
            (Node::Number(a), Value::Number(b)) => a.parse::<f64>().ok() == b.as_f64(),
            (Node::Text(a), Value::String(b)) => a.text == *b && !a.is_repaired,
            (Node::List(a), Value::Array(b)) => {
                a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b))
            }
            (Node::Object(a), Value::Object(b)) => {
                b.iter().all(|(key, b)| match a.iter().rev().find(|(name, _)| name == key) {
                    Some((_, a)) => same(a, b),
                    None => false,
                })
            }
            _ => false,
        }
    }

    proptest! {
        #[test]
        fn what_serde_json_reads_is_read_the_same(body in r#"(\[|\]|\{|\}|,|:|"[a-z\\"u0-9]{0,6}"|-?[0-9.eE+-]{1,4}|null|true|false| |é){1,12}"#) {
            if let Ok(reference) = serde_json::from_str::<serde_json::Value>(&body) {
                let node = parse(body.as_bytes());
                prop_assert!(node.as_ref().is_ok_and(|node| same(node, &reference)), "{body:?} {node:?}");
            }
            prop_assert_eq!(is_stepped_over(body.as_bytes()), parse(body.as_bytes()).map(drop));
        }

        #[test]
        fn what_serde_json_writes_is_read_the_same(texts in proptest::collection::vec(".{0,8}", 0..4), number in any::<f64>(), int in any::<i64>()) {
            let reference = serde_json::json!({"texts": texts, "nested": [{"number": number, "int": int}, null, true]});
            let body = reference.to_string();
            let node = parse(body.as_bytes());
            prop_assert!(node.as_ref().is_ok_and(|node| same(node, &reference)), "{body:?} {node:?}");
        }

        #[test]
        fn no_bytes_panic(body in proptest::collection::vec(any::<u8>(), 0..64)) {
            prop_assert_eq!(is_stepped_over(&body), parse(&body).map(drop));
        }
    }
}
