//! Which part of a segment stands where in the file.

/// A part's number within its segment: the column, then the page. Page 0 is a column's dictionary, or its only part.
pub(crate) fn part_no(column: usize, page: usize) -> u32 {
    debug_assert!(column <= COLUMN_MAX && page <= 0xff, "the parts of a segment number 2^24");
    (column << 8 | page) as u32
}

/// Under what a column is kept in memory once it was decoded.
pub(crate) fn decoded(column: usize) -> u32 {
    part_no(column, 0)
}

/// Under what is kept that was computed from a column.
pub(crate) fn computed(column: usize) -> u32 {
    part_no(column, 1)
}

/// A part's key in the file.
pub(crate) fn part_id(segment_id: u64, part_no: u32) -> i64 {
    (segment_id << 24 | u64::from(part_no)).cast_signed()
}

/// The column of a part's number.
pub(crate) fn column_of(part_no: u32) -> usize {
    (part_no >> 8) as usize
}

/// The page of a part by its key.
pub(crate) fn page_of(part_id: i64) -> usize {
    (part_id.cast_unsigned() & 0xff) as usize
}

const COLUMN_MAX: usize = 0xffff;

pub(crate) const TRACES: usize = 0;
pub(crate) const TRACE_FILTER: usize = 1;
/// Fingerprints of the spans, for as long as they are recent.
pub(crate) const RECENT: usize = 2;
pub(crate) const RARE: usize = 3;
pub(crate) const KINDS: usize = 4;
pub(crate) const FLAGS: usize = 5;
pub(crate) const TIMES: usize = 6;
pub(crate) const ENDS: usize = 7;
pub(crate) const SPAN_IDS: usize = 8;
pub(crate) const PARENTS: usize = 9;
pub(crate) const RESOURCES: usize = 10;
pub(crate) const SCOPES: usize = 11;
pub(crate) const NAMES: usize = 12;
/// The first of the fields, in the order of the header.
pub(crate) const FIRST_FIELD: usize = 16;

/// Fields with a column of their own; those of the fewest rows beyond it are rare.
pub(crate) const FIELDS_MAX: usize = 4096;
