//! The tables as text.

use skep_sql::{TABLES, TableInfo};

/// Every table with its columns, and what holds for all of them.
pub(super) fn all() -> String {
    let tables: Vec<String> = TABLES.iter().map(one).collect();
    format!(
        "{}\nattr('http.route'), or s.attr('http.route') where several tables are joined, is any field as `skep query` \
         names it.\nColumns in brackets are no part of `*`. Missing values are NULL, and so are NaN; booleans are 0 \
         and 1.\n",
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
