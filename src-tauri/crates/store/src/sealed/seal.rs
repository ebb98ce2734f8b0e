//! Segments in memory become one in the file.

use super::codes;
use super::frame::{wrap, wrap_stored};
use super::header::{FieldInfo, Form, Header, PAGE_ROWS, ROWS_MAX};
use super::layout::{self, part_no};
use super::order::{Order, Origin, order};
use super::pack::pack;
use super::page;
use super::parents::{Parent, put_parents};
use super::rare::{RareField, RareFields};
use super::times::{put_ends, put_times};
use super::traces::{TraceFilter, TraceTable};
use super::variety::{has_more_values, plain_form};
use crate::segment::{Census, MemorySegment, row_id};
use rustc_hash::FxHashMap;
use skep_model::columns::{EventColumns, FieldColumn, PackedDictionary, Shared};
use skep_model::{EventKind, Nanos, Place, Text, Value, fields};
use std::hash::Hash;
use std::sync::Arc;

/// A field that fewer than one row in so many has is rare.
const RARE_ONE_IN: usize = 1024;

/// Above one distinct value in so many, a dictionary costs more than it saves.
const PLAIN_ONE_IN: usize = 2;

/// With fewer values than this, nearly all have to be different: of few rows most values are, also where later
/// segments have a dictionary, and a field that has one here and none there is compared in the slower way.
const PLAIN_VALUES_MIN: usize = 32 << 10;

/// A segment on its way to the file.
#[derive(Debug)]
pub(crate) struct SealedParts {
    pub(crate) header: Header,
    /// By number, ascending.
    pub(crate) parts: Vec<(u32, Vec<u8>)>,
    pub(crate) last_seq: u64,
    pub(crate) received: Nanos,
}

/// Encodes the rows that `keep` lets through; nothing when there are none.
pub(crate) fn seal(
    inputs: &[Arc<MemorySegment>],
    keep: impl Fn(&MemorySegment, usize) -> bool,
) -> Option<SealedParts> {
    let order = order(inputs, keep);
    if order.rows.is_empty() {
        return None;
    }
    assert!(order.rows.len() <= ROWS_MAX, "a segment is sealed long before it has so many rows");
    let mut sealer = Sealer { inputs, order: &order, parts: Vec::new() };
    let mut header = Header { n_rows: order.rows.len(), n_traces: order.runs.len(), ..Header::default() };
    sealer.fixed(&mut header);
    sealer.fields(&mut header);
    let mut parts = sealer.parts;
    parts.sort_unstable_by_key(|(number, _)| *number);
    let last_seq = inputs.iter().map(|input| input.last_seq).max().unwrap_or(0);
    let received = inputs.iter().map(|input| input.received).max().unwrap_or(Nanos(0));
    Some(SealedParts { header, parts, last_seq, received })
}

struct Sealer<'a> {
    inputs: &'a [Arc<MemorySegment>],
    order: &'a Order,
    parts: Vec<(u32, Vec<u8>)>,
}

