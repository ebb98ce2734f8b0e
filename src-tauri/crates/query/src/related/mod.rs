//! Fields of a row's relatives in its trace, as Honeycomb names them.
//!
//! ```text
//! root.name = checkout          the span without a parent: a value for each row
//! parent.service.name           the span that the row hangs below: a value for each row
//! child.error                   some span below the row
//! any.error   any2.x   any3.x   some event of the row's trace
//! none.error                    no event of the row's trace
//! ```
//!
//! The first two are columns and can stand wherever a field can. The others are conditions: those of one prefix that one
//! AND joins, a nested AND or OR of them included, speak of one relative; `any2` and `any3` speak of further ones. An OR
//! of its own, or a NOT, speaks of one for each condition. Relatives count wherever in time they are.
//!
//! What is looked up is put before the scan as columns of its own, so that everything behind reads them like any other.
//! An attribute that has such a name wins over it. In the same way a field with an old and a new name is read by both;
//! see [`aliases`], and a calculated one is worked out of others.

mod aliases;
mod lookup;
mod rewrite;

use crate::ask::{Cancel, QueryError, TimeRange};
use crate::calc::{self, Node};
use crate::{Column, FieldInfo, Filter, Query, Scan, Segment, SharedColumn, Unreadable};
pub(crate) use aliases::{aliases_of, names_of_one};
use lookup::{Lookup, Reach, first_present};
use rustc_hash::FxHashMap;
use skep_model::{Dictionary, Nanos, Text, Value};
use std::sync::Arc;

/// Prefixes before one field at most: the root of a parent of any is far enough.
const LEVELS_MAX: usize = 3;

/// Which relatives of a row are meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kin {
    Root,
    Parent,
    Child,
    /// Some event of the trace; the number tells several apart.
    Any(u8),
    /// No event of the trace.
    None,
}

const KINS: [(&str, Kin); 7] = [
    ("root.", Kin::Root),
    ("parent.", Kin::Parent),
    ("child.", Kin::Child),
    ("any.", Kin::Any(1)),
    ("any2.", Kin::Any(2)),
    ("any3.", Kin::Any(3)),
    ("none.", Kin::None),
];

impl Kin {
    /// Whose field it is, and what it is called there.
    pub(crate) fn of(field: &str) -> Option<(Kin, &str)> {
        let named = KINS.iter().find_map(|(prefix, kin)| Some((*kin, field.strip_prefix(prefix)?)));
        named.filter(|(_, rest)| !rest.is_empty())
    }

    /// Whether each row has one at most, and so one value.
    fn is_single(self) -> bool {
        matches!(self, Kin::Root | Kin::Parent)
    }
}

/// A scan with what a question asks of relatives in front of it.
pub(crate) struct Related {
    segments: Vec<Arc<dyn Segment>>,
}

impl Scan for Related {
    fn segments(&self) -> &[Arc<dyn Segment>] {
        &self.segments
    }
}

/// The question as it can be asked of [`Related`].
pub(crate) struct Relating<'a> {
    lookup: Lookup<'a>,
    /// What was looked up: a column for each segment, by the name it is asked by.
    columns: Vec<(Text, Vec<Option<Column>>)>,
    /// Fields that are read by several names.
    aliased: Vec<(Text, &'static [&'static str])>,
    calculated: Vec<(Text, Node)>,
    level: usize,
}

impl<'a> Relating<'a> {
    /// For a question about the events of some time: what is looked up is there for those alone.
    pub(crate) fn new(scan: &'a dyn Scan, range: TimeRange, cancel: &'a Cancel) -> Self {
        Self::at_level(Lookup::new(scan, Arc::new(Reach::new(range)), cancel), 0)
    }

    fn at_level(lookup: Lookup<'a>, level: usize) -> Self {
        Self { lookup, columns: Vec::new(), aliased: Vec::new(), calculated: Vec::new(), level }
    }

