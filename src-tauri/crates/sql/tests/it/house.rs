//! A store with events in it, and statements about them.

use skep_engine::View;
use skep_engine::model::columns::EventColumns;
use skep_engine::query::{Cancel, TimeRange};
use skep_engine::store::clock::{Clock, SystemClock};
use skep_engine::store::{Append, Config, Limits, LogEntry, Store};
use skep_model::{Encoding, Event, Nanos, Signal};
use skep_sql::{Cell, Ran, Rows, SqlError};
use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::Duration;
use tempfile::TempDir;

/// The smallest segment that a store seals.
const SEGMENT_ROWS: usize = 1 << 10;

pub(crate) struct House {
    pub(crate) view: View,
    _store: Store,
    _dir: TempDir,
}

impl House {
    /// Everything still in memory.
    pub(crate) async fn of(events: Vec<Event>) -> Self {
        Self::with_segments(&[events], 0).await
    }

    /// At least so many segments sealed before the last batch arrives.
    pub(crate) async fn with_segments(batches: &[Vec<Event>], n_sealed_min: usize) -> Self {
        let dir = TempDir::new().unwrap();
        let limits = Limits { segment_rows: SEGMENT_ROWS, ..Limits::default() };
        let clock = Arc::new(SystemClock::new());
        // Nothing here is read again from the log.
        let decode = |_: &LogEntry| EventColumns::default();
        let store =
            Store::open(Config { dir: dir.path().to_owned(), decode: decode.into(), limits, clock }).unwrap();
        for (number, events) in batches.iter().enumerate() {
            if number + 1 == batches.len() {
                wait_until_sealed(&store, n_sealed_min).await;
            }
            let append = Append {
                received: Nanos(number as u64),
                signal: Signal::Traces,
                encoding: Encoding::Protobuf,
                dataset: None,
                body: number.to_le_bytes().to_vec(),
                columns: EventColumns::of_events(events),
                n_rejected: 0,
                n_spans_rejected: 0,
            };
            store.append(append).await.unwrap();
        }
        let view = View::new(store.snapshot());
        assert_eq!(view.snapshot().n_rows(), batches.iter().map(Vec::len).sum::<usize>());
        Self { view, _store: store, _dir: dir }
    }

    pub(crate) fn try_ask(&self, text: &str, range: TimeRange) -> Result<Answer, SqlError> {
        let mut answer = Answer::default();
        answer.ran = Some(skep_sql::run(&self.view, text, range, &Cancel::default(), &mut answer)?);
        Ok(answer)
    }

    pub(crate) fn answer(&self, text: &str) -> Answer {
        self.try_ask(text, TimeRange::ALL).unwrap_or_else(|error| panic!("{text}: {error:?}"))
    }

    /// The rows of an answer, cells side by side.
    pub(crate) fn ask(&self, text: &str) -> String {
        self.answer(text).shown()
    }
}

async fn wait_until_sealed(store: &Store, n_sealed_min: usize) {
    let waited = SystemClock::new();
    let is_sealed = || {
        let snapshot = store.snapshot();
        snapshot.segments().iter().filter(|segment| segment.is_sealed()).count() >= n_sealed_min
    };
    while !is_sealed() {
        assert!(waited.elapsed() < Duration::from_secs(60), "nothing was sealed");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// What came out.
#[derive(Default)]
pub(crate) struct Answer {
    pub(crate) columns: Vec<String>,
    pub(crate) rows: Vec<Vec<Cell>>,
    pub(crate) ran: Option<Ran>,
    /// Rows after which no more are wanted; 0 means all of them.
    pub(crate) rows_max: usize,
}

impl Answer {
    pub(crate) fn examined(&self) -> u64 {
        self.ran.unwrap().rows_examined
    }

    pub(crate) fn shown(&self) -> String {
        let cell = |cell: &Cell| match cell {
            Cell::Null => "-".to_owned(),
            Cell::Text(text) => format!("'{text}'"),
            Cell::Blob(_) => format!("x'{cell}'"),
            Cell::Int(_) | Cell::Real(_) => cell.to_string(),
        };
        self.rows.iter().map(|row| row.iter().map(cell).collect::<Vec<_>>().join(" ") + "\n").collect()
    }
}

impl Rows for Answer {
    fn columns(&mut self, names: Vec<String>) -> ControlFlow<()> {
        self.columns = names;
        ControlFlow::Continue(())
    }

    fn row(&mut self, cells: Vec<Cell>) -> ControlFlow<()> {
        if self.rows_max > 0 && self.rows.len() == self.rows_max {
            return ControlFlow::Break(());
        }
        self.rows.push(cells);
        ControlFlow::Continue(())
    }
}
