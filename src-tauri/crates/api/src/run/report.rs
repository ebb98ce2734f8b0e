//! What to send along when something is wrong. It says how this Skep is and never what it was sent: no name of a
//! service, no key or value of an attribute, no token, no key of a destination.

use super::status;
use crate::wire::*;
use skep_engine::settings::Kind;
use skep_engine::{Engine, store};
use std::fmt::Write;

pub(super) fn report(engine: &Engine) -> ReportReply {
    let facts = facts(engine);
    let mut text = "## Skep\n\n".to_owned();
    table(&mut text, &facts);
    text += "\n## Received\n\n";
    let status = status(engine);
    table(&mut text, &counts(&status));
    if !status.forward.is_empty() {
        text += "\n## Sent on\n\n";
        let lines: Vec<Fact> =
            status.forward.iter().enumerate().map(|(n, one)| destination(n, one)).collect();
        table(&mut text, &lines);
    }
    text += "\n## Settings that are not as usual\n\n";
    let changed = engine.settings().fields().into_iter().filter(|now| now.value != now.usual);
    // A folder's name is a person's own; it is enough that there is one.
    let value = |now: &skep_engine::settings::FieldNow| match now.field.kind {
        Kind::Text if now.field.key == "storage.dir" => "(a folder of its own)".to_owned(),
        _ => now.value.clone(),
    };
    let changed: Vec<Fact> = changed.map(|now| fact(now.field.key, value(&now))).collect();
    table(&mut text, &changed);
    ReportReply { text, log_dir: skep_engine::log_dir().map(|dir| dir.display().to_string()), facts }
}

fn facts(engine: &Engine) -> Vec<Fact> {
    let snapshot = engine.snapshot();
    let (bytes, bytes_limit) = engine.disk_bytes();
    let mut facts = vec![
        fact("Skep", env!("CARGO_PKG_VERSION")),
        fact("System", format!("{} {}", std::env::consts::OS, std::env::consts::ARCH)),
        fact("SQLite", store::sqlite_version()),
        fact("Store", format!("{bytes} of {bytes_limit} bytes")),
        fact("Segments", snapshot.segments().len()),
        fact("Events", snapshot.n_rows()),
        fact("Receiving", if engine.is_paused() { "paused" } else { "yes" }),
    ];
    for endpoint in engine.endpoints() {
        let taken =
            if endpoint.taken { format!(", as {} was taken", endpoint.requested) } else { String::new() };
        facts.push(fact(endpoint.protocol.as_str(), format!("{}{taken}", endpoint.bound)));
    }
    facts
}

fn counts(status: &Status) -> Vec<Fact> {
    let mut counts = vec![
        fact("received", status.received),
        fact("stored", status.stored),
        fact("rejected", status.rejected),
        fact("dropped", status.dropped),
        fact("duplicate", status.duplicate),
        fact("repaired", status.repaired),
        fact("truncated", status.truncated),
        fact("evicted", status.evicted),
    ];
    // Of notices the code alone: their words may hold a path.
    counts.extend(status.notices.iter().map(|notice| fact(&notice.code, notice.count)));
    counts
}

fn destination(n: usize, one: &ForwardStatus) -> Fact {
    let ForwardStatus { state, sent, acknowledged, waiting, refused, .. } = one;
    let words =
        format!("{state:?}, sent {sent}, acknowledged {acknowledged}, waiting {waiting}, refused {refused}");
    fact(&format!("destination {}", n + 1), words)
}

fn table(text: &mut String, facts: &[Fact]) {
    if facts.is_empty() {
        *text += "none\n";
        return;
    }
    *text += "| | |\n|---|---|\n";
    for Fact { name, value } in facts {
        let _ = writeln!(text, "| {name} | {} |", value.replace('|', "\\|"));
    }
}

#[expect(clippy::needless_pass_by_value, reason = "a row of a table: what is said is made for it")]
fn fact(name: &str, value: impl ToString) -> Fact {
    Fact { name: name.to_owned(), value: value.to_string() }
}