    /// A filter of which every field is one of the columns.
    pub(crate) fn filter(&mut self, filter: &Filter) -> Result<Filter, QueryError> {
        match &filter.expr {
            Some(expr) => Ok(Filter { expr: Some(self.expr(expr)?) }),
            None => Ok(Filter::ALL),
        }
    }

    /// A query's filter; what it groups by and computes is looked up under its own name.
    pub(crate) fn query(&mut self, query: &Query) -> Result<Query, QueryError> {
        let filter = self.filter(&query.filter)?;
        for field in
            query.group_by.iter().chain(query.aggregates().iter().filter_map(|one| one.field.as_ref()))
        {
            self.field(field)?;
        }
        Ok(Query { filter, ..query.clone() })
    }

    /// Looks a field up where a value is wanted.
    pub(crate) fn field(&mut self, field: &Text) -> Result<(), QueryError> {
        let Some((kin, rest)) = self.kin(field)? else {
            return self.plain(field);
        };
        if !kin.is_single() {
            let message = format!(
                "{field} is a condition of WHERE: a row may have many such values; root. and parent. have one"
            );
            return Err(QueryError::Invalid(message));
        }
        self.single(field, kin, rest)
    }

    /// Whose field it is; nothing where it is a plain one.
    fn kin<'f>(&mut self, field: &'f str) -> Result<Option<(Kin, &'f str)>, QueryError> {
        match Kin::of(field) {
            Some(named) if !self.lookup.has(field)? => Ok(Some(named)),
            _ => Ok(None),
        }
    }

    /// Notes what a field is read by, where that is more than its name.
    fn plain(&mut self, field: &Text) -> Result<(), QueryError> {
        if let Some(names) = aliases_of(field)
            && !self.aliased.iter().any(|(known, _)| known == field)
        {
            self.aliased.push((field.clone(), names));
        }
        // Between backticks it may be anything, also what cannot be read.
        let calculated = calc::inside(field).and_then(|text| calc::parse(text, 0).ok());
        if let Some(node) = calculated
            && !self.calculated.iter().any(|(known, _)| known == field)
        {
            for input in node.fields() {
                self.field(&input)?;
            }
            self.calculated.push((field.clone(), node));
        }
        Ok(())
    }

    /// Makes a column of what one relative has.
    fn single(&mut self, field: &Text, kin: Kin, rest: &str) -> Result<(), QueryError> {
        if self.columns.iter().any(|(name, _)| name == field) {
            return Ok(());
        }
        // What is asked of the relative may itself be a relative's.
        let mut inner = self.deeper()?;
        inner.field(&Text::from(rest))?;
        let inner = inner.finish();
        let columns = self.lookup.values(inner.as_ref(), kin == Kin::Root, rest)?;
        self.columns.push((field.clone(), columns));
        Ok(())
    }

    /// Makes a column of whether a relative is such, and names it.
    fn condition(&mut self, kin: Kin, filter: &Filter) -> Result<Text, QueryError> {
        let mut inner = self.deeper()?;
        let filter = inner.filter(filter)?;
        let inner = inner.finish();
        let columns = self.lookup.whether(inner.as_ref(), kin, &filter)?;
        // No lexer reads such a name.
        let name = Text::from(format!("\u{0}{}", self.columns.len()));
        self.columns.push((name.clone(), columns));
        Ok(name)
    }

    fn deeper(&self) -> Result<Relating<'a>, QueryError> {
        if self.level == LEVELS_MAX {
            return Err(QueryError::Invalid(format!("more than {LEVELS_MAX} relatives before one field")));
        }
        Ok(Relating::at_level(self.lookup.of_relatives()?, self.level + 1))
    }

    /// The scan to ask; nothing where that is the one given.
    pub(crate) fn finish(self) -> Option<Related> {
        if self.columns.is_empty() && self.aliased.is_empty() && self.calculated.is_empty() {
            return None;
        }
        let mut segments: Vec<RelatedSegment> =
            self.lookup.scan.segments().iter().map(RelatedSegment::new).collect();
        for (name, columns) in self.columns {
            for (segment, column) in segments.iter_mut().zip(columns) {
                segment.columns.insert(name.clone(), column);
            }
        }
        let aliased: Arc<FxHashMap<Text, &[&str]>> = Arc::new(self.aliased.into_iter().collect());
        let calculated: Arc<FxHashMap<Text, Node>> = Arc::new(self.calculated.into_iter().collect());
        for segment in &mut segments {
            (segment.aliased, segment.calculated) = (Arc::clone(&aliased), Arc::clone(&calculated));
        }
        Some(Related { segments: segments.into_iter().map(|segment| Arc::new(segment) as _).collect() })
    }
}

