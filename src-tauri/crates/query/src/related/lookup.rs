use super::{Kin, Related};
use crate::ask::{Cancel, QueryError, TimeRange};
use crate::ast::{Condition, Expr, Filter};
use crate::plan::select;
use crate::resolved::Predicate;
use crate::rows::reaches_into;
use crate::{Bitmap, Codes, Column, Scan, Segment, parallel};
use rustc_hash::{FxHashMap, FxHashSet};
use skep_model::{Nanos, Value, fields};
use std::sync::{Arc, OnceLock};

/// Finds relatives over all segments.
///
/// Traces and spans are known by the hashes of their ids; see [`Value::hash64`].
pub(super) struct Lookup<'a> {
    pub(super) scan: &'a dyn Scan,
    pub(super) cancel: &'a Cancel,
    /// Every field that is stored, once someone asked.
    stored: Option<FxHashSet<Arc<str>>>,
    reach: Arc<Reach>,
}

/// Which segments a question of some time has to do with.
///
/// Relatives count wherever in time they are, but only those of traces that have an event in the time asked for. Outside
/// of it a segment's trace ids are looked at, and the rest of it only where one of them is such a trace.
pub(super) struct Reach {
    range: TimeRange,
    segments: OnceLock<Result<Segments, QueryError>>,
}

#[derive(Clone)]
struct Segments {
    /// Those whose rows are asked about.
    asked: Vec<bool>,
    /// Those that hold relatives.
    related: Vec<bool>,
}

impl Reach {
    pub(super) fn new(range: TimeRange) -> Self {
        Self { range, segments: OnceLock::new() }
    }

    fn segments(&self, scan: &dyn Scan, cancel: &Cancel) -> Result<&Segments, QueryError> {
        self.segments.get_or_init(|| Segments::new(scan, self.range, cancel)).as_ref().map_err(Clone::clone)
    }

    /// That of what is asked of the relatives themselves.
    pub(super) fn of_relatives(&self, scan: &dyn Scan, cancel: &Cancel) -> Result<Self, QueryError> {
        let Segments { related, .. } = self.segments(scan, cancel)?.clone();
        let segments = Segments { asked: related.clone(), related };
        Ok(Self { range: self.range, segments: OnceLock::from(Ok(segments)) })
    }
}

impl Segments {
    fn new(scan: &dyn Scan, range: TimeRange, cancel: &Cancel) -> Result<Self, QueryError> {
        let segments = scan.segments();
        let asked: Vec<bool> = segments.iter().map(|segment| reaches_into(&**segment, range)).collect();
        if asked.iter().all(|asked| *asked) {
            return Ok(Self { related: asked.clone(), asked });
        }
        let traces = parallel::in_parallel(segments.len(), cancel, |idx| {
            let traces = if asked[idx] { segments[idx].hashes(fields::TRACE_ID)? } else { None };
            let Some(traces) = traces else { return Ok(FxHashSet::default()) };
            let times = segments[idx].times()?;
            let inside = traces.iter().zip(&*times).filter(|(_, time)| range.contains(Nanos(**time)));
            Ok(inside.map(|(trace, _)| *trace).collect())
        })?;
        let traces: FxHashSet<u64> = traces.into_iter().flatten().filter(|trace| *trace != 0).collect();
        let related = parallel::in_parallel(segments.len(), cancel, |idx| {
            if asked[idx] {
                return Ok(true);
            }
            let hashes = segments[idx].hashes(fields::TRACE_ID)?;
            Ok(hashes.is_some_and(|hashes| hashes.iter().any(|trace| traces.contains(trace))))
        })?;
        Ok(Self { asked, related })
    }
}

/// Of each row of a segment; 0 where there is none.
struct Ids {
    traces: Arc<[u64]>,
    spans: Arc<[u64]>,
    parents: Arc<[u64]>,
}

impl Ids {
    /// Nothing where no row belongs to a trace.
    fn of(segment: &dyn Segment) -> Result<Option<Self>, QueryError> {
        let Some(traces) = segment.hashes(fields::TRACE_ID)? else { return Ok(None) };
        let none: Arc<[u64]> = vec![0; segment.n_rows()].into();
        let spans = segment.hashes(fields::SPAN_ID)?.unwrap_or_else(|| Arc::clone(&none));
        let parents = segment.hashes(fields::PARENT_ID)?.unwrap_or(none);
        Ok(Some(Self { traces, spans, parents }))
    }

