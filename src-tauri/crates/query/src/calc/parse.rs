use super::Node;
use super::function::Function;
use super::lex::{Token, TokenKind, lex};
use crate::text::{SyntaxError, nearest};
use regex::RegexBuilder;
use skep_model::{Value, fields};

/// How deep an expression may nest: keeps the descent off the end of the stack, here and where it is evaluated.
const DEPTH_MAX: usize = 64;

/// Bytes that a pattern may take once it is made ready.
const PATTERN_BYTES_MAX: usize = 1 << 20;

/// What stands between two values, by how tightly it binds them.
const INFIX: [(&str, u8, Function); 13] = [
    ("OR", 1, Function::Or),
    ("AND", 2, Function::And),
    ("=", 3, Function::Equals),
    // Its negation.
    ("!=", 3, Function::Equals),
    ("<", 4, Function::Lt),
    ("<=", 4, Function::Lte),
    (">", 4, Function::Gt),
    (">=", 4, Function::Gte),
    ("+", 5, Function::Sum),
    // As Honeycomb's grammar has it.
    ("-", 6, Function::Sub),
    ("*", 7, Function::Mul),
    ("/", 7, Function::Div),
    ("%", 7, Function::Mod),
];

/// How tightly `!` and a sign bind what follows.
const PREFIX: u8 = 8;

/// Reads an expression, which stands at `base` of a text.
pub(crate) fn parse(text: &str, base: usize) -> Result<Node, SyntaxError> {
    let mut parser = Parser { tokens: lex(text, base)?, next: 0, depth: 0 };
    let node = parser.expression(0)?;
    match parser.peek().kind {
        TokenKind::End => Ok(node),
        _ => Err(parser.unexpected("an operator or the end of the calculated field")),
    }
}

struct Parser {
    tokens: Vec<Token>,
    next: usize,
    depth: usize,
}

impl Parser {
    /// Everything that binds more tightly than `power`.
    fn expression(&mut self, power: u8) -> Result<Node, SyntaxError> {
        if self.depth == DEPTH_MAX {
            return Err(self.error(format!("nested more than {DEPTH_MAX} deep")));
        }
        self.depth += 1;
        let mut left = self.operand()?;
        while let Some((symbol, binds, function)) = self.infix().filter(|(_, binds, _)| *binds > power) {
            self.next += 1;
            let right = self.expression(binds)?;
            left = Node::Call(function, vec![left, right]);
            if symbol == "!=" {
                left = Node::Call(Function::Not, vec![left]);
            }
        }
        self.depth -= 1;
        Ok(left)
    }

    fn infix(&self) -> Option<(&'static str, u8, Function)> {
        let word = match &self.peek().kind {
            TokenKind::Symbol(symbol) => *symbol,
            TokenKind::Word(word) => word.as_str(),
            _ => return None,
        };
        INFIX.into_iter().find(|(symbol, ..)| *symbol == word)
    }

    fn operand(&mut self) -> Result<Node, SyntaxError> {
        let token = self.peek().clone();
        match token.kind {
            TokenKind::Literal(value) => {
                self.next += 1;
                Ok(Node::Literal(value))
            }
            TokenKind::Field(field) => {
                self.next += 1;
                Ok(Node::Field(field))
            }
            TokenKind::Symbol("(") => {
                self.next += 1;
                let inside = self.expression(0)?;
                self.expect(")")?;
                Ok(inside)
            }
            TokenKind::Symbol("!") => {
                self.next += 1;
                Ok(Node::Call(Function::Not, vec![self.expression(PREFIX)?]))
            }
            TokenKind::Symbol("-") => {
                self.next += 1;
                let inside = self.expression(PREFIX)?;
                Ok(match inside {
                    Node::Literal(Value::Int(int)) => Node::Literal(Value::Int(-int)),
                    Node::Literal(Value::Double(double)) => Node::Literal(Value::Double(-double)),
                    inside => Node::Call(Function::Sub, vec![Node::Literal(Value::Int(0)), inside]),
                })
            }
            TokenKind::Word(ref word) => {
                let is_call = matches!(
                    self.tokens.get(self.next + 1),
                    Some(Token { kind: TokenKind::Symbol("("), .. })
                );
                if word == "NOT" && !is_call {
                    self.next += 1;
                    return Ok(Node::Call(Function::Not, vec![self.expression(PREFIX)?]));
                }
                self.call(&word.clone(), &token, is_call)
            }
            TokenKind::Symbol(_) | TokenKind::End => Err(self.unexpected("a value")),
        }
    }

    fn call(&mut self, word: &str, token: &Token, is_call: bool) -> Result<Node, SyntaxError> {
        let Some(function) = Function::named(word) else {
            return Err(if is_call {
                let suggestion = nearest(word, Function::names()).map(str::to_owned);
                let message = match word {
                    "INGEST_TIMESTAMP" => "when an event arrived is not kept with it".to_owned(),
                    word => format!("unknown function {word}"),
                };
                SyntaxError { suggestion, ..self.error(message) }
            } else {
                SyntaxError {
                    suggestion: Some(format!("${word}")),
                    ..self.error(format!("{word} is neither a function nor a field"))
                }
            });
        };
        self.next += 1;
        self.expect("(")?;
        let mut arguments = Vec::new();
        while !self.eat(")") {
            if !arguments.is_empty() {
                self.expect(",")?;
                // A comma may stand behind the last one.
                if self.eat(")") {
                    break;
                }
            }
            arguments.push(self.expression(0)?);
        }
        let error = |message: String| SyntaxError { message, at: token.at, len: token.len, suggestion: None };
        if let Some(message) = function.wants(arguments.len()) {
            return Err(error(message));
        }
        if function == Function::EventTimestamp {
            arguments.push(Node::Field(fields::TIMESTAMP.into()));
        }
        if !function.is_match() {
            return Ok(Node::Call(function, arguments));
        }
        let Some(Node::Literal(Value::Text(pattern))) = arguments.get(1) else {
            return Err(error(format!("{word} needs its pattern as a text, such as `^/api`")));
        };
        let pattern = RegexBuilder::new(pattern).size_limit(PATTERN_BYTES_MAX).build().map_err(|wrong| {
            let wrong = wrong.to_string();
            let last = wrong.lines().last().unwrap_or_default();
            error(format!("the pattern cannot be read: {}", last.trim_start_matches("error: ")))
        })?;
        Ok(Node::Match(function, Box::new(arguments.swap_remove(0)), pattern))
    }

    fn peek(&self) -> &Token {
        &self.tokens[self.next]
    }

    fn eat(&mut self, symbol: &str) -> bool {
        let found = matches!(self.peek().kind, TokenKind::Symbol(next) if next == symbol);
        self.next += usize::from(found);
        found
    }

    fn expect(&mut self, symbol: &'static str) -> Result<(), SyntaxError> {
        if self.eat(symbol) { Ok(()) } else { Err(self.unexpected(symbol)) }
    }

    fn error(&self, message: String) -> SyntaxError {
        let Token { at, len, .. } = *self.peek();
        SyntaxError { message, at, len, suggestion: None }
    }

    fn unexpected(&self, due: &str) -> SyntaxError {
        let found = match &self.peek().kind {
            TokenKind::Word(word) => word.clone(),
            TokenKind::Field(field) => format!("${field}"),
            TokenKind::Literal(value) => format!("{:?}", value.to_string()),
            TokenKind::Symbol(symbol) => (*symbol).to_owned(),
            TokenKind::End => "the end".to_owned(),
        };
        self.error(format!("expected {due}, found {found}"))
    }
}
