use crate::ask::{Cancel, QueryError, TimeRange};
use crate::ast::Filter;
use crate::plan::select;
use crate::related::Relating;
use crate::resolved::Predicate;
use crate::{Bitmap, Scan, parallel};

/// Finds the rows inside a time range that pass a filter: one bitmap for each segment, in the order of
/// [`Scan::segments`], also for those where nothing passes.
///
/// # Errors
/// [`QueryError::Invalid`] for too many relatives, [`QueryError::Cancelled`], [`QueryError::Unreadable`].
pub fn matching(
    scan: &dyn Scan,
    filter: &Filter,
    range: TimeRange,
    cancel: &Cancel,
) -> Result<Vec<Bitmap>, QueryError> {
    let mut relating = Relating::new(scan, range, cancel);
    let filter = relating.filter(filter)?;
    match relating.finish() {
        Some(related) => matching_plain(&related, &filter, range, cancel),
        None => matching_plain(scan, &filter, range, cancel),
    }
}

/// The same for a filter of plain fields.
pub(crate) fn matching_plain(
    scan: &dyn Scan,
    filter: &Filter,
    range: TimeRange,
    cancel: &Cancel,
) -> Result<Vec<Bitmap>, QueryError> {
    let predicate = Predicate::new(filter);
    let segments = scan.segments();
    parallel::in_parallel(segments.len(), cancel, |idx| select(&*segments[idx], &predicate, range))
}
