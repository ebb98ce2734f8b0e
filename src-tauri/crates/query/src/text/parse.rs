use super::SyntaxError;
use super::lex::{Token, TokenKind, lex};
use super::nearest::nearest;
use crate::ast::{Aggregate, AggregateOp, Filter, LIMIT_MAX, Literal, Order, OrderKey, Percentile, Query};
use skep_model::Text;

mod filter;
mod having;

/// The longest text that is read, in bytes.
const TEXT_BYTES_MAX: usize = 64 * 1024;

/// Aggregates, group fields or order keys in one clause: Honeycomb's limit.
const CLAUSE_ITEMS_MAX: usize = 100;

const CLAUSES: [&str; 7] = ["SELECT", "WHERE", "GROUP", "HAVING", "ORDER", "LIMIT", "EVERY"];

/// Words that are fields or values only in quotes.
pub(super) const RESERVED: [&str; 10] =
    ["SELECT", "WHERE", "GROUP", "HAVING", "ORDER", "LIMIT", "EVERY", "AND", "OR", "NOT"];

/// Reads a whole query: clauses in any order, each at most once, keywords in any case.
///
/// ```text
/// SELECT COUNT, P99(duration_ms) WHERE service.name = "api" AND (duration_ms > 100 OR error)
/// GROUP BY http.route HAVING COUNT > 5 ORDER BY COUNT DESC LIMIT 10 EVERY 1m
/// ```
///
/// # Errors
/// [`SyntaxError`] at the first place that cannot be read.
pub fn parse(text: &str) -> Result<Query, SyntaxError> {
    let mut parser = Parser::new(text)?;
    parser.query()
}

/// Reads a WHERE expression alone; blank text lets every row through.
///
/// # Errors
/// [`SyntaxError`] at the first place that cannot be read.
pub fn parse_filter(text: &str) -> Result<Filter, SyntaxError> {
    let mut parser = Parser::new(text)?;
    if parser.peek().kind == TokenKind::End {
        return Ok(Filter::ALL);
    }
    let expr = parser.expr()?;
    match parser.peek().kind {
        TokenKind::End => Ok(expr.into()),
        _ => Err(parser.unexpected("AND, OR or the end of the filter", &["AND", "OR"])),
    }
}

struct Parser {
    tokens: Vec<Token>,
    next: usize,
    depth: usize,
}

impl Parser {
    fn new(text: &str) -> Result<Self, SyntaxError> {
        if text.len() > TEXT_BYTES_MAX {
            let message = format!("a query is at most {TEXT_BYTES_MAX} bytes long");
            return Err(SyntaxError { message, at: TEXT_BYTES_MAX, len: 0, suggestion: None });
        }
        Ok(Parser { tokens: lex(text)?, next: 0, depth: 0 })
    }

    fn query(&mut self) -> Result<Query, SyntaxError> {
        let mut query = Query::default();
        let (mut order_tokens, mut having_tokens) = (Vec::new(), Vec::new());
        let mut rate_token = None;
        let mut seen = Vec::new();
        while self.peek().kind != TokenKind::End {
            let Some(clause) = self.word_among(&CLAUSES) else {
                return Err(
                    self.unexpected("SELECT, WHERE, GROUP BY, HAVING, ORDER BY, LIMIT or EVERY", &CLAUSES)
                );
            };
            if seen.contains(&clause) {
                return Err(self.error_here(format!("{clause} stands here a second time")));
            }
            seen.push(clause);
            self.bump();
            match clause {
                "SELECT" => {
                    query.select = self.list(|parser| {
                        let token_idx = parser.next;
                        let aggregate = parser.aggregate()?;
                        rate_token = rate_token.or(aggregate.op.is_rate().then_some(token_idx));
                        Ok(aggregate)
                    })?;
                }
                "WHERE" => query.filter = self.expr()?.into(),
                "GROUP" => {
                    self.expect_word("BY")?;
                    query.group_by = self.list(Parser::field)?;
                }
                "HAVING" => (having_tokens, query.having) = self.having()?.into_iter().unzip(),
                "EVERY" => query.granularity_ns = Some(self.granularity()?),
                "ORDER" => {
                    self.expect_word("BY")?;
                    let orders = self.list(|parser| Ok((parser.next, parser.order()?)))?;
                    (order_tokens, query.order_by) = orders.into_iter().unzip();
                }
                _ => query.limit = Some(self.limit()?),
            }
        }
        if query.select.is_empty() {
            query.select.push(Aggregate::COUNT);
        }
        // Only now: GROUP BY may stand after ORDER BY.
        let orders =
            order_tokens.into_iter().zip(query.order_by.iter().map(|order| ("ORDER BY", &order.key)));
        let havings =
            having_tokens.into_iter().zip(query.having.iter().map(|having| ("HAVING", &having.key)));
        for (token_idx, (clause, key)) in orders.chain(havings) {
            if query.column_idx(key).is_none() {
                self.next = token_idx;
                let names = query.columns().join(", ");
                return Err(self.error_here(format!("{clause} needs one of the query's columns: {names}")));
            }
        }
        if let (Some(token_idx), None) = (rate_token, query.granularity_ns) {
            self.next = token_idx;
            return Err(
                self.error_here("rates compare buckets of time: end the query with EVERY 1m".to_owned())
            );
        }
        Ok(query)
    }

