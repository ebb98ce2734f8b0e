//! A segment in the file, read column by column.

use super::header::{FieldInfo, Form, Header, PAGE_ROWS};
use super::layout;
use super::page;
use super::parents::has_parents;
use super::rare::RareFields;
use super::read::zeros;
use super::shared_fields::SharedFields;
use super::source::{Cached, Source};
use super::times;
use super::traces::{TraceFilter, TraceTable};
use crate::error::ReadError;
use crate::segment::{Census, FieldCount, RecordCodes, SharedRecord, TraceInfo, count_keys, durations_ms};
use skep_model::{
    Bitmap, Column, Dictionary, EventKind, Nanos, Place, Resource, Scope, SharedColumn, TraceId, Value,
};
use std::ops::Range;
use std::sync::Arc;

/// A sealed segment: its directory in memory, its columns in the file. Rows of a trace stand side by side.
#[derive(Debug)]
pub struct SealedSegment {
    pub(crate) id: u64,
    pub(crate) header: Header,
    pub(crate) resources: Vec<Arc<Resource>>,
    pub(crate) scopes: Vec<Arc<Scope>>,
    resource_fields: SharedFields,
    scope_fields: SharedFields,
    pub(crate) last_seq: u64,
    /// When its newest request came.
    pub(crate) received: Nanos,
    /// Bytes of its parts.
    pub(crate) part_bytes: u64,
    pub(super) source: Arc<Source>,
}

impl SealedSegment {
    pub(crate) fn new(
        id: u64,
        header: Header,
        last_seq: u64,
        received: Nanos,
        part_bytes: u64,
        source: Arc<Source>,
    ) -> Self {
        Self {
            id,
            resource_fields: SharedFields::of(&header.resources),
            scope_fields: SharedFields::of(&header.scopes),
            resources: header.resources.iter().map(|(resource, _)| Arc::clone(resource)).collect(),
            scopes: header.scopes.iter().map(|(scope, _)| Arc::clone(scope)).collect(),
            header,
            last_seq,
            received,
            part_bytes,
            source,
        }
    }

    pub(crate) fn n_rows(&self) -> usize {
        self.header.n_rows
    }

    pub(crate) fn time_bounds(&self) -> (Nanos, Nanos) {
        (Nanos(self.header.time_bounds.0), Nanos(self.header.time_bounds.1))
    }

    pub(crate) fn census(&self) -> Census {
        self.header.census
    }

    fn all(&self) -> Range<usize> {
        0..self.header.n_rows
    }

    pub(crate) fn damaged(&self, column: usize) -> ReadError {
        ReadError::DamagedSegment { id: self.id, column }
    }

    pub(crate) fn trace_table(&self) -> Result<Arc<TraceTable>, ReadError> {
        let decode = || {
            let table = self.only_part(layout::TRACES, |part| TraceTable::decode(part, &self.header))?;
            Ok(Cached::Traces(Arc::new(table)))
        };
        match self.source.cached(self.id, layout::decoded(layout::TRACES), decode)? {
            Cached::Traces(table) => Ok(table),
            _ => Err(self.damaged(layout::TRACES)),
        }
    }

    fn trace_filter(&self) -> Result<Arc<TraceFilter>, ReadError> {
        let decode = || {
            let filter =
                self.only_part(layout::TRACE_FILTER, |part| TraceFilter::decode(part, &self.header))?;
            Ok(Cached::TraceFilter(Arc::new(filter)))
        };
        match self.source.cached(self.id, layout::decoded(layout::TRACE_FILTER), decode)? {
            Cached::TraceFilter(filter) => Ok(filter),
            _ => Err(self.damaged(layout::TRACE_FILTER)),
        }
    }

    /// Where the rows of a trace are; nothing when it has none here.
    pub(crate) fn rows_of_trace(&self, trace_id: TraceId) -> Result<Option<Range<usize>>, ReadError> {
        if !self.trace_filter()?.may_hold(trace_id) {
            return Ok(None);
        }
        let table = self.trace_table()?;
        Ok(table.position(trace_id).map(|idx| table.rows(idx)))
    }

    pub(crate) fn traces(&self) -> Result<Vec<TraceInfo>, ReadError> {
        Ok(self.trace_table()?.infos())
    }

