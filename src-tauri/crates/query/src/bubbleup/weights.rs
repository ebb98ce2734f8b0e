//! What units stand for, where some stand for more than themselves.

use super::population::unit_of;
use super::score::{Counts, Sizes};
use crate::Bitmap;

/// Weights are scaled down until together they are no more: counts of one segment then fit four bytes.
const TOTAL_MAX: u64 = 1 << 31;

/// The weight of each unit.
pub(super) struct Weights {
    /// By number; 0 where there is no such unit.
    of_unit: Vec<u32>,
    /// The units whose weight has each binary digit, the lowest first: a sum over a set of units is then a few counts.
    digits: Vec<Bitmap>,
}

impl Weights {
    /// Nothing where every unit stands for itself.
    pub(super) fn new(mut of_unit: Vec<u32>) -> Option<Self> {
        if of_unit.iter().all(|weight| *weight <= 1) {
            return None;
        }
        let total: u64 = of_unit.iter().map(|weight| u64::from(*weight)).sum();
        if total > TOTAL_MAX {
            for weight in of_unit.iter_mut().filter(|weight| **weight > 0) {
                let scaled = u64::from(*weight) * TOTAL_MAX / total;
                *weight = u32::try_from(scaled).unwrap_or(u32::MAX).max(1);
            }
        }
        let n_digits = u32::BITS - of_unit.iter().max().map_or(u32::BITS, |weight| weight.leading_zeros());
        let digit = |digit: u32| Bitmap::from_fn(of_unit.len(), |unit| of_unit[unit] >> digit & 1 == 1);
        let digits = (0..n_digits).map(digit).collect();
        Some(Weights { of_unit, digits })
    }

    pub(super) fn of_mark(&self, mark: u32) -> u32 {
        self.of_unit[unit_of(mark)]
    }

    /// What some units stand for together.
    pub(super) fn sum(&self, units: &Bitmap) -> u64 {
        let parts = self.digits.iter().zip(0..).map(|(digit, place)| {
            let mut both = units.clone();
            both.intersect(digit);
            (both.count() as u64) << place
        });
        parts.sum()
    }

    /// Both sides, given who is selected.
    pub(super) fn sizes(&self, is_selected: impl Fn(usize) -> bool) -> Sizes {
        let (mut n, mut squares): (Counts, [f64; 2]) = ([0, 0], [0.0, 0.0]);
        for (unit, weight) in self.of_unit.iter().enumerate() {
            let side = usize::from(is_selected(unit));
            n[side] += u64::from(*weight);
            squares[side] += f64::from(*weight).powi(2);
        }
        let effective = [0, 1].map(|side| match n[side] {
            0 => 0.0,
            n => (n as f64).powi(2) / squares[side],
        });
        Sizes { n, effective }
    }
}
