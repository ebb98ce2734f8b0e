//! A table of one statement: how SQLite plans to read it, and which rows it is given.

mod by_time;
mod by_value;
mod lookup;
mod module;
mod order;
mod plan;
mod select;
mod walk;

pub(crate) use module::register;

use crate::read::{ReadColumn, ReadSource, SegmentCells};
use crate::schema::{ColumnType, Source, TableInfo};
use crate::text::Attribute;
use lookup::{IdIndex, TraceIndex};
use plan::Plan;
use rustc_hash::FxHashMap;
use skep_engine::query::{Cancel, TimeRange};
use skep_engine::store::Segment;
use skep_engine::{AskError, View};
use std::cell::{OnceCell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// What the tables of one statement have in common.
pub(crate) struct Asked {
    pub(crate) view: View,
    /// Events outside are in no table.
    pub(crate) range: TimeRange,
    pub(crate) attributes: Vec<Attribute>,
    pub(crate) cancel: Cancel,
    /// Rows of the segments that were looked through, and rows that were looked up.
    n_examined: AtomicU64,
    /// What went wrong below SQLite, which passes on no more than a text.
    failure: Mutex<Option<AskError>>,
}

impl Asked {
    pub(crate) fn new(view: View, range: TimeRange, attributes: Vec<Attribute>, cancel: Cancel) -> Self {
        Self { view, range, attributes, cancel, n_examined: AtomicU64::new(0), failure: Mutex::new(None) }
    }

    pub(crate) fn n_examined(&self) -> u64 {
        self.n_examined.load(Ordering::Relaxed)
    }

    fn examine(&self, n_rows: usize) {
        self.n_examined.fetch_add(n_rows as u64, Ordering::Relaxed);
    }

    /// The first failure, if there was one.
    pub(crate) fn take_failure(&self) -> Option<AskError> {
        self.failure.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    fn fail(&self, error: AskError) -> rusqlite::Error {
        let text = rusqlite::Error::ModuleError(error.to_string());
        self.failure.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(error);
        text
    }

    fn segments(&self) -> &[Segment] {
        self.view.snapshot().segments()
    }
}

/// Segments whose columns stay decoded between lookups: a join by trace comes back to the same few.
const SEGMENTS_KEPT: usize = 16;

/// One table of one statement; its cursors share it.
struct Table {
    asked: Arc<Asked>,
    info: &'static TableInfo,
    /// Those of `info`, then one for each attribute.
    columns: Vec<ReadColumn>,
    /// No time is so late that SQLite has it as a negative number: numbers and dates have one order.
    has_signed_times: bool,
    /// What was planned, by the number that SQLite is told.
    plans: RefCell<Vec<Plan>>,
    /// By column: whether rows share values, as far as one segment tells.
    few: RefCell<FxHashMap<usize, bool>>,
    kept: RefCell<VecDeque<(usize, Rc<SegmentCells>)>>,
    /// By column; made when a column is looked up a second time.
    indexes: RefCell<FxHashMap<usize, Rc<OnceCell<IdIndex>>>>,
    last_trace: RefCell<Option<TraceIndex>>,
}

impl Table {
    fn new(asked: Arc<Asked>, info: &'static TableInfo) -> Self {
        let own = info.columns.iter().map(|column| (ReadSource::Own(column.source), column.ty));
        let named = asked.attributes.iter();
        let named = named.map(|attribute| (ReadSource::Attribute(attribute.key.clone()), ColumnType::Any));
        let columns = own.chain(named).map(|(source, ty)| ReadColumn { source, ty }).collect();
        let is_signed = |segment: &Segment| i64::try_from(segment.time_bounds().1.0).is_ok();
        let has_signed_times = asked.segments().iter().all(is_signed);
        Self {
            asked,
            info,
            columns,
            has_signed_times,
            plans: RefCell::default(),
            few: RefCell::default(),
            kept: RefCell::default(),
            indexes: RefCell::default(),
            last_trace: RefCell::default(),
        }
    }

    /// What SQLite is told; names are quoted, whatever they hold.
    fn declaration(&self) -> String {
        let own = self.info.columns.iter().map(|column| {
            let hidden = if column.is_hidden { " HIDDEN" } else { "" };
            // A promise that lets SQLite find the least one by the order.
            let always = if column.source == Source::Time { " NOT NULL" } else { "" };
            format!("\"{}\" {}{hidden}{always}", column.name, column.ty.as_sql())
        });
        let named = self.asked.attributes.iter();
        let named =
            named.map(|attribute| format!("{} {} HIDDEN", attribute.quoted(), ColumnType::Any.as_sql()));
        format!("CREATE TABLE x({})", own.chain(named).collect::<Vec<_>>().join(", "))
    }

    fn column_name(&self, column: usize) -> &str {
        match self.info.columns.get(column) {
            Some(own) => own.name,
            None => &self.asked.attributes[column - self.info.columns.len()].column,
        }
    }

    /// Whether rows share the values of a column; looked at in the biggest segment there is.
    fn has_few_values(&self, column: usize) -> Result<bool, AskError> {
        if let Some(known) = self.few.borrow().get(&column) {
            return Ok(*known);
        }
        let segments = self.asked.segments().iter().enumerate();
        let is_few = match segments.max_by_key(|(_, segment)| segment.n_rows()) {
            Some((idx, segment)) => {
                self.kept_cells(idx).cells(&self.columns, column)?.are_few(segment.n_rows())
            }
            None => true,
        };
        self.few.borrow_mut().insert(column, is_few);
        Ok(is_few)
    }

    /// A segment to read once.
    fn cells(&self, segment_idx: usize) -> Rc<SegmentCells> {
        let store = self.asked.segments()[segment_idx].clone();
        let fields = Arc::clone(&self.asked.view.scan().segments()[segment_idx]);
        Rc::new(SegmentCells::new(store, fields, self.columns.len()))
    }

    /// A segment to come back to.
    fn kept_cells(&self, segment_idx: usize) -> Rc<SegmentCells> {
        let mut kept = self.kept.borrow_mut();
        let known = kept.iter().position(|(idx, _)| *idx == segment_idx).and_then(|at| kept.remove(at));
        let cells = known.map_or_else(|| self.cells(segment_idx), |(_, cells)| cells);
        kept.truncate(SEGMENTS_KEPT - 1);
        kept.push_front((segment_idx, Rc::clone(&cells)));
        cells
    }
}
