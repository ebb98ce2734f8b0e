use super::Scale;
use crate::ask::QueryError;

/// The value axis of a heatmap.
pub(super) struct ValueAxis {
    /// Ascending, one more than there are rows.
    pub(super) edges: Vec<f64>,
    scale: Scale,
    hint: Hint,
}

/// A guess at a value's cell that is right or nearly so: a search through the edges would be most of a heatmap.
enum Hint {
    /// Equal steps from the first edge.
    Even { low: f64, cells_per_unit: f64 },
    /// By a value's leading bits, which ascend with positive values: the cell where they begin.
    Leading { first: u64, cells: Vec<u32> },
}

/// Bits a leading number leaves out: it keeps the exponent and 6 bits of the fraction, 64 numbers an octave.
const TRAILING_BITS: u32 = 46;

impl Hint {
    fn new(edges: &[f64], scale: Scale) -> Hint {
        let (low, high) = (edges[0], edges[edges.len() - 1]);
        if scale == Scale::Linear {
            return Hint::Even { low, cells_per_unit: (edges.len() - 1) as f64 / (high - low) };
        }
        let (first, last) = (low.to_bits() >> TRAILING_BITS, high.to_bits() >> TRAILING_BITS);
        let cells = (first..=last).map(|leading| {
            let value = f64::from_bits(leading << TRAILING_BITS);
            // A grid has at most a few thousand cells a side.
            edges.partition_point(|edge| *edge <= value).saturating_sub(1) as u32
        });
        Hint::Leading { first, cells: cells.collect() }
    }

    fn cell(&self, value: f64) -> usize {
        match self {
            // A cast takes what is below zero, or no number, as zero.
            #[allow(clippy::cast_sign_loss, clippy::cast_possible_truncation, reason = "saturates by design")]
            Hint::Even { low, cells_per_unit } => ((value - low) * cells_per_unit) as usize,
            Hint::Leading { first, cells } => {
                let idx = (value.to_bits() >> TRAILING_BITS).saturating_sub(*first) as usize;
                cells.get(idx).map_or(usize::MAX, |cell| *cell as usize)
            }
        }
    }
}

/// Where a value falls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    Under,
    Cell(usize),
    Over,
}

impl ValueAxis {
    /// From `low` to `high`, exactly.
    pub(super) fn exact(low: f64, high: f64, n_y: usize, scale: Scale) -> Result<Self, QueryError> {
        if !(low.is_finite() && high.is_finite() && low < high) {
            return Err(QueryError::Invalid(
                "the value axis needs two finite ends, the lower first".to_owned(),
            ));
        }
        if scale == Scale::Log && low <= 0.0 {
            return Err(QueryError::Invalid("a log axis begins above zero".to_owned()));
        }
        Ok(ValueAxis::new(edges(low, high, n_y, scale), scale))
    }

    /// Around the data: on a log scale out to the next of 1, 2 and 5 times a power of ten, on a linear one out to the
    /// next multiple of such a step. `bounds` are the least and the greatest value that [`Scale::places`].
    pub(super) fn around(bounds: Option<(f64, f64)>, n_y: usize, scale: Scale) -> Self {
        let (low, high) = match (scale, bounds) {
            (Scale::Log, Some((min, max))) => {
                let low = step_at_most(min);
                // At least one step high, also where all values are one.
                let high = step_at_least(max);
                (low, if high > low { high } else { step_at_least(low * 1.5) })
            }
            (Scale::Log, None) => (1.0, 10.0),
            (Scale::Linear, Some((min, max))) if min < max => {
                // Divided before they are subtracted, and never zero: the data may span all doubles, or two of them.
                let step = step_at_most((max / n_y as f64 - min / n_y as f64).max(f64::MIN_POSITIVE));
                let (low, high) = ((min / step).floor() * step, (max / step).ceil() * step);
                (low.clamp(f64::MIN, min), high.clamp(max, f64::MAX))
            }
            (Scale::Linear, Some((value, _))) => {
                let step = step_at_most(value.abs().max(1.0));
                (value - step, value + step)
            }
            (Scale::Linear, None) => (0.0, 1.0),
        };
        ValueAxis::new(edges(low, high, n_y, scale), scale)
    }

    fn new(edges: Vec<f64>, scale: Scale) -> Self {
        let hint = Hint::new(&edges, scale);
        ValueAxis { edges, scale, hint }
    }

    /// Cells are closed below and open above, the topmost closed on both ends.
    pub(super) fn place(&self, value: f64) -> Place {
        let last = self.edges.len() - 1;
        if value < self.edges[0] || (self.scale == Scale::Log && value <= 0.0) {
            Place::Under
        } else if value > self.edges[last] {
            Place::Over
        } else {
            let mut cell = self.hint.cell(value).min(last - 1);
            while cell > 0 && self.edges[cell] > value {
                cell -= 1;
            }
            while cell + 1 < last && self.edges[cell + 1] <= value {
                cell += 1;
            }
            Place::Cell(cell)
        }
    }
}

