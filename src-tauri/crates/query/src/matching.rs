use crate::ask::{Cancel, QueryError, TimeRange};
use crate::ast::Filter;
use crate::plan::select;
use crate::resolved::Predicate;
use crate::{Bitmap, Scan, parallel};

/// Finds the rows inside a time range that pass a filter: one bitmap for each segment, in the order of
/// [`Scan::segments`], also for those where nothing passes.
///
/// # Errors
/// [`QueryError::Cancelled`], [`QueryError::Unreadable`].
pub fn matching(
    scan: &dyn Scan,
    filter: &Filter,
    range: TimeRange,
    cancel: &Cancel,
) -> Result<Vec<Bitmap>, QueryError> {
    let predicate = Predicate::new(filter);
    let segments = scan.segments();
    parallel::in_parallel(segments.len(), cancel, |idx| select(&*segments[idx], &predicate, range))
}