    fn aggregate(&mut self) -> Result<Aggregate, SyntaxError> {
        let names: Vec<&str> = aggregate_ops().map(AggregateOp::name).collect();
        let TokenKind::Word(word) = self.peek().kind.clone() else {
            return Err(self.unexpected("an operator such as COUNT or P99(duration_ms)", &[]));
        };
        let Some(op) = aggregate_ops().find(|op| op.name().eq_ignore_ascii_case(&word)) else {
            let mut error = self.error_here(format!("unknown operator {word}"));
            error.suggestion = nearest(&word, names).map(str::to_owned);
            return Err(error);
        };
        self.bump();
        if op == AggregateOp::Concurrency {
            if matches!(self.peek().kind, TokenKind::Symbol("(")) {
                return Err(self.error_here("CONCURRENCY has no field: it counts rows under way".to_owned()));
            }
            return Ok(Aggregate { op, field: None });
        }
        if self.eat_symbol("(") {
            let field = self.field()?;
            self.expect_symbol(")")?;
            return Ok(Aggregate { op, field: Some(field) });
        }
        if op == AggregateOp::Count {
            return Ok(Aggregate::COUNT);
        }
        let mut error = self.error_here(format!("{0} needs a field", op.name()));
        error.suggestion = Some(format!("{}(duration_ms)", op.name()));
        Err(error)
    }

    fn order(&mut self) -> Result<Order, SyntaxError> {
        let key = self.key()?;
        let direction = self.word_among(&["ASC", "DESC"]);
        if direction.is_some() {
            self.bump();
        }
        Ok(Order { key, descending: direction == Some("DESC") })
    }

    /// A column of the result.
    fn key(&mut self) -> Result<OrderKey, SyntaxError> {
        let is_bare = matches!(&self.peek().kind, TokenKind::Word(word) if is_bare_aggregate(word));
        let has_parenthesis = matches!(self.peek_second(), Some(TokenKind::Symbol("(")));
        Ok(if is_bare || has_parenthesis {
            OrderKey::Aggregate(self.aggregate()?)
        } else {
            OrderKey::Field(self.field()?)
        })
    }

    fn limit(&mut self) -> Result<u32, SyntaxError> {
        if let TokenKind::Number(Literal::Int(int), _) = self.peek().kind
            && let Ok(limit) = u32::try_from(int)
            && (1..=LIMIT_MAX).contains(&limit)
        {
            self.bump();
            return Ok(limit);
        }
        Err(self.error_here(format!("LIMIT needs a whole number from 1 to {LIMIT_MAX}")))
    }

