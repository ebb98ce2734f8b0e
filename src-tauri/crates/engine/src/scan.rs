//! The store's segments as the query engine reads them: fields by Honeycomb's names, coalesced over their places.

use crate::relatives::{RELATIVE_FIELDS, Relatives};
use rustc_hash::FxHashMap;
use skep_model::{Codes, Column, Dictionary, EventKind, Nanos, Place, Value, fields};
use skep_query::{FieldInfo, Memo, Scan, SharedColumn, Unreadable};
use skep_store::{ReadError, Segment, Snapshot};
use std::sync::Arc;

/// Where a field is looked for, first match first; see [`Place`].
const PLACES: [Place; 4] = [Place::Own, Place::Record, Place::Scope, Place::Resource];

/// A snapshot, ready to be queried.
#[derive(Clone)]
pub(crate) struct SnapshotScan {
    segments: Vec<Arc<dyn skep_query::Segment>>,
    memo: Option<Arc<Memo>>,
}

impl SnapshotScan {
    pub(crate) fn new(snapshot: &Snapshot) -> Self {
        Self::of_segments(snapshot.segments().to_vec())
    }

    /// Of some segments only: what relatives say is then what these know of each other.
    pub(crate) fn of_segments(segments: Vec<Segment>) -> Self {
        let relatives = Arc::new(Relatives::new(segments.clone()));
        let scan = |(idx, segment)| Arc::new(SegmentScan(segment, idx, Arc::clone(&relatives))) as _;
        Self { segments: segments.into_iter().enumerate().map(scan).collect(), memo: None }
    }

    /// The same beside what is known of these segments.
    pub(crate) fn beside(&self, memo: Arc<Memo>) -> Self {
        Self { memo: Some(memo), ..self.clone() }
    }
}

impl Scan for SnapshotScan {
    fn segments(&self) -> &[Arc<dyn skep_query::Segment>] {
        &self.segments
    }

    fn memo(&self, _: &str) -> Option<&Memo> {
        self.memo.as_deref()
    }
}

/// A segment, its place in the snapshot, and what is computed for all of them.
struct SegmentScan(Segment, usize, Arc<Relatives>);

impl SegmentScan {
    /// The place that alone has a field, if there is one.
    fn only_place(&self, field: &str) -> Result<Option<Place>, Unreadable> {
        let mut only = None;
        for place in PLACES {
            if self.0.has(place, field).map_err(unreadable)? && only.replace(place).is_some() {
                return Ok(None);
            }
        }
        Ok(only.filter(|_| !FIXED.contains(&field)))
    }
}

impl skep_query::Segment for SegmentScan {
    fn n_rows(&self) -> usize {
        self.0.n_rows()
    }

    fn times(&self) -> Result<Arc<[u64]>, Unreadable> {
        self.0.times().map_err(unreadable)
    }

    fn time_bounds(&self) -> (Nanos, Nanos) {
        self.0.time_bounds()
    }

    fn fields_unsorted(&self) -> Result<Vec<FieldInfo>, Unreadable> {
        let mut n_populated: FxHashMap<Arc<str>, usize> =
            FIXED.iter().map(|name| (Arc::from(*name), n_fixed(&self.0, name))).collect();
        let mut at_several_places = Vec::new();
        for (_, name, n) in self.0.fields_unsorted().map_err(unreadable)? {
            if n_populated.insert(name.clone(), n).is_some_and(|before| before > 0) {
                at_several_places.push(name);
            }
        }
        for name in at_several_places {
            let n = self.column(&name)?.map_or(0, |column| n_present(&column));
            n_populated.insert(name, n);
        }
        let present = n_populated.into_iter().filter(|(_, n)| *n > 0);
        Ok(present.map(|(name, n_populated)| FieldInfo { name, n_populated }).collect())
    }

    fn column(&self, field: &str) -> Result<Option<Column>, Unreadable> {
        let stored = column(&self.0, field).map_err(unreadable)?;
        if !RELATIVE_FIELDS.contains(&field) {
            return Ok(stored);
        }
        Ok(match self.2.column(self.1, field).map_err(Unreadable)? {
            Some(computed) => Some(first_present(stored, computed)),
            None => stored,
        })
    }

    fn counted(&self, field: &str) -> Result<Option<Arc<Dictionary>>, Unreadable> {
        match self.only_place(field)? {
            Some(place) if !RELATIVE_FIELDS.contains(&field) => {
                self.0.counted(place, field).map_err(unreadable)
            }
            _ => Ok(None),
        }
    }

