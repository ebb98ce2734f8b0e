use super::{NO_ROW, Waterfall};

/// What is known of each row beside its times. One entry a row, in the waterfall's order.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Labels {
    /// A number for each service.
    pub service: Vec<u32>,
    /// A number for each span name.
    pub name: Vec<u32>,
    /// The span failed.
    pub is_error: Vec<bool>,
    /// It calls another service and waits: kind client.
    pub is_call: Vec<bool>,
    /// It hands something over and does not wait: kind producer.
    pub is_handover: Vec<bool>,
}

/// Where errors are.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ErrorsBelow {
    /// Failed rows below each row, itself not counted.
    pub n_below: Vec<u32>,
    /// Failed rows with no failed row below them: where an error came from, as far as spans tell. Ascending.
    pub origins: Vec<u32>,
}

impl ErrorsBelow {
    /// One backward pass: each row adds to its parent.
    #[must_use]
    pub fn new(waterfall: &Waterfall, labels: &Labels) -> Self {
        let mut n_below = vec![0u32; waterfall.len()];
        for row in (0..waterfall.len()).rev() {
            let parent = waterfall.parent[row];
            if parent != NO_ROW {
                n_below[parent as usize] += n_below[row] + u32::from(labels.is_error[row]);
            }
        }
        let is_origin = |row: &u32| labels.is_error[*row as usize] && n_below[*row as usize] == 0;
        let origins = (0..waterfall.len() as u32).filter(is_origin).collect();
        Self { n_below, origins }
    }
}
