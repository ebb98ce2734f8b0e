//! The tables as text.

use skep_sql::{TABLES, TableInfo};

/// Every table with its columns, and what holds for all of them.
pub(super) fn all() -> String {
    let tables: Vec<String> = TABLES.iter().map(one).collect();
    format!(
        "{}
attr('http.route'), or s.attr('http.route') where tables are joined, is any field as `skep query` names it.
percentile(duration_ms, 99) is the 99th percentile; all else is SQLite's.
The time of a row compares with dates: time >= datetime('now', '-1 hour').
Columns in brackets are no part of `*`. What is missing is NULL, and so is NaN; booleans are 0 and 1.
",
        tables.join("\n")
    )
}

/// One table, or nothing of that name.
pub(super) fn named(name: &str) -> Option<String> {
    TABLES.iter().find(|table| table.name.eq_ignore_ascii_case(name)).map(one)
}

/// The names of the tables, with what they hold.
pub(super) fn names() -> String {
    TABLES.iter().map(|table| format!("{:<9}{}\n", table.name, table.doc)).collect()
}

fn one(table: &TableInfo) -> String {
    let mut text = format!("{}: {}\n", table.name, table.doc);
    for column in table.columns {
        let name = if column.is_hidden { format!("[{}]", column.name) } else { column.name.to_owned() };
        let ty = match column.ty {
            skep_sql::ColumnType::Any => "ANY",
            ty => ty.as_sql(),
        };
        text += &format!("  {name:<19}{ty:<9}{}\n", column.doc);
    }
    text
}
