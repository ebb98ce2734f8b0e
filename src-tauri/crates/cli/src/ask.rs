//! Questions to a store, beside the process that writes it or after that process died.

use crate::args::{Baseline, BubbleupArgs, DataDir, QueryArgs, StatusArgs, TraceArgs, Unit};
use crate::failure::Failure;
use crate::table::{Align, Table};
use crate::when::range;
use serde::Serialize;
use skep_api::wire::{
    BubbleupBaseline, BubbleupReply, BubbleupRequest, BubbleupSelection, BubbleupUnit, Cover, Explanation,
    QueryReply, QueryRequest, Status, Term, TraceDocument, TranslateRequest,
};
use skep_engine::query::Cancel;
use skep_engine::settings::{default_settings_path, load};
use skep_engine::store::clock::SystemClock;
use skep_engine::{Reader, View};
use std::io::Write;
use std::path::PathBuf;

pub(crate) fn data_dir(given: &DataDir) -> Result<PathBuf, Failure> {
    given
        .data_dir
        .clone()
        .or_else(|| load(&settings_path(given)?).settings.data_dir)
        .or_else(skep_engine::default_data_dir)
        .ok_or_else(|| Failure::Usage("this system names no home directory; say --data-dir DIR".to_owned()))
}

/// The settings' file that holds; nothing where the system names no place for one.
pub(crate) fn settings_path(given: &DataDir) -> Option<PathBuf> {
    given.settings.clone().or_else(default_settings_path)
}

fn open(given: &DataDir) -> Result<(Reader, PathBuf), Failure> {
    let dir = data_dir(given)?;
    Ok((skep_engine::open_reader(&dir)?, dir))
}

/// Never dropped: the process ends with its answer, and giving back what it read value by value would only delay that.
pub(crate) fn view(given: &DataDir) -> Result<&'static View, Failure> {
    let (reader, _) = open(given)?;
    Ok(Box::leak(Box::new(View::new(reader.snapshot().clone()))))
}

/// Prints an answer as one line of JSON, or as text for people.
pub(crate) fn print<T: Serialize>(
    answer: &T,
    json: bool,
    text: impl FnOnce(&T) -> String,
) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    if json {
        serde_json::to_writer(&mut out, answer)?;
        writeln!(out)?;
    } else {
        out.write_all(text(answer).as_bytes())?;
    }
    Ok(())
}

pub(crate) fn query(args: &QueryArgs) -> Result<(), Failure> {
    let clock = SystemClock::new();
    let times = range(&args.times, &clock)?;
    let text = args.text.clone().unwrap_or_else(|| composed(args));
    if args.honeycomb {
        let forms = skep_api::translate(&TranslateRequest { text: text.clone() })
            .map_err(|error| Failure::of_answer(&error, &text))?;
        writeln!(std::io::stdout(), "{}", forms.honeycomb)?;
        return Ok(());
    }
    let request = QueryRequest { text, start_ns: times.start_ns, end_ns: times.end_ns, foot: args.total };
    let answer = skep_api::query(view(&args.store)?, &clock, &request, &Cancel::default())
        .map_err(|error| Failure::of_answer(&error, &request.text))?;
    print(&answer, args.json, query_text)
}

/// The text form of a query given clause by clause.
fn composed(args: &QueryArgs) -> String {
    let clauses = [
        ("SELECT", Some(args.select.clone().unwrap_or_else(|| "COUNT".to_owned()))),
        ("WHERE", args.filter.clone().filter(|filter| !filter.trim().is_empty())),
        ("GROUP BY", args.group_by.clone()),
        ("ORDER BY", args.order_by.clone()),
        ("LIMIT", args.limit.map(|limit| limit.to_string())),
    ];
    let clauses = clauses.into_iter().filter_map(|(name, body)| Some(format!("{name} {}", body?)));
    clauses.collect::<Vec<_>>().join(" ")
}

