use super::{EventColumns, FieldColumn, Head, PackedDictionary, ValueRef};
use crate::{
    Column, Event, EventFlags, EventKind, Nanos, Place, Resource, Scope, SpanId, Text, TraceId, Value,
};
use std::sync::Arc;

fn span(number: u8, attributes: Vec<(Text, Value)>) -> Event {
    Event {
        kind: EventKind::Span,
        time: Nanos(u64::from(number)),
        end: Nanos(u64::from(number) + 1),
        trace_id: TraceId::from_bytes(&[7; 16]).ok(),
        span_id: SpanId::from_bytes(&[number; 8]).ok(),
        parent_id: None,
        name: Text::from("work"),
        record: vec![(crate::fields::STATUS_CODE, Value::Int(0))],
        attributes,
        resource: Arc::new(Resource::default()),
        scope: Arc::new(Scope::default()),
        flags: EventFlags::default(),
    }
}

fn every_type() -> Vec<(Text, Value)> {
    let map = Value::Map(Arc::from([(Text::from("k"), Value::Double(f64::NAN))]));
    vec![
        ("empty".into(), Value::Empty),
        ("text".into(), "näïve".into()),
        ("no text".into(), "".into()),
        ("yes".into(), true.into()),
        ("no".into(), false.into()),
        ("int".into(), i64::MIN.into()),
        ("double".into(), (-0.0).into()),
        ("bytes".into(), Value::Bytes(Arc::from([0u8, 255]))),
        ("list".into(), Value::Array(Arc::from([map, Value::Empty]))),
    ]
}

#[test]
fn events_come_back_as_they_were() {
    let events = [span(1, every_type()), span(2, Vec::new()), span(3, every_type())];
    assert_eq!(EventColumns::of_events(&events).events(), events);
}

#[test]
fn requests_join_with_all_or_some_of_their_rows() {
    let of = |numbers: &[u8]| -> Vec<Event> {
        let attribute = |number: u8| vec![(Text::from(format!("k{}", number % 3)), i64::from(number).into())];
        numbers.iter().map(|number| span(*number, attribute(*number))).collect()
    };
    let mut joined = EventColumns::of_events(&of(&[1, 2, 3]));
    joined.append(&EventColumns::of_events(&of(&[4, 5, 6, 7])), |row| row % 2 == 1);
    joined.append(&EventColumns::of_events(&of(&[8])), |_| true);
    let expected = of(&[1, 2, 3, 5, 7, 8]);
    assert_eq!(joined.to_read().events(), expected);
    assert_eq!(joined.spans().map(|(row, _)| row).collect::<Vec<_>>(), [0, 1, 2, 3, 4, 5]);
    assert_eq!(joined.fingerprints, EventColumns::of_events(&expected).fingerprints);
}