    fn shared(&self, field: &str) -> Result<Option<SharedColumn>, Unreadable> {
        match self.only_place(field)? {
            Some(place) if !RELATIVE_FIELDS.contains(&field) => {
                self.0.shared(place, field).map_err(unreadable)
            }
            _ => Ok(None),
        }
    }

    fn hashes(&self, field: &str) -> Result<Option<Arc<[u64]>>, Unreadable> {
        match self.only_place(field)? {
            Some(place) => self.0.hashes(place, field).map_err(unreadable),
            None => Ok(self.column(field)?.map(|column| column.hashes().into())),
        }
    }

    fn values(&self, field: &str, rows: &[u32]) -> Result<Vec<Option<Value>>, Unreadable> {
        if let Some(place) = self.only_place(field)? {
            return self.0.values(place, field, rows).map_err(unreadable);
        }
        let column = self.column(field)?;
        Ok(rows.iter().map(|row| column.as_ref()?.value(*row as usize)).collect())
    }

    fn bounds(&self, field: &str) -> Option<(f64, f64)> {
        // Where several places have it, or a computed field does, the first one's bounds are not the whole truth.
        if FIXED.contains(&field) {
            return None;
        }
        let mut bounds = PLACES.into_iter().filter_map(|place| self.0.bounds(place, field));
        let first = bounds.next()?;
        let elsewhere = self.0.has_shared(field);
        (bounds.next().is_none() && !elsewhere).then_some(first)
    }
}

#[allow(clippy::needless_pass_by_value, reason = "the shape of `map_err`")]
fn unreadable(error: ReadError) -> Unreadable {
    Unreadable(error.to_string())
}

fn column(segment: &Segment, field: &str) -> Result<Option<Column>, ReadError> {
    let own = match field {
        fields::TRACE_ID => ids(segment.trace_ids()?, 16),
        fields::SPAN_ID => ids(segment.span_ids()?, 8),
        fields::PARENT_ID => ids(segment.parent_ids()?, 8),
        fields::TIMESTAMP => {
            let ints = segment.times()?.iter().map(|ns| ns.cast_signed()).collect();
            return Ok(Some(Column::Ints { ints, present: None }));
        }
        fields::DURATION_MS => segment.durations_ms()?,
        _ => None,
    };
    // Of ids and durations what the event is comes first: an attribute of that name is seen where there is none, as on
    // events without a trace. Of other fields a sender's attribute wins over the computed one, as in Honeycomb.
    let mut found = own;
    for place in PLACES {
        if let Some(column) = segment.column(place, field)? {
            found = Some(first_present(found, column));
        }
    }
    if let Some(column) = fixed(segment, field)? {
        found = Some(first_present(found, column));
    }
    Ok(found)
}

/// Fields every segment may have without any sender naming them.
const FIXED: &[&str] = &[
    fields::TRACE_ID,
    fields::SPAN_ID,
    fields::PARENT_ID,
    fields::TIMESTAMP,
    fields::DURATION_MS,
    fields::NAME,
    fields::SIGNAL_TYPE,
    fields::ANNOTATION_TYPE,
    fields::IS_ROOT,
    fields::INVALID_DURATION,
];

/// How many rows have a fixed field, before any sender's attribute of the same name.
fn n_fixed(segment: &Segment, name: &str) -> usize {
    let census = segment.census();
    let [spans, events, links, ..] = census.kinds;
    let n = match name {
        fields::TRACE_ID => census.with_trace_id,
        fields::SPAN_ID => census.with_span_id,
        fields::PARENT_ID => census.with_parent_id,
        fields::DURATION_MS | fields::IS_ROOT => spans,
        fields::NAME => census.with_name,
        fields::ANNOTATION_TYPE => events + links,
        fields::INVALID_DURATION => census.with_invalid_duration,
        _ => return segment.n_rows(),
    };
    n as usize
}

fn ids(bytes: Arc<[u8]>, width: usize) -> Option<Column> {
    bytes.iter().any(|byte| *byte != 0).then_some(Column::Ids { bytes, width })
}

