use super::{range, timed};
use crate::error::{ApiError, ErrorCode};
use crate::wire::*;
use skep_engine::View;
use skep_engine::query::Cancel;
use skep_engine::store::clock::Clock;
use skep_sql::{Cell, Rows, SqlError};
use std::ops::ControlFlow;
use std::time::Duration;

/// How much of an answer is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SqlLimits {
    /// Rows at most.
    pub rows_max: usize,
    /// Bytes of texts and blobs at most, but for the row that goes beyond.
    pub bytes_max: usize,
}

impl SqlLimits {
    /// What a page can hold.
    pub const REPLY: SqlLimits = SqlLimits { rows_max: 10_000, bytes_max: 16 << 20 };

    /// All of it.
    pub const NONE: SqlLimits = SqlLimits { rows_max: usize::MAX, bytes_max: usize::MAX };
}

/// How long a statement of a page may take. SQL can ask for what takes for ever.
pub(super) const SQL_TIME_MAX: Duration = Duration::from_secs(60);

/// Answers a SQL statement.
///
/// # Errors
/// When it cannot be read or answered, is no question, or was stopped.
pub fn sql(
    view: &View,
    clock: &dyn Clock,
    request: &SqlRequest,
    limits: SqlLimits,
    cancel: &Cancel,
) -> Result<SqlReply, ApiError> {
    let range = range(request.start_ns.as_deref(), request.end_ns.as_deref())?;
    let mut answer = Answer { limits, columns: Vec::new(), rows: Vec::new(), n_bytes: 0 };
    let ran = || Ok(skep_sql::run(view, &request.text, range, cancel, &mut answer)?);
    let (ran, elapsed_ms) = timed(clock, ran)?;
    Ok(SqlReply {
        columns: answer.columns,
        rows: answer.rows,
        more: ran.is_cut,
        rows_examined: ran.rows_examined,
        elapsed_ms,
    })
}

/// Answers a SQL statement row by row.
///
/// # Errors
/// As [`sql`].
pub fn sql_rows(view: &View, request: &SqlRequest, rows: &mut dyn Rows) -> Result<(), ApiError> {
    let range = range(request.start_ns.as_deref(), request.end_ns.as_deref())?;
    skep_sql::run(view, &request.text, range, &Cancel::default(), rows)?;
    Ok(())
}

struct Answer {
    limits: SqlLimits,
    columns: Vec<String>,
    rows: Vec<Vec<Cell>>,
    n_bytes: usize,
}

impl Rows for Answer {
    fn columns(&mut self, names: Vec<String>) -> ControlFlow<()> {
        self.columns = names;
        ControlFlow::Continue(())
    }

    fn row(&mut self, cells: Vec<Cell>) -> ControlFlow<()> {
        if self.rows.len() == self.limits.rows_max || self.n_bytes >= self.limits.bytes_max {
            return ControlFlow::Break(());
        }
        let n_bytes = |cell: &Cell| match cell {
            Cell::Text(text) => text.len(),
            Cell::Blob(blob) => blob.len() * 2,
            Cell::Null | Cell::Int(_) | Cell::Real(_) => 0,
        };
        self.n_bytes += cells.iter().map(n_bytes).sum::<usize>();
        self.rows.push(cells);
        ControlFlow::Continue(())
    }
}

impl From<SqlError> for ApiError {
    fn from(error: SqlError) -> Self {
        let message = error.to_string();
        match error {
            SqlError::Syntax { span, .. } => {
                let place = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
                let span = span.map(|(at, len)| (place(at), place(len)));
                Self { span, ..Self::new(ErrorCode::Syntax, message) }
            }
            SqlError::Refused(_) | SqlError::Failed(_) => Self::new(ErrorCode::BadRequest, message),
            SqlError::Cancelled => Self::new(ErrorCode::Internal, "the question was stopped"),
            SqlError::Unreadable(_) => Self::new(ErrorCode::Internal, message),
        }
    }
}