#[test]
fn room_that_is_used_again_shows_nothing_of_what_was_in_it() {
    let with_ids = |number: u8| {
        let id = Value::text(format!("id-{number}"));
        span(number, vec![("id".into(), id), ("n".into(), i64::from(number % 3).into())])
    };
    let with_others = |number: u8| {
        let known = Value::text(["id-1", "id-2"][usize::from(number % 2)]);
        let more = if number.is_multiple_of(5) { every_type() } else { Vec::new() };
        span(number, [vec![("n".into(), 7.into()), ("id".into(), known)], more].concat())
    };
    // More values, each of two rows, than there is room kept for.
    let with_pairs = |number: u32| {
        span((number % 250) as u8, vec![("id".into(), Value::text(format!("pair {}", number / 2)))])
    };
    let requests: [Vec<Event>; 5] = [
        (0..250).map(with_ids).collect(),
        (0..6000).map(with_pairs).collect(),
        (0..50).map(with_others).collect(),
        vec![span(1, Vec::new())],
        (0..250).map(with_ids).collect(),
    ];
    let (mut room, mut joined) = (EventColumns::default(), EventColumns::default());
    for events in &requests {
        events.iter().for_each(|event| room.push(event));
        // A record that broke off.
        let field = room.field(Place::Own, &Text::from("id"));
        room.set(field, ValueRef::Text("of nobody"));
        let packed = room.take_packed();
        assert!(packed.events() == *events);
        let alone = EventColumns::of_events(events);
        assert_eq!(packed.fingerprints, alone.fingerprints);
        for (place, name, column) in alone.fields() {
            let found = packed.find(place, name).expect("a field of the request");
            assert_eq!(found.dictionary().len(), column.dictionary().len(), "{name}");
            assert_eq!(found.dictionary().is_plain(), column.dictionary().is_plain(), "{name}");
        }
        assert!(room.is_empty() && room.fields().len() == 0);
        assert!(room.find(Place::Own, &Text::from("n")).is_none());
        joined.append(&packed, |_| true);
    }
    // Fields come in the order in which the columns first met them.
    let sorted = |events: Vec<Event>| {
        events.into_iter().map(|mut event| {
            event.attributes.sort_by(|a, b| a.0.cmp(&b.0));
            event
        })
    };
    assert!(sorted(joined.events()).eq(sorted(requests.concat())));
}

#[test]
fn a_row_that_is_aborted_leaves_nothing_behind() {
    let mut columns = EventColumns::of_events(&[span(1, vec![("k".into(), "known".into())])]);
    for value in ["known", "new"] {
        for key in ["k", "other"] {
            let field = columns.field(Place::Own, &Text::from(key));
            columns.set(field, ValueRef::Text(value));
            columns.set(field, ValueRef::Text("a second one"));
        }
        columns.abort_row();
    }
    assert!(columns.find(Place::Own, &Text::from("other")).is_none());
    let column = columns.find(Place::Own, &Text::from("k")).expect("the first row has it");
    assert_eq!((column.n_populated(), column.dictionary().len()), (1, 1));
    let event = span(2, vec![("k".into(), "new".into())]);
    columns.push(&event);
    assert_eq!(columns.event(1), event);
}

#[test]
fn a_small_integer_that_was_taken_back_is_no_other_one() {
    let mut columns = EventColumns::default();
    let row = |columns: &mut EventColumns, int: i64| {
        let field = columns.field(Place::Own, &Text::from("k"));
        columns.set(field, ValueRef::Int(int));
    };
    row(&mut columns, 5);
    columns.abort_row();
    // Seven stands where five stood; both again, and what is too large or below zero to be small.
    let ints = [7, 5, 7, 1023, 1024, -1, 5, 1024];
    for (number, int) in (1..).zip(ints) {
        columns.push(&span(number, vec![("k".into(), int.into())]));
    }
    for (at, int) in ints.into_iter().enumerate() {
        assert_eq!(columns.event(at).attributes, [("k".into(), Value::Int(int))]);
    }
    let column = columns.find(Place::Own, &Text::from("k")).expect("it was set");
    assert_eq!(column.dictionary().len(), 5, "each once");
}

#[test]
fn text_that_is_not_utf8_is_not_set() {
    let mut columns = EventColumns::default();
    let field = columns.field(Place::Own, &Text::from("k"));
    assert!(!columns.set_utf8(field, b"\xff"));
    assert!(columns.set_utf8(field, "ü".as_bytes()));
    assert!(!columns.set_utf8(field, b"\xff"), "nor as a second value");
    assert!(columns.set_utf8(field, b"again"));
}

