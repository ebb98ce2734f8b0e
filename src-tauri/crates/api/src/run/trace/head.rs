use super::{colors, findings, flags, open, span_name};
use crate::columns::Columns;
use crate::error::ApiError;
use crate::run::count32;
use crate::wire::*;
use skep_engine::model::EventKind;
use skep_engine::query::{Cancel, Oddity, overview};
use skep_engine::{TraceView, View};

/// Strips of the overview: about one for each pixel of its height, twice on fine screens.
const N_STRIPS: u32 = 96;

/// One trace as a whole: [`TraceHead`] and its overview.
///
/// # Errors
/// When the id is none, the trace is not there, or `cancel` was called.
pub fn trace(view: &View, request: &TraceRequest, cancel: &Cancel) -> Result<Vec<u8>, ApiError> {
    let trace = open(view, &request.trace_id, cancel)?;
    let waterfall = &trace.waterfall;
    let analysis = trace.analysis();
    let n_odd = |is: &dyn Fn(&Oddity) -> bool| count32(waterfall.oddity.iter().filter(|odd| is(odd)).count());
    let is_root = |row: &usize| {
        waterfall.depth[*row] == 0 && !waterfall.oddity[*row].orphan && !waterfall.oddity[*row].cyclic
    };
    let strips = overview(waterfall, &trace.labels.is_error, N_STRIPS);
    let rows: Vec<u32> = strips.iter().map(|strip| strip.row).collect();
    let (color_values, color_of) = colors(&trace, &rows, &request.color_by)?;
    let head = TraceHead {
        trace_id: trace.trace_id.to_string(),
        pinned: view.snapshot().is_pinned(trace.trace_id),
        start_ns: waterfall.start.to_string(),
        duration_ns: waterfall.total.to_string(),
        main: analysis.main_row.map(|row| span_name(&trace, row as usize)),
        n_spans: count32(waterfall.len()),
        n_all: count32(trace.n_events()),
        n_errors: count32(trace.labels.is_error.iter().filter(|is_error| **is_error).count()),
        n_orphans: n_odd(&|odd| odd.orphan),
        n_running: n_odd(&|odd| odd.running),
        n_roots: count32((0..waterfall.len()).filter(is_root).count()),
        n_cyclic: n_odd(&|odd| odd.cyclic),
        n_shared_ids: n_odd(&|odd| odd.shared_id),
        n_backwards: n_odd(&|odd| odd.backwards),
        n_events: count32(trace.count(EventKind::SpanEvent)),
        n_links: count32(trace.count(EventKind::Link)),
        n_logs: count32(trace.count(EventKind::Log)),
        n_without_span: count32(trace.n_without_span()),
        depth_max: waterfall.depth.iter().copied().max().unwrap_or(0),
        services: trace.services.iter().map(|service| service.to_string()).collect(),
        critical: critical_shares(&trace),
        findings: findings::findings(&trace)?,
        n_strips: N_STRIPS.min(count32(waterfall.len())),
        colors: color_values,
        generation: view.snapshot().generation(),
    };
    let mut columns = Columns::new();
    columns.u32s("strip", strips.iter().map(|strip| strip.strip));
    columns.f64s("start", rows.iter().map(|row| waterfall.offset[*row as usize].0 as f64));
    columns.f64s("duration", rows.iter().map(|row| waterfall.duration[*row as usize].0 as f64));
    columns.u32s("color", color_of.into_iter());
    columns.u32s("flags", rows.iter().map(|row| flags(&trace, *row as usize)));
    Ok(columns.finish(&head))
}

/// Each service's share of the critical path, largest first.
fn critical_shares(trace: &TraceView) -> Vec<ServiceShare> {
    let mut by_service = vec![0.0; trace.services.len()];
    for (row, critical) in trace.analysis().critical.iter().enumerate() {
        by_service[trace.labels.service[row] as usize] += critical.0 as f64;
    }
    let whole = by_service.iter().sum::<f64>().max(1.0);
    let mut shares: Vec<ServiceShare> = by_service
        .iter()
        .zip(&trace.services)
        .filter(|(critical, _)| **critical > 0.0)
        .map(|(critical, service)| ServiceShare {
            service: service.to_string(),
            self_share: *critical / whole,
        })
        .collect();
    shares.sort_by(|a, b| b.self_share.total_cmp(&a.self_share));
    shares
}