fn edges(low: f64, high: f64, n_y: usize, scale: Scale) -> Vec<f64> {
    let at = |idx: usize| {
        let part = idx as f64 / n_y as f64;
        match scale {
            // The ends exactly, not by way of a logarithm.
            _ if idx == 0 => low,
            _ if idx == n_y => high,
            Scale::Log => (low.ln() + (high.ln() - low.ln()) * part).exp(),
            Scale::Linear => low + (high - low) * part,
        }
    };
    (0..=n_y).map(at).collect()
}

/// The greatest of 1, 2, 5 times a power of ten that is not above a positive number.
fn step_at_most(value: f64) -> f64 {
    steps_near(value).rev().find(|step| *step <= value).unwrap_or(value)
}

/// The least of 1, 2, 5 times a power of ten that is not below a positive number.
fn step_at_least(value: f64) -> f64 {
    steps_near(value).find(|step| *step >= value).unwrap_or(value)
}

/// The steps of the decades below, at and above a number, ascending. Each is read from its text, so that it is the
/// double nearest to what it is called.
fn steps_near(value: f64) -> impl DoubleEndedIterator<Item = f64> {
    // The exponents of all doubles lie between -324 and 308.
    let decade = value.log10().floor() as i32;
    let steps = (decade - 1..=decade + 1)
        .flat_map(|exponent| [1, 2, 5].map(|digit| format!("{digit}e{exponent}").parse::<f64>()));
    steps.flatten().filter(|step| step.is_finite() && *step > 0.0).collect::<Vec<_>>().into_iter()
}

#[cfg(test)]
mod tests {
    use super::super::count::Reach;
    use super::*;

    fn around(values: &[f64], scale: Scale) -> (f64, f64) {
        let placed = values.iter().copied().filter(|value| scale.places(*value));
        let bounds = placed.fold(Reach::NOTHING, |reach, value| {
            reach.and(Reach { values: Some((value, value)), ..Reach::NOTHING })
        });
        let axis = ValueAxis::around(bounds.values, 4, scale);
        (axis.edges[0], axis.edges[4])
    }

    #[test]
    fn axes_are_rounded_out_and_never_flat() {
        assert_eq!(around(&[0.3, 77.0], Scale::Log), (0.2, 100.0));
        assert_eq!(around(&[0.0, -4.0, 3.0], Scale::Log), (2.0, 5.0));
        assert_eq!(around(&[10.0], Scale::Log), (10.0, 20.0));
        assert_eq!(around(&[], Scale::Log), (1.0, 10.0));
        assert_eq!(around(&[1.0, f64::INFINITY, 9.5], Scale::Linear), (0.0, 10.0));
        assert_eq!(around(&[-3.0], Scale::Linear), (-5.0, -1.0));
        assert_eq!(around(&[], Scale::Linear), (0.0, 1.0));
    }

    #[test]
    fn a_place_is_where_a_search_finds_it() {
        let axes = [
            ValueAxis::exact(0.02, 5e4, 32, Scale::Log),
            ValueAxis::exact(1.0, 1.000_001, 7, Scale::Log),
            ValueAxis::exact(f64::MIN_POSITIVE, f64::MAX, 2048, Scale::Log),
            ValueAxis::exact(-3.0, 11.0, 31, Scale::Linear),
            ValueAxis::exact(-f64::MAX, f64::MAX, 5, Scale::Linear),
        ];
        for axis in axes.map(Result::unwrap) {
            let between = axis.edges.windows(2).map(|pair| pair[0] / 2.0 + pair[1] / 2.0);
            let near = axis.edges.iter().flat_map(|edge| [edge.next_down(), *edge, edge.next_up()]);
            for value in between.chain(near) {
                let last = axis.edges.len() - 1;
                if value < axis.edges[0] || value > axis.edges[last] {
                    continue;
                }
                let searched = axis.edges.partition_point(|edge| *edge <= value).clamp(1, last) - 1;
                assert_eq!(axis.place(value), Place::Cell(searched), "{value:e}");
            }
        }
    }

    #[test]
    fn each_value_has_one_place() {
        let axis = ValueAxis::exact(1.0, 16.0, 4, Scale::Log).unwrap();
        let places = [-1.0, 0.0, 0.5, 1.0, 3.0, 16.0, 16.5, f64::INFINITY].map(|value| axis.place(value));
        use Place::{Cell, Over, Under};
        assert_eq!(places, [Under, Under, Under, Cell(0), Cell(1), Cell(3), Over, Over]);
        assert!(ValueAxis::exact(0.0, 1.0, 4, Scale::Log).is_err());
        assert!(ValueAxis::exact(2.0, 2.0, 4, Scale::Linear).is_err());
    }
}