    fn field(&mut self) -> Result<Text, SyntaxError> {
        let field = match &self.peek().kind {
            TokenKind::Word(word) if !is_reserved(word) => word.clone(),
            TokenKind::Field(name) | TokenKind::DoubleQuoted(name) => name.clone(),
            TokenKind::SingleQuoted(name) => {
                let mut error = self.error_here("single quotes hold a text, and here a field is due".into());
                error.suggestion = Some(format!("`{name}`"));
                return Err(error);
            }
            TokenKind::Word(written) | TokenKind::Number(_, written) => {
                let mut error = self.error_here(format!("{written} is a field only between backticks"));
                error.suggestion = Some(format!("`{written}`"));
                return Err(error);
            }
            TokenKind::Symbol(_) | TokenKind::End => return Err(self.unexpected("a field", &[])),
        };
        self.bump();
        Ok(field)
    }

    /// One item, and another after each comma.
    fn list<T>(
        &mut self,
        mut item: impl FnMut(&mut Parser) -> Result<T, SyntaxError>,
    ) -> Result<Vec<T>, SyntaxError> {
        let mut items = vec![item(self)?];
        while self.eat_symbol(",") {
            if items.len() == CLAUSE_ITEMS_MAX {
                return Err(self.error_here(format!("more than {CLAUSE_ITEMS_MAX} in one list")));
            }
            items.push(item(self)?);
        }
        Ok(items)
    }

    fn peek(&self) -> &Token {
        &self.tokens[self.next]
    }

    fn peek_second(&self) -> Option<&TokenKind> {
        self.tokens.get(self.next + 1).map(|token| &token.kind)
    }

    /// Steps over a token that is not the end.
    fn bump(&mut self) {
        self.next += 1;
    }

    /// Which of some keywords is next, without stepping over it.
    fn word_among(&self, words: &[&'static str]) -> Option<&'static str> {
        match &self.peek().kind {
            TokenKind::Word(word) => words.iter().find(|w| w.eq_ignore_ascii_case(word)).copied(),
            _ => None,
        }
    }

    fn expect_word(&mut self, word: &'static str) -> Result<(), SyntaxError> {
        if self.word_among(&[word]).is_none() {
            return Err(self.unexpected(word, &[word]));
        }
        self.bump();
        Ok(())
    }

    fn eat_symbol(&mut self, symbol: &str) -> bool {
        let found = matches!(self.peek().kind, TokenKind::Symbol(next) if next == symbol);
        self.next += usize::from(found);
        found
    }

    fn expect_symbol(&mut self, symbol: &'static str) -> Result<(), SyntaxError> {
        if self.eat_symbol(symbol) { Ok(()) } else { Err(self.unexpected(symbol, &[])) }
    }

    fn error_here(&self, message: String) -> SyntaxError {
        let Token { at, len, .. } = *self.peek();
        SyntaxError { message, at, len, suggestion: None }
    }

    /// An error that says what was due, with the nearest of some words as the suggestion.
    fn unexpected(&self, due: &str, words: &[&str]) -> SyntaxError {
        let (found, suggestion) = match &self.peek().kind {
            TokenKind::Word(word) => (word.to_string(), nearest(word, words.iter().copied())),
            TokenKind::Number(_, word) => (word.to_string(), None),
            TokenKind::Field(text) | TokenKind::DoubleQuoted(text) | TokenKind::SingleQuoted(text) => {
                (format!("{text:?}"), None)
            }
            TokenKind::Symbol(symbol) => ((*symbol).to_owned(), None),
            TokenKind::End => ("the end".to_owned(), None),
        };
        let suggestion = suggestion.map(str::to_owned);
        SyntaxError { suggestion, ..self.error_here(format!("expected {due}, found {found}")) }
    }
}

pub(super) fn is_reserved(word: &str) -> bool {
    RESERVED.iter().any(|reserved| reserved.eq_ignore_ascii_case(word))
}

/// Whether a word is an aggregate without parentheses, and so a field only between backticks.
pub(super) fn is_bare_aggregate(word: &str) -> bool {
    [AggregateOp::Count, AggregateOp::Concurrency].iter().any(|op| op.name().eq_ignore_ascii_case(word))
}

fn aggregate_ops() -> impl Iterator<Item = AggregateOp> {
    let percentiles = Percentile::ALL.into_iter().map(AggregateOp::Percentile);
    AggregateOp::ALL_BUT_PERCENTILES.into_iter().chain(percentiles)
}
