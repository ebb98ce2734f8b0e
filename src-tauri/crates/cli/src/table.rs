use std::fmt;

/// How a column's cells stand.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Align {
    Left,
    Right,
    /// Right when every cell is a number.
    ByContent,
}

/// Text in aligned columns, for people.
pub(crate) struct Table {
    heads: Vec<String>,
    aligns: Vec<Align>,
    rows: Vec<Vec<String>>,
}

impl Table {
    pub(crate) fn new<'a>(columns: impl IntoIterator<Item = (&'a str, Align)>) -> Self {
        let (heads, aligns) = columns.into_iter().map(|(head, align)| (head.to_owned(), align)).unzip();
        Self { heads, aligns, rows: Vec::new() }
    }

    /// Adds a row. Control characters would move the terminal's cursor, so they are shown as their names.
    pub(crate) fn row(&mut self, cells: impl IntoIterator<Item = String>) {
        let visible = |cell: String| match cell.chars().any(char::is_control) {
            true => cell.escape_debug().to_string(),
            false => cell,
        };
        self.rows.push(cells.into_iter().map(visible).collect());
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let n_columns = self.heads.len();
        let cell = |row: &Vec<String>, column: usize| row.get(column).cloned().unwrap_or_default();
        let rights: Vec<bool> = (0..n_columns)
            .map(|column| match self.aligns[column] {
                Align::Left => false,
                Align::Right => true,
                Align::ByContent => {
                    let is_number = |row: &Vec<String>| {
                        matches!(cell(row, column).as_str(), "-") || cell(row, column).parse::<f64>().is_ok()
                    };
                    !self.rows.is_empty() && self.rows.iter().all(is_number)
                }
            })
            .collect();
        let lines = || std::iter::once(&self.heads).chain(&self.rows);
        let widths: Vec<usize> = (0..n_columns)
            .map(|column| lines().map(|row| cell(row, column).chars().count()).max().unwrap_or(0))
            .collect();
        for row in lines() {
            let mut line = String::new();
            for column in 0..n_columns {
                let (text, width) = (cell(row, column), widths[column]);
                match rights[column] {
                    true => line += &format!("{text:>width$}  "),
                    false => line += &format!("{text:<width$}  "),
                }
            }
            writeln!(f, "{}", line.trim_end())?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_stand_right_and_control_characters_are_named() {
        let mut table = Table::new([("name", Align::ByContent), ("COUNT", Align::ByContent)]);
        table.row(["/cart".to_owned(), "12".to_owned()]);
        table.row(["a\u{1b}[2J".to_owned(), "-".to_owned()]);
        expect_test::expect![[r"
            name        COUNT
            /cart          12
            a\u{1b}[2J      -
        "]]
        .assert_eq(&table.to_string());
    }
}
