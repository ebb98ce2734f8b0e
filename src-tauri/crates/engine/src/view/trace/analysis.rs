use super::TraceView;
use skep_model::Nanos;
use skep_query::{ClockSkew, CriticalPath, ErrorsBelow, NO_ROW, Repeats, Sequence, clock_skews, sequences};

/// What a trace says about itself, computed when it is first asked for.
#[derive(Debug, Default)]
pub struct Analysis {
    /// The row that stands for the request.
    pub main_row: Option<u32>,
    /// What that row's end waited for.
    pub path: CriticalPath,
    /// How much of the path each row has.
    pub critical: Vec<Nanos>,
    /// Siblings alike.
    pub repeats: Repeats,
    /// Where errors came from.
    pub errors: ErrorsBelow,
    /// Clocks that disagree.
    pub skews: Vec<ClockSkew>,
    /// Calls one after another.
    pub sequences: Vec<Sequence>,
}

impl TraceView {
    /// What the trace says about itself.
    pub fn analysis(&self) -> &Analysis {
        self.analysis.get_or_init(|| {
            let (waterfall, labels) = (&self.waterfall, &self.labels);
            let main_row = waterfall.main_row();
            let path = main_row.map_or_else(CriticalPath::default, |row| CriticalPath::of(waterfall, row));
            let is_waited_for = is_waited_for(&path, &waterfall.parent);
            Analysis {
                main_row,
                critical: path.by_row(waterfall.len()),
                repeats: Repeats::new(waterfall, labels),
                errors: ErrorsBelow::new(waterfall, labels),
                skews: clock_skews(waterfall, labels),
                sequences: sequences(waterfall, labels, &is_waited_for),
                path,
            }
        })
    }
}

/// Rows that the path leads through: those with a piece of it, and those above them.
fn is_waited_for(path: &CriticalPath, parent: &[u32]) -> Vec<bool> {
    let mut is_waited_for = vec![false; parent.len()];
    path.rows.iter().for_each(|row| is_waited_for[*row as usize] = true);
    for row in (0..parent.len()).rev() {
        if is_waited_for[row] && parent[row] != NO_ROW {
            is_waited_for[parent[row] as usize] = true;
        }
    }
    is_waited_for
}
