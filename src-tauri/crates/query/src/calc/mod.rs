//! Calculated fields: an expression between braces, wherever a field can stand.
//!
//! ```text
//! P99({$duration_ms / 1000})   WHERE {REG_VALUE($url.path, `^/([^/]+)`)} = cart   GROUP BY {BUCKET($n, 10)}
//! ```
//!
//! The grammar is that of Honeycomb's calculated fields: `$field`, `$"any name"`, `` $`any name` ``; `"text"`, `` `raw text` ``,
//! numbers, `true`, `false`, `null`; functions in capitals; `! * / % - + < <= > >= = != AND OR`, of which minus binds more
//! tightly than plus.
//!
//! Values are those of the fields, missing included; a missing result is a missing field. What takes several numbers
//! leaves missing ones out; what needs one and has none is missing. A text that is a number counts as one in arithmetic,
//! any other text as 0. `EQUALS` and `=` compare values of one type, integers and doubles being one; `<` and its like
//! numbers with numbers and texts with texts, and are false of anything else. True are `true`, the text `true`, and
//! every number but 0.

mod column;
mod eval;
mod function;
mod lex;
mod parse;

pub(crate) use column::column;
pub(crate) use parse::parse;

use function::Function;
use skep_model::{Text, Value};

/// An expression as it was read.
#[derive(Clone, Debug)]
pub(crate) enum Node {
    Literal(Value),
    Field(Text),
    Call(Function, Vec<Node>),
    /// A pattern is made ready once.
    Match(Function, Box<Node>, regex::Regex),
}

impl Node {
    /// Every field it reads, each once.
    pub(crate) fn fields(&self) -> Vec<Text> {
        let mut fields = Vec::new();
        self.collect_fields(&mut fields);
        fields
    }

    fn collect_fields(&self, fields: &mut Vec<Text>) {
        match self {
            Node::Literal(_) => {}
            Node::Field(field) => {
                if !fields.contains(field) {
                    fields.push(field.clone());
                }
            }
            Node::Call(_, arguments) => arguments.iter().for_each(|node| node.collect_fields(fields)),
            Node::Match(_, subject, _) => subject.collect_fields(fields),
        }
    }
}

/// The expression in a calculated field's name; nothing where the name is a plain one.
pub(crate) fn inside(field: &str) -> Option<&str> {
    field.strip_prefix('{')?.strip_suffix('}')
}
