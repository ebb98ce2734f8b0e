//! `skep sql`: SQL over the tables of a store.

mod csv;
mod prompt;
mod schema;

use crate::args::SqlArgs;
use crate::ask::{print, view};
use crate::failure::Failure;
use crate::table::{Align, Table};
use crate::when::{Range, range};
use csv::Csv;
use skep_api::SqlLimits;
use skep_api::wire::{SqlReply, SqlRequest};
use skep_engine::query::Cancel;
use skep_engine::store::clock::SystemClock;
use std::io::{IsTerminal, Read, Write};

pub(crate) fn run(args: &SqlArgs) -> Result<(), Failure> {
    if args.schema {
        std::io::stdout().write_all(schema::all().as_bytes())?;
        return Ok(());
    }
    match args.text.as_deref() {
        Some("-") => answer(args, &read_to_end()?),
        Some(text) => answer(args, text),
        None if std::io::stdin().is_terminal() => {
            // A store that is not there is said before anything is typed.
            view(&args.store)?;
            prompt::run(&mut std::io::stdin().lock(), &mut std::io::stdout(), |text| answer(args, text))
        }
        None => answer(args, &read_to_end()?),
    }
}

/// What is given on standard input, as far as it can be a statement.
fn read_to_end() -> Result<String, Failure> {
    let mut text = String::new();
    // One byte more than is allowed, so that too much is seen to be too much.
    let bytes_max = skep_sql::STATEMENT_BYTES_MAX as u64 + 1;
    let read = std::io::stdin().lock().take(bytes_max).read_to_string(&mut text);
    read.map_err(|error| Failure::Usage(format!("standard input holds no statement: {error}")))?;
    Ok(text)
}

/// Asks one statement, of the store as it is now.
fn answer(args: &SqlArgs, text: &str) -> Result<(), Failure> {
    let clock = SystemClock::new();
    let Range { start_ns, end_ns } = range(&args.times, &clock)?;
    let view = view(&args.store)?;
    let request = SqlRequest { text: text.to_owned(), start_ns, end_ns };
    if args.csv {
        let mut csv = Csv::new(std::io::BufWriter::new(std::io::stdout().lock()));
        skep_api::sql_rows(view, &request, &mut csv).map_err(|error| Failure::of_answer(&error, text))?;
        return Ok(csv.finish()?);
    }
    let reply = skep_api::sql(view, &clock, &request, SqlLimits::NONE, &Cancel::default())
        .map_err(|error| Failure::of_answer(&error, text))?;
    print(&reply, args.json, table)
}

fn table(reply: &SqlReply) -> String {
    let mut table = Table::new(reply.columns.iter().map(|column| (column.as_str(), Align::ByContent)));
    for row in &reply.rows {
        table.row(row.iter().map(|value| match value {
            skep_sql::Cell::Null => "-".to_owned(),
            value => value.to_string(),
        }));
    }
    let n_rows = reply.rows.len();
    let rows = if n_rows == 1 { "row" } else { "rows" };
    format!("{table}{n_rows} {rows}, {} events examined, {:.1} ms\n", reply.rows_examined, reply.elapsed_ms)
}