    pub(crate) fn rare(&self) -> Result<Option<Arc<RareFields>>, ReadError> {
        if !self.header.has_rare {
            return Ok(None);
        }
        let decode = || {
            let rare = self.only_part(layout::RARE, |part| RareFields::decode(part, &self.header))?;
            Ok(Cached::Rare(Arc::new(rare)))
        };
        match self.source.cached(self.id, layout::decoded(layout::RARE), decode)? {
            Cached::Rare(rare) => Ok(Some(rare)),
            _ => Err(self.damaged(layout::RARE)),
        }
    }

    pub(crate) fn times(&self) -> Result<Arc<[u64]>, ReadError> {
        self.words(layout::decoded(layout::TIMES), || self.times_of(self.all()))
    }

    pub(crate) fn ends(&self) -> Result<Arc<[u64]>, ReadError> {
        self.words(layout::decoded(layout::ENDS), || self.ends_of(self.all(), &self.times()?))
    }

    pub(crate) fn kinds(&self) -> Result<Arc<[u8]>, ReadError> {
        self.bytes(layout::KINDS, || self.kinds_of(self.all()))
    }

    pub(crate) fn trace_ids(&self) -> Result<Arc<[u8]>, ReadError> {
        let table = self.trace_table()?;
        let mut ids = Vec::with_capacity(self.n_rows() * 16);
        for (idx, id) in table.ids.iter().enumerate() {
            let id = id.to_be_bytes();
            table.rows(idx).for_each(|_| ids.extend_from_slice(&id));
        }
        Ok(ids.into())
    }

    pub(crate) fn flags(&self) -> Result<Arc<[u8]>, ReadError> {
        Ok(self.flags_of(self.all())?.into())
    }

    pub(crate) fn span_ids(&self) -> Result<Arc<[u8]>, ReadError> {
        self.bytes(layout::SPAN_IDS, || self.span_ids_of(self.all()))
    }

    pub(crate) fn parent_ids(&self) -> Result<Arc<[u8]>, ReadError> {
        self.bytes(layout::PARENTS, || {
            let span_ids = self.span_ids()?;
            self.parent_ids_of(self.all(), &span_ids)
        })
    }

    /// Which rows name a parent; reads neither its id nor its row.
    pub(crate) fn has_parent(&self) -> Result<Arc<Bitmap>, ReadError> {
        let decode = || {
            let mut read = Vec::with_capacity(self.n_rows());
            if self.header.census.with_parent_id == 0 {
                read.resize(self.n_rows(), false);
            } else {
                self.pages(layout::PARENTS, &self.all(), |rows, page| {
                    has_parents(page, rows.len(), |has_parent| read.push(has_parent))
                })?;
            }
            Ok(Cached::Rows(Arc::new(Bitmap::of_slice(&read, |has_parent| has_parent))))
        };
        match self.source.cached(self.id, layout::computed(layout::PARENTS), decode)? {
            Cached::Rows(rows) => Ok(rows),
            _ => Err(self.damaged(layout::PARENTS)),
        }
    }

    /// How long each span lasted, in milliseconds; nothing where there is no span.
    pub(crate) fn durations_ms(&self) -> Result<Option<Column>, ReadError> {
        if self.header.census.kinds[EventKind::Span as usize] == 0 {
            return Ok(None);
        }
        let decode = || {
            let mut lengths = Vec::with_capacity(self.n_rows());
            self.pages(layout::ENDS, &self.all(), |rows, page| {
                times::lengths(page, rows.len(), &mut lengths)
            })?;
            let kinds = self.kinds_of(self.all())?;
            let durations = if times::are_durations(&lengths, self.header.time_bounds.1) {
                durations_ms(lengths.into_iter(), &kinds)
            } else {
                let (times, ends) = (self.times()?, self.ends()?);
                let lasted = times.iter().zip(ends.iter()).map(|(time, end)| end.saturating_sub(*time));
                durations_ms(lasted, &kinds)
            };
            Ok(Cached::Column(durations))
        };
        match self.source.cached(self.id, layout::computed(layout::ENDS), decode)? {
            Cached::Column(column) => Ok(Some(column)),
            _ => Err(self.damaged(layout::ENDS)),
        }
    }

    pub(crate) fn names(&self) -> Result<Option<Column>, ReadError> {
        let Some(info) = self.header.names else { return Ok(None) };
        self.cached_field(layout::NAMES, info).map(Some)
    }

