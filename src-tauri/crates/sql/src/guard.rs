//! What a statement may do: ask.

use rusqlite::config::DbConfig;
use rusqlite::hooks::{AuthAction, AuthContext, Authorization};
use rusqlite::limits::Limit;
use rusqlite::{Connection, Result};

/// The longest value that a statement may make, in bytes.
const VALUE_BYTES_MAX: i32 = 64 << 20;
/// How deep an expression may nest.
const EXPRESSION_DEPTH_MAX: i32 = 200;
/// Selects that UNION and its like may join.
const COMPOUND_SELECTS_MAX: i32 = 100;
/// Pages kept before a sort goes on in a temporary file, in KiB.
const SORT_KIB_MAX: i32 = 64 << 10;

/// Takes from a connection whatever is not needed to answer questions.
pub(crate) fn restrict(db: &Connection) -> Result<()> {
    // A setting, so before settings are refused.
    db.pragma_update(None, "cache_size", -SORT_KIB_MAX)?;
    for (config, is_on) in [
        // "name" is a column and nothing else: what is misspelled would otherwise be a text.
        (DbConfig::SQLITE_DBCONFIG_DQS_DML, false),
        (DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true),
        (DbConfig::SQLITE_DBCONFIG_ENABLE_ATTACH_CREATE, false),
        (DbConfig::SQLITE_DBCONFIG_ENABLE_ATTACH_WRITE, false),
        (DbConfig::SQLITE_DBCONFIG_ENABLE_FTS3_TOKENIZER, false),
    ] {
        db.set_db_config(config, is_on)?;
    }
    for (limit, max) in [
        (Limit::SQLITE_LIMIT_LENGTH, VALUE_BYTES_MAX),
        (Limit::SQLITE_LIMIT_EXPR_DEPTH, EXPRESSION_DEPTH_MAX),
        (Limit::SQLITE_LIMIT_COMPOUND_SELECT, COMPOUND_SELECTS_MAX),
        (Limit::SQLITE_LIMIT_ATTACHED, 0),
        (Limit::SQLITE_LIMIT_TRIGGER_DEPTH, 0),
        (Limit::SQLITE_LIMIT_VARIABLE_NUMBER, 0),
    ] {
        db.set_limit(limit, max)?;
    }
    db.authorizer(Some(authorize))
}

/// Reading, and functions that only compute, are let through.
#[allow(clippy::needless_pass_by_value, reason = "the shape that SQLite's hook has")]
fn authorize(context: AuthContext<'_>) -> Authorization {
    match context.action {
        AuthAction::Select | AuthAction::Recursive => Authorization::Allow,
        // Of a subquery, SQLite asks by its name when none of its columns is read, and else not at all.
        AuthAction::Read { table_name, column_name } if column_name.is_empty() || may_be_read(table_name) => {
            Authorization::Allow
        }
        AuthAction::Function { function_name } if may_be_called(function_name) => Authorization::Allow,
        _ => Authorization::Deny,
    }
}

fn may_be_read(table: &str) -> bool {
    let is = |name: &str| table.eq_ignore_ascii_case(name);
    crate::TABLES.iter().any(|known| is(known.name)) || is("json_each") || is("json_tree")
}

fn may_be_called(function: &str) -> bool {
    !["load_extension", "fts3_tokenizer", "sqlite_log"].iter().any(|name| function.eq_ignore_ascii_case(name))
}
