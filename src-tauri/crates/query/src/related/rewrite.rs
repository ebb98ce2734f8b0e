use super::{Kin, Relating};
use crate::ask::QueryError;
use crate::ast::{Condition, Expr, Filter};
use skep_model::Text;

impl Relating<'_> {
    /// The expression with a column in place of each condition on relatives.
    pub(super) fn expr(&mut self, expr: &Expr) -> Result<Expr, QueryError> {
        match expr {
            Expr::And(parts) => self.conjunction(parts),
            Expr::Or(parts) => {
                let parts: Result<Vec<Expr>, QueryError> = parts.iter().map(|part| self.expr(part)).collect();
                Ok(Expr::or(parts?))
            }
            Expr::Not(inside) => Ok(Expr::Not(Box::new(self.expr(inside)?))),
            Expr::Is { field, .. } => match self.kin(field)? {
                None => {
                    self.plain(field)?;
                    Ok(expr.clone())
                }
                Some((kin, rest)) if kin.is_single() => {
                    self.single(field, kin, rest)?;
                    Ok(expr.clone())
                }
                Some((kin, _)) => self.of_one(kin, vec![stripped(expr)]),
            },
        }
    }

    /// Conditions of one kind speak of one relative, wherever among the others they stand.
    fn conjunction(&mut self, parts: &[Expr]) -> Result<Expr, QueryError> {
        let mut kept = Vec::new();
        let mut of_kin: Vec<(Kin, Vec<Expr>)> = Vec::new();
        for part in parts {
            match self.only_kin(part)? {
                None => kept.push(self.expr(part)?),
                Some(kin) => match of_kin.iter_mut().find(|(known, _)| *known == kin) {
                    Some((_, parts)) => parts.push(stripped(part)),
                    None => of_kin.push((kin, vec![stripped(part)])),
                },
            }
        }
        for (kin, parts) in of_kin {
            kept.push(self.of_one(kin, parts)?);
        }
        Ok(Expr::and(kept))
    }

    /// Whether there is one relative for which all of it holds.
    fn of_one(&mut self, kin: Kin, parts: Vec<Expr>) -> Result<Expr, QueryError> {
        let is_none = kin == Kin::None;
        let is_some = Expr::is(self.condition(kin, &Filter::from(Expr::and(parts)))?, Condition::Truthy);
        Ok(if is_none { Expr::Not(Box::new(is_some)) } else { is_some })
    }

    /// The one kind of relatives that all of an expression speaks of, many to a row.
    fn only_kin(&mut self, expr: &Expr) -> Result<Option<Kin>, QueryError> {
        match expr {
            Expr::Is { field, .. } => {
                let kin = self.kin(field)?.map(|(kin, _)| kin);
                Ok(kin.filter(|kin| !kin.is_single()))
            }
            // That none is this or none is that is more than that none is either.
            Expr::Or(parts) => Ok(self.kin_of_all(parts)?.filter(|kin| *kin != Kin::None)),
            Expr::And(parts) => self.kin_of_all(parts),
            // That a relative is not so, and that there is none which is so, are two things.
            Expr::Not(_) => Ok(None),
        }
    }

    fn kin_of_all(&mut self, parts: &[Expr]) -> Result<Option<Kin>, QueryError> {
        let mut common = None;
        for part in parts {
            match (self.only_kin(part)?, common) {
                (None, _) => return Ok(None),
                (Some(kin), Some(known)) if kin != known => return Ok(None),
                (kin, _) => common = kin,
            }
        }
        Ok(common)
    }
}

/// What is asked of the relative itself.
fn stripped(expr: &Expr) -> Expr {
    match expr {
        Expr::And(parts) => Expr::and(parts.iter().map(stripped).collect()),
        Expr::Or(parts) => Expr::or(parts.iter().map(stripped).collect()),
        Expr::Not(inside) => Expr::Not(Box::new(stripped(inside))),
        Expr::Is { field, condition } => {
            let rest = Kin::of(field).map_or(&**field, |(_, rest)| rest);
            Expr::Is { field: Text::from(rest), condition: condition.clone() }
        }
    }
}