    pub(crate) fn column(&self, place: Place, name: &str) -> Result<Option<Column>, ReadError> {
        match place {
            Place::Own | Place::Record => match self.header.field(place, name) {
                Some((idx, info)) => self.cached_field(layout::FIRST_FIELD + idx, info).map(Some),
                None => Ok(self.rare()?.and_then(|rare| rare.column(place, name, self.n_rows()))),
            },
            Place::Scope | Place::Resource => Ok(self.shared(place, name)?.map(|shared| shared.spread())),
        }
    }

    /// The field of scopes or resources, as it is kept.
    pub(crate) fn shared(&self, place: Place, name: &str) -> Result<Option<SharedColumn>, ReadError> {
        match place {
            Place::Scope if self.scope_fields.has(name) => {
                self.shared_by(layout::SCOPES, &self.scope_fields, &self.scopes, name)
            }
            Place::Resource if self.resource_fields.has(name) => {
                self.shared_by(layout::RESOURCES, &self.resource_fields, &self.resources, name)
            }
            _ => Ok(None),
        }
    }

    /// Whether some resource or scope has a field.
    pub(crate) fn has_shared(&self, name: &str) -> bool {
        self.resource_fields.has(name) || self.scope_fields.has(name)
    }

    fn shared_by<T: SharedRecord>(
        &self,
        column: usize,
        shared: &SharedFields,
        records: &[Arc<T>],
        name: &str,
    ) -> Result<Option<SharedColumn>, ReadError> {
        let codes = shared.codes(name, || RecordCodes::of(records, &shared.n_rows_of, name));
        let Some(codes) = codes else { return Ok(None) };
        let decode = || self.indexes_of(column, self.all(), records.len());
        let record_of = match records {
            // Zeros, which are not worth the room.
            [_] => decode()?,
            _ => {
                match self.source.cached(self.id, layout::decoded(column), || Ok(Cached::Codes(decode()?)))? {
                    Cached::Codes(record_of) => record_of,
                    _ => return Err(self.damaged(column)),
                }
            }
        };
        Ok(Some(codes.column(record_of, Arc::clone(&shared.n_rows_of))))
    }

    /// The dictionary of a field, where it tells how many rows have each value; reads no row.
    pub(crate) fn counted(&self, place: Place, name: &str) -> Result<Option<Arc<Dictionary>>, ReadError> {
        if matches!(place, Place::Scope | Place::Resource) {
            return Ok(self.shared(place, name)?.map(|shared| shared.dictionary));
        }
        let Some((idx, info)) = self.header.field(place, name).filter(|(_, info)| info.form == Form::Codes)
        else {
            return Ok(None);
        };
        let column = layout::FIRST_FIELD + idx;
        let dictionary = match self.source.kept(self.id, layout::decoded(column)) {
            Some(Cached::Column(Column::Codes { dictionary, .. })) => dictionary,
            _ => {
                let decode = || Ok(Cached::Dictionary(Arc::new(self.dictionary(column, info.n_values)?)));
                match self.source.cached(self.id, layout::computed(column), decode)? {
                    Cached::Dictionary(dictionary) => dictionary,
                    _ => return Err(self.damaged(column)),
                }
            }
        };
        Ok(Some(dictionary).filter(|dictionary| dictionary.known_totals().is_some()))
    }

    /// Whether some row has a field at one place.
    pub(crate) fn has(&self, place: Place, name: &str) -> Result<bool, ReadError> {
        Ok(match place {
            Place::Own | Place::Record => {
                self.header.field(place, name).is_some()
                    || self.rare()?.is_some_and(|rare| rare.field(place, name).is_some())
            }
            Place::Scope => self.scope_fields.has(name),
            Place::Resource => self.resource_fields.has(name),
        })
    }

