//! The store's segments as the query engine reads them: fields by Honeycomb's names, coalesced over their places.

use rustc_hash::FxHashMap;
use skep_model::{EventKind, Nanos, Place, Value, fields};
use skep_query::{Codes, Column, FieldInfo, Scan, Unreadable};
use skep_store::{CodeColumn, Segment, Snapshot};
use std::sync::Arc;

/// Where a field is looked for, first match first; see [`Place`].
const PLACES: [Place; 4] = [Place::Own, Place::Record, Place::Scope, Place::Resource];

/// A snapshot, ready to be queried.
pub(crate) struct SnapshotScan {
    segments: Vec<Arc<dyn skep_query::Segment>>,
}

impl SnapshotScan {
    pub(crate) fn new(snapshot: &Snapshot) -> Self {
        let segments =
            snapshot.segments().iter().map(|segment| Arc::new(SegmentScan(Arc::clone(segment))) as _);
        Self { segments: segments.collect() }
    }
}

impl Scan for SnapshotScan {
    fn segments(&self) -> &[Arc<dyn skep_query::Segment>] {
        &self.segments
    }
}

struct SegmentScan(Arc<Segment>);

impl skep_query::Segment for SegmentScan {
    fn n_rows(&self) -> usize {
        self.0.n_rows()
    }

    fn times(&self) -> Result<Arc<[u64]>, Unreadable> {
        Ok(Arc::clone(self.0.times()))
    }

    fn time_bounds(&self) -> (Nanos, Nanos) {
        self.0.time_bounds()
    }

    fn fields_unsorted(&self) -> Result<Vec<FieldInfo>, Unreadable> {
        let mut n_populated: FxHashMap<Arc<str>, usize> = FxHashMap::default();
        for name in FIXED {
            n_populated.insert(Arc::from(*name), 0);
        }
        let mut at_several_places = Vec::new();
        for (_, name, n) in self.0.fields_unsorted() {
            if n_populated.insert(name.clone(), n).is_some() {
                at_several_places.push(name);
            }
        }
        at_several_places.extend(FIXED.iter().map(|name| Arc::from(*name)));
        for name in at_several_places {
            let n = self.column(&name)?.map_or(0, |column| n_present(&column));
            n_populated.insert(name, n);
        }
        let present = n_populated.into_iter().filter(|(_, n)| *n > 0);
        Ok(present.map(|(name, n_populated)| FieldInfo { name, n_populated }).collect())
    }

    fn column(&self, field: &str) -> Result<Option<Column>, Unreadable> {
        Ok(column(&self.0, field))
    }
}

