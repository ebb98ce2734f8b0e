use super::honeycomb::{Pasted, is_honeycomb};
use super::trace::json;
use super::{count32, nanos, range, timed};
use crate::columns::Columns;
use crate::error::{ApiError, ErrorCode};
use crate::wire::*;
use skep_engine::View;
use skep_engine::model::{Text, fields as names};
use skep_engine::query::{
    self as engine_query, Baseline, Cancel, Cell, FieldKind, Filter, Scale, Selection, SelectionBox, TermOp,
    TimeRange, Unit,
};
use skep_engine::store::clock::Clock;

/// Buckets of a heatmap at most, and when the request does not say.
const N_X_MAX: u32 = 1_000;
const N_X_DEFAULT: u32 = 80;
const N_Y_MAX: u32 = 200;
const N_Y_DEFAULT: u32 = 32;

/// Values shown of a field.
const VALUES_MAX: usize = 20;

/// Answers a query with a table.
///
/// # Errors
/// When the text cannot be read or answered, or `cancel` was called.
pub fn query(
    view: &View,
    clock: &dyn Clock,
    request: &QueryRequest,
    cancel: &Cancel,
) -> Result<QueryReply, ApiError> {
    let mut range = range(request.start_ns.as_deref(), request.end_ns.as_deref())?;
    let mut text = request.text.clone();
    if is_honeycomb(&text) {
        let pasted = Pasted::read(&text)?;
        if range == TimeRange::ALL {
            range = pasted.range(clock.now());
        }
        text = pasted.query.to_string();
    }
    let (table, elapsed_ms) = timed(clock, || {
        Ok(match request.foot {
            true => view.query_with_foot(&text, range, cancel)?,
            false => view.query(&text, range, cancel)?,
        })
    })?;
    let foot = table.foot.as_ref();
    Ok(QueryReply {
        rows: table.rows.iter().map(|row| cells(row)).collect(),
        total: foot.map(|foot| cells(&foot.total)),
        other: foot.and_then(|foot| foot.other.as_deref()).map(cells),
        groups_other: foot.map_or(0, |foot| foot.groups_other),
        columns: table.columns,
        approximate: table.approximate,
        rows_examined: table.rows_examined,
        rows_matched: table.rows_matched,
        groups: table.groups_total,
        elapsed_ms,
    })
}

/// Values of a result as JSON.
pub(super) fn cells(cells: &[Cell]) -> Vec<serde_json::Value> {
    cells.iter().map(|cell| serde_json::to_value(cell).unwrap_or_default()).collect()
}

/// Counts values of a field over time: [`HeatmapHead`] and its columns.
///
/// # Errors
/// When the filter cannot be read, or `cancel` was called.
pub fn heatmap(
    view: &View,
    clock: &dyn Clock,
    request: &HeatmapRequest,
    cancel: &Cancel,
) -> Result<Vec<u8>, ApiError> {
    let or_default = |n: u32, default: u32, max: u32| if n == 0 { default } else { n.min(max) } as usize;
    let field = if request.field.is_empty() { names::DURATION_MS } else { &request.field };
    let wanted = engine_query::HeatmapRequest {
        filter: View::parse_filter(&request.filter)?,
        field: Text::from(field),
        range: range(request.start_ns.as_deref(), request.end_ns.as_deref())?,
        n_x: or_default(request.n_x, N_X_DEFAULT, N_X_MAX),
        n_y: or_default(request.n_y, N_Y_DEFAULT, N_Y_MAX),
        y: request.min.zip(request.max),
        scale: if request.linear { Scale::Linear } else { Scale::Log },
    };
    let (map, elapsed_ms) = timed(clock, || Ok(view.heatmap(&wanted, cancel)?))?;
    let head = HeatmapHead {
        field: field.to_owned(),
        start_ns: map.start.to_string(),
        step_ns: map.step_ns.to_string(),
        n_x: count32(map.n_x),
        n_y: count32(map.n_y),
        linear: map.scale == Scale::Linear,
        max_count: map.max_count,
        matched: map.matched,
        rows_examined: map.examined,
        elapsed_ms,
        generation: view.snapshot().generation(),
    };
    let mut columns = Columns::new();
    columns.u32s("counts", map.counts.into_iter());
    columns.f64s("y_edges", map.y_edges.into_iter());
    columns.u32s("errors", map.errors.into_iter());
    columns.u32s("under", map.under.into_iter());
    columns.u32s("over", map.over.into_iter());
    Ok(columns.finish(&head))
}