    /// A row as others point to it; nothing where it is no span.
    fn own_key(&self, row: usize) -> Option<u64> {
        key(self.traces[row], self.spans[row])
    }

    /// What a row points to.
    fn parent_key(&self, row: usize) -> Option<u64> {
        key(self.traces[row], self.parents[row])
    }

    fn trace_key(&self, row: usize) -> Option<u64> {
        Some(self.traces[row]).filter(|trace| *trace != 0)
    }
}

/// Both are hashes already.
fn key(trace: u64, span: u64) -> Option<u64> {
    (trace != 0 && span != 0).then(|| trace ^ span.rotate_left(32))
}

impl<'a> Lookup<'a> {
    pub(super) fn new(scan: &'a dyn Scan, reach: Arc<Reach>, cancel: &'a Cancel) -> Self {
        Self { scan, cancel, stored: None, reach }
    }

    /// For what is asked of the relatives themselves.
    pub(super) fn of_relatives(&self) -> Result<Self, QueryError> {
        let reach = self.reach.of_relatives(self.scan, self.cancel)?;
        Ok(Self::new(self.scan, Arc::new(reach), self.cancel))
    }

    fn segments(&self) -> Result<&Segments, QueryError> {
        self.reach.segments(self.scan, self.cancel)
    }

    /// The rows that pass, of segments that hold relatives.
    fn passing(&self, scan: &dyn Scan, filter: &Filter) -> Result<Vec<Bitmap>, QueryError> {
        let Segments { related, .. } = self.segments()?;
        let predicate = Predicate::new(filter);
        let segments = scan.segments();
        parallel::in_parallel(segments.len(), self.cancel, |idx| {
            let segment = &*segments[idx];
            if related[idx] {
                select(segment, &predicate, TimeRange::ALL)
            } else {
                Ok(Bitmap::none(segment.n_rows()))
            }
        })
    }

    /// Whether some event has a field of this very name.
    pub(super) fn has(&mut self, field: &str) -> Result<bool, QueryError> {
        if self.stored.is_none() {
            let mut stored = FxHashSet::default();
            for segment in self.scan.segments() {
                stored.extend(segment.fields_unsorted()?.into_iter().map(|field| field.name));
            }
            self.stored = Some(stored);
        }
        Ok(self.stored.as_ref().is_some_and(|stored| stored.contains(field)))
    }

    /// For each row the value that its root or its parent has: a column for each segment.
    pub(super) fn values(
        &self,
        related: Option<&Related>,
        is_root: bool,
        field: &str,
    ) -> Result<Vec<Option<Column>>, QueryError> {
        let scan = self.through(related);
        let Segments { asked, related: holds_relatives } = self.segments()?;
        let roots = if is_root { Some(self.rows_that_are(fields::IS_ROOT)?) } else { None };
        let mut values = Values::default();
        let mut code_of: FxHashMap<u64, u32> = FxHashMap::default();
        for (idx, segment) in scan.segments().iter().enumerate() {
            self.cancel.check()?;
            if !holds_relatives[idx] {
                continue;
            }
            if roots.as_ref().is_some_and(|roots| roots[idx].is_empty()) {
                continue;
            }
            let (Some(column), Some(ids)) = (segment.column(field)?, Ids::of(&**segment)?) else { continue };
            let codes = values.codes(&column);
            let mut note = |row: usize, key: Option<u64>| {
                if let (Some(key), code @ 1..) = (key, codes[row]) {
                    // Of several with one id, the first.
                    code_of.entry(key).or_insert(code);
                }
            };
            match &roots {
                Some(roots) => roots[idx].rows().for_each(|row| note(row, ids.trace_key(row))),
                None => (0..segment.n_rows()).for_each(|row| note(row, ids.own_key(row))),
            }
        }
        let segments = self.scan.segments();
        parallel::in_parallel(segments.len(), self.cancel, |idx| {
            let Some(ids) = (if asked[idx] { Ids::of(&*segments[idx])? } else { None }) else {
                return Ok(None);
            };
            let key = |row| if is_root { ids.trace_key(row) } else { ids.parent_key(row) };
            let code = |row| key(row).and_then(|key| code_of.get(&key).copied()).unwrap_or(0);
            Ok(values.column((0..segments[idx].n_rows()).map(code)))
        })
    }

