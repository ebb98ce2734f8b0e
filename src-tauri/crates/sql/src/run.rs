use crate::View;
use crate::cell::Cell;
use crate::error::SqlError;
use crate::guard;
use crate::percentile;
use crate::table::{Asked, register};
use crate::text::Statement;
use rusqlite::{Connection, ErrorCode};
use skep_engine::AskError;
use skep_engine::query::{Cancel, TimeRange};
use std::ops::ControlFlow;
use std::sync::Arc;

/// The longest statement, in bytes.
pub const STATEMENT_BYTES_MAX: usize = 64 << 10;

/// Steps of SQLite's machine between two looks at whether to stop: some tenths of a millisecond.
const STEPS_BETWEEN_LOOKS: i32 = 10_000;

/// Takes an answer, row by row.
pub trait Rows {
    /// What the columns are called; comes first, and once.
    fn columns(&mut self, names: Vec<String>) -> ControlFlow<()>;

    /// The next row, or that no more are wanted.
    fn row(&mut self, cells: Vec<Cell>) -> ControlFlow<()>;
}

/// What a statement did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ran {
    /// Rows of the segments that were looked through, and rows that were looked up.
    pub rows_examined: u64,
    /// The taker stopped before the last row.
    pub is_cut: bool,
}

/// Answers one statement about the events of a time range.
///
/// # Errors
/// When the statement cannot be read, is not a question, or fails; when the store cannot be read; when `cancel` was
/// called.
pub fn run(
    view: &View,
    text: &str,
    range: TimeRange,
    cancel: &Cancel,
    rows: &mut dyn Rows,
) -> Result<Ran, SqlError> {
    if text.len() > STATEMENT_BYTES_MAX {
        let message = format!("a statement of more than {} KiB", STATEMENT_BYTES_MAX >> 10);
        return Err(SqlError::Syntax { message, span: None });
    }
    let statement = Statement::new(text)?;
    let asked = Asked::new(view.clone(), range, statement.attributes.clone(), cancel.clone());
    let asked = Arc::new(asked);
    let is_cut = ask(&statement, &asked, rows).map_err(|error| match asked.take_failure() {
        Some(AskError::Cancelled) => SqlError::Cancelled,
        Some(failure) => SqlError::Unreadable(failure.to_string()),
        None => error,
    })?;
    Ok(Ran { rows_examined: asked.n_examined(), is_cut })
}

/// Whether the taker stopped before the last row.
fn ask(statement: &Statement<'_>, asked: &Arc<Asked>, rows: &mut dyn Rows) -> Result<bool, SqlError> {
    let sql_error = |error| sql_error(statement, error);
    let db = connection(asked).map_err(sql_error)?;
    let mut prepared = db.prepare(&statement.sql).map_err(|error| match sql_error(error) {
        // Nothing has run yet: it is the text that is wrong, if SQLite does not know where.
        SqlError::Failed(message) => SqlError::Syntax { message, span: None },
        other => other,
    })?;
    let n_columns = prepared.column_count();
    if n_columns == 0 || !prepared.readonly() {
        // What has nothing to do, and so asks for no permission, such as REINDEX without an index.
        return Err(SqlError::Refused("not a question".to_owned()));
    }
    let names = prepared.column_names().into_iter().map(|name| statement.as_written(name));
    if rows.columns(names.collect()).is_break() {
        return Ok(true);
    }
    let mut answer = prepared.raw_query();
    while let Some(row) = answer.next().map_err(sql_error)? {
        let cells = (0..n_columns).map(|idx| row.get_ref(idx).map(Cell::from));
        if rows.row(cells.collect::<rusqlite::Result<_>>().map_err(sql_error)?).is_break() {
            return Ok(true);
        }
    }
    Ok(false)
}

/// One for a single statement, with the tables and nothing else.
fn connection(asked: &Arc<Asked>) -> rusqlite::Result<Connection> {
    let db = Connection::open_in_memory()?;
    register(&db, asked)?;
    percentile::register(&db)?;
    guard::restrict(&db)?;
    let cancel = asked.cancel.clone();
    db.progress_handler(STEPS_BETWEEN_LOOKS, Some(move || cancel.is_cancelled()))?;
    Ok(db)
}

fn sql_error(statement: &Statement<'_>, error: rusqlite::Error) -> SqlError {
    match error {
        rusqlite::Error::SqlInputError { msg, offset, .. } => {
            let span = usize::try_from(offset).ok().map(|at| statement.span(at));
            SqlError::Syntax { message: statement.as_written(&msg), span }
        }
        rusqlite::Error::SqliteFailure(failure, message) => match failure.code {
            ErrorCode::OperationInterrupted => SqlError::Cancelled,
            code => {
                let message = statement.as_written(&message.unwrap_or_else(|| failure.to_string()));
                match code {
                    ErrorCode::AuthorizationForStatementDenied => SqlError::Refused(message),
                    _ => SqlError::Failed(message),
                }
            }
        },
        other => SqlError::Failed(other.to_string()),
    }
}
