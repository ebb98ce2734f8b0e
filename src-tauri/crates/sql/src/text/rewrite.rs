use super::lex::{Token, TokenKind, tokens};
use crate::error::SqlError;
use std::sync::Arc;

/// Attributes that one statement may name: each is a column of every table, and SQLite has 2,000 of them at most.
const ATTRIBUTES_MAX: usize = 500;

/// A field that a statement names by `attr('key')`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Attribute {
    pub(crate) key: Arc<str>,
    /// What its column is called. Nearly always `attr('key')`; SQLite does not tell column names apart by case, so a key
    /// that differs from an earlier one by nothing else has a mark behind.
    pub(crate) column: String,
}

impl Attribute {
    /// The column's name as SQL writes it, whatever the key holds.
    pub(crate) fn quoted(&self) -> String {
        format!("\"{}\"", self.column.replace('"', "\"\""))
    }

    fn written(key: &str) -> String {
        format!("attr('{}')", key.replace('\'', "''"))
    }
}

/// A statement as SQLite reads it, with what leads back to what was written.
#[derive(Debug)]
pub(crate) struct Statement<'a> {
    written: &'a str,
    pub(crate) sql: String,
    /// In order of first appearance, each once.
    pub(crate) attributes: Vec<Attribute>,
    pieces: Vec<Piece>,
}

/// A part of the written text and where it went.
#[derive(Debug)]
struct Piece {
    /// Its first byte in `sql` and in `written`.
    sql_at: usize,
    at: usize,
    /// Bytes that one name stands for; nothing where the text was copied.
    replaced: Option<usize>,
}

impl<'a> Statement<'a> {
    /// Reads one statement.
    pub(crate) fn new(written: &'a str) -> Result<Self, SqlError> {
        if let Some(at) = written.find('\0') {
            return Err(SqlError::at("a statement cannot hold a NUL", (at, 1)));
        }
        let all: Vec<Token<'_>> = tokens(written).filter(|token| token.kind != TokenKind::Space).collect();
        let span = |token: &Token<'_>| (token.at, token.text.len());
        let mut statement = Self { written, sql: String::new(), attributes: Vec::new(), pieces: Vec::new() };
        let (mut copied, mut has_ended) = (0, false);
        let mut idx = 0;
        while let Some(token) = all.get(idx) {
            idx += 1;
            match token.kind {
                TokenKind::Semicolon => has_ended = true,
                _ if has_ended => {
                    return Err(SqlError::at("one statement at a time", span(token)));
                }
                TokenKind::Unclosed => {
                    return Err(SqlError::at("this quote is never closed", (token.at, 1)));
                }
                TokenKind::Parameter => {
                    return Err(SqlError::at("there are no values for parameters here", span(token)));
                }
                TokenKind::Word if token.text.eq_ignore_ascii_case("attr") => {
                    let [open, key, close] = match all.get(idx..) {
                        Some([open, ..]) if open.kind != TokenKind::Open => continue,
                        Some([open, key, close, ..]) => [open, key, close],
                        Some([]) | None => continue,
                        Some(_) => return Err(not_a_key(span(token))),
                    };
                    if key.kind != TokenKind::Text || close.kind != TokenKind::Close {
                        return Err(not_a_key((token.at, open.at + 1 - token.at)));
                    }
                    idx += 3;
                    let end = close.at + close.text.len();
                    statement.copy(copied..token.at);
                    let replaced = Some(end - token.at);
                    statement.pieces.push(Piece { sql_at: statement.sql.len(), at: token.at, replaced });
                    let name = statement.column(&unquoted(key.text), (token.at, end - token.at))?;
                    statement.sql += &name;
                    copied = end;
                }
                _ => {}
            }
        }
        if all.iter().all(|token| token.kind == TokenKind::Semicolon) {
            return Err(SqlError::Syntax { message: "say what to select".to_owned(), span: None });
        }
        statement.copy(copied..written.len());
        Ok(statement)
    }

    fn copy(&mut self, range: std::ops::Range<usize>) {
        self.pieces.push(Piece { sql_at: self.sql.len(), at: range.start, replaced: None });
        self.sql += &self.written[range];
    }

    /// The column of a key, quoted.
    fn column(&mut self, key: &str, span: (usize, usize)) -> Result<String, SqlError> {
        if let Some(known) = self.attributes.iter().find(|attribute| &*attribute.key == key) {
            return Ok(known.quoted());
        }
        if self.attributes.len() == ATTRIBUTES_MAX {
            return Err(SqlError::at(
                format!("more than {ATTRIBUTES_MAX} attributes in one statement"),
                span,
            ));
        }
        let written = Attribute::written(key);
        let is_alike =
            |attribute: &&Attribute| Attribute::written(&attribute.key).eq_ignore_ascii_case(&written);
        let column = match self.attributes.iter().filter(is_alike).count() {
            0 => written,
            // No key's own column ends with anything but a bracket.
            n_alike => format!("{written}~{}", n_alike + 1),
        };
        let attribute = Attribute { key: key.into(), column };
        let quoted = attribute.quoted();
        self.attributes.push(attribute);
        Ok(quoted)
    }

