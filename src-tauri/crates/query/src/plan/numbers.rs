//! Tests over plain numbers. A comparison with a constant is one loop over the slice that decides nothing a row.

use crate::Bitmap;
use crate::ast::CompareOp;
use crate::test::{Number, Operand, Seen, Test};
use std::cmp::Ordering;

/// Integers up to here are doubles exactly, so comparing as doubles is comparing.
const EXACT_INT_MAX: u64 = 1 << 53;

pub(super) fn doubles(doubles: &[f64], test: &Test) -> Bitmap {
    let compared = match test {
        Test::Compare(op, Operand::Double(bound)) => Some((*op, *bound)),
        Test::Compare(op, Operand::Int(bound)) if bound.unsigned_abs() <= EXACT_INT_MAX => {
            Some((*op, *bound as f64))
        }
        _ => None,
    };
    if let Some((op, bound)) = compared {
        return compare(doubles, op, bound);
    }
    let mut scratch = String::new();
    Bitmap::of_slice(doubles, |double| test.holds(Seen::double(double), &mut scratch))
}

pub(super) fn ints(ints: &[i64], present: Option<&Bitmap>, test: &Test) -> Bitmap {
    let mut rows = if let Test::Compare(op, Operand::Int(bound)) = test {
        compare(ints, *op, *bound)
    } else {
        let mut scratch = String::new();
        Bitmap::of_slice(ints, |int| test.holds(Seen::Number(Number::Int(int)), &mut scratch))
    };
    if let Some(present) = present {
        rows.intersect(present);
    }
    rows
}

/// Whether some number from `low` to `high` may pass. Doubles stand for the integers near them, so bounds are taken
/// as one step wider than they are.
pub(super) fn may_pass(test: &Test, low: f64, high: f64) -> bool {
    let (op, bound) = match test {
        Test::Compare(op, Operand::Double(bound)) => (*op, *bound),
        Test::Compare(op, Operand::Int(bound)) => (*op, *bound as f64),
        // A text is neither less nor greater than a number.
        Test::Compare(_, Operand::Text(_) | Operand::Bool(_)) => return false,
        Test::OneOf { numbers, only_numbers: true, .. } => {
            return numbers.iter().any(|number| {
                let number = number.as_f64();
                low.next_down() <= number && number <= high.next_up()
            });
        }
        _ => return true,
    };
    match op {
        CompareOp::Lt | CompareOp::Le => low.next_down() <= bound,
        CompareOp::Gt | CompareOp::Ge => high.next_up() >= bound,
        CompareOp::Eq | CompareOp::Ne => true,
    }
}

fn compare<T: Copy + PartialOrd>(values: &[T], op: CompareOp, bound: T) -> Bitmap {
    match op {
        CompareOp::Eq => Bitmap::of_slice(values, |value| value == bound),
        // Resolved away into a negation, and NaN must not pass.
        CompareOp::Ne => {
            Bitmap::of_slice(values, |value| value.partial_cmp(&bound).is_some_and(Ordering::is_ne))
        }
        CompareOp::Lt => Bitmap::of_slice(values, |value| value < bound),
        CompareOp::Le => Bitmap::of_slice(values, |value| value <= bound),
        CompareOp::Gt => Bitmap::of_slice(values, |value| value > bound),
        CompareOp::Ge => Bitmap::of_slice(values, |value| value >= bound),
    }
}
