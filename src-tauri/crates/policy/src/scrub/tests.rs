use super::*;
use crate::policy::{Rule, Shape};
use expect_test::{Expect, expect};
use skep_model::{EventFlags, EventKind, Nanos};

fn scrubber(change: impl FnOnce(&mut Scrubbing)) -> Scrubber {
    let mut scrubbing = Scrubbing { enabled: true, ..Scrubbing::default() };
    change(&mut scrubbing);
    Scrubber::new(&scrubbing, b"salt").unwrap()
}

fn event(attributes: &[(&str, Value)]) -> Event {
    Event {
        kind: EventKind::Log,
        time: Nanos(1),
        end: Nanos(1),
        trace_id: None,
        span_id: None,
        parent_id: None,
        name: Text::from("GET /a"),
        record: Vec::new(),
        attributes: attributes.iter().map(|(key, value)| (Text::from(*key), value.clone())).collect(),
        resource: Arc::default(),
        scope: Arc::default(),
        flags: EventFlags::default(),
    }
}

fn check(scrubber: &Scrubber, values: &[(&str, &str)], expect: &Expect) {
    let attributes: Vec<_> = values.iter().map(|(key, value)| (*key, Value::text(*value))).collect();
    let mut events = [event(&attributes)];
    scrubber.scrub(&mut events);
    let line = |(key, value): &(Text, Value)| format!("{key} {value}\n");
    expect.assert_eq(&events[0].attributes.iter().map(line).collect::<String>());
}

