//! What a statement does not read.

use crate::events::{span, span_id, trace_id, traffic, with};
use crate::house::{Answer, House};
use skep_engine::query::{Cancel, TimeRange};
use skep_model::{Event, Nanos};
use std::ops::ControlFlow;

/// Spans one microsecond apart, ten a trace, of which the first hundred are of a service of their own.
async fn house() -> House {
    let event = |n: u64| {
        let mut event = with(span(n), "n", n as i64);
        event.trace_id = Some(trace_id(n / 10));
        event.parent_id = (!n.is_multiple_of(10)).then(|| span_id(n - 1));
        if n < 100 {
            event.resource = std::sync::Arc::new(skep_model::Resource {
                attributes: vec![("service.name".into(), "first".into())],
                ..Default::default()
            });
        }
        event
    };
    let batches: Vec<Vec<Event>> =
        (0..30u64).map(|batch| (0..200).map(|n| event(batch * 200 + n)).collect()).collect();
    House::with_segments(&batches, 4).await
}

/// The events examined, where the answer is what is expected.
fn examined(house: &House, statement: &str, expected: &str) -> u64 {
    let answer = house.answer(statement);
    assert_eq!(answer.shown(), expected, "{statement}");
    answer.examined()
}

fn largest_segment(house: &House) -> u64 {
    house.view.snapshot().segments().iter().map(|segment| segment.n_rows() as u64).max().unwrap()
}

#[tokio::test]
async fn times_skip_segments_and_a_trace_is_looked_up() {
    let house = house().await;
    let all = 6_000;
    let one = largest_segment(&house);
    assert!(one * 3 < all, "segments are small: {one}");
    // The control: what says nothing of times or traces reads everything.
    assert_eq!(examined(&house, "select count(*) from spans", "6000\n"), all);
    assert_eq!(examined(&house, "select count(*) from spans where start_ns + 0 < 100000", "100\n"), all);
    assert_eq!(examined(&house, "select count(*) from logs", "0\n"), 0, "no segment has a log");

    assert!(examined(&house, "select count(*) from spans where start_ns < 100000", "100\n") <= one);
    assert!(examined(&house, "select count(*) from spans where start_ns >= 5990000", "10\n") <= one);
    assert!(examined(&house, "select count(*) from spans where start_ns = 3000000", "1\n") <= one);
    let between = "select count(*) from spans where start_ns between 2000000 and 2009000.5";
    assert!(examined(&house, between, "10\n") <= 2 * one);
    assert_eq!(examined(&house, "select count(*) from spans where start_ns > 1 and start_ns < 0", "0\n"), 0);
    let dated = "select count(*) from spans where time >= '1970-01-01 00:00:00.005990'";
    assert!(examined(&house, dated, "10\n") <= one);
    let dated =
        "select count(*), min(start_ns) from spans where time < datetime(0, 'unixepoch', '+0.0001 seconds')";
    assert!(examined(&house, dated, "0 -\n") <= one, "datetime() knows no parts of a second");
    let computed = "select count(*) from spans where start_ns >= (select 5990) * 1000";
    assert!(examined(&house, computed, "10\n") <= one, "a value that is only known when it runs");

    let trace = format!("select count(*) from spans where trace_id = '{}'", trace_id(250));
    assert_eq!(examined(&house, &trace, "10\n"), 10);
    let traces =
        format!("select count(*) from spans where trace_id in ('{}', '{}')", trace_id(1), trace_id(599));
    assert_eq!(examined(&house, &traces, "20\n"), 20);
    assert_eq!(examined(&house, "select count(*) from spans where trace_id = 'nonsense'", "0\n"), 0);
    let joined = "select count(*) from (select trace_id from spans where start_ns < 30000 and is_root) t \
                  join spans s on s.trace_id = t.trace_id";
    assert!(examined(&house, joined, "30\n") <= one + 30);
}