    /// The place in the written text, from one in [`Statement::sql`]: the token's first byte and length.
    pub(crate) fn span(&self, sql_at: usize) -> (usize, usize) {
        let idx = self.pieces.partition_point(|piece| piece.sql_at <= sql_at);
        let Some(piece) = idx.checked_sub(1).map(|idx| &self.pieces[idx]) else { return (0, 0) };
        if let Some(len) = piece.replaced {
            return (piece.at, len);
        }
        let at = self.written.floor_char_boundary(piece.at + (sql_at - piece.sql_at));
        (at, tokens(&self.written[at..]).next().map_or(0, |token| token.text.len()))
    }

    /// A name or a message of SQLite's with attributes as they were written.
    pub(crate) fn as_written(&self, text: &str) -> String {
        let mut text = text.to_owned();
        // Longer names first: a mark would be left over where the name without it is a part.
        for attribute in self.attributes.iter().rev() {
            let (written, quoted) = (Attribute::written(&attribute.key), attribute.quoted());
            // SQLite sees a name in double quotes and thinks of a text.
            let advised = format!("{quoted} - should this be a string literal in single-quotes?");
            text = text.replace(&advised, &written).replace(&quoted, &written);
            text = text.replace(&attribute.column, &written);
        }
        text
    }
}

fn not_a_key(span: (usize, usize)) -> SqlError {
    SqlError::at("attr takes one field's name in single quotes, as in attr('http.route')", span)
}

fn unquoted(text: &str) -> String {
    let inner = text.strip_prefix('\'').and_then(|text| text.strip_suffix('\''));
    inner.unwrap_or_default().replace("''", "'")
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    fn check(written: &str, expected: &Expect) {
        let shown = match Statement::new(written) {
            Ok(statement) => {
                let keys: Vec<&str> = statement.attributes.iter().map(|attribute| &*attribute.key).collect();
                format!("{}\n{keys:?}\n", statement.sql)
            }
            Err(SqlError::Syntax { message, span }) => format!("{message} {span:?}\n"),
            Err(other) => format!("{other:?}\n"),
        };
        expected.assert_eq(&shown);
    }

    #[test]
    fn attributes_become_columns() {
        check(
            "select attr('http.route'), s.ATTR ( /* the */ 'a''b' ), attr('http.route') from spans s;",
            &expect![[r#"
                select "attr('http.route')", s."attr('a''b')", "attr('http.route')" from spans s;
                ["http.route", "a'b"]
            "#]],
        );
        check(
            r#"select attr('say "ü"'), attr('Ü'), attr('') from spans"#,
            &expect![[r#"
                select "attr('say ""ü""')", "attr('Ü')", "attr('')" from spans
                ["say \"ü\"", "Ü", ""]
            "#]],
        );
        // Neither quoted, nor commented, nor longer, nor a plain name.
        check(
            "select 'attr(''x'')', \"attr\"('x'), [attr('x')], myattr('x'), attr -- attr('x')\n from t",
            &expect![[r#"
                select 'attr(''x'')', "attr"('x'), [attr('x')], myattr('x'), attr -- attr('x')
                 from t
                []
            "#]],
        );
        check(
            "select attr('Key'), attr('key'), attr('KEY') from spans",
            &expect![[r#"
                select "attr('Key')", "attr('key')~2", "attr('KEY')~3" from spans
                ["Key", "key", "KEY"]
            "#]],
        );
    }

    #[test]
    fn what_is_wrong_is_pointed_at() {
        for (written, expected) in [
            ("", expect!["say what to select None\n"]),
            (" ; -- nothing", expect!["say what to select None\n"]),
            ("select 1; select 2", expect!["one statement at a time Some((10, 6))\n"]),
            ("select 1;;", expect!["select 1;;\n[]\n"]),
            ("select 'a;", expect!["this quote is never closed Some((7, 1))\n"]),
            ("select ?1", expect!["there are no values for parameters here Some((7, 2))\n"]),
            ("select a\0b", expect!["a statement cannot hold a NUL Some((8, 1))\n"]),
        ] {
            check(written, &expected);
        }
        for written in [
            "select attr(name)",
            "select attr(\"name\")",
            "select attr('a', 'b')",
            "select attr()",
            "select attr('a'",
            "select attr('a' || 'b')",
        ] {
            let error = Statement::new(written).expect_err(written);
            assert!(error.to_string().starts_with("attr takes one"), "{written}: {error}");
        }
        let many: String = (0..=ATTRIBUTES_MAX).map(|n| format!(", attr('{n}')")).collect();
        let error = Statement::new(&format!("select 1{many}")).expect_err("too many");
        assert_eq!(error.to_string(), "more than 500 attributes in one statement");
    }

    #[test]
    fn places_and_names_lead_back_to_what_was_written() {
        let written = "select ATTR( 'Key' ), attr('key'), nmae from spans";
        let statement = Statement::new(written).expect("it can be read");
        for (token, as_written) in
            [("nmae", "nmae"), ("\"attr('key')~2\"", "attr('key')"), ("select", "select"), ("spans", "spans")]
        {
            let at = statement.sql.find(token).expect("it stands there");
            assert_eq!(Some(statement.span(at).0), written.find(as_written), "{token}");
        }
        assert_eq!(statement.span(statement.sql.find("nmae").expect("there")).1, 4);
        assert_eq!(statement.span(usize::MAX / 2), (written.len(), 0));
        let header = "count(s.\"attr('key')~2\") + \"attr('Key')\"";
        assert_eq!(statement.as_written(header), "count(s.attr('key')) + attr('Key')");
    }
}