#[test]
fn nearly_unique_values_are_no_longer_looked_for_and_read_the_same() {
    let texts: Vec<String> = (0..500).map(|number| format!("id-{}", number - number % 50)).collect();
    let mut mixed: Vec<String> = (0..300).map(|number| format!("id-{number}")).collect();
    for values in [&texts, &mixed.clone()] {
        let column = FieldColumn::of_values((0..).zip(values.iter().map(|text| ValueRef::Text(text))));
        assert_eq!(column.dictionary().is_plain(), values.len() == 300);
    }
    // Repeats that come after looking was given up are entries of their own here, and one entry to a query.
    mixed.extend_from_within(..100);
    let column = FieldColumn::of_values((0..).zip(mixed.iter().map(|text| ValueRef::Text(text))));
    assert_eq!((column.dictionary().len(), column.n_populated()), (400, 400));
    let Column::Codes { codes, dictionary } = column.spread(401) else { panic!("a dictionary") };
    assert_eq!((dictionary.len(), codes.at(400)), (300, 0));
    for (row, text) in mixed.iter().enumerate() {
        assert_eq!(dictionary.value(codes.at(row) as usize - 1).as_str(), Some(text.as_str()));
        assert_eq!(column.text(row), Some(text.as_str()));
    }
}

#[test]
fn attributes_of_one_key_are_all_kept() {
    let attributes = vec![
        ("k".into(), 1.into()),
        ("l".into(), 2.into()),
        ("k".into(), "x".into()),
        ("k".into(), 1.into()),
    ];
    let event = span(1, attributes);
    let columns = EventColumns::of_events([&event, &span(2, Vec::new())]);
    let expected = [("k", Value::Int(1)), ("l", 2.into()), ("k", "x".into()), ("k", 1.into())];
    for event in [columns.event(0), columns.events_at(&[0]).remove(0)] {
        let attributes: Vec<(&str, Value)> =
            event.attributes.iter().map(|(key, value)| (&**key, value.clone())).collect();
        assert_eq!(attributes, expected);
    }
    assert_eq!(columns.events_at(&[1]), [columns.event(1)]);
}

#[test]
fn rows_that_lack_a_field_cost_nothing_and_read_as_missing() {
    for rows in [vec![0, 1, 2], vec![0, 1], vec![1, 3], vec![3], vec![]] {
        let column = FieldColumn::of_values(rows.iter().map(|row| (*row, ValueRef::Bool(row % 2 == 0))));
        for row in 0..4 {
            let expected = rows.contains(&row).then_some(Value::from(row % 2 == 0));
            assert_eq!(column.value(row as usize), expected, "row {row} of {rows:?}");
        }
        assert_eq!(column.entries().map(|(row, _)| row).collect::<Vec<_>>(), rows);
    }
}

#[test]
fn entries_know_their_type() {
    let mut dictionary = PackedDictionary::default();
    for (_, value) in every_type() {
        dictionary.number(ValueRef::Any(&value));
    }
    let numbers: Vec<Option<f64>> =
        (0..dictionary.len()).map(|number| dictionary.number_at(number)).collect();
    assert_eq!(numbers.iter().flatten().collect::<Vec<_>>(), [&(i64::MIN as f64), &-0.0]);
    assert_eq!((0..dictionary.len()).filter(|number| dictionary.is_text(*number)).count(), 2);
    assert_eq!(dictionary.number(ValueRef::Int(i64::MIN)), 5, "known by its type and bits");
    assert_eq!(dictionary.number(ValueRef::Double(0.0)), 9, "not the negative zero");
}

#[test]
fn the_same_content_has_the_same_fingerprint_and_bytes_of_ones_own_are_taken() {
    let content = |attributes| EventColumns::of_events(&[span(1, attributes)]).fingerprints[0];
    assert_eq!(content(every_type()), content(every_type()));
    assert_ne!(content(every_type()), content(Vec::new()));
    let event = span(1, Vec::new());
    let mut columns = EventColumns::default();
    columns.end_row(Head {
        kind: EventKind::Span,
        time: event.time,
        end: event.end,
        trace_id: event.trace_id,
        span_id: event.span_id,
        parent_id: None,
        name: "",
        resource: &event.resource,
        scope: &event.scope,
        flags: event.flags,
        fingerprint: Some(42),
    });
    assert_eq!(columns.fingerprints, [42]);
}
