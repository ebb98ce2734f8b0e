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
use skep_store::{Decode, LogEntry};
use std::sync::Arc;

/// What of entries leaves, after the gate.
struct Passed {
    events: Vec<Event>,
    n_left_out: u64,
    n_unread: u64,
    tally: Tally,
}

/// A batch of some entries: as they came where they may, else written anew.
///
/// # Errors
/// Why nothing may leave: a rule failed, or what it needs to know cannot be had.
pub(super) async fn prepare(
    entries: Vec<LogEntry>,
    client: &Client,
    gate: Option<&Arc<Gate>>,
    decode: &Decode,
    look: &Arc<dyn Look>,
    limits: &Limits,
) -> Result<(Batch, Tally), String> {
    let is_taken = entries.iter().all(|entry| client.takes(entry.encoding));
    let Some(gate) = gate else {
        if is_taken {
            let mut batch = Batch::new(&entries, None, limits);
            batch.parcels.extend(Parcel::of_entries(entries));
            return Ok((batch, Tally::default()));
        }
        let mut batch = Batch::new(&entries, None, limits);
        if let Some((parcels, n_orphans)) =
            Parcel::of_entries(entries).and_then(|parcel| parcel.to_otlp(decode))
        {
            batch.note_refused(n_orphans, NO_PLACE.to_owned(), None);
            batch.parcels.extend(parcels);
        }
        return Ok((batch, Tally::default()));
    };
    let mut batch = Batch::new(&entries, None, limits);
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