/// The computed fields that are texts or booleans.
fn fixed(segment: &Segment, field: &str) -> Result<Option<Column>, ReadError> {
    let by_row = |entries: Vec<Value>, code: &dyn Fn(usize, u8) -> u8| {
        let kinds = segment.kinds()?;
        Ok(from_codes(kinds.iter().enumerate().map(|(row, kind)| code(row, *kind)).collect(), entries))
    };
    let is_span = |kind: u8| kind == EventKind::Span as u8;
    match field {
        fields::NAME => segment.names(),
        fields::SIGNAL_TYPE if signals(segment).len() == 1 => Ok(Some(Column::of_codes(
            Codes::U8(vec![1; segment.n_rows()].into()),
            signals(segment).into_iter().map(Value::from).collect::<Vec<_>>(),
        ))),
        fields::ANNOTATION_TYPE if n_fixed(segment, field) == 0 => Ok(None),
        fields::SIGNAL_TYPE => by_row(vec!["trace".into(), "log".into(), "metric".into()], &|_, kind| {
            const CODES: [u8; 5] = [1, 1, 1, 2, 3];
            CODES[usize::from(kind).min(4)]
        }),
        fields::ANNOTATION_TYPE => by_row(vec!["span_event".into(), "link".into()], &|_, kind| {
            const CODES: [u8; 5] = [0, 1, 2, 0, 0];
            CODES[usize::from(kind).min(4)]
        }),
        fields::IS_ROOT => {
            let kinds = segment.kinds()?;
            let mut codes: Vec<u8> = kinds.iter().map(|kind| u8::from(is_span(*kind))).collect();
            // 2 for spans with a parent.
            segment.has_parent()?.for_each_row(|row| codes[row] <<= 1);
            Ok(from_codes(codes, vec![true.into(), false.into()]))
        }
        fields::INVALID_DURATION if segment.census().with_invalid_duration > 0 => {
            let (times, ends) = (segment.times()?, segment.ends()?);
            by_row(vec![true.into()], &|row, kind| {
                u8::from(is_span(kind) && ends[row] != 0 && ends[row] < times[row])
            })
        }
        _ => Ok(None),
    }
}

/// The signals a segment has rows of.
fn signals(segment: &Segment) -> Vec<&'static str> {
    let [spans, events, links, logs, points] = segment.census().kinds;
    let n_rows = [("trace", spans + events + links), ("log", logs), ("metric", points)];
    n_rows.into_iter().filter(|(_, n)| *n > 0).map(|(signal, _)| signal).collect()
}

/// A column of these codes; entries that no row uses leave the dictionary.
fn from_codes(mut codes: Vec<u8>, entries: Vec<Value>) -> Option<Column> {
    let mut is_used = [false; 256];
    codes.iter().for_each(|code| is_used[usize::from(*code)] = true);
    let (mut new_code, mut dictionary) = ([0u8; 256], Vec::new());
    for (entry, code) in entries.into_iter().zip(1usize..) {
        if is_used[code] {
            dictionary.push(entry);
            new_code[code] = dictionary.len() as u8;
        }
    }
    codes.iter_mut().for_each(|code| *code = new_code[usize::from(*code)]);
    (!dictionary.is_empty()).then(|| Column::of_codes(Codes::U8(codes.into()), dictionary))
}

fn n_present(column: &Column) -> usize {
    match column {
        Column::Codes { codes, .. } => (0..codes.n_rows()).filter(|row| codes.at(*row) != 0).count(),
        Column::Doubles(doubles) => doubles.iter().filter(|double| !double.is_nan()).count(),
        Column::Ints { ints, present } => present.as_ref().map_or(ints.len(), |present| present.count()),
        Column::Texts(texts) => texts.present.as_ref().map_or(texts.n_rows(), |present| present.count()),
        Column::Ids { bytes, width } => {
            bytes.chunks_exact(*width).filter(|id| id.iter().any(|byte| *byte != 0)).count()
        }
    }
}

/// Row by row the value of `first`, or of `second` where that is missing.
fn first_present(first: Option<Column>, second: Column) -> Column {
    let Some(first) = first else { return second };
    let n_rows = first.n_rows();
    if n_present(&first) == n_rows {
        return first;
    }
    if let (Column::Doubles(doubles), true) = (&first, is_numeric(&second)) {
        let number = |(row, first): (usize, &f64)| match first.is_nan() {
            true => second.value(row).and_then(|value| value.as_f64()).unwrap_or(f64::NAN),
            false => *first,
        };
        return Column::Doubles(doubles.iter().enumerate().map(number).collect());
    }
    let mut code_of: FxHashMap<Value, u32> = FxHashMap::default();
    let mut dictionary: Vec<Value> = Vec::new();
    let code = |row| {
        let Some(value) = first.value(row).or_else(|| second.value(row)) else { return 0 };
        *code_of.entry(value).or_insert_with_key(|value| {
            dictionary.push(value.clone());
            dictionary.len() as u32
        })
    };
    let codes: Vec<u32> = (0..n_rows).map(code).collect();
    Column::of_codes(Codes::narrow(codes, dictionary.len() as u32), dictionary)
}