/// Tells why a selection differs from the rest.
///
/// # Errors
/// When an expression cannot be read, nothing was selected, or `cancel` was called.
pub fn bubbleup(
    view: &View,
    clock: &dyn Clock,
    request: &BubbleupRequest,
    cancel: &Cancel,
) -> Result<BubbleupReply, ApiError> {
    let wanted = engine_query::BubbleupRequest {
        base: View::parse_filter(&request.filter)?,
        range: range(request.start_ns.as_deref(), request.end_ns.as_deref())?,
        selection: selection(&request.selection)?,
        unit: match request.unit {
            BubbleupUnit::Trace => Unit::Trace,
            BubbleupUnit::Event => Unit::Event,
        },
        baseline: baseline(&request.baseline)?,
        further_fields: request.fields.iter().map(|field| Text::from(field.as_str())).collect(),
        max_values: VALUES_MAX,
    };
    let (found, elapsed_ms) = timed(clock, || Ok(view.bubbleup(&wanted, cancel)?))?;
    Ok(BubbleupReply {
        unit: request.unit,
        selection: Side { n: found.selection.n },
        baseline: Side { n: found.baseline.n },
        too_few: found.too_few,
        fields: found.fields.iter().map(field).collect(),
        explanations: found.explanations.iter().map(explanation).collect(),
        cover: found.cover.as_ref().map(|cover| Cover {
            parts: cover.parts.iter().map(explanation).collect(),
            coverage: cover.coverage,
            baseline: cover.baseline,
        }),
        by_construction: found.by_construction.iter().map(|field| field.to_string()).collect(),
        rows_examined: view.snapshot().n_rows() as u64,
        elapsed_ms,
    })
}

fn selection(wire: &BubbleupSelection) -> Result<Selection, ApiError> {
    let boxes: Vec<&HeatBox> = wire.heat_box.iter().chain(&wire.boxes).collect();
    match &wire.filter {
        Some(text) if boxes.is_empty() => match View::parse_filter(text)? {
            Filter { expr: None } => {
                Err(ApiError::new(ErrorCode::BadRequest, "the selection is empty: say what was picked"))
            }
            filter => Ok(Selection::Filter(filter)),
        },
        None if !boxes.is_empty() => {
            Ok(Selection::Boxes(boxes.into_iter().map(selection_box).collect::<Result<_, _>>()?))
        }
        _ => Err(ApiError::new(ErrorCode::BadRequest, "a selection is either an expression or boxes")),
    }
}

fn selection_box(wire: &HeatBox) -> Result<SelectionBox, ApiError> {
    Ok(SelectionBox {
        field: Text::from(wire.field.as_str()),
        start: Some(nanos(&wire.start_ns)?),
        end: Some(nanos(&wire.end_ns)?),
        min: Some(wire.min),
        max: Some(wire.max),
    })
}

fn baseline(wire: &BubbleupBaseline) -> Result<Baseline, ApiError> {
    Ok(match wire {
        BubbleupBaseline::Rest => Baseline::Rest,
        BubbleupBaseline::SameTime => Baseline::SameTime,
        BubbleupBaseline::SameValues => Baseline::SameValues,
        BubbleupBaseline::Period { start_ns, end_ns } => {
            Baseline::Period(range(Some(start_ns.as_str()), Some(end_ns.as_str()))?)
        }
        BubbleupBaseline::Filter { filter, start_ns, end_ns } => {
            Baseline::Filter(View::parse_filter(filter)?, range(start_ns.as_deref(), end_ns.as_deref())?)
        }
    })
}

fn field(found: &engine_query::BubbleupField) -> BubbleupField {
    let shares =
        |shares: engine_query::Shares| Shares { selection: shares.selection, baseline: shares.baseline };
    BubbleupField {
        field: found.field.to_string(),
        kind: match found.kind {
            FieldKind::Text => "text",
            FieldKind::Number => "number",
        }
        .to_owned(),
        score: found.score,
        lead: found.lead,
        q: found.q,
        chance: found.chance,
        populated: shares(found.populated),
        values: found
            .values
            .iter()
            .map(|value| ValueShares {
                value: json(&value.value),
                selection: value.shares.selection,
                baseline: value.shares.baseline,
            })
            .collect(),
        bins: found
            .bins
            .iter()
            .map(|bin| BinShares {
                min: bin.min,
                max: bin.max,
                selection: bin.shares.selection,
                baseline: bin.shares.baseline,
            })
            .collect(),
    }
}

fn explanation(found: &engine_query::Explanation) -> Explanation {
    let term = |term: &engine_query::Term| Term {
        field: term.field.to_string(),
        op: match term.op {
            TermOp::Eq => "=",
            TermOp::Ge => ">=",
            TermOp::Lt => "<",
            TermOp::Exists => "exists",
            TermOp::DoesNotExist => "does-not-exist",
        }
        .to_owned(),
        value: json(&term.value),
    };
    Explanation {
        terms: found.terms.iter().map(term).collect(),
        also: found.also.iter().map(term).collect(),
        coverage: found.coverage,
        baseline: found.baseline,
        precision: found.precision,
        risk_ratio: found.risk_ratio,
        risk_ratio_low: found.risk_ratio_low,
    }
}

/// Every field, by name.
///
/// # Errors
/// When the store cannot read a segment.
pub fn fields(view: &View) -> Result<FieldsReply, ApiError> {
    let row = |field: engine_query::FieldInfo| FieldRow {
        name: field.name.to_string(),
        n_populated: field.n_populated as u64,
    };
    Ok(FieldsReply { fields: view.fields()?.into_iter().map(row).collect() })
}
