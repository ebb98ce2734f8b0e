use super::Waterfall;

/// Rows drawn of each strip: the longest, and failed ones beside them.
const LONGEST_MAX: usize = 3;
const ERRORS_MAX: usize = 2;

/// A row that stands for its neighbours in an overview.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Strip {
    /// The strip it lies in, from the top.
    pub strip: u32,
    /// The row.
    pub row: u32,
}

/// Squeezes all rows into `n_strips`: of each strip the longest rows and the longest failed ones, in one pass. A trace of
/// fewer rows has a strip for each.
#[must_use]
pub fn overview(waterfall: &Waterfall, is_error: &[bool], n_strips: u32) -> Vec<Strip> {
    let n_rows = waterfall.len();
    let n_strips = (n_strips as usize).clamp(1, n_rows.max(1));
    let mut strips = Vec::with_capacity(n_strips * 2);
    for strip in 0..n_strips {
        let (first, end) = (strip * n_rows / n_strips, (strip + 1) * n_rows / n_strips);
        let mut longest: Vec<u32> = Vec::with_capacity(LONGEST_MAX + 1);
        let mut failed: Vec<u32> = Vec::with_capacity(ERRORS_MAX + 1);
        for row in first as u32..end as u32 {
            keep(&mut longest, row, LONGEST_MAX, waterfall);
            if is_error[row as usize] {
                keep(&mut failed, row, ERRORS_MAX, waterfall);
            }
        }
        failed.retain(|row| !longest.contains(row));
        strips.extend(longest.into_iter().chain(failed).map(|row| Strip { strip: strip as u32, row }));
    }
    strips
}

/// Keeps the longest few, in order of length.
fn keep(rows: &mut Vec<u32>, row: u32, n_max: usize, waterfall: &Waterfall) {
    let longer = |other: &u32| waterfall.duration[*other as usize] >= waterfall.duration[row as usize];
    let at = rows.iter().position(|other| !longer(other)).unwrap_or(rows.len());
    if at < n_max {
        rows.insert(at, row);
        rows.truncate(n_max);
    }
}
