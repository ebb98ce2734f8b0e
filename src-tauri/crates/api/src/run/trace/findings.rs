use super::span_name;
use crate::error::ApiError;
use crate::run::count32;
use crate::wire::TraceFinding;
use skep_engine::TraceView;
use skep_engine::model::fields;
use skep_engine::query::NO_ROW;

/// Of each kind so many are told; the picture shows the rest.
const FINDINGS_MAX: usize = 3;

/// Repeats that take less of their parent's time are only folded.
const REPEATS_SHARE_MIN: f64 = 0.1;

/// What a trace says about itself, errors first, then what costs most.
pub(super) fn findings(trace: &TraceView) -> Result<Vec<TraceFinding>, ApiError> {
    let mut findings = Vec::new();
    errors(trace, &mut findings)?;
    repeats(trace, &mut findings);
    let analysis = trace.analysis();
    // A sequence of nothing but one group was told as that group.
    let is_group = |rows: &[u32]| {
        let group = |row: &u32| analysis.repeats.of_row[*row as usize];
        group(&rows[0]) != NO_ROW && rows.iter().all(|row| group(row) == group(&rows[0]))
    };
    let several = analysis.sequences.iter().filter(|sequence| !is_group(&sequence.rows));
    findings.extend(several.take(FINDINGS_MAX).map(|sequence| TraceFinding::Sequence {
        at: span_name(trace, sequence.rows[0] as usize),
        parent: span_name(trace, sequence.parent as usize),
        n: count32(sequence.rows.len()),
        total_ns: sequence.total.0 as f64,
        saving_ns: sequence.saving.0 as f64,
    }));
    findings.extend(analysis.skews.iter().take(FINDINGS_MAX).map(|skew| TraceFinding::ClockSkew {
        at: span_name(trace, skew.row as usize),
        caller: trace.services[skew.caller as usize].to_string(),
        behind_ns: skew.behind_ns as f64,
        n_impossible: skew.n_impossible,
        n_calls: skew.n_calls,
    }));
    Ok(findings)
}

fn errors(trace: &TraceView, findings: &mut Vec<TraceFinding>) -> Result<(), ApiError> {
    let waterfall = &trace.waterfall;
    let mut origins: Vec<(u32, u32)> = Vec::new();
    for row in &trace.analysis().errors.origins {
        let (mut n_above, mut up) = (0, waterfall.parent[*row as usize]);
        while up != NO_ROW && trace.labels.is_error[up as usize] {
            n_above += 1;
            up = waterfall.parent[up as usize];
        }
        origins.push((n_above, *row));
    }
    // What made most others fail is told first.
    origins.sort_by_key(|(n_above, row)| (u32::MAX - n_above, *row));
    origins.truncate(FINDINGS_MAX);
    let rows: Vec<u32> = origins.iter().map(|(_, row)| *row).collect();
    let messages = trace.values(fields::STATUS_MESSAGE, &rows)?;
    let exceptions = trace.values("exception.message", &rows)?;
    for (((n_above, row), message), exception) in origins.into_iter().zip(messages).zip(exceptions) {
        let said = |value: Option<skep_engine::model::Value>| {
            value.map(|value| value.to_string()).filter(|text| !text.is_empty())
        };
        findings.push(TraceFinding::ErrorOrigin {
            at: span_name(trace, row as usize),
            n_above,
            message: said(message).or(said(exception)),
        });
    }
    Ok(())
}

fn repeats(trace: &TraceView, findings: &mut Vec<TraceFinding>) {
    let waterfall = &trace.waterfall;
    let repeats = &trace.analysis().repeats;
    let share = |group: usize| {
        let repeat = &repeats.groups[group];
        let of = match repeat.parent {
            NO_ROW => waterfall.total,
            parent => waterfall.duration[parent as usize],
        };
        (repeat.covered.0 as f64 / (of.0 as f64).max(1.0)).min(1.0)
    };
    let mut groups: Vec<usize> =
        (0..repeats.groups.len()).filter(|group| share(*group) >= REPEATS_SHARE_MIN).collect();
    groups.sort_by_key(|group| (u64::MAX - repeats.groups[*group].covered.0, *group));
    for group in groups.into_iter().take(FINDINGS_MAX) {
        let repeat = &repeats.groups[group];
        findings.push(TraceFinding::Repeats {
            at: span_name(trace, repeats.rows(group as u32)[0] as usize),
            parent: (repeat.parent != NO_ROW).then(|| span_name(trace, repeat.parent as usize)),
            n: count32(repeat.n()),
            covered_ns: repeat.covered.0 as f64,
            share: share(group),
            calls: repeat.are_calls,
            one_by_one: repeat.is_one_by_one(),
        });
    }
}