fn column(segment: &Segment, field: &str) -> Option<Column> {
    match field {
        fields::TRACE_ID => return ids(segment.trace_ids(), 16),
        fields::SPAN_ID => return ids(segment.span_ids(), 8),
        fields::PARENT_ID => return ids(segment.parent_ids(), 8),
        fields::TIMESTAMP => {
            let ints = segment.times().iter().map(|ns| ns.cast_signed()).collect();
            return Some(Column::Ints { ints, present: None });
        }
        fields::DURATION_MS => return duration_ms(segment),
        _ => {}
    }
    // A sender's attribute of the same name wins over the computed field, as in Honeycomb.
    let sent = PLACES.into_iter().filter_map(|place| segment.column(place, field));
    let sent = sent.map(|column| coded(&column));
    sent.chain(fixed(segment, field)).reduce(|first, second| first_present(&first, &second).unwrap_or(first))
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

fn coded(column: &CodeColumn) -> Column {
    Column::Codes {
        codes: Codes::U32(Arc::clone(column.codes())),
        dictionary: Arc::clone(column.dictionary()),
    }
}

fn ids(bytes: &Arc<[u8]>, width: usize) -> Option<Column> {
    bytes.iter().any(|byte| *byte != 0).then(|| Column::Ids { bytes: Arc::clone(bytes), width })
}

fn duration_ms(segment: &Segment) -> Option<Column> {
    let rows = segment.times().iter().zip(segment.ends().iter()).zip(segment.kinds());
    let doubles: Arc<[f64]> = rows
        .map(|((time, end), kind)| match kind {
            EventKind::Span => Nanos(*end).since(Nanos(*time)).as_millis_f64(),
            _ => f64::NAN,
        })
        .collect();
    doubles.iter().any(|double| !double.is_nan()).then_some(Column::Doubles(doubles))
}

/// The computed fields that are texts or booleans.
fn fixed(segment: &Segment, field: &str) -> Option<Column> {
    let by_row = |value: &dyn Fn(usize, EventKind) -> Option<Value>| {
        let mut dictionary: Vec<Value> = Vec::new();
        let codes: Arc<[u32]> = segment
            .kinds()
            .enumerate()
            .map(|(row, kind)| {
                let Some(value) = value(row, kind) else { return 0 };
                let known = dictionary.iter().position(|entry| *entry == value);
                let idx = known.unwrap_or_else(|| {
                    dictionary.push(value);
                    dictionary.len() - 1
                });
                idx as u32 + 1
            })
            .collect();
        (!dictionary.is_empty())
            .then(|| Column::Codes { codes: Codes::U32(codes), dictionary: dictionary.into() })
    };
    match field {
        fields::NAME if segment.names().dictionary().is_empty() => None,
        fields::NAME => Some(coded(segment.names())),
        fields::SIGNAL_TYPE => by_row(&|_, kind| Some(kind.signal_type().into())),
        fields::ANNOTATION_TYPE => by_row(&|_, kind| kind.annotation_type().map(Value::from)),
        fields::IS_ROOT => {
            by_row(&|row, kind| (kind == EventKind::Span).then(|| segment.parent_id(row).is_none().into()))
        }
        fields::INVALID_DURATION => by_row(&|row, kind| {
            let ends_before_start = segment.ends()[row] != 0 && segment.ends()[row] < segment.times()[row];
            (kind == EventKind::Span && ends_before_start).then(|| true.into())
        }),
        _ => None,
    }
}

fn n_present(column: &Column) -> usize {
    match column {
        Column::Codes { codes, .. } => (0..codes.n_rows()).filter(|row| codes.at(*row) != 0).count(),
        Column::Texts(texts) => (0..texts.n_rows()).filter(|row| texts.get(*row).is_some()).count(),
        Column::Doubles(doubles) => doubles.iter().filter(|double| !double.is_nan()).count(),
        Column::Ints { ints, present } => present.as_ref().map_or(ints.len(), |present| present.count()),
        Column::Ids { bytes, width } => {
            bytes.chunks_exact(*width).filter(|id| id.iter().any(|byte| *byte != 0)).count()
        }
    }
}

/// Row by row the value of `first`, or of `second` where that is missing; nothing unless both are coded.
fn first_present(first: &Column, second: &Column) -> Option<Column> {
    let (
        Column::Codes { codes: first_codes, dictionary: first_dictionary },
        Column::Codes { codes: second_codes, dictionary: second_dictionary },
    ) = (first, second)
    else {
        return None;
    };
    let mut code_of: FxHashMap<&Value, u32> = FxHashMap::default();
    let mut dictionary: Vec<Value> = Vec::new();
    let codes = (0..first_codes.n_rows())
        .map(|row| {
            let value = match (first_codes.at(row), second_codes.at(row)) {
                (0, 0) => return 0,
                (0, second) => &second_dictionary[second as usize - 1],
                (first, _) => &first_dictionary[first as usize - 1],
            };
            *code_of.entry(value).or_insert_with(|| {
                dictionary.push(value.clone());
                dictionary.len() as u32
            })
        })
        .collect();
    Some(Column::Codes { codes: Codes::U32(codes), dictionary: dictionary.into() })
}

#[cfg(test)]
mod tests {
    use super::SnapshotScan;
    use skep_model::{
        Encoding, Event, EventFlags, EventKind, Nanos, Resource, Scope, Signal, SpanId, TraceId,
    };
    use skep_query::{Cancel, Scan, TimeRange};
    use skep_store::{Append, Config, Limits, Store};
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

    async fn scan_of(events: Vec<Event>) -> (SnapshotScan, tempfile::TempDir) {
        let dir = tempfile::TempDir::new().unwrap();
        let decode = |_: Signal, _: Encoding, _: &[u8]| Vec::new();
        let config = Config { dir: dir.path().to_owned(), decode, limits: Limits::default() };
        let store = Store::open(config).unwrap();
        let append = Append {
            received: Nanos(0),
            signal: Signal::Traces,
            encoding: Encoding::Protobuf,
            dataset: None,
            body: vec![1],
            events,
            n_rejected: 0,
            n_spans_rejected: 0,
        };
        store.append(append).await.unwrap();
        (SnapshotScan::new(&store.snapshot()), dir)
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