#[test]
fn values_of_secret_keys_do_not_leave_and_shapes_are_masked_anywhere() {
    check(
        &scrubber(|_| ()),
        &[
            ("http.request.header.authorization", "whatever"),
            ("card.note", "paid with 4242 4242 4242 4242 today"),
            ("card.almost", "4242 4242 4242 4241"),
            ("started.nanos", "1764418800123456789"),
            ("url.query", "token=9f3c&step=2"),
            ("url.full", "https://user:pw@example.com/a?x=1"),
            ("log.line", "got Bearer abcdefgh12345678 from AKIAIOSFODNN7EXAMPLE"),
            ("db.query.text", "SELECT 1 WHERE email = 'm@example.org'"),
            ("percent", "next=Bearer%20abcdefgh12345678"),
            ("base64", "QUtJQUlPU0ZPRE5ON0VYQU1QTEU="),
            ("plain", "nothing here"),
            ("gen_ai.usage.input_tokens", "12"),
        ],
        &expect![[r#"
            card.note paid with *** today
            card.almost 4242 4242 4242 4241
            started.nanos 1764418800123456789
            url.query token=***&step=2
            url.full https://***@example.com/a?x=1
            log.line got *** from ***
            db.query.text SELECT 1 WHERE email = 'm@example.org'
            percent next=***
            base64 ***
            plain nothing here
            gen_ai.usage.input_tokens 12
        "#]],
    );
}

#[test]
fn each_action_does_what_it_says() {
    let rule = |shape, action| Rule { enabled: true, what: What::Shape { shape }, action };
    let key =
        |key: &str, action| Rule { enabled: true, what: What::Keys { keys: vec![key.to_owned()] }, action };
    let scrubber = scrubber(|scrubbing| {
        scrubbing.rules = vec![
            rule(Shape::Emails, Action::Hash),
            rule(Shape::Addresses, Action::Shorten),
            key("user.name", Action::Mask),
            key("user.id", Action::Hash),
            key("city", Action::Shorten),
        ];
    });
    check(
        &scrubber,
        &[
            ("a", "m@example.org wrote"),
            ("b", "m@example.org"),
            ("client.address", "84.119.20.7"),
            ("user.name", "Meyer"),
            ("user.id", "17"),
            ("city", "Zürich"),
        ],
        &expect![[r#"
            a hash:df225c8e11fc32cf wrote
            b hash:df225c8e11fc32cf
            client.address 84.119.20.0
            user.name ***
            user.id hash:1304235586ffb866
            city Zü***
        "#]],
    );
}

#[test]
fn with_an_allow_list_nothing_else_leaves() {
    let scrubber = scrubber(|scrubbing| {
        scrubbing.allow = Some(["http.*", "map.good", "status_message"].map(str::to_owned).to_vec());
    });
    let map =
        Value::Map([("good", "1"), ("bad", "2")].map(|(key, value)| (Text::from(key), value.into())).into());
    let mut event = event(&[("http.route", "/a".into()), ("other", "x".into()), ("map", map)]);
    event.record = vec![(fields::BODY, "a body".into()), (fields::STATUS_MESSAGE, "failed".into())];
    let mut events = [event];
    let tally = scrubber.scrub(&mut events);
    let shown: Vec<String> =
        events[0].attributes.iter().map(|(key, value)| format!("{key} {value}")).collect();
    assert_eq!(shown, ["http.route /a", r#"map {"good":"1"}"#]);
    assert_eq!(events[0].record, [(fields::STATUS_MESSAGE, "failed".into())]);
    assert_eq!(tally.0.last(), Some(&3));
}

/// Guarantees: a secret is found in every place that text can stand in.
#[test]
fn every_place_is_looked_at() {
    const SECRET: &str = "AKIAIOSFODNN7EXAMPLE";
    let text = || Text::from(format!("x {SECRET} y"));
    let value = || Value::Text(text());
    let nested =
        Value::Array([Value::Map([(text(), value())].into()), Value::Bytes(text().as_bytes().into())].into());
    let mut event = event(&[("plain", value()), ("nested", nested.clone())]);
    event.attributes.push((text(), Value::Int(1)));
    event.name = text();
    let exemplar =
        Value::Map([(Text::from("filtered_attributes"), Value::Map([(text(), value())].into()))].into());
    let detail = Value::Map([(Text::from("exemplars"), Value::Array([exemplar].into()))].into());
    event.record = vec![
        (fields::BODY, nested),
        (fields::STATUS_MESSAGE, value()),
        (fields::TRACE_STATE, value()),
        (fields::SEVERITY_TEXT, value()),
        (fields::METRIC_UNIT, value()),
        (fields::METRIC_DESCRIPTION, value()),
        (fields::METRIC_DETAIL, detail),
        (fields::REPEATED_ATTRIBUTES, Value::Map([(Text::from("k"), value())].into())),
    ];
    event.resource = Arc::new(Resource {
        attributes: vec![(Text::from("k"), value())],
        schema_url: text(),
        entity_refs: vec![skep_model::EntityRef {
            entity_type: text(),
            id_keys: vec![text()],
            ..Default::default()
        }],
        ..Resource::default()
    });
    event.scope = Arc::new(Scope {
        name: text(),
        version: text(),
        schema_url: text(),
        attributes: vec![(Text::from("k"), value())],
        ..Scope::default()
    });
    assert!(format!("{event:?}").contains(SECRET));
    let mut events = [event];
    scrubber(|_| ()).scrub(&mut events);
    let bytes = format!("{:?}", SECRET.as_bytes());
    let after = format!("{:?}", events[0]);
    assert!(!after.contains(SECRET) && !after.contains(bytes.trim_matches(['[', ']'])), "{after}");
}

#[test]
fn what_cannot_be_used_is_said() {
    let of = |what| Scrubbing {
        enabled: true,
        rules: vec![Rule { enabled: true, what, action: Action::Mask }],
        allow: None,
    };
    let error = |scrubbing: &Scrubbing| Scrubber::new(scrubbing, b"").err().map(|error| error.to_string());
    let pattern = |regex: &str| error(&of(What::Pattern { regex: regex.to_owned() })).unwrap_or_default();
    expect![[r#"the rule "(" cannot be used: error: unclosed group"#]].assert_eq(&pattern("("));
    expect![[r#"the rule "a*" cannot be used: it matches the empty text, and so everything"#]]
        .assert_eq(&pattern("a*"));
    assert!(pattern(r"\w{1000}{1000}").contains("cannot be used"));
    assert_eq!(pattern("a+"), "");
}

#[test]
fn what_is_encoded_over_and_over_is_masked_and_costs_no_stack() {
    let nested = |n: usize| format!("next=%{}20abcdefgh12345678", "25".repeat(n));
    let (thrice, endless) = (nested(3), nested(30_000));
    let mut events = [event(&[("thrice", Value::text(&*thrice)), ("endless", Value::text(&*endless))])];
    scrubber(|_| ()).scrub(&mut events);
    let left: Vec<String> = events[0].attributes.iter().map(|(_, value)| value.to_string()).collect();
    assert_eq!(left, [thrice, "next=***".to_owned()]);
}
