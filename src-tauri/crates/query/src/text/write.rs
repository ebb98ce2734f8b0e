//! Ast to canonical text, such that reading it again gives the same ast.

use super::lex::{is_word_char, number};
use super::parse::{is_bare_aggregate, is_reserved};
use crate::ast::{
    Aggregate, Condition, Expr, Filter, Having, Literal, Order, OrderKey, Query, TextOp, TimeUnit,
};
use crate::calc;
use std::fmt::{Display, Formatter, Result, Write};

/// Clauses on one line, in the order SELECT, WHERE, GROUP BY, HAVING, ORDER BY, LIMIT, EVERY; only SELECT is always there.
impl Display for Query {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        let mut clauses = Vec::new();
        clauses.push(format!("SELECT {}", joined(self.aggregates())));
        if self.filter.expr.is_some() {
            clauses.push(format!("WHERE {}", self.filter));
        }
        if !self.group_by.is_empty() {
            let fields: Vec<Field<'_>> = self.group_by.iter().map(|field| Field(field)).collect();
            clauses.push(format!("GROUP BY {}", joined(&fields)));
        }
        if !self.having.is_empty() {
            let conditions: Vec<String> = self.having.iter().map(Having::to_string).collect();
            clauses.push(format!("HAVING {}", conditions.join(" AND ")));
        }
        if !self.order_by.is_empty() {
            clauses.push(format!("ORDER BY {}", joined(&self.order_by)));
        }
        if let Some(limit) = self.limit {
            clauses.push(format!("LIMIT {limit}"));
        }
        if let Some(granularity_ns) = self.granularity_ns {
            clauses.push(format!("EVERY {}", Length(granularity_ns)));
        }
        f.write_str(&clauses.join(" "))
    }
}

/// `COUNT` or `P99(duration_ms)`, the field quoted where it must be.
impl Display for Aggregate {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        f.write_str(self.op.name())?;
        match &self.field {
            Some(field) => write!(f, "({})", Field(field)),
            None => Ok(()),
        }
    }
}

impl Display for Having {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        write!(f, "{} {} {}", self.key, self.op.symbol(), self.value)
    }
}

/// A whole number of the largest unit that makes it one.
struct Length(u64);

impl Display for Length {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        let units = TimeUnit::ALL.iter().rev().map(|(symbol, unit)| (symbol, unit.whole_nanos()));
        let mut units = units.filter(|(_, nanos)| self.0.is_multiple_of(*nanos));
        let (symbol, nanos) = units.next().unwrap_or((&"ns", 1));
        write!(f, "{}{symbol}", self.0 / nanos)
    }
}

impl Display for OrderKey {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match self {
            OrderKey::Aggregate(aggregate) => aggregate.fmt(f),
            OrderKey::Field(field) => Field(field).fmt(f),
        }
    }
}

impl Display for Order {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        self.key.fmt(f)?;
        f.write_str(if self.descending { " DESC" } else { " ASC" })
    }
}

/// The expression, or nothing at all.
impl Display for Filter {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        self.expr.as_ref().map_or(Ok(()), |expr| expr.fmt(f))
    }
}

impl Display for Expr {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match self {
            Expr::And(parts) => write_parts(f, parts, " AND ", |part| matches!(part, Expr::Or(_))),
            Expr::Or(parts) => write_parts(f, parts, " OR ", |_| false),
            Expr::Not(inside) => {
                f.write_str("NOT ")?;
                write_part(f, inside, matches!(**inside, Expr::And(_) | Expr::Or(_)))
            }
            Expr::Is { field, condition } => write!(f, "{}{condition}", Field(field)),
        }
    }
}

fn write_parts(f: &mut Formatter<'_>, parts: &[Expr], join: &str, inner: impl Fn(&Expr) -> bool) -> Result {
    for (idx, part) in parts.iter().enumerate() {
        f.write_str(if idx == 0 { "" } else { join })?;
        write_part(f, part, inner(part))?;
    }
    Ok(())
}

fn write_part(f: &mut Formatter<'_>, part: &Expr, parenthesised: bool) -> Result {
    if parenthesised { write!(f, "({part})") } else { part.fmt(f) }
}

/// What follows the field, with the space before it.
impl Display for Condition {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match self {
            Condition::Compare(op, value) => write!(f, " {} {value}", op.symbol()),
            Condition::In(values) => write!(f, " in ({})", joined(values)),
            Condition::NotIn(values) => write!(f, " not-in ({})", joined(values)),
            Condition::Exists => f.write_str(" exists"),
            Condition::DoesNotExist => f.write_str(" does-not-exist"),
            Condition::Text(op, text) => {
                let name = match op {
                    TextOp::Contains => "contains",
                    TextOp::StartsWith => "starts-with",
                    TextOp::EndsWith => "ends-with",
                };
                write!(f, " {name} {}", Quoted(text, '"'))
            }
            Condition::NotText(op, text) => {
                let name = match op {
                    TextOp::Contains => "does-not-contain",
                    TextOp::StartsWith => "does-not-start-with",
                    TextOp::EndsWith => "does-not-end-with",
                };
                write!(f, " {name} {}", Quoted(text, '"'))
            }
            Condition::Truthy => Ok(()),
        }
    }
}

impl Display for Literal {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match self {
            Literal::Text(text) => Quoted(text, '"').fmt(f),
            Literal::Bool(bool) => bool.fmt(f),
            Literal::Int(int) => int.fmt(f),
            // Debug keeps the point, which tells 5.0 from 5.
            Literal::Double(double) => write!(f, "{double:?}"),
            Literal::Duration(duration) => write!(f, "{}{}", duration.amount, duration.unit.symbol()),
        }
    }
}

/// The name of an aggregate's column: as written, but its field never quoted.
pub(crate) fn column_name(aggregate: &Aggregate) -> String {
    match &aggregate.field {
        Some(field) => format!("{}({field})", aggregate.op.name()),
        None => aggregate.op.name().to_owned(),
    }
}

/// A field, between backticks where it would be read as something else.
struct Field<'a>(&'a str);

impl Display for Field<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        let Field(name) = *self;
        let bare = !name.is_empty()
            && name.chars().all(is_word_char)
            && number(name).is_none()
            && !is_reserved(name)
            && !is_bare_aggregate(name)
            || calc::inside(name).is_some_and(|text| calc::parse(text, 0).is_ok());
        if bare { f.write_str(name) } else { Quoted(name, '`').fmt(f) }
    }
}

struct Quoted<'a>(&'a str, char);

impl Display for Quoted<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        let Quoted(text, quote) = *self;
        f.write_char(quote)?;
        for c in text.chars() {
            match c {
                '\n' => f.write_str("\\n")?,
                '\t' => f.write_str("\\t")?,
                '\r' => f.write_str("\\r")?,
                c if c == quote || c == '\\' => write!(f, "\\{c}")?,
                c => f.write_char(c)?,
            }
        }
        f.write_char(quote)
    }
}

fn joined<T: Display>(items: &[T]) -> String {
    items.iter().map(T::to_string).collect::<Vec<_>>().join(", ")
}