    /// [`Value::hash64`] of each row's value, 0 where there is none.
    pub(crate) fn hashes(&self, place: Place, name: &str) -> Result<Option<Arc<[u64]>>, ReadError> {
        let Some((column, info)) = self.plain_field(place, name) else {
            return Ok(self.column(place, name)?.map(|column| column.hashes().into()));
        };
        if info.form != Form::Texts {
            return Ok(Some(self.field_of(column, info, self.all())?.hashes().into()));
        }
        let key = layout::computed(column);
        if let Some(Cached::Words(hashes)) = self.source.kept(self.id, key) {
            return Ok(Some(hashes));
        }
        let mut hashes = zeros(self.n_rows());
        let mut is_shaped = true;
        let all = Arc::get_mut(&mut hashes).expect("it was just made");
        self.pages(column, &self.all(), |rows, page| {
            is_shaped &= page::is_shaped(page);
            page::text_hashes(page, &mut all[rows])
        })?;
        // Those with a shape are read in next to no time, and would push out what is not.
        if !is_shaped {
            self.source.keep(self.id, key, Cached::Words(Arc::clone(&hashes)));
        }
        Ok(Some(hashes))
    }

    /// The values of some rows, read by pages where that is less.
    pub(crate) fn values(
        &self,
        place: Place,
        name: &str,
        rows: &[u32],
    ) -> Result<Vec<Option<Value>>, ReadError> {
        let Some((column, info)) = self.plain_field(place, name) else {
            let column = self.column(place, name)?;
            return Ok(rows.iter().map(|row| column.as_ref()?.value(*row as usize)).collect());
        };
        let mut values = Vec::with_capacity(rows.len());
        for of_page in rows.chunk_by(|a, b| *a as usize / PAGE_ROWS == *b as usize / PAGE_ROWS) {
            let first = of_page[0] as usize;
            let pages = self.page_rows(&(first..first + 1));
            let read = self.field_of(column, info, pages.clone())?;
            values.extend(of_page.iter().map(|row| read.value(*row as usize - pages.start)));
        }
        Ok(values)
    }

    /// A field of near-unique values, and its column.
    fn plain_field(&self, place: Place, name: &str) -> Option<(usize, FieldInfo)> {
        let (idx, info) = self.header.field(place, name).filter(|(_, info)| info.form != Form::Codes)?;
        Some((layout::FIRST_FIELD + idx, info))
    }

    pub(crate) fn fields_unsorted(&self) -> Result<Vec<FieldCount>, ReadError> {
        let own =
            self.header.fields.iter().map(|(place, name, info)| (*place, name.clone(), info.n_populated));
        let mut fields: Vec<FieldCount> = own.collect();
        if let Some(rare) = self.rare()? {
            let rare = rare.fields.iter().map(|field| (field.place, field.name.clone(), field.values.len()));
            fields.extend(rare);
        }
        let of_scopes = count_keys(&self.scopes, self.header.scopes.iter().map(|(_, n)| *n as usize));
        let of_resources =
            count_keys(&self.resources, self.header.resources.iter().map(|(_, n)| *n as usize));
        fields.extend(of_scopes.into_iter().map(|(key, n)| (Place::Scope, key, n)));
        fields.extend(of_resources.into_iter().map(|(key, n)| (Place::Resource, key, n)));
        Ok(fields)
    }

    pub(crate) fn bounds(&self, place: Place, name: &str) -> Option<(f64, f64)> {
        self.header.field(place, name)?.1.bounds
    }

    fn words(
        &self,
        part_no: u32,
        read: impl FnOnce() -> Result<Vec<u64>, ReadError>,
    ) -> Result<Arc<[u64]>, ReadError> {
        match self.source.cached(self.id, part_no, || Ok(Cached::Words(read()?.into())))? {
            Cached::Words(words) => Ok(words),
            _ => Err(self.damaged(layout::column_of(part_no))),
        }
    }

    fn bytes(
        &self,
        column: usize,
        read: impl FnOnce() -> Result<Vec<u8>, ReadError>,
    ) -> Result<Arc<[u8]>, ReadError> {
        match self.source.cached(self.id, layout::decoded(column), || Ok(Cached::Bytes(read()?.into())))? {
            Cached::Bytes(bytes) => Ok(bytes),
            _ => Err(self.damaged(column)),
        }
    }

    fn cached_field(&self, column: usize, info: FieldInfo) -> Result<Column, ReadError> {
        // Unique texts would push out everything else, and are quick to read: they are kept as they are.
        if info.form == Form::Texts {
            return self.field_of(column, info, self.all());
        }
        let decode = || Ok(Cached::Column(self.field_of(column, info, self.all())?));
        match self.source.cached(self.id, layout::decoded(column), decode)? {
            Cached::Column(column) => Ok(column),
            _ => Err(self.damaged(column)),
        }
    }
}