fn query_text(answer: &QueryReply) -> String {
    let mut table = Table::new(answer.columns.iter().map(|column| (column.as_str(), Align::ByContent)));
    for row in &answer.rows {
        table.row(row.iter().map(cell));
    }
    let others = format!("OTHER ({})", answer.groups_other);
    for (name, figures) in [(others.as_str(), &answer.other), ("TOTAL", &answer.total)] {
        let Some(figures) = figures else { continue };
        let keys =
            (0..answer.columns.len() - figures.len()).map(|at| if at == 0 { name } else { "" }.to_owned());
        table.row(keys.chain(figures.iter().map(cell)));
    }
    let errors = answer.columns.iter().zip(&answer.approximate);
    let errors = errors.filter_map(|(column, error)| Some(within_text(column, (*error)?)));
    let errors: String = errors.collect();
    format!(
        "{table}{errors}{} of {} groups, {} of {} events, {:.1} ms\n",
        answer.rows.len(),
        answer.groups,
        answer.rows_matched,
        answer.rows_examined,
        answer.elapsed_ms
    )
}

/// By how much a column's numbers may be off, rounded up.
fn within_text(column: &str, error: f64) -> String {
    format!("{column} within {} %\n", (error * 1e4).ceil() / 100.0)
}

fn cell(value: &serde_json::Value) -> String {
    match value {
        serde_json::Value::Null => "-".to_owned(),
        serde_json::Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

pub(crate) fn trace(args: &TraceArgs) -> Result<(), Failure> {
    let document = skep_api::trace_document(view(&args.store)?, &args.id)
        .map_err(|error| Failure::of_answer(&error, &args.id))?;
    print(&document, args.json, trace_text)
}

fn trace_text(document: &TraceDocument) -> String {
    let columns =
        [("span", Align::Left), ("duration", Align::Right), ("self", Align::Right), ("status", Align::Left)];
    let mut table = Table::new(columns);
    for span in &document.spans {
        let name = format!("{}{} {}", "  ".repeat(span.depth as usize), span.service, span.name);
        table.row([name, millis(&span.duration_ns), millis(&span.self_ns), span.status.clone()]);
    }
    format!("trace {}\n{table}", document.trace_id)
}

fn millis(ns: &str) -> String {
    ns.parse::<f64>().map_or_else(|_| ns.to_owned(), |ns| format!("{:.3} ms", ns / 1e6))
}

pub(crate) fn bubbleup(args: &BubbleupArgs) -> Result<(), Failure> {
    let clock = SystemClock::new();
    let times = range(&args.times, &clock)?;
    let request = BubbleupRequest {
        filter: args.filter.clone(),
        start_ns: times.start_ns,
        end_ns: times.end_ns,
        selection: BubbleupSelection { filter: Some(selection(args)?), ..BubbleupSelection::default() },
        baseline: baseline(args),
        fields: args.field.clone(),
        unit: match args.unit {
            Unit::Trace => BubbleupUnit::Trace,
            Unit::Event => BubbleupUnit::Event,
        },
    };
    let answer = skep_api::bubbleup(view(&args.store)?, &clock, &request, &Cancel::default())
        .map_err(|error| Failure::of_answer(&error, args.selection.as_deref().unwrap_or_default()))?;
    print(&answer, args.json, bubbleup_text)
}

/// What was picked; after a mark, marks themselves left out.
fn selection(args: &BubbleupArgs) -> Result<String, Failure> {
    let picked = args.selection.clone().unwrap_or_default();
    let Some(name) = &args.since_mark else { return Ok(picked) };
    let moment = crate::mark::moment_of(view(&args.store)?, name)?;
    let after = format!("timestamp_ns >= {moment} AND name != marker");
    Ok(if picked.trim().is_empty() { after } else { format!("({picked}) AND {after}") })
}

fn baseline(args: &BubbleupArgs) -> BubbleupBaseline {
    match (&args.against, args.baseline) {
        (Some(filter), _) => {
            BubbleupBaseline::Filter { filter: filter.clone(), start_ns: None, end_ns: None }
        }
        (None, Baseline::Rest) => BubbleupBaseline::Rest,
        (None, Baseline::SameTime) => BubbleupBaseline::SameTime,
        (None, Baseline::SameValues) => BubbleupBaseline::SameValues,
    }
}

fn bubbleup_text(answer: &BubbleupReply) -> String {
    let mut text = format!("selection {}, the rest {}\n", answer.selection.n, answer.baseline.n);
    if answer.too_few {
        text += "fewer than ten on a side: too few to call anything clear\n";
    }
    for explanation in &answer.explanations {
        let Explanation { terms, also, coverage, baseline, precision, risk_ratio_low, .. } = explanation;
        text += &format!(
            "{} of the selection and {} of the rest: {}\n",
            percent(*coverage),
            percent(*baseline),
            joined(terms)
        );
        let ratio = risk_ratio_low.map(|low| format!(", at least {low:.1} times likelier than without"));
        text += &format!("  {} of them are selected{}\n", percent(*precision), ratio.unwrap_or_default());
        if !also.is_empty() {
            text += &format!("  the same, or nearly: {}\n", joined(also));
        }
    }
    if let Some(Cover { parts, coverage, baseline }) =
        answer.cover.as_ref().filter(|cover| cover.parts.len() > 1)
    {
        let parts: Vec<String> = parts.iter().map(|part| joined(&part.terms)).collect();
        let (coverage, baseline) = (percent(*coverage), percent(*baseline));
        text += &format!(
            "together {coverage} of the selection and {baseline} of the rest: {}\n",
            parts.join("; ")
        );
    }
    let columns = [
        ("field", Align::Left),
        ("value", Align::Left),
        ("selection", Align::Right),
        ("the rest", Align::Right),
        ("q", Align::Right),
    ];
    let mut table = Table::new(columns);
    for field in answer.fields.iter().filter(|field| !field.chance) {
        for value in field.values.iter().take(3) {
            let q = format!("{:.2e}", field.q);
            table.row([
                field.field.clone(),
                cell(&value.value),
                percent(value.selection),
                percent(value.baseline),
                q,
            ]);
        }
    }
    let n_chance = answer.fields.iter().filter(|field| field.chance).count();
    format!("{text}{table}{n_chance} more fields could be chance\n")
}

fn joined(terms: &[Term]) -> String {
    let terms = terms.iter().map(|term| match &term.value {
        serde_json::Value::Null => format!("{} {}", term.field, term.op),
        value => format!("{} {} {}", term.field, term.op, cell(value)),
    });
    terms.collect::<Vec<_>>().join(" and ")
}

fn percent(share: f64) -> String {
    format!("{:.1} %", share * 100.0)
}

pub(crate) fn status(args: &StatusArgs) -> Result<(), Failure> {
    let (reader, dir) = open(&args.store)?;
    print(&skep_api::reader_status(&reader, &dir), args.json, status_text)
}

fn status_text(status: &Status) -> String {
    let mut text = format!(
        "{}\nreceived {} = stored {} + rejected {} + dropped {} + duplicate {} events\n{} can be read, {} bytes on disk\n",
        status.data_dir,
        status.received,
        status.stored,
        status.rejected,
        status.dropped,
        status.duplicate,
        status.readable,
        status.bytes
    );
    for to in &status.forward {
        text += &format!(
            "to {}: {} acknowledged, {} waiting, {} refused\n",
            to.url, to.acknowledged, to.waiting, to.refused
        );
    }
    for notice in &status.notices {
        text += &format!("{} {}\n", notice.count, notice.message);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_column_that_is_not_exact_is_named_below_the_rows() {
        let exact = QueryReply {
            columns: ["name", "COUNT", "P99(duration_ms)"].map(str::to_owned).into(),
            approximate: vec![None; 3],
            rows: vec![vec!["checkout".into(), 12.into(), 3.5.into()]],
            rows_examined: 20,
            rows_matched: 12,
            groups: 1,
            total: None,
            other: None,
            groups_other: 0,
            elapsed_ms: 1.0,
        };
        let approximate = QueryReply { approximate: vec![None, None, Some(1.0 / 1025.0)], ..exact.clone() };
        expect_test::expect![[r"
            name      COUNT  P99(duration_ms)
            checkout     12               3.5
            1 of 1 groups, 12 of 20 events, 1.0 ms
        "]]
        .assert_eq(&query_text(&exact));
        expect_test::expect![[r"
            name      COUNT  P99(duration_ms)
            checkout     12               3.5
            P99(duration_ms) within 0.1 %
            1 of 1 groups, 12 of 20 events, 1.0 ms
        "]]
        .assert_eq(&query_text(&approximate));
    }
}
