//! How long statements take over a store: `cargo run --release -p skep-sql --example sql_speed -- DIR [STATEMENT]...`.
//!
//! Prints the best wall time of each in milliseconds, the rows it has and the events it examined. The first run reads
//! the file, those after it what is kept decoded.

#![allow(clippy::print_stdout, clippy::disallowed_methods, reason = "a benchmark prints and reads the time")]

use skep_engine::View;
use skep_engine::query::{Cancel, TimeRange};
use skep_sql::{Cell, Rows};
use std::ops::ControlFlow;
use std::time::Instant;

const REPEATS: usize = 3;

/// One of each kind: a full scan, groups by a dictionary, by two, by an attribute, by nearly unique ids, filters that
/// skip, the newest, a trace, joins by trace and by span.
const STATEMENTS: &[&str] = &[
    "select count(*) from spans",
    "select max(duration_ns) from spans",
    "select service, count(*), avg(duration_ns) from spans group by 1",
    "select service, name, count(*), max(duration_ms) from spans group by 1, 2",
    "select attr('http.route'), count(*) from spans group by 1 order by 2 desc limit 5",
    "select count(distinct trace_id) from spans",
    "select count(*) from spans where service = (select min(service) from spans limit 1) and status = 'error'",
    "select count(*) from spans where start_ns >= (select max(start_ns) from spans) - 60000000000",
    "select trace_id, name from spans order by start_ns desc limit 10",
    "select trace_id, name, duration_ms from spans where is_root order by duration_ns desc limit 10",
    "select s.name, count(*) from (select trace_id from spans order by duration_ns desc limit 100) t \
     join spans s on s.trace_id = t.trace_id group by 1",
    "select count(*) from (select span_id from spans limit 10000) s join spans c on c.parent_id = s.span_id",
];

#[derive(Default)]
struct Count {
    rows: usize,
    first: Vec<Cell>,
}

impl Rows for Count {
    fn columns(&mut self, _: Vec<String>) -> ControlFlow<()> {
        ControlFlow::Continue(())
    }

    fn row(&mut self, cells: Vec<Cell>) -> ControlFlow<()> {
        self.rows += 1;
        if self.rows == 1 {
            self.first = cells;
        }
        ControlFlow::Continue(())
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut args = std::env::args().skip(1);
    let dir = args.next().ok_or("say which directory")?;
    let reader = skep_engine::open_reader(dir.as_ref())?;
    let view = View::new(reader.snapshot().clone());
    println!("{} events in {} segments", view.snapshot().n_rows(), view.snapshot().segments().len());
    let given: Vec<String> = args.collect();
    let given: Vec<&str> = given.iter().map(String::as_str).collect();
    for statement in if given.is_empty() { STATEMENTS } else { &given } {
        let (mut best_ms, mut first_ms, mut count, mut examined) = (f64::MAX, None, Count::default(), 0);
        for _ in 0..REPEATS {
            count = Count::default();
            let started = Instant::now();
            examined = skep_sql::run(&view, statement, TimeRange::ALL, &Cancel::default(), &mut count)?
                .rows_examined;
            let ms = started.elapsed().as_secs_f64() * 1e3;
            first_ms.get_or_insert(ms);
            best_ms = best_ms.min(ms);
        }
        let first_ms = first_ms.unwrap_or_default();
        let Count { rows, first } = &count;
        println!(
            "{first_ms:8.1} {best_ms:8.1} ms {rows:8} rows {examined:9} examined  {statement}\n    {first:?}"
        );
    }
    Ok(())
}
