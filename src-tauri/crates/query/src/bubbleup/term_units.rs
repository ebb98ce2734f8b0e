//! Which units a term holds for.

use super::population::{Home, Population, side_of, unit_of};
use super::reply::{Explanation, Term, TermOp};
use crate::ask::{Cancel, QueryError, TimeRange};
use crate::ast::{CompareOp, Condition, Expr, Literal};
use crate::plan::select;
use crate::resolved::Predicate;
use crate::{Bitmap, Filter, parallel};
use skep_model::Value;

/// Finds the units that terms hold for, as sets of as many bits as units can be numbered.
pub(super) struct TermUnits<'p> {
    population: &'p Population<'p>,
    /// For each segment and row the number of its unit, from 1; 0 where it has none. Empty where each row is one.
    unit_of_row: Vec<Vec<u32>>,
}

impl<'p> TermUnits<'p> {
    pub(super) fn new(population: &'p Population<'p>, cancel: &Cancel) -> Result<Self, QueryError> {
        let unit_of_row = parallel::in_parallel(population.n_segments(), cancel, |idx| {
            let Home::Units(marked) = &population.homes[idx] else { return Ok(Vec::new()) };
            let mut units = vec![0; population.scan().segments()[idx].n_rows()];
            let mut put = |row: u32, mark: u32| units[row as usize] = unit_of(mark) as u32 + 1;
            marked.rows.iter().zip(&marked.marks).for_each(|(row, mark)| put(*row, *mark));
            let part = population.spread.part(idx);
            for (row, place) in part.rows.iter().zip(&part.places) {
                put(*row, population.spread.rows[*place as usize].mark);
            }
            Ok(units)
        })?;
        Ok(TermUnits { population, unit_of_row })
    }

    fn none(&self) -> Bitmap {
        Bitmap::none(self.population.n_numbers)
    }

    fn all(&self) -> Bitmap {
        let mut units = self.selected();
        self.add_side(0, &mut units);
        units
    }

    /// Those that are selected.
    pub(super) fn selected(&self) -> Bitmap {
        let mut units = self.none();
        self.add_side(1, &mut units);
        units
    }

    fn add_side(&self, side: usize, units: &mut Bitmap) {
        for home in &self.population.homes {
            match home {
                Home::Rows { sides, first_row, .. } => units.unite_at(*first_row as usize, &sides[side]),
                Home::Units(_) => home.each_of_side(side, |_, mark| units.set(unit_of(mark))),
            }
        }
        for row in self.population.spread.rows.iter().filter(|row| side_of(row.mark) == side) {
            units.set(unit_of(row.mark));
        }
    }

    /// The units for which all terms of an explanation hold on one row; those that have a field nowhere have no such row.
    pub(super) fn of(&self, explanation: &Explanation) -> Result<Bitmap, QueryError> {
        if let [Term { field, op: TermOp::DoesNotExist, value }] = &*explanation.terms {
            let exists = Term { field: field.clone(), op: TermOp::Exists, value: value.clone() };
            let mut units = self.all();
            units.subtract(&self.of(&Explanation { terms: vec![exists], ..explanation.clone() })?);
            return Ok(units);
        }
        let predicate = Predicate::new(&filter(&explanation.terms));
        let mut units = self.none();
        for (idx, home) in self.population.homes.iter().enumerate() {
            if !self.population.has_rows(idx) {
                continue;
            }
            let mut rows = select(&*self.population.scan().segments()[idx], &predicate, TimeRange::ALL)?;
            match home {
                Home::Rows { sides, is_all, first_row } => {
                    if !is_all {
                        let mut base = sides[0].clone();
                        base.unite(&sides[1]);
                        rows.intersect(&base);
                    }
                    units.unite_at(*first_row as usize, &rows);
                }
                Home::Units(_) => rows.for_each_row(|row| {
                    if let Some(unit) = self.unit_of_row[idx][row].checked_sub(1) {
                        units.set(unit as usize);
                    }
                }),
            }
        }
        Ok(units)
    }
}

fn filter(terms: &[Term]) -> Filter {
    let condition = |term: &Term| {
        let literal = match &term.value {
            Value::Int(int) => Literal::Int(*int),
            Value::Double(double) => Literal::Double(*double),
            Value::Bool(bool) => Literal::Bool(*bool),
            Value::Text(text) => Literal::Text(text.clone()),
            // Arrays and maps are compared as they are shown.
            other => Literal::Text(other.to_string().into()),
        };
        let condition = match term.op {
            TermOp::Eq => Condition::Compare(CompareOp::Eq, literal),
            TermOp::Ge => Condition::Compare(CompareOp::Ge, literal),
            TermOp::Lt => Condition::Compare(CompareOp::Lt, literal),
            TermOp::Exists => Condition::Exists,
            TermOp::DoesNotExist => Condition::DoesNotExist,
        };
        Expr::is(term.field.clone(), condition)
    };
    Filter::from(Expr::and(terms.iter().map(condition).collect()))
}
