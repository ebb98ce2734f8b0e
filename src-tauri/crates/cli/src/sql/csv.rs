use skep_sql::{Cell, Rows};
use std::io::{ErrorKind, Write};
use std::ops::ControlFlow;

/// Writes rows as they come, as RFC 4180 has them.
///
/// A spreadsheet runs a cell that begins like a formula, and telemetry is text from anywhere: such a text gets an
/// apostrophe before it. Numbers stay as they are. NULL is nothing at all, an empty text is a pair of quotes.
pub(super) struct Csv<W> {
    out: W,
    failure: Option<std::io::Error>,
}

impl<W: Write> Csv<W> {
    pub(super) fn new(out: W) -> Self {
        Self { out, failure: None }
    }

    /// Hands on what is still held back. Who reads no further, such as `head`, has seen enough: that is no failure.
    pub(super) fn finish(mut self) -> std::io::Result<()> {
        match self.failure {
            Some(failure) if failure.kind() == ErrorKind::BrokenPipe => Ok(()),
            Some(failure) => Err(failure),
            None => self.out.flush(),
        }
    }

    fn line(&mut self, cells: impl Iterator<Item = String>) -> ControlFlow<()> {
        let line = cells.collect::<Vec<_>>().join(",");
        match write!(self.out, "{line}\r\n") {
            Ok(()) => ControlFlow::Continue(()),
            Err(failure) => {
                self.failure = Some(failure);
                ControlFlow::Break(())
            }
        }
    }
}

impl<W: Write> Rows for Csv<W> {
    fn columns(&mut self, names: Vec<String>) -> ControlFlow<()> {
        self.line(names.iter().map(|name| text(name)))
    }

    fn row(&mut self, cells: Vec<Cell>) -> ControlFlow<()> {
        self.line(cells.iter().map(|cell| match cell {
            Cell::Text(value) => text(value),
            other => other.to_string(),
        }))
    }
}

fn text(value: &str) -> String {
    let mark = if value.starts_with(['=', '+', '-', '@', '\t', '\r']) { "'" } else { "" };
    if value.is_empty() || value.contains([',', '"', '\r', '\n']) {
        format!("\"{mark}{}\"", value.replace('"', "\"\""))
    } else {
        format!("{mark}{value}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_is_a_formula_and_no_cell_is_two() {
        let mut out = Vec::new();
        let mut csv = Csv::new(&mut out);
        let _ = csv.columns(vec!["name".to_owned(), "-total".to_owned()]);
        for value in
            ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\r=1", "a,b", "say \"=\"", "two\nlines", "", "'x", "é"]
        {
            let _ = csv.row(vec![Cell::Text(value.into()), Cell::Int(-1)]);
        }
        let _ = csv.row(vec![Cell::Null, Cell::Real(-0.5), Cell::Blob([0xfe, 1].as_slice().into())]);
        csv.finish().unwrap();
        expect_test::expect![[r#"
            name,'-total
            '=1+1,-1
            '+1,-1
            '-1,-1
            '@SUM(A1),-1
            '	x,-1
            "'
            =1",-1
            "a,b",-1
            "say ""=""",-1
            "two
            lines",-1
            "",-1
            'x,-1
            é,-1
            ,-0.5,fe01
        "#]]
        .assert_eq(&String::from_utf8(out).unwrap().replace("\r\n", "\n").replace('\r', "\n"));
    }

    #[test]
    fn what_cannot_be_written_ends_the_question() {
        struct Closed(ErrorKind);
        impl Write for Closed {
            fn write(&mut self, _: &[u8]) -> std::io::Result<usize> {
                Err(self.0.into())
            }
            fn flush(&mut self) -> std::io::Result<()> {
                Ok(())
            }
        }
        for (kind, is_failure) in [(ErrorKind::BrokenPipe, false), (ErrorKind::StorageFull, true)] {
            let mut csv = Csv::new(Closed(kind));
            assert!(csv.row(vec![Cell::Int(1)]).is_break());
            assert_eq!(csv.finish().is_err(), is_failure);
        }
    }
}
