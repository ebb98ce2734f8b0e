use super::{CLAUSES, Parser, is_reserved};
use crate::ast::{CompareOp, Condition, Expr, Literal, TextOp};
use crate::text::SyntaxError;
use crate::text::lex::TokenKind;
use skep_model::Text;

/// How deep parentheses and NOT may nest: keeps the descent off the end of the stack.
const DEPTH_MAX: usize = 64;

/// Values in one `in (...)`.
const LIST_VALUES_MAX: usize = 10_000;

pub(super) const COMPARE_OPS: [CompareOp; 6] =
    [CompareOp::Eq, CompareOp::Ne, CompareOp::Lt, CompareOp::Le, CompareOp::Gt, CompareOp::Ge];

const WORD_OPS: [&str; 10] = [
    "exists",
    "does-not-exist",
    "in",
    "not-in",
    "contains",
    "does-not-contain",
    "starts-with",
    "does-not-start-with",
    "ends-with",
    "does-not-end-with",
];

impl Parser {
    /// `OR` binds weakest, then `AND`, then `NOT`.
    pub(super) fn expr(&mut self) -> Result<Expr, SyntaxError> {
        let mut parts = vec![self.conjunction()?];
        while self.word_among(&["OR"]).is_some() {
            self.bump();
            parts.push(self.conjunction()?);
        }
        Ok(Expr::or(parts))
    }

    fn conjunction(&mut self) -> Result<Expr, SyntaxError> {
        let mut parts = vec![self.negation()?];
        while self.word_among(&["AND"]).is_some() {
            self.bump();
            parts.push(self.negation()?);
        }
        Ok(Expr::and(parts))
    }

    fn negation(&mut self) -> Result<Expr, SyntaxError> {
        if self.depth == DEPTH_MAX {
            return Err(self.error_here(format!("nested more than {DEPTH_MAX} deep")));
        }
        self.depth += 1;
        let expr = if self.word_among(&["NOT"]).is_some() {
            self.bump();
            Expr::Not(Box::new(self.negation()?))
        } else if self.eat_symbol("(") {
            let expr = self.expr()?;
            self.expect_symbol(")")?;
            expr
        } else {
            let field = self.field()?;
            Expr::Is { field, condition: self.condition()? }
        };
        self.depth -= 1;
        Ok(expr)
    }

    fn condition(&mut self) -> Result<Condition, SyntaxError> {
        if let TokenKind::Symbol(symbol) = self.peek().kind
            && let Some(op) = COMPARE_OPS.into_iter().find(|op| op.symbol() == symbol)
        {
            self.bump();
            return Ok(Condition::Compare(op, self.literal()?));
        }
        if self.ends_a_condition() {
            return Ok(Condition::Truthy);
        }
        // SQL's two words for it; one word is canonical.
        let is_not_in = self.word_among(&["NOT"]).is_some()
            && matches!(self.peek_second(), Some(TokenKind::Word(word)) if word.eq_ignore_ascii_case("IN"));
        if is_not_in {
            self.bump();
            self.bump();
            return Ok(Condition::NotIn(self.literals()?));
        }
        let Some(op) = self.word_among(&WORD_OPS) else {
            return Err(self.unexpected("an operator such as = or exists", &WORD_OPS));
        };
        self.bump();
        Ok(match op {
            "exists" => Condition::Exists,
            "does-not-exist" => Condition::DoesNotExist,
            "in" => Condition::In(self.literals()?),
            "not-in" => Condition::NotIn(self.literals()?),
            "contains" => Condition::Text(TextOp::Contains, self.text()?),
            "does-not-contain" => Condition::NotText(TextOp::Contains, self.text()?),
            "starts-with" => Condition::Text(TextOp::StartsWith, self.text()?),
            "does-not-start-with" => Condition::NotText(TextOp::StartsWith, self.text()?),
            "ends-with" => Condition::Text(TextOp::EndsWith, self.text()?),
            _ => Condition::NotText(TextOp::EndsWith, self.text()?),
        })
    }

    /// Whether a field stands alone: nothing follows that belongs to it.
    fn ends_a_condition(&self) -> bool {
        matches!(self.peek().kind, TokenKind::End | TokenKind::Symbol(")"))
            || self.word_among(&["AND", "OR"]).is_some()
            || self.word_among(&CLAUSES).is_some()
    }

    fn literals(&mut self) -> Result<Vec<Literal>, SyntaxError> {
        self.expect_symbol("(")?;
        let mut literals = vec![self.literal()?];
        while self.eat_symbol(",") {
            if literals.len() == LIST_VALUES_MAX {
                return Err(self.error_here(format!("more than {LIST_VALUES_MAX} values in one list")));
            }
            literals.push(self.literal()?);
        }
        self.expect_symbol(")")?;
        Ok(literals)
    }

    pub(super) fn literal(&mut self) -> Result<Literal, SyntaxError> {
        let literal = match &self.peek().kind {
            TokenKind::Number(literal, _) => literal.clone(),
            TokenKind::Word(word) if word.eq_ignore_ascii_case("true") => Literal::Bool(true),
            TokenKind::Word(word) if word.eq_ignore_ascii_case("false") => Literal::Bool(false),
            _ => return self.text().map(Literal::Text),
        };
        self.bump();
        Ok(literal)
    }

    fn text(&mut self) -> Result<Text, SyntaxError> {
        let text = match &self.peek().kind {
            TokenKind::DoubleQuoted(text) | TokenKind::SingleQuoted(text) => text.clone(),
            TokenKind::Number(_, word) => word.clone(),
            TokenKind::Word(word) if !is_reserved(word) => word.clone(),
            TokenKind::Word(word) => {
                let mut error = self.error_here(format!("{word} is a value only in quotes"));
                error.suggestion = Some(format!("\"{word}\""));
                return Err(error);
            }
            TokenKind::Field(name) => {
                let mut error =
                    self.error_here("a field is compared with a value, not with another field".to_owned());
                error.suggestion = Some(format!("\"{name}\""));
                return Err(error);
            }
            TokenKind::Symbol(_) | TokenKind::End => return Err(self.unexpected("a value", &[])),
        };
        self.bump();
        Ok(text)
    }
}
