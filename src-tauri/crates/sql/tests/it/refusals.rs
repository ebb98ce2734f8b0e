//! What is no question, and what cannot be read.

use crate::events::{Random, span, with};
use crate::house::House;
use expect_test::expect;
use skep_engine::query::TimeRange;
use skep_sql::{STATEMENT_BYTES_MAX, SqlError};

/// Scenario: statements that would write, open a file, load code or change a setting.
/// Guarantees: each is refused before it runs. The control: a plain connection does all of them.
#[tokio::test]
async fn whatever_is_no_question_is_refused() {
    let house = House::of(vec![span(1)]).await;
    let dir = tempfile::tempdir().unwrap();
    let file = |name: &str| dir.path().join(name).display().to_string();
    let writing = [
        "create table t(a)".to_owned(),
        "create temp table t2(a)".to_owned(),
        "create view v as select 1".to_owned(),
        "create virtual table f using fts5(a)".to_owned(),
        format!("attach '{}' as other", file("attached.db")),
        format!("vacuum into '{}'", file("vacuumed.db")),
        "pragma journal_mode = off".to_owned(),
        "pragma user_version = 7".to_owned(),
        "pragma table_list".to_owned(),
        "select * from pragma_table_list".to_owned(),
        "select * from sqlite_schema".to_owned(),
        "select * from dbstat".to_owned(),
        "begin".to_owned(),
        "savepoint s".to_owned(),
        "reindex".to_owned(),
        "analyze".to_owned(),
    ];
    let plain = rusqlite::Connection::open_in_memory().unwrap();
    for statement in &writing {
        let answer = house.try_ask(statement, TimeRange::ALL).map(|answer| answer.shown());
        assert!(matches!(answer, Err(SqlError::Refused(_))), "{statement}: {answer:?}");
        let ran = plain.prepare(statement).and_then(|mut prepared| {
            let mut rows = prepared.raw_query();
            while rows.next()?.is_some() {}
            Ok(())
        });
        ran.unwrap_or_else(|error| panic!("the control cannot {statement}: {error}"));
        if !plain.is_autocommit() {
            plain.execute_batch("commit").unwrap();
        }
    }
    assert!(dir.path().join("vacuumed.db").exists(), "the control wrote a file");
}

#[tokio::test]
async fn functions_only_compute() {
    let house = House::of(vec![span(1)]).await;
    for statement in
        ["select load_extension('x')", "select fts3_tokenizer('simple')", "select sqlite_log(1, 'x')"]
    {
        let answer = house.try_ask(statement, TimeRange::ALL).map(|answer| answer.shown());
        let error = answer.unwrap_err().to_string();
        assert!(error.starts_with("not authorized to use function"), "{statement}: {error}");
    }
    for statement in ["select writefile('x', 'y')", "select readfile('x')", "select edit('x')"] {
        let answer = house.try_ask(statement, TimeRange::ALL).map(|answer| answer.shown());
        assert!(matches!(answer, Err(SqlError::Syntax { .. })), "{statement}: {answer:?}");
    }
    // What is there to compute with.
    let computed = "select upper('a') || json_extract('{\"a\":1}', '$.a'), strftime('%Y', 0, 'unixepoch'), \
                    (select group_concat(value) from json_each('[1,2]')) from spans";
    assert_eq!(house.ask(computed), "'A1' '1970' '1,2'\n");
    let named =
        "with n(i) as (select 1 union all select 2) select count(*), (select count(*) from spans) from n";
    assert_eq!(house.ask(named), "2 1\n");
    assert_eq!(house.ask("values (1, 'a'), (2, null)"), "1 'a'\n2 -\n");
}

/// As people see it: the message, and where.
fn shown(text: &str, error: &SqlError) -> String {
    match error {
        SqlError::Syntax { message, span: Some((at, len)) } => {
            format!("{message} [{}]", &text[*at..at + len])
        }
        other => format!("{other}"),
    }
}

