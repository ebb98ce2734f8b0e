//! A small prompt for who tries things out.

use super::schema;
use crate::failure::Failure;
use std::io::{BufRead, Read, Write};

const HELP: &str = "a statement ends with a semicolon; .tables, .schema [table], .quit\n";

/// Reads statements and commands until the input ends or `.quit`. What goes wrong with one does not end it.
pub(super) fn run(
    input: &mut impl BufRead,
    out: &mut dyn Write,
    mut answer: impl FnMut(&str) -> Result<(), Failure>,
) -> Result<(), Failure> {
    out.write_all(HELP.as_bytes())?;
    let mut statement = String::new();
    loop {
        out.write_all(if statement.is_empty() { b"skep> " } else { b"  ... " })?;
        out.flush()?;
        let mut line = String::new();
        let line_bytes_max = skep_sql::STATEMENT_BYTES_MAX as u64 + 1;
        if input.by_ref().take(line_bytes_max).read_line(&mut line)? == 0 {
            writeln!(out)?;
            return Ok(());
        }
        if statement.is_empty() && line.trim_start().starts_with('.') {
            match line.split_whitespace().collect::<Vec<_>>()[..] {
                [".quit" | ".exit"] => return Ok(()),
                [".tables"] => out.write_all(schema::names().as_bytes())?,
                [".schema"] => out.write_all(schema::all().as_bytes())?,
                [".schema", table] => match schema::named(table) {
                    Some(text) => out.write_all(text.as_bytes())?,
                    None => writeln!(out, "there is no table {table:?}")?,
                },
                _ => out.write_all(HELP.as_bytes())?,
            }
            continue;
        }
        if statement.is_empty() && line.trim().is_empty() {
            continue;
        }
        statement += &line;
        if skep_sql::is_complete(&statement) || statement.len() > skep_sql::STATEMENT_BYTES_MAX {
            if let Err(failure) = answer(statement.trim_end()) {
                writeln!(out, "{failure}")?;
            }
            statement.clear();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statements_end_with_a_semicolon_and_commands_with_the_line() {
        let input =
            "select 1,\n  ';' as a; \n\n.tables\n.schema nothing\n.what\nselect x;\n.quit\nselect 2;\n";
        let (mut out, mut asked) = (Vec::new(), Vec::new());
        let answer = |text: &str| {
            asked.push(text.to_owned());
            if text.contains('x') { Err(Failure::Usage("no such column: x".to_owned())) } else { Ok(()) }
        };
        run(&mut input.as_bytes(), &mut out, answer).unwrap();
        assert_eq!(asked, ["select 1,\n  ';' as a;", "select x;"]);
        expect_test::expect![[r#"
            a statement ends with a semicolon; .tables, .schema [table], .quit
            skep>   ... skep> skep> spans    one row a span
            events   one row a span event, such as an exception
            links    one row a link from a span to another
            logs     one row a log record
            metrics  one row a metric point
            skep> there is no table "nothing"
            skep> a statement ends with a semicolon; .tables, .schema [table], .quit
            skep> no such column: x
            skep> "#]]
        .assert_eq(&String::from_utf8(out).unwrap());
    }
}