#[tokio::test]
async fn an_answer_that_stops_early_reads_no_further() {
    let house = house().await;
    let one = largest_segment(&house);
    for (statement, expected) in [
        ("select attr('n') from spans limit 1", "0\n"),
        ("select attr('n') from spans order by start_ns limit 2", "0\n1\n"),
        ("select attr('n') from spans order by start_ns desc limit 2", "5999\n5998\n"),
        (
            "select attr('n'), time from spans order by time desc limit 1",
            "5999 '1970-01-01 00:00:00.005999000'\n",
        ),
        ("select max(start_ns) from spans", "5999000\n"),
        ("select min(start_ns) from spans where service = 'shop'", "100000\n"),
    ] {
        let plan = house.ask(&format!("explain query plan {statement}"));
        let n_examined = examined(&house, statement, expected);
        assert!(n_examined <= one, "{statement}: {n_examined} of {one}\n{plan}");
    }
    let mut first = Answer { rows_max: 3, ..Answer::default() };
    let ran =
        skep_sql::run(&house.view, "select 1 from spans", TimeRange::ALL, &Cancel::default(), &mut first);
    let ran = ran.unwrap();
    assert!(ran.is_cut && first.rows.len() == 3 && ran.rows_examined <= one, "{ran:?}");
}

#[tokio::test]
async fn an_id_is_indexed_when_it_is_looked_up_again() {
    let house = house().await;
    let once = format!("select attr('n') from spans where span_id = '{}'", span_id(4_000));
    assert_eq!(examined(&house, &once, "4000\n"), 6_000, "one lookup looks through all");
    let parents = "select count(*) from (select span_id from spans where start_ns < 1000000) p \
                   join spans c on c.parent_id = p.span_id";
    let many = examined(&house, parents, "900\n");
    let one = largest_segment(&house);
    assert!(many <= one + 2 * 6_000 + 1_000, "a thousand lookups are two looks through all: {many}");
}

/// Scenario: every span of one big trace is joined with its parent.
/// Guarantees: the trace is looked up once, not once a span.
#[tokio::test]
async fn a_big_trace_can_be_joined_with_itself() {
    let event = |n: u64| {
        let mut event = span(n);
        event.trace_id = Some(trace_id(1));
        event.parent_id = (n > 1).then(|| span_id(n / 2));
        event
    };
    let batches: Vec<Vec<Event>> =
        (0..10u64).map(|batch| (1..=300).map(|n| event(batch * 300 + n)).collect()).collect();
    let house = House::with_segments(&batches, 1).await;
    let joined = "select count(*), sum(p.start_ns < s.start_ns) from spans s join spans p on p.trace_id = s.trace_id \
                  and p.span_id = s.parent_id";
    assert_eq!(examined(&house, joined, "2999 2999\n"), 3_000 + 3_000);
    let depth = "with recursive down(id, depth) as (select span_id, 1 from spans where is_root union all \
                 select c.span_id, depth + 1 from down join spans c on c.trace_id = (select min(trace_id) from spans) \
                 and c.parent_id = down.id) select max(depth) from down";
    assert_eq!(house.ask(depth), "12\n");
}

#[tokio::test]
async fn a_range_leaves_out_what_lies_outside() {
    let house = house().await;
    let range = TimeRange { start: Some(Nanos(100_000)), end: Some(Nanos(200_000)) };
    let answer = |text: &str| house.try_ask(text, range).unwrap();
    for statement in [
        "select count(*), min(start_ns), max(start_ns) from spans",
        "select count(*), min(attr('n')) * 1000, max(attr('n')) * 1000 from spans where span_id in (select span_id from spans)",
    ] {
        assert_eq!(answer(statement).shown(), "100 100000 199000\n", "{statement}");
    }
    assert!(answer("select count(*) from spans").examined() <= largest_segment(&house));
    let outside = format!("select count(*) from spans where trace_id = '{}'", trace_id(9));
    assert_eq!(answer(&outside).shown(), "0\n");
    let inside = format!("select count(*) from spans where trace_id = '{}'", trace_id(10));
    assert_eq!(answer(&inside).shown(), "10\n");
}

