//! The tables and their columns, as people read them and as SQLite is told.

mod tables;

pub use tables::TABLES;

use skep_model::EventKind;

/// A table.
#[derive(Debug)]
pub struct TableInfo {
    /// Its name in SQL.
    pub name: &'static str,
    /// What a row is.
    pub doc: &'static str,
    /// Its columns; those for `attr()` come on top.
    pub columns: &'static [ColumnInfo],
    pub(crate) kind: EventKind,
}

/// A column.
#[derive(Debug)]
pub struct ColumnInfo {
    /// Its name in SQL.
    pub name: &'static str,
    /// What its values are, where they are not NULL.
    pub ty: ColumnType,
    /// What it says.
    pub doc: &'static str,
    /// It is no part of `*`, and has to be named.
    pub is_hidden: bool,
    pub(crate) source: Source,
}

/// What the values of a column are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ColumnType {
    /// Texts only.
    Text,
    /// Integers only.
    Integer,
    /// Reals only.
    Real,
    /// Each value as it was sent.
    Any,
}

impl ColumnType {
    /// The type that SQLite is told; it decides what a comparison converts.
    #[must_use]
    pub fn as_sql(self) -> &'static str {
        match self {
            ColumnType::Text => "TEXT",
            ColumnType::Integer => "INTEGER",
            ColumnType::Real => "REAL",
            // Without conversions. Left away it would mean the same, were it not for the word HIDDEN behind it.
            ColumnType::Any => "BLOB",
        }
    }
}

/// Where a column's values come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    TraceId,
    SpanId,
    ParentId,
    /// The event's time, nanoseconds.
    Time,
    /// The event's time as SQLite writes it; the later, the greater.
    DateTime,
    End,
    DurationNs,
    DurationMs,
    IsRoot,
    Name,
    /// `unset`, `ok` or `error`.
    Status,
    /// A field of the record, by its name in [`skep_model::fields`].
    Record(&'static str),
    /// A field of the record that is left out where it is zero.
    Count(&'static str),
    /// A field as the query language sees it.
    Field(&'static str),
    /// The event's own attributes as a JSON object.
    Attributes,
    /// The resource's attributes as a JSON object.
    Resource,
}
