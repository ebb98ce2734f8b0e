use super::{name_of_row, open, trace_id};
use crate::error::{ApiError, ErrorCode};
use crate::run::count32;
use crate::wire::*;
use skep_engine::query::{Cancel, Sides};
use skep_engine::{OtherTrace, TraceShape, View};

/// A trace by its paths, alone or beside others.
///
/// # Errors
/// When an id is none, a trace is not there, or `cancel` was called.
pub fn trace_shape(
    view: &View,
    request: &TraceShapeRequest,
    cancel: &Cancel,
) -> Result<TraceShapeReply, ApiError> {
    let trace = open(view, &request.trace_id, cancel)?;
    let others = match &request.with {
        ShapeWith::Nothing => Vec::new(),
        ShapeWith::Trace { trace_id: other } => vec![open(view, other, cancel)?.trace_id],
        ShapeWith::Typical => view.traces_like(&trace, cancel)?,
    };
    let shape = view.trace_shape(trace_id(&request.trace_id)?, &others, cancel)?;
    let shape =
        shape.ok_or_else(|| ApiError::new(ErrorCode::NotFound, "the trace has just left the store"))?;
    let mut sides = vec![own_side(&shape)];
    if request.with != ShapeWith::Nothing {
        sides.push(other_side(&shape.others));
    }
    let n_traces: Vec<f64> = sides.iter().map(|side| f64::from(side.n_traces.max(1))).collect();
    let nodes = shape.nodes.iter().map(|node| ShapeNode {
        service: node.service,
        name: node.name,
        depth: node.depth,
        subtree_end: node.subtree_end,
        span: (node.sides[0].n > 0).then(|| name_of_row(&shape.trace, node.row as usize)).flatten(),
        sides: node.sides.iter().zip(&n_traces).map(|(side, n_traces)| amounts(side, *n_traces)).collect(),
    });
    Ok(TraceShapeReply {
        nodes: nodes.collect(),
        sides,
        services: shape.services.iter().map(|service| service.to_string()).collect(),
        names: shape.names.iter().map(|name| name.to_string()).collect(),
    })
}

fn amounts(side: &Sides, n_traces: f64) -> ShapeAmounts {
    ShapeAmounts {
        n: side.n as f64 / n_traces,
        share: f64::from(side.n_traces) / n_traces,
        n_errors: side.n_errors as f64 / n_traces,
        total_ns: side.total as f64 / n_traces,
        self_ns: side.self_time as f64 / n_traces,
        below_ns: side.below as f64 / n_traces,
        longest_ns: side.longest as f64,
    }
}

fn own_side(shape: &TraceShape) -> ShapeSide {
    let trace = &shape.trace;
    let root = trace.analysis().main_row.map(|row| row as usize);
    ShapeSide {
        trace_id: Some(trace.trace_id.to_string()),
        service: root.map_or_else(String::new, |row| trace.service(row).to_owned()),
        name: root.map_or_else(String::new, |row| trace.name(row).to_owned()),
        n_traces: 1,
        duration_ns: trace.waterfall.total.0 as f64,
        n_spans: trace.waterfall.len() as f64,
        start_ns: trace.waterfall.start.to_string(),
    }
}

fn other_side(others: &[OtherTrace]) -> ShapeSide {
    let n = others.len().max(1) as f64;
    let (service, name) = others.first().map(|other| other.root.clone()).unwrap_or_default();
    ShapeSide {
        trace_id: (others.len() == 1).then(|| others[0].trace_id.to_string()),
        service,
        name,
        n_traces: count32(others.len()),
        duration_ns: others.iter().map(|other| other.duration.0 as f64).sum::<f64>() / n,
        n_spans: others.iter().map(|other| other.n_spans as f64).sum::<f64>() / n,
        start_ns: others.iter().map(|other| other.start).min().unwrap_or_default().to_string(),
    }
}
