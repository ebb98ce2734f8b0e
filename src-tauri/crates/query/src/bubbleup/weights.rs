//! What units stand for, where some stand for more than themselves.

use super::population::unit_of;
use super::score::{Counts, Sizes};

/// Weights are scaled down until together they are no more: counts of one segment then fit four bytes.
const TOTAL_MAX: u64 = 1 << 31;

/// The weight of each unit.
pub(super) struct Weights {
    /// By number; 0 where there is no such unit.
    of_unit: Vec<u32>,
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
        Some(Weights { of_unit })
    }

    pub(super) fn of_mark(&self, mark: u32) -> u32 {
        self.of_unit(unit_of(mark))
    }

    /// Of one unit, by number.
    pub(super) fn of_unit(&self, unit: usize) -> u32 {
        self.of_unit[unit]
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
