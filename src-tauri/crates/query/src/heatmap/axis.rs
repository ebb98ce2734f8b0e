use super::Scale;
use crate::ask::QueryError;

/// The value axis of a heatmap.
pub(super) struct ValueAxis {
    /// Ascending, one more than there are rows.
    pub(super) edges: Vec<f64>,
    scale: Scale,
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
        Ok(ValueAxis { edges: edges(low, high, n_y, scale), scale })
    }

    /// Around the data: on a log scale out to the next of 1, 2 and 5 times a power of ten, on a linear one out to the
    /// next multiple of such a step. Infinite values take no part: they lie under and over.
    pub(super) fn around(values: impl Iterator<Item = f64>, n_y: usize, scale: Scale) -> Self {
        let values = values.filter(|value| value.is_finite() && (scale == Scale::Linear || *value > 0.0));
        let bounds = values.fold(None, |bounds, value| {
            let (min, max) = bounds.unwrap_or((value, value));
            Some((value.min(min), value.max(max)))
        });
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
        ValueAxis { edges: edges(low, high, n_y, scale), scale }
    }

    /// Cells are closed below and open above, the topmost closed on both ends.
    pub(super) fn place(&self, value: f64) -> Place {
        let last = self.edges.len() - 1;
        if value < self.edges[0] || (self.scale == Scale::Log && value <= 0.0) {
            Place::Under
        } else if value > self.edges[last] {
            Place::Over
        } else {
            let n_edges_below = self.edges.partition_point(|edge| *edge <= value);
            Place::Cell(n_edges_below.clamp(1, last) - 1)
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
    use super::*;

    fn around(values: &[f64], scale: Scale) -> (f64, f64) {
        let axis = ValueAxis::around(values.iter().copied(), 4, scale);
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
    fn each_value_has_one_place() {
        let axis = ValueAxis::exact(1.0, 16.0, 4, Scale::Log).unwrap();
        let places = [-1.0, 0.0, 0.5, 1.0, 3.0, 16.0, 16.5, f64::INFINITY].map(|value| axis.place(value));
        use Place::{Cell, Over, Under};
        assert_eq!(places, [Under, Under, Under, Cell(0), Cell(1), Cell(3), Over, Over]);
        assert!(ValueAxis::exact(0.0, 1.0, 4, Scale::Log).is_err());
        assert!(ValueAxis::exact(2.0, 2.0, 4, Scale::Linear).is_err());
    }
}