    /// For each row whether one of its relatives passes: a column for each segment, true or missing.
    pub(super) fn whether(
        &self,
        related: Option<&Related>,
        kin: Kin,
        filter: &Filter,
    ) -> Result<Vec<Option<Column>>, QueryError> {
        let hits = self.passing(self.through(related), filter)?;
        let Segments { asked, .. } = self.segments()?;
        let segments = self.scan.segments();
        let mut passing: FxHashSet<u64> = FxHashSet::default();
        for (segment, hits) in segments.iter().zip(&hits) {
            self.cancel.check()?;
            let Some(ids) = (if hits.is_empty() { None } else { Ids::of(&**segment)? }) else { continue };
            passing.extend(hits.rows().filter_map(|row| match kin {
                // Events and logs hang below a span, and are none.
                Kin::Child => ids.own_key(row).and_then(|_| ids.parent_key(row)),
                _ => ids.trace_key(row),
            }));
        }
        parallel::in_parallel(segments.len(), self.cancel, |idx| {
            let Some(ids) =
                (if passing.is_empty() || !asked[idx] { None } else { Ids::of(&*segments[idx])? })
            else {
                return Ok(None);
            };
            let key = |row| if kin == Kin::Child { ids.own_key(row) } else { ids.trace_key(row) };
            let passes = |row| key(row).is_some_and(|key| passing.contains(&key));
            Ok(truths((0..segments[idx].n_rows()).map(passes).collect()))
        })
    }

    fn through<'s>(&'s self, related: Option<&'s Related>) -> &'s dyn Scan {
        related.map_or(self.scan, |related| related)
    }

    fn rows_that_are(&self, field: &str) -> Result<Vec<Bitmap>, QueryError> {
        let filter = Filter::from(Expr::is(field, Condition::Truthy));
        self.passing(self.scan, &filter)
    }
}

/// The first column's values, and where it has none the second one's.
pub(super) fn first_present(first: &Column, then: &Column) -> Column {
    let mut values = Values::default();
    let (first, then) = (values.codes(first), values.codes(then));
    let codes = first.iter().zip(&then).map(|(first, then)| if *first == 0 { *then } else { *first });
    // Both have some row.
    values
        .column(codes)
        .unwrap_or_else(|| Column::of_codes(Codes::narrow(vec![0; first.len()], 0), Vec::new()))
}

fn truths(passes: Vec<bool>) -> Option<Column> {
    let codes: Vec<u32> = passes.into_iter().map(u32::from).collect();
    codes.contains(&1).then(|| Column::of_codes(Codes::narrow(codes, 1), vec![Value::Bool(true)]))
}

/// Distinct values of all segments; codes count from 1.
#[derive(Default)]
struct Values {
    all: Vec<Value>,
    code_of: FxHashMap<Value, u32>,
}

impl Values {
    fn code(&mut self, value: Value) -> u32 {
        *self.code_of.entry(value).or_insert_with_key(|value| {
            self.all.push(value.clone());
            u32::try_from(self.all.len()).expect("fewer values than rows can be held")
        })
    }

    /// The code of each row of a column.
    fn codes(&mut self, column: &Column) -> Vec<u32> {
        match column {
            Column::Codes { codes, dictionary } => {
                let entries = (0..dictionary.len()).map(|idx| self.code(dictionary.value(idx)));
                let global: Vec<u32> = std::iter::once(0).chain(entries).collect();
                (0..codes.n_rows()).map(|row| global[codes.at(row) as usize]).collect()
            }
            column => {
                let code = |row| column.value(row).map_or(0, |value| self.code(value));
                (0..column.n_rows()).map(code).collect()
            }
        }
    }

    /// A column of these codes, whose dictionary holds what some row has.
    fn column(&self, codes: impl Iterator<Item = u32>) -> Option<Column> {
        let mut own_of: FxHashMap<u32, u32> = FxHashMap::default();
        let mut dictionary = Vec::new();
        let codes: Vec<u32> = codes
            .map(|code| match code {
                0 => 0,
                code => *own_of.entry(code).or_insert_with(|| {
                    dictionary.push(self.all[code as usize - 1].clone());
                    u32::try_from(dictionary.len()).expect("no more than all values")
                }),
            })
            .collect();
        let n = u32::try_from(dictionary.len()).expect("no more than all values");
        (n > 0).then(|| Column::of_codes(Codes::narrow(codes, n), dictionary))
    }
}