#[tokio::test]
async fn sqlite_says_what_is_left_to_the_tables() {
    let house = house().await;
    let plans = [
        "select * from spans",
        "select * from spans where start_ns > 5 and service = 'a' and status <> 'ok'",
        "select * from spans where trace_id = 'a' and start_ns > 5",
        "select * from spans where span_id = 'a' collate nocase",
        "select * from spans order by start_ns desc",
        "select attr('k'), count(*) from spans where attr('K') = 1 group by 1, service",
        "select trace_id, count(*) from spans group by 1",
        "select attr('n'), count(*) from spans group by 1",
        "select * from spans order by duration_ns",
        "select * from spans s join spans p on p.trace_id = s.trace_id and p.span_id = s.parent_id",
        "select * from spans s join spans p on p.span_id = s.parent_id where s.start_ns > 5000",
    ];
    let shown = plans.map(|statement| {
        let rows = house.answer(&format!("explain query plan {statement}")).rows;
        let details = rows.iter().map(|row| format!("    {}\n", row[3]));
        format!("{statement}\n{}", details.collect::<String>())
    });
    expect_test::expect![[r#"
        select * from spans
            SCAN spans VIRTUAL TABLE INDEX 0:all
        select * from spans where start_ns > 5 and service = 'a' and status <> 'ok'
            SCAN spans VIRTUAL TABLE INDEX 0:skip by start_ns, service
        select * from spans where trace_id = 'a' and start_ns > 5
            SCAN spans VIRTUAL TABLE INDEX 0:look up trace_id
        select * from spans where span_id = 'a' collate nocase
            SCAN spans VIRTUAL TABLE INDEX 0:all
        select * from spans order by start_ns desc
            SCAN spans VIRTUAL TABLE INDEX 0:all, newest first
        select attr('k'), count(*) from spans where attr('K') = 1 group by 1, service
            SCAN spans VIRTUAL TABLE INDEX 0:skip by attr('K')~2, by attr('k'), service
        select trace_id, count(*) from spans group by 1
            SCAN spans VIRTUAL TABLE INDEX 0:all, by trace_id
        select attr('n'), count(*) from spans group by 1
            SCAN spans VIRTUAL TABLE INDEX 0:all
            USE TEMP B-TREE FOR GROUP BY
        select * from spans order by duration_ns
            SCAN spans VIRTUAL TABLE INDEX 0:all
            USE TEMP B-TREE FOR ORDER BY
        select * from spans s join spans p on p.trace_id = s.trace_id and p.span_id = s.parent_id
            SCAN s VIRTUAL TABLE INDEX 1:all
            SCAN p VIRTUAL TABLE INDEX 2:look up trace_id, span_id
        select * from spans s join spans p on p.span_id = s.parent_id where s.start_ns > 5000
            SCAN s VIRTUAL TABLE INDEX 1:skip by start_ns
            SCAN p VIRTUAL TABLE INDEX 2:look up span_id
    "#]]
    .assert_eq(&shown.concat());
}

/// Scenario: somebody asks for what takes for ever, and gives up.
/// Guarantees: it stops, in the middle of a join as well as between segments.
#[tokio::test]
async fn a_question_can_be_stopped() {
    struct GivesUp<'a>(&'a Cancel, usize);
    impl skep_sql::Rows for GivesUp<'_> {
        fn columns(&mut self, _: Vec<String>) -> ControlFlow<()> {
            ControlFlow::Continue(())
        }
        fn row(&mut self, _: Vec<skep_sql::Cell>) -> ControlFlow<()> {
            self.1 += 1;
            self.0.cancel();
            ControlFlow::Continue(())
        }
    }
    let house = House::of(traffic(3, 2_000)).await;
    for endless in [
        "select 1 from spans a, spans b, spans c, spans d",
        "with recursive n(i) as (select 1 union all select i + 1 from n) select i from n",
    ] {
        let cancel = Cancel::default();
        let mut rows = GivesUp(&cancel, 0);
        let stopped = skep_sql::run(&house.view, endless, TimeRange::ALL, &cancel, &mut rows);
        assert_eq!(stopped, Err(skep_sql::SqlError::Cancelled), "{endless}");
        assert!(rows.1 < 100_000, "{} rows after it was stopped", rows.1);
    }
    let stopped = Cancel::default();
    stopped.cancel();
    let none =
        skep_sql::run(&house.view, "select * from spans", TimeRange::ALL, &stopped, &mut Answer::default());
    assert_eq!(none, Err(skep_sql::SqlError::Cancelled));
}