#[tokio::test]
async fn mistakes_are_said_and_pointed_at() {
    let house = House::of(vec![span(1), with(span(2), "json", "{")]).await;
    let said = [
        "selec 1",
        "select nmae from spans",
        "select attr('a'), nmae from spans",
        "select \"name from spans",
        "select \"nmae\" from spans",
        "select name from span",
        "select nofunction(name) from spans",
        "select attr(name) from spans",
        "select attr('x') from spans a join spans b on a.span_id = b.parent_id",
        "select c.attr('x') from spans a",
        "select attr('x') from (select name from spans)",
        "select abs(name, name) from spans",
        "select 1; drop table spans",
        "select name from spans where start_ns > ?",
        "select name from spans where",
        "delete from spans",
        "insert into spans(name) values ('x')",
        "update spans set name = 'x'",
        "drop table spans",
        "select name from sqlite_schema",
        "reindex",
        "select abs(-9223372036854775807 - 1)",
        "select percentile(duration_ms, 101) from spans",
        "select json_extract(attr('json'), '$.a') from spans",
        "select length(randomblob(100000000))",
        "",
    ]
    .map(|text| {
        let answer = house.try_ask(text, TimeRange::ALL).map(|answer| answer.shown());
        let said = answer.map_or_else(|error| shown(text, &error), |rows| format!("answered {rows}"));
        format!("{text}\n    {said}\n")
    });
    expect![[r#"
        selec 1
            near "selec": syntax error [selec]
        select nmae from spans
            no such column: nmae [nmae]
        select attr('a'), nmae from spans
            no such column: nmae [nmae]
        select "name from spans
            this quote is never closed ["]
        select "nmae" from spans
            no such column: "nmae" - should this be a string literal in single-quotes? ["nmae"]
        select name from span
            no such table: span
        select nofunction(name) from spans
            no such function: nofunction [nofunction]
        select attr(name) from spans
            attr takes one field's name in single quotes, as in attr('http.route') [attr(]
        select attr('x') from spans a join spans b on a.span_id = b.parent_id
            ambiguous column name: attr('x') [attr('x')]
        select c.attr('x') from spans a
            no such column: c.attr('x') [c]
        select attr('x') from (select name from spans)
            no such column: attr('x') [attr('x')]
        select abs(name, name) from spans
            wrong number of arguments to function abs() [abs]
        select 1; drop table spans
            one statement at a time [drop]
        select name from spans where start_ns > ?
            there are no values for parameters here [?]
        select name from spans where
            incomplete input
        delete from spans
            table spans may not be modified
        insert into spans(name) values ('x')
            not authorized; only questions to spans, events, links, logs and metrics are answered
        update spans set name = 'x'
            table spans may not be modified
        drop table spans
            not authorized; only questions to spans, events, links, logs and metrics are answered
        select name from sqlite_schema
            access to sqlite_master.name is prohibited; only questions to spans, events, links, logs and metrics are answered
        reindex
            not a question; only questions to spans, events, links, logs and metrics are answered
        select abs(-9223372036854775807 - 1)
            integer overflow
        select percentile(duration_ms, 101) from spans
            percentile takes a percentage from 0 to 100
        select json_extract(attr('json'), '$.a') from spans
            malformed JSON
        select length(randomblob(100000000))
            string or blob too big

            say what to select
    "#]]
    .assert_eq(&said.concat());
}

#[tokio::test]
async fn what_is_too_much_is_said_to_be() {
    let house = House::of(vec![span(1)]).await;
    let error = |text: &str| {
        let answer = house.try_ask(text, TimeRange::ALL).map(|answer| answer.shown());
        answer.unwrap_err().to_string()
    };
    let long = format!("select '{}'", "x".repeat(STATEMENT_BYTES_MAX));
    assert_eq!(error(&long), "a statement of more than 64 KiB");
    let wide = format!("select 1{}", "+1".repeat(1_000));
    assert_eq!(error(&wide), "Expression tree is too large (maximum depth 200)");
    let many = format!("select 1{}", " union all select 1".repeat(200));
    assert_eq!(error(&many), "too many terms in compound SELECT");
    let deep = format!("select {}1{}", "(".repeat(3_000), ")".repeat(3_000));
    expect!["Recursion limit"].assert_eq(&error(&deep));
    let almost = format!("select '{}'", "x".repeat(STATEMENT_BYTES_MAX - 9));
    assert_eq!(house.answer(&almost).rows.len(), 1);
}

/// Guarantees: no text makes it panic, whatever it is made of.
#[tokio::test]
async fn any_text_is_answered_or_refused() {
    let house = House::of(vec![with(span(1), "x", 1), span(2)]).await;
    const WORDS: [&str; 40] = [
        "select",
        "attr('x')",
        "attr(",
        "'x'",
        ")",
        "from",
        "spans",
        "s",
        ",",
        ".",
        "*",
        "where",
        "name",
        "=",
        "1",
        ";",
        "group by",
        "order by",
        "é",
        "--",
        "/*",
        "\"",
        "[",
        "limit",
        "join",
        "on",
        "(",
        "count(*)",
        "trace_id",
        "'",
        "explain",
        "start_ns",
        ">",
        "9e99",
        "with",
        "as",
        "\n",
        "?",
        "\0",
        "select 1",
    ];
    let (mut random, mut n_answered) = (Random(5), 0);
    for _ in 0..3_000 {
        let words = (0..random.below(14)).map(|_| WORDS[random.below(WORDS.len() as u64) as usize]);
        let text = words.collect::<Vec<_>>().join(" ");
        match house.try_ask(&text, TimeRange::ALL) {
            Ok(_) => n_answered += 1,
            Err(SqlError::Syntax { span: Some((at, len)), .. }) => {
                assert!(text.get(at..at + len).is_some(), "{text:?} at {at}, {len}");
            }
            Err(_) => {}
        }
    }
    assert!((1..3_000).contains(&n_answered), "some of it is a statement: {n_answered}");
}