fn is_numeric(column: &Column) -> bool {
    match column {
        Column::Codes { dictionary, .. } => dictionary.entries().all(|entry| entry.as_f64().is_some()),
        Column::Doubles(_) | Column::Ints { .. } => true,
        Column::Texts(_) | Column::Ids { .. } => false,
    }
}

#[cfg(test)]
mod tests {
    use super::SnapshotScan;
    use skep_model::columns::EventColumns;
    use skep_model::{
        Encoding, Event, EventFlags, EventKind, Nanos, Resource, Scope, Signal, SpanId, TraceId, Value,
    };
    use skep_query::{Cancel, Scan, TimeRange};
    use skep_store::{Append, Config, Limits, LogEntry, Store};
    use std::sync::Arc;

    fn event(n: u8, kind: EventKind) -> Event {
        let resource = Resource {
            attributes: vec![("service.name".into(), "shop".into()), ("tier".into(), "resource".into())],
            ..Resource::default()
        };
        let scope = Scope {
            name: "lib".into(),
            attributes: vec![("tier".into(), "scope".into())],
            ..Scope::default()
        };
        Event {
            kind,
            time: Nanos(1_000_000 * u64::from(n)),
            end: Nanos(5_000_000),
            trace_id: TraceId::from_bytes(&[n; 16]).ok(),
            span_id: (kind == EventKind::Span).then(|| SpanId::from_bytes(&[n; 8]).ok()).flatten(),
            parent_id: (n > 1).then(|| SpanId::from_bytes(&[1; 8]).ok()).flatten(),
            name: "work".into(),
            record: Vec::new(),
            attributes: if n == 1 { vec![("tier".into(), "own".into())] } else { Vec::new() },
            resource: Arc::new(resource),
            scope: Arc::new(scope),
            flags: EventFlags::default(),
        }
    }

    /// Spans as `trace, id, parent, start, end, service`, in milliseconds, four to a segment.
    async fn spans_in_segments(spans: &[(u8, u8, u8, u64, u64, &str)]) -> (SnapshotScan, tempfile::TempDir) {
        let events: Vec<Event> = spans
            .iter()
            .map(|(trace, id, parent, start, end, service)| Event {
                time: Nanos(start * 1_000_000),
                end: Nanos(end * 1_000_000),
                trace_id: TraceId::from_bytes(&[*trace; 16]).ok(),
                span_id: SpanId::from_bytes(&[*id; 8]).ok(),
                parent_id: SpanId::from_bytes(&[*parent; 8]).ok(),
                name: format!("{trace}/{id}").into(),
                resource: Arc::new(Resource {
                    attributes: vec![("service.name".into(), (*service).into())],
                    ..Resource::default()
                }),
                ..event(1, EventKind::Span)
            })
            .collect();
        scan_of_parts(events.chunks(4)).await
    }

