use super::filter::COMPARE_OPS;
use super::{CLAUSE_ITEMS_MAX, Parser};
use crate::ast::{GRANULARITY_NS_MAX, GRANULARITY_NS_MIN, Having, Literal, TimeUnit};
use crate::text::SyntaxError;
use crate::text::lex::TokenKind;

impl Parser {
    /// Comparisons joined by AND, each with the token it begins at.
    pub(super) fn having(&mut self) -> Result<Vec<(usize, Having)>, SyntaxError> {
        let mut conditions = vec![(self.next, self.comparison()?)];
        while self.word_among(&["AND"]).is_some() {
            self.bump();
            if conditions.len() == CLAUSE_ITEMS_MAX {
                return Err(self.error_here(format!("more than {CLAUSE_ITEMS_MAX} conditions")));
            }
            conditions.push((self.next, self.comparison()?));
        }
        if self.word_among(&["OR"]).is_some() {
            let message = "conditions of HAVING are joined by AND alone".to_owned();
            return Err(SyntaxError { suggestion: Some("AND".to_owned()), ..self.error_here(message) });
        }
        Ok(conditions)
    }

    fn comparison(&mut self) -> Result<Having, SyntaxError> {
        let key = self.key()?;
        if let TokenKind::Symbol(symbol) = self.peek().kind
            && let Some(op) = COMPARE_OPS.into_iter().find(|op| op.symbol() == symbol)
        {
            self.bump();
            return Ok(Having { key, op, value: self.literal()? });
        }
        Err(self.unexpected("one of = != < <= > >=", &[]))
    }

    /// The length of a bucket of time, in nanoseconds.
    pub(super) fn granularity(&mut self) -> Result<u64, SyntaxError> {
        if let TokenKind::Number(Literal::Duration(duration), _) = self.peek().kind {
            let millis = duration.amount * (duration.unit.nanos() / TimeUnit::Millisecond.nanos());
            let bounds = [GRANULARITY_NS_MIN, GRANULARITY_NS_MAX].map(|ns| (ns / GRANULARITY_NS_MIN) as f64);
            if millis.fract() == 0.0 && (bounds[0]..=bounds[1]).contains(&millis) {
                self.bump();
                #[expect(clippy::cast_sign_loss, reason = "a whole number within its bounds")]
                return Ok(millis as u64 * GRANULARITY_NS_MIN);
            }
        }
        let message = "EVERY needs a length of time of whole milliseconds, up to a year".to_owned();
        Err(SyntaxError { suggestion: Some("1m".to_owned()), ..self.error_here(message) })
    }
}