struct RelatedSegment {
    segment: Arc<dyn Segment>,
    columns: FxHashMap<Text, Option<Column>>,
    aliased: Arc<FxHashMap<Text, &'static [&'static str]>>,
    calculated: Arc<FxHashMap<Text, Node>>,
}

impl RelatedSegment {
    fn new(segment: &Arc<dyn Segment>) -> Self {
        Self {
            segment: Arc::clone(segment),
            columns: FxHashMap::default(),
            aliased: Arc::default(),
            calculated: Arc::default(),
        }
    }

    /// Whether a field is the segment's alone.
    fn is_own(&self, field: &str) -> bool {
        !self.columns.contains_key(field)
            && !self.aliased.contains_key(field)
            && !self.calculated.contains_key(field)
    }
}

impl Segment for RelatedSegment {
    fn n_rows(&self) -> usize {
        self.segment.n_rows()
    }

    fn time_bounds(&self) -> (Nanos, Nanos) {
        self.segment.time_bounds()
    }

    fn times(&self) -> Result<Arc<[u64]>, Unreadable> {
        self.segment.times()
    }

    /// Those that are stored: a field of a relative is a way to look, not one more field.
    fn fields_unsorted(&self) -> Result<Vec<FieldInfo>, Unreadable> {
        self.segment.fields_unsorted()
    }

    fn column(&self, field: &str) -> Result<Option<Column>, Unreadable> {
        if let Some(column) = self.columns.get(field) {
            return Ok(column.clone());
        }
        if let Some(node) = self.calculated.get(field) {
            return calc::column(node, self.n_rows(), |input| self.column(input));
        }
        let Some(names) = self.aliased.get(field) else { return self.segment.column(field) };
        // The name that was asked for first, then the present one.
        let others = names.iter().copied().filter(|name| *name != field);
        let mut found = None;
        for name in std::iter::once(field).chain(others) {
            found = match (found, self.segment.column(name)?) {
                (Some(first), Some(then)) => Some(first_present(&first, &then)),
                (first, then) => first.or(then),
            };
        }
        Ok(found)
    }

    fn counted(&self, field: &str) -> Result<Option<Arc<Dictionary>>, Unreadable> {
        if self.is_own(field) { self.segment.counted(field) } else { Ok(None) }
    }

    fn shared(&self, field: &str) -> Result<Option<SharedColumn>, Unreadable> {
        if self.is_own(field) { self.segment.shared(field) } else { Ok(None) }
    }

    fn hashes(&self, field: &str) -> Result<Option<Arc<[u64]>>, Unreadable> {
        if self.is_own(field) {
            return self.segment.hashes(field);
        }
        Ok(self.column(field)?.map(|column| column.hashes().into()))
    }

    fn values(&self, field: &str, rows: &[u32]) -> Result<Vec<Option<Value>>, Unreadable> {
        if self.is_own(field) {
            return self.segment.values(field, rows);
        }
        let column = self.column(field)?;
        Ok(rows.iter().map(|row| column.as_ref()?.value(*row as usize)).collect())
    }

    fn bounds(&self, field: &str) -> Option<(f64, f64)> {
        if self.is_own(field) { self.segment.bounds(field) } else { None }
    }
}