    /// Scenario: traces that lie in one segment, and one that lies in three, children before their parents.
    /// Guarantees: self time, children and callees are those of whole traces, and cost nothing to other questions.
    #[tokio::test]
    async fn what_children_say_is_known_across_segments() {
        let (scan, _dir) = spans_in_segments(&[
            // Whole in a segment; its children overlap, and one outlives it.
            (1, 1, 0, 0, 100, "web"),
            (1, 2, 1, 10, 40, "web"),
            (1, 3, 1, 30, 50, "cart"),
            (1, 4, 1, 90, 120, "mail"),
            // The same ids in another trace are other spans.
            (2, 2, 1, 0, 7, "cart"),
            (3, 5, 9, 20, 60, "db"),
            (3, 6, 5, 30, 31, "db"),
            (3, 7, 9, 50, 80, "web"),
            (3, 9, 0, 0, 100, "web"),
            (3, 8, 9, 10, 30, "web"),
        ])
        .await;
        assert!(scan.segments().len() > 2);
        let query = "SELECT MAX(self_ms), MAX(child_count), COUNT GROUP BY name, callee ORDER BY name";
        let query = skep_query::parse(query).unwrap();
        let table = skep_query::run(&scan, &query, TimeRange::ALL, &Cancel::default()).unwrap();
        let rows: Vec<String> = table.rows.iter().map(|row| serde_json::to_string(row).unwrap()).collect();
        expect_test::expect![[r#"
            ["1/1","cart",50.0,3.0,1]
            ["1/2",null,30.0,0.0,1]
            ["1/3",null,20.0,0.0,1]
            ["1/4",null,30.0,0.0,1]
            ["2/2",null,7.0,0.0,1]
            ["3/5",null,39.0,1.0,1]
            ["3/6",null,1.0,0.0,1]
            ["3/7",null,30.0,0.0,1]
            ["3/8",null,20.0,0.0,1]
            ["3/9","db",30.0,3.0,1]"#]]
        .assert_eq(&rows.join("\n"));
    }

    async fn scan_of(events: Vec<Event>) -> (SnapshotScan, tempfile::TempDir) {
        scan_of_parts(events.chunks(events.len())).await
    }

    /// Each part is a request, and those of four events and more a segment.
    async fn scan_of_parts(parts: impl Iterator<Item = &[Event]>) -> (SnapshotScan, tempfile::TempDir) {
        let dir = tempfile::TempDir::new().unwrap();
        let decode = |_: &LogEntry| EventColumns::default();
        let clock = Arc::new(skep_store::clock::SystemClock::new());
        let limits = Limits { segment_rows: 4, ..Limits::default() };
        let config = Config { dir: dir.path().to_owned(), decode: decode.into(), limits, clock };
        let store = Store::open(config).unwrap();
        for (events, number) in parts.zip(1..) {
            let append = Append {
                received: Nanos(0),
                signal: Signal::Traces,
                encoding: Encoding::Protobuf,
                dataset: None,
                body: vec![number],
                columns: EventColumns::of_events(events),
                n_rejected: 0,
                n_spans_rejected: 0,
            };
            store.append(append).await.unwrap();
        }
        (SnapshotScan::new(&store.snapshot()), dir)
    }

    /// Guarantees: an event without a trace may have fields by the names of a span's own, and they are found beside them.
    #[tokio::test]
    async fn attributes_by_the_names_of_ids_and_durations_are_seen_where_there_are_none() {
        let mut log = event(3, EventKind::Log);
        (log.trace_id, log.parent_id) = (None, None);
        log.attributes = vec![
            ("duration_ms".into(), Value::Double(20.0)),
            ("trace.trace_id".into(), "not one of ours".into()),
        ];
        let mut span = event(1, EventKind::Span);
        span.attributes = vec![("duration_ms".into(), Value::Int(77))];
        let (scan, _dir) = scan_of(vec![span, log]).await;
        let table = |text: &str| {
            let query = skep_query::parse(text).unwrap();
            let table = skep_query::run(&scan, &query, TimeRange::ALL, &Cancel::default()).unwrap();
            serde_json::to_string(&table.rows).unwrap()
        };
        assert_eq!(table("SELECT MIN(duration_ms), MAX(duration_ms), COUNT(duration_ms)"), "[[4.0,20.0,2]]");
        assert_eq!(
            table("SELECT COUNT GROUP BY trace.trace_id ORDER BY trace.trace_id"),
            r#"[["01010101010101010101010101010101",1],["not one of ours",1]]"#
        );
    }

    #[tokio::test]
    async fn fields_go_by_honeycombs_names_and_the_nearest_place_wins() {
        let events = vec![event(1, EventKind::Span), event(2, EventKind::Span), event(3, EventKind::Log)];
        let (scan, _dir) = scan_of(events).await;
        let table = |text: &str| {
            let query = skep_query::parse(text).unwrap();
            let table = skep_query::run(&scan, &query, TimeRange::ALL, &Cancel::default()).unwrap();
            serde_json::to_string(&table.rows).unwrap()
        };
        assert_eq!(table("SELECT COUNT GROUP BY tier"), r#"[["scope",2],["own",1]]"#);
        assert_eq!(table("SELECT COUNT WHERE is_root GROUP BY service.name"), r#"[["shop",1]]"#);
        assert_eq!(table("SELECT MAX(duration_ms), COUNT(duration_ms)"), "[[4.0,2]]");
        assert_eq!(table("SELECT COUNT GROUP BY meta.signal_type"), r#"[["trace",2],["log",1]]"#);
        assert_eq!(table("SELECT COUNT WHERE trace.span_id = \"0202020202020202\""), "[[1]]");
        assert_eq!(table("SELECT COUNT WHERE library.name = lib"), "[[3]]");
        let mut fields = scan.segments()[0].fields_unsorted().unwrap();
        fields.sort_by(|a, b| a.name.cmp(&b.name));
        let fields: Vec<String> =
            fields.iter().map(|field| format!("{} {}", field.name, field.n_populated)).collect();
        expect_test::expect![[r#"
            duration_ms 2, is_root 2, library.name 3, meta.signal_type 3, name 3, service.name 3, tier 3, timestamp_ns 3, trace.parent_id 2, trace.span_id 2, trace.trace_id 3"#]]
        .assert_eq(&fields.join(", "));
    }
}