impl Sealer<'_> {
    /// A fixed column in the new order: read as it lies, since what is written stays nearer than what is read.
    fn gather<T: Copy + Default>(&self, column: impl Fn(&EventColumns) -> &[T]) -> Vec<T> {
        let mut gathered = vec![T::default(); self.order.rows.len()];
        for (input, new_row_of) in self.inputs.iter().zip(&self.order.new_row_of) {
            for (value, new_row) in column(&input.columns).iter().zip(new_row_of) {
                // One that is left out has no place.
                if let Some(place) = gathered.get_mut(*new_row as usize) {
                    *place = *value;
                }
            }
        }
        gathered
    }

    fn push(&mut self, column: usize, page: usize, frame: Vec<u8>) {
        self.parts.push((part_no(column, page), frame));
    }

    /// Writes each page of a column; pages are counted from 1.
    fn pages<T>(&mut self, column: usize, rows: &[T], put: impl Fn(&[T], &mut Vec<u8>)) {
        let mut raw = Vec::new();
        for (idx, page) in rows.chunks(PAGE_ROWS).enumerate() {
            raw.clear();
            put(page, &mut raw);
            self.push(column, idx + 1, wrap(&raw));
        }
    }

    /// The same of codes up to `code_max`.
    fn code_pages(&mut self, column: usize, codes: &[u32], code_max: usize) {
        let width = codes::code_width(code_max);
        for (idx, page) in codes.chunks(PAGE_ROWS).enumerate() {
            self.push(column, idx + 1, codes::page(page, width));
        }
    }

    fn fixed(&mut self, header: &mut Header) {
        let kinds = self.gather(|columns| &columns.kinds);
        let flags = self.gather(|columns| &columns.flags);
        let times = self.gather(|columns| &columns.times);
        let ends = self.gather(|columns| &columns.ends);
        let span_ids = self.gather(|columns| &columns.span_ids);
        let parent_ids = self.gather(|columns| &columns.parent_ids);
        header.time_bounds =
            (times.iter().min().copied().unwrap_or(0), times.iter().max().copied().unwrap_or(0));
        header.has_flags = flags.iter().any(|flags| *flags != 0);
        header.request_bytes = self.request_bytes();
        self.resources_and_scopes(header);

        let table = self.trace_table(&kinds, &times);
        self.push(layout::TRACES, 0, wrap(&table.encode()));
        self.push(layout::TRACE_FILTER, 0, wrap(&TraceFilter::of(&table.ids).encode()));
        let census = count(&kinds, &times, &ends, &span_ids, &parent_ids, &table);
        if !census.kinds.iter().any(|n| *n as usize == kinds.len()) {
            self.pages(layout::KINDS, &kinds, |page, out| out.extend_from_slice(page));
        }
        if header.has_flags {
            self.pages(layout::FLAGS, &flags, |page, out| out.extend_from_slice(page));
        }
        put_times(&times, &table, |page, bytes| self.push(layout::TIMES, page, wrap_stored(&bytes)));
        let pairs: Vec<(u64, u64)> = times.iter().copied().zip(ends).collect();
        self.pages(layout::ENDS, &pairs, put_ends);
        if census.with_span_id > 0 {
            self.pages(layout::SPAN_IDS, &span_ids, |page, out| page::put_ids(page.as_flattened(), 8, out));
        }
        if census.with_parent_id > 0 {
            self.parents(&kinds, &span_ids, &parent_ids, &table);
        }
        header.census = census;
        let names: Vec<(usize, &FieldColumn)> =
            self.inputs.iter().enumerate().map(|(idx, input)| (idx, &input.columns.names)).collect();
        header.names = self.field(layout::NAMES, &names);
        header.census.with_name = header.names.map_or(0, |info| info.n_populated as u32);
    }

    /// After rows were left out, their share of the inputs' bytes.
    fn request_bytes(&self) -> usize {
        let n_rows: usize = self.inputs.iter().map(|input| input.n_rows()).sum();
        let bytes: usize = self.inputs.iter().map(|input| input.request_bytes).sum();
        share(bytes, self.order.rows.len(), n_rows)
    }

    fn resources_and_scopes(&mut self, header: &mut Header) {
        let (resources, resource_of_row) = self.joined(|columns| &columns.resources);
        let (scopes, scope_of_row) = self.joined(|columns| &columns.scopes);
        header.resources = counted(&resources, &resource_of_row);
        header.scopes = counted(&scopes, &scope_of_row);
        for (column, of_row, n) in [
            (layout::RESOURCES, &resource_of_row, resources.len()),
            (layout::SCOPES, &scope_of_row, scopes.len()),
        ] {
            if n > 1 {
                self.code_pages(column, of_row, n - 1);
            }
        }
    }

    /// The distinct records of all inputs in the order of their rows, and for each row which of them it has. A record
    /// is compared once for each input that has it: neighbours of one trace mostly come from different ones.
    fn joined<T: Hash + Eq>(&self, shared: impl Fn(&EventColumns) -> &Shared<T>) -> (Vec<Arc<T>>, Vec<u32>) {
        let inputs: Vec<&Shared<T>> = self.inputs.iter().map(|input| shared(&input.columns)).collect();
        let mut idx_of_input: Vec<Vec<Option<u32>>> =
            inputs.iter().map(|input| vec![None; input.records().len()]).collect();
        let mut idx_of: FxHashMap<&Arc<T>, u32> = FxHashMap::default();
        let mut records = Vec::new();
        let of_row = self.order.rows.iter().map(|Origin { input, row }| {
            let of_input = inputs[*input as usize];
            let idx = of_input.of_row()[*row as usize] as usize;
            *idx_of_input[*input as usize][idx].get_or_insert_with(|| {
                let record = &of_input.records()[idx];
                *idx_of.entry(record).or_insert_with(|| {
                    records.push(Arc::clone(record));
                    row_id(records.len() - 1)
                })
            })
        });
        let of_row = of_row.collect();
        (records, of_row)
    }

    fn trace_table(&self, kinds: &[u8], times: &[u64]) -> TraceTable {
        let mut is_error = vec![false; kinds.len()];
        let errors = self.inputs.iter().enumerate().filter_map(|(idx, input)| {
            Some((idx, input.columns.find(Place::Record, &Text::from(fields::ERROR))?))
        });
        self.each_value(&errors.collect::<Vec<_>>(), |row, column, number| {
            is_error[row as usize] = column.dictionary().value(number as usize) == Value::Bool(true);
        });
        let mut table = TraceTable::default();
        let mut end = 0;
        for (id, n_rows) in &self.order.runs {
            let rows = end as usize..(end + n_rows) as usize;
            end = rows.end as u32;
            let base = times[rows.clone()].iter().min().copied().unwrap_or(0);
            let spans = rows.filter(|row| kinds[*row] == EventKind::Span as u8);
            let (mut start, mut has_error) = (u64::MAX, false);
            for row in spans {
                start = start.min(times[row] - base);
                has_error |= is_error[row];
            }
            table.ids.push(*id);
            table.ends.push(end);
            table.bases.push(base);
            table.starts.push(start);
            table.has_error.push(has_error);
        }
        table
    }

    /// A parent is nearly always a row of the same trace: how far back it stands, else the id itself.
    fn parents(&mut self, kinds: &[u8], span_ids: &[[u8; 8]], parent_ids: &[[u8; 8]], table: &TraceTable) {
        let mut parents = vec![Parent::None; parent_ids.len()];
        let mut row_of: FxHashMap<[u8; 8], usize> = FxHashMap::default();
        for run in 0..table.ids.len() {
            row_of.clear();
            for row in table.rows(run).filter(|row| kinds[*row] == EventKind::Span as u8) {
                row_of.entry(span_ids[row]).or_insert(row);
            }
            for row in table.rows(run).filter(|row| parent_ids[*row] != [0; 8]) {
                parents[row] = match row_of.get(&parent_ids[row]) {
                    Some(parent) => Parent::At(i64::from(row_id(*parent)) - i64::from(row_id(row))),
                    None => Parent::Id(parent_ids[row]),
                };
            }
        }
        self.pages(layout::PARENTS, &parents, put_parents);
    }

    fn fields(&mut self, header: &mut Header) {
        let mut columns: FxHashMap<(Place, &Text), Vec<(usize, &FieldColumn)>> = FxHashMap::default();
        for (idx, input) in self.inputs.iter().enumerate() {
            for (place, name, column) in input.columns.fields() {
                columns.entry((place, name)).or_default().push((idx, column));
            }
        }
        let n_of =
            |parts: &[(usize, &FieldColumn)]| parts.iter().map(|(_, c)| c.n_populated()).sum::<usize>();
        let mut columns: Vec<_> =
            columns.into_iter().map(|(key, parts)| (n_of(&parts), key, parts)).collect();
        columns.sort_unstable_by(|a, b| b.0.cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
        let n_own = columns.partition_point(|(n, ..)| *n > header.n_rows / RARE_ONE_IN);
        let mut rare = columns.split_off(n_own.min(layout::FIELDS_MAX));
        columns.sort_unstable_by_key(|(_, key, _)| *key);
        for (_, (place, name), parts) in columns {
            let column = layout::FIRST_FIELD + header.fields.len();
            // A field may have lost all its rows to a filter.
            if let Some(info) = self.field(column, &parts) {
                header.fields.push((place, name.clone(), info));
            }
        }
        rare.sort_unstable_by_key(|(_, key, _)| *key);
        let rare = rare.into_iter().filter_map(|(_, (place, name), parts)| {
            let mut values = Vec::new();
            self.each_value(&parts, |row, column, number| {
                values.push((row, column.dictionary().value(number as usize)));
            });
            values.sort_unstable_by_key(|(row, _)| *row);
            (!values.is_empty()).then(|| RareField { place, name: name.clone(), values })
        });
        let rare = RareFields { fields: rare.collect() };
        header.has_rare = !rare.fields.is_empty();
        if header.has_rare {
            self.push(layout::RARE, 0, wrap(&rare.encode()));
        }
    }

    /// Calls `take` with each kept row's new place, its column and the number of its value there.
    fn each_value<'c>(
        &self,
        parts: &[(usize, &'c FieldColumn)],
        mut take: impl FnMut(u32, &'c FieldColumn, u32),
    ) {
        for (input, column) in parts {
            let new_row_of = &self.order.new_row_of[*input];
            column.each_entry(|row, number| {
                let new_row = new_row_of[row as usize];
                if new_row != u32::MAX {
                    take(new_row, column, number);
                }
            });
        }
    }

    fn field(&mut self, column: usize, parts: &[(usize, &FieldColumn)]) -> Option<FieldInfo> {
        let n_rows = self.order.rows.len();
        let n_populated: usize = parts.iter().map(|(_, part)| part.n_populated()).sum();
        let is_small = n_populated < PLAIN_VALUES_MIN;
        let n_distinct_max =
            if is_small { n_populated - n_populated / 8 } else { n_populated / PLAIN_ONE_IN };
        if has_more_values(parts, n_distinct_max)
            && let Some(form) = plain_form(parts)
        {
            return self.plain(column, form, parts);
        }
        let mut dictionary = PackedDictionary::default();
        let mut codes = vec![0u32; n_rows];
        for part in parts {
            let code_of = self.codes_of(*part, &mut dictionary);
            self.each_value(&[*part], |row, _, number| codes[row as usize] = code_of[number as usize]);
        }
        if dictionary.is_empty() {
            return None;
        }
        let n_values = dictionary.len();
        self.code_pages(column, &codes, n_values);
        let mut out = Vec::new();
        (0..n_values).for_each(|number| dictionary.put(&mut out, number));
        let mut totals = vec![0u64; n_values + 1];
        codes.iter().for_each(|code| totals[*code as usize] += 1);
        debug_assert!(totals[1..].iter().all(|total| *total > 0), "a value that no row has");
        pack(&totals, &mut out);
        self.push(column, 0, wrap(&out));
        Some(FieldInfo {
            form: Form::Codes,
            n_populated: n_rows - totals[0] as usize,
            n_values,
            bounds: bounds((0..n_values).map(|number| dictionary.number_at(number))),
        })
    }

    /// The codes of a part's values, which are entered into `dictionary` as they come; 0 of one that no row keeps.
    fn codes_of(&self, part: (usize, &FieldColumn), dictionary: &mut PackedDictionary) -> Vec<u32> {
        let values = part.1.dictionary();
        if self.order.is_whole {
            return (0..values.len()).map(|number| dictionary.number_in(values, number) + 1).collect();
        }
        let mut code_of = vec![0; values.len()];
        self.each_value(&[part], |_, _, number| {
            let code = &mut code_of[number as usize];
            if *code == 0 {
                *code = dictionary.number_in(values, number as usize) + 1;
            }
        });
        code_of
    }

    fn plain(&mut self, column: usize, form: Form, parts: &[(usize, &FieldColumn)]) -> Option<FieldInfo> {
        let mut n_populated = 0;
        self.each_value(parts, |_, _, _| n_populated += 1);
        if n_populated == 0 {
            return None;
        }
        let bounds = match form {
            Form::Texts | Form::Codes => {
                let texts = self.plain_values(parts, PackedDictionary::text_bytes);
                self.pages(column, &texts, page::put_texts);
                None
            }
            Form::Ints => {
                let ints = self.plain_values(parts, PackedDictionary::int);
                self.pages(column, &ints, page::put_ints);
                bounds(ints.iter().flatten().map(|int| Some(*int as f64)))
            }
            Form::Doubles => {
                let doubles = self.plain_values(parts, PackedDictionary::double);
                self.pages(column, &doubles, page::put_doubles);
                bounds(doubles.iter().copied().flatten().map(Some))
            }
        };
        Some(FieldInfo { form, n_populated, n_values: n_populated, bounds })
    }

    /// One value a row.
    fn plain_values<'c, T: Clone>(
        &self,
        parts: &[(usize, &'c FieldColumn)],
        read: impl Fn(&'c PackedDictionary, usize) -> Option<T>,
    ) -> Vec<Option<T>> {
        let mut values = vec![None; self.order.rows.len()];
        self.each_value(parts, |row, part, number| {
            values[row as usize] = read(part.dictionary(), number as usize);
        });
        values
    }
}

/// The least and greatest of values that are all numbers.
fn bounds(numbers: impl Iterator<Item = Option<f64>>) -> Option<(f64, f64)> {
    let (mut min, mut max) = (f64::INFINITY, f64::NEG_INFINITY);
    for number in numbers {
        let number = number.filter(|number| !number.is_nan())?;
        (min, max) = (min.min(number), max.max(number));
    }
    (min <= max).then_some((min, max))
}

fn counted<T>(records: &[Arc<T>], of_row: &[u32]) -> Vec<(Arc<T>, u32)> {
    let n_rows = crate::segment::rows_of_each(of_row, records.len());
    records.iter().cloned().zip(n_rows).collect()
}

fn count(
    kinds: &[u8],
    times: &[u64],
    ends: &[u64],
    span_ids: &[[u8; 8]],
    parent_ids: &[[u8; 8]],
    table: &TraceTable,
) -> Census {
    let present = |ids: &[[u8; 8]]| ids.iter().filter(|id| **id != [0; 8]).count() as u32;
    let mut census =
        Census { with_span_id: present(span_ids), with_parent_id: present(parent_ids), ..Census::default() };
    for run in (0..table.ids.len()).filter(|run| table.ids[*run] != 0) {
        census.with_trace_id += table.rows(run).len() as u32;
    }
    for ((kind, time), end) in kinds.iter().zip(times).zip(ends) {
        census.note(*kind, *time, *end);
    }
    census
}

/// The part of `bytes` that `n_rows` of `n_all` rows account for.
pub(crate) fn share(bytes: usize, n_rows: usize, n_all: usize) -> usize {
    bytes.saturating_mul(n_rows) / n_all.max(1)
}
