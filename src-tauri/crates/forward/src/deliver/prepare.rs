//! From log entries to what is sent of them.

use super::batch::Batch;
use super::client::Client;
use super::parcel::Parcel;
use super::settle::NO_PLACE;
use crate::limits::Limits;
use crate::look::Look;
use rustc_hash::FxHashMap;
use skep_model::Event;
use skep_policy::{Gate, PolicyError, Tally};
use skep_store::{Decode, LogEntry, LogFrame};
use std::sync::Arc;

/// What of entries leaves, after the gate.
struct Passed {
    events: Vec<Event>,
    n_left_out: u64,
    n_unread: u64,
    tally: Tally,
}

/// Why an entry of the log is refused that cannot be opened.
const DAMAGED: &str = "damaged where it was kept";

/// A batch of some entries: as they lie in the log where they may, else as they came, else written anew.
///
/// # Errors
/// Why nothing may leave: a rule failed, or what it needs to know cannot be had.
pub(super) async fn prepare(
    frames: Vec<LogFrame>,
    client: &Client,
    gate: Option<&Arc<Gate>>,
    decode: &Decode,
    look: &Arc<dyn Look>,
    limits: &Limits,
) -> Result<(Batch, Tally), String> {
    let is_taken = frames.iter().all(|frame| client.takes(frame.encoding));
    let mut batch = Batch::new(&frames, None, limits);
    if gate.is_none() && is_taken && client.takes_frames() && Parcel::may_be_frames(&frames) {
        batch.parcels.extend(Parcel::of_frames(frames));
        return Ok((batch, Tally::default()));
    }
    let entries = open(frames, &mut batch).await;
    let Some(gate) = gate else {
        if is_taken {
            batch.parcels.extend(Parcel::of_entries(entries));
            return Ok((batch, Tally::default()));
        }
        if let Some((parcels, n_orphans)) =
            Parcel::of_entries(entries).and_then(|mut parcel| parcel.rewrite_as_otlp(decode))
        {
            batch.note_refused(n_orphans, NO_PLACE.to_owned(), None);
            batch.parcels.extend(parcels);
        }
        return Ok((batch, Tally::default()));
    };
    let dataset = entries.first().filter(|entry| !entry.encoding.is_honeycomb());
    let dataset = dataset.and_then(|entry| entry.dataset.clone());
    let (gate, decode, look) = (Arc::clone(gate), decode.clone(), Arc::clone(look));
    let judged = tokio::task::spawn_blocking(move || pass(&entries, &gate, &decode, &*look)).await;
    // A rule that panics has judged nothing.
    let passed = judged.map_err(|_| "a rule failed; nothing was sent".to_owned())?;
    let Passed { events, n_left_out, n_unread, tally } = passed.map_err(|error| error.to_string())?;
    let (parcels, n_orphans) = Parcel::of_events(events, dataset.as_ref());
    batch.note_left_out(n_left_out);
    batch.note_refused(n_orphans + n_unread, NO_PLACE.to_owned(), None);
    batch.parcels.extend(parcels);
    Ok((batch, tally))
}

/// The entries that can be opened; the others are refused.
async fn open(frames: Vec<LogFrame>, batch: &mut Batch) -> Vec<LogEntry> {
    let opened = tokio::task::spawn_blocking(move || {
        let opened = frames.into_iter().map(|frame| {
            let n_events = frame.n_events;
            frame.open().ok_or(n_events)
        });
        opened.collect::<Vec<Result<LogEntry, u64>>>()
    });
    // It fails only when the runtime ends, and this task with it.
    let mut entries = Vec::new();
    for opened in opened.await.unwrap_or_default() {
        match opened {
            Ok(entry) => entries.push(entry),
            Err(n_events) => batch.note_refused(n_events, DAMAGED.to_owned(), None),
        }
    }
    entries
}

fn pass(entries: &[LogEntry], gate: &Gate, decode: &Decode, look: &dyn Look) -> Result<Passed, PolicyError> {
    let mut passed = Passed { events: Vec::new(), n_left_out: 0, n_unread: 0, tally: Tally::default() };
    for entry in entries {
        let columns = decode.events(entry);
        let events = columns.events();
        passed.n_unread += entry.n_events.saturating_sub(events.len() as u64);
        let left = judge(events, columns, gate, look)?;
        passed.n_left_out += left.n_filtered + left.n_sampled;
        passed.tally.add(&left.tally);
        passed.events.extend(left.events);
    }
    Ok(passed)
}

/// What leaves of some events, given also as columns for the filter.
pub(crate) fn judge(
    events: Vec<Event>,
    columns: skep_model::columns::EventColumns,
    gate: &Gate,
    look: &dyn Look,
) -> Result<skep_policy::Left, PolicyError> {
    let matching = gate.filter().map(|filter| look.matching(columns, filter)).transpose();
    let matching = matching.map_err(PolicyError::Judge)?;
    let facts = match gate.needs_facts() {
        true => look.traces(&Gate::traces_of(&events)).map_err(PolicyError::Judge)?,
        false => FxHashMap::default(),
    };
    gate.apply(events, matching.as_ref(), &facts)
}
