use super::{Names, colors, flags, name_of_row, open, signed_since, span_ref};
use crate::columns::Columns;
use crate::error::ApiError;
use crate::run::count32;
use crate::wire::*;
use skep_engine::model::{Nanos, SpanId};
use skep_engine::query::{Cancel, Line, NO_ROW, Pieces};
use skep_engine::{Order, OrderBy, Picture, PictureSpec, TraceView, View};

/// Lines of one answer at most: several screens.
const ROWS_MAX: u32 = 2_000;

/// Levels of the tree that are drawn; deeper rows say how deep they are.
const LEVELS_MAX: u32 = 12;

/// Pieces of one bar at most: no screen has more pixels.
const PIECES_MAX: usize = 1_000;

/// The lines of a trace around those on the screen: [`TraceRowsHead`] and its columns.
///
/// # Errors
/// When an id is none, the trace is not there, `hide` cannot be read, or `cancel` was called.
pub fn trace_rows(view: &View, request: &TraceRowsRequest, cancel: &Cancel) -> Result<Vec<u8>, ApiError> {
    let trace = open(view, &request.trace_id, cancel)?;
    let picture = trace.picture(&spec(&request.picture)?, cancel)?;
    let row_of = |span: &Option<String>| -> Result<Option<usize>, ApiError> {
        Ok(span.as_deref().map(span_ref).transpose()?.and_then(|span| trace.row_of_ref(span)))
    };
    let anchor = row_of(&request.anchor)?;
    let around_place = row_of(&request.around)?.and_then(|row| picture.place_of(row));
    let n_lines = picture.lines.len();
    let count = request.count.clamp(1, ROWS_MAX) as usize;
    let mut first = request.first as usize;
    if let Some(place) = around_place
        && !(first..first + count).contains(&place)
    {
        first = place.saturating_sub(count / 2);
    }
    let first = first.min(n_lines.saturating_sub(1));
    let lines = &picture.lines[first..(first + count).min(n_lines)];
    let rows: Vec<u32> = lines.iter().map(|line| line.row).collect();
    let mut cells = Vec::with_capacity(request.fields.len());
    for field in &request.fields {
        let values = trace.values(field, &rows)?;
        cells.push(values.into_iter().map(|value| value.map(|value| value.to_string())).collect());
    }
    let mut names = Names::default();
    let name_of: Vec<u32> = rows.iter().map(|row| names.idx(trace.name(*row as usize))).collect();
    let (color_values, color_of) = colors(&trace, &rows, &request.color_by)?;
    #[allow(clippy::cast_sign_loss, reason = "clamped to what is not negative")]
    let apart = Nanos(request.resolution_ns.clamp(0.0, 1e18) as u64);
    let drawn = Drawn::new(&trace, lines, apart);
    let head = TraceRowsHead {
        first: count32(first),
        n_rows: count32(lines.len()),
        n_lines: count32(n_lines),
        n_found: count32(picture.found.len()),
        n_found_before: anchor
            .map_or(0, |anchor| count32(picture.found.partition_point(|row| *row as usize <= anchor))),
        n_hidden: count32(picture.n_hidden),
        anchor_place: anchor.and_then(|row| picture.place_of(row)).map(count32),
        around_place: around_place.map(count32),
        hold_place: row_of(&request.hold)?.and_then(|row| picture.place_of(row)).map(count32),
        n_all: count32(trace.n_events()),
        duration_ns: trace.waterfall.total.to_string(),
        start_ns: trace.waterfall.start.to_string(),
        names: names.in_order,
        colors: color_values,
        cells,
        n_pieces: count32(drawn.pieces.len()),
        n_marks: count32(drawn.marks.len()),
    };
    let mut columns = line_columns(&trace, &picture, first, lines);
    columns.u32s("name", name_of.into_iter());
    columns.u32s("color", color_of.into_iter());
    drawn.write(&mut columns);
    Ok(columns.finish(&head))
}

fn line_columns(trace: &TraceView, picture: &Picture, first: usize, lines: &[Line]) -> Columns {
    let waterfall = &trace.waterfall;
    let analysis = trace.analysis();
    let rows = || lines.iter().map(|line| line.row as usize);
    let group = |line: &Line| (line.group != NO_ROW).then(|| &analysis.repeats.groups[line.group as usize]);
    // A group's bar reaches from its first member to the end of its last.
    let bounds = |line: &Line| match group(line) {
        None => (waterfall.offset[line.row as usize], waterfall.end(line.row)),
        Some(_) => {
            let members = analysis.repeats.rows(line.group);
            let end = members.iter().map(|row| waterfall.end(*row)).max().unwrap_or_default();
            (waterfall.offset[members[0] as usize], end)
        }
    };
    let parent = |row: usize| match waterfall.parent[row] {
        NO_ROW => [0; SpanId::BYTES],
        parent => trace.span_id(parent as usize).map_or([0; SpanId::BYTES], |id| *id.as_bytes()),
    };
    let mut columns = Columns::new();
    columns.f64s("start", lines.iter().map(|line| bounds(line).0.0 as f64));
    columns.f64s("duration", lines.iter().map(|line| bounds(line).1.since(bounds(line).0).0 as f64));
    columns.f64s(
        "self",
        lines.iter().map(|line| match group(line) {
            None => waterfall.self_time[line.row as usize].0 as f64,
            Some(group) => group.total.0 as f64,
        }),
    );
    columns.f64s("critical", rows().map(|row| analysis.critical[row].0 as f64));
    columns.f64s("reach_from", rows().map(|row| waterfall.reach[row].0.0 as f64));
    columns.f64s("reach_to", rows().map(|row| waterfall.reach[row].1.0 as f64));
    columns.f64s(
        "shortest",
        lines.iter().map(|line| {
            group(line).map_or(waterfall.duration[line.row as usize], |group| group.shortest).0 as f64
        }),
    );
    columns.f64s(
        "longest",
        lines.iter().map(|line| {
            group(line).map_or(waterfall.duration[line.row as usize], |group| group.longest).0 as f64
        }),
    );
    columns.u32s("level", lines.iter().map(|line| line.level));
    columns.u32s("rails", (first..first + lines.len()).map(|place| picture.rails(place, LEVELS_MAX)));
    columns.u32s("service", rows().map(|row| trace.labels.service[row]));
    columns.u32s("flags", lines.iter().map(|line| line_flags(trace, picture, line)));
    columns.u32s(
        "n_below",
        lines.iter().map(|line| match group(line) {
            None => waterfall.subtree_end[line.row as usize] - line.row - 1,
            Some(group) => count32(group.n()),
        }),
    );
    columns.u32s(
        "errors_below",
        lines.iter().map(|line| match group(line) {
            None => analysis.errors.n_below[line.row as usize],
            Some(group) => group.n_errors,
        }),
    );
    columns.u32s("nth", rows().map(|row| count32(trace.nth_of(row))));
    let ids: Vec<u8> =
        rows().flat_map(|row| trace.span_id(row).map_or([0; SpanId::BYTES], |id| *id.as_bytes())).collect();
    columns.u8s("span_id", ids.into_iter());
    let parents: Vec<u8> = rows().flat_map(parent).collect();
    columns.u8s("parent_id", parents.into_iter());
    columns
}

fn line_flags(trace: &TraceView, picture: &Picture, line: &Line) -> u32 {
    let mut all = flags(trace, line.row as usize);
    if line.group != NO_ROW {
        // What the first of them is, the group is not.
        all &= SPAN_FLAGS.outgoing;
        all |= SPAN_FLAGS.group | SPAN_FLAGS.parent;
        if trace.analysis().repeats.groups[line.group as usize].n_errors > 0 {
            all |= SPAN_FLAGS.error;
        }
    }
    if line.is_folded {
        all |= SPAN_FLAGS.folded;
    }
    let is_found = |row: &u32| picture.found.binary_search(row).is_ok();
    let found = match line.group {
        NO_ROW => is_found(&line.row),
        group => trace.analysis().repeats.rows(group).iter().any(is_found),
    };
    all | if found { SPAN_FLAGS.found } else { 0 }
}

/// What is drawn on bars.
struct Drawn {
    /// Line, kind, from, to.
    pieces: Vec<(u32, u32, Nanos, Nanos)>,
    /// Line, kind, when.
    marks: Vec<(u32, u32, f64)>,
}

impl Drawn {
    fn new(trace: &TraceView, lines: &[Line], apart: Nanos) -> Self {
        let mut drawn = Self { pieces: Vec::new(), marks: Vec::new() };
        let analysis = trace.analysis();
        for (at, line) in (0u32..).zip(lines) {
            if line.group == NO_ROW {
                drawn.add(at, PIECE_KINDS.own, trace.waterfall.own_pieces(line.row, apart));
                let mut critical = Pieces::default();
                analysis.path.of_row(line.row).for_each(|(from, to)| critical.add(from, to, apart));
                drawn.add(at, PIECE_KINDS.critical, critical);
                drawn.mark(trace, at, &[line.row], apart);
                continue;
            }
            let members = analysis.repeats.rows(line.group);
            let (mut ran, mut failed, mut critical) = <(Pieces, Pieces, Pieces)>::default();
            for row in members {
                let (from, to) = (trace.waterfall.offset[*row as usize], trace.waterfall.end(*row));
                let pieces = if trace.labels.is_error[*row as usize] { &mut failed } else { &mut ran };
                pieces.add(from, to, apart);
                if analysis.critical[*row as usize] > Nanos(0) {
                    critical.add(from, to, apart);
                }
            }
            drawn.add(at, PIECE_KINDS.member, ran);
            drawn.add(at, PIECE_KINDS.failed_member, failed);
            drawn.add(at, PIECE_KINDS.critical, critical);
            drawn.mark(trace, at, members, apart);
        }
        drawn
    }

    fn add(&mut self, at: u32, kind: u32, pieces: Pieces) {
        self.pieces.extend(pieces.spans.into_iter().take(PIECES_MAX).map(|(from, to)| (at, kind, from, to)));
    }

    /// Marks of one kind closer than can be told apart are one.
    fn mark(&mut self, trace: &TraceView, at: u32, rows: &[u32], apart: Nanos) {
        let mut last: [Option<Nanos>; 4] = [None; 4];
        let mut n_marks = 0;
        for mark in rows.iter().flat_map(|row| trace.marks_of(*row)) {
            let last = &mut last[mark.kind as usize];
            if n_marks >= PIECES_MAX || last.is_some_and(|last| mark.time.since(last) < apart) {
                continue;
            }
            *last = Some(mark.time);
            n_marks += 1;
            self.marks.push((at, mark.kind as u32, signed_since(mark.time, trace.waterfall.start) as f64));
        }
    }

    fn write(&self, columns: &mut Columns) {
        columns.u32s("piece_line", self.pieces.iter().map(|piece| piece.0));
        columns.u32s("piece_kind", self.pieces.iter().map(|piece| piece.1));
        columns.f64s("piece_from", self.pieces.iter().map(|piece| piece.2.0 as f64));
        columns.f64s("piece_to", self.pieces.iter().map(|piece| piece.3.0 as f64));
        columns.u32s("mark_line", self.marks.iter().map(|mark| mark.0));
        columns.u32s("mark_kind", self.marks.iter().map(|mark| mark.1));
        columns.f64s("mark_at", self.marks.iter().map(|mark| mark.2));
    }
}

/// The next span of some kind, in row order and round the end.
///
/// # Errors
/// As [`trace_rows`].
pub fn trace_step(
    view: &View,
    request: &TraceStepRequest,
    cancel: &Cancel,
) -> Result<TraceStepReply, ApiError> {
    let trace = open(view, &request.trace_id, cancel)?;
    let picture = trace.picture(&spec(&request.picture)?, cancel)?;
    let analysis = trace.analysis();
    let is_drawn = |row: &u32| picture.place_of(*row as usize).is_some();
    let rows: Vec<u32> = match request.to {
        TraceStep::Match => picture.found.iter().copied().filter(is_drawn).collect(),
        TraceStep::Error => (0..trace.waterfall.len() as u32)
            .filter(|row| trace.labels.is_error[*row as usize])
            .filter(is_drawn)
            .collect(),
        TraceStep::Critical => {
            let mut rows = analysis.path.rows.clone();
            rows.dedup();
            rows.retain(is_drawn);
            rows
        }
    };
    let from = request.from.as_deref().map(span_ref).transpose()?.and_then(|span| trace.row_of_ref(span));
    let at = match (from, request.back) {
        (None, false) => 0,
        (None, true) => rows.len().wrapping_sub(1),
        (Some(from), false) => rows.partition_point(|row| *row as usize <= from) % rows.len().max(1),
        (Some(from), true) => {
            let before = rows.partition_point(|row| (*row as usize) < from);
            if before == 0 { rows.len().wrapping_sub(1) } else { before - 1 }
        }
    };
    let row = rows.get(at);
    Ok(TraceStepReply {
        span: row.and_then(|row| name_of_row(&trace, *row as usize)),
        number: row.map_or(0, |_| count32(at + 1)),
        n: count32(rows.len()),
    })
}

fn spec(picture: &TracePicture) -> Result<PictureSpec, ApiError> {
    let spans = |spans: &[String]| spans.iter().map(|span| span_ref(span)).collect::<Result<Vec<_>, _>>();
    let TracePicture {
        find,
        only_found,
        hide,
        fold_repeats,
        fold_depth,
        fold_services,
        fold_names,
        folded,
        unfolded,
        open_groups,
        reveal,
        top,
        order,
    } = picture;
    Ok(PictureSpec {
        find: find.clone(),
        only_found: *only_found && !find.trim().is_empty(),
        hide: hide.clone(),
        fold_repeats: *fold_repeats,
        fold_depth: *fold_depth,
        fold_services: fold_services.clone(),
        fold_names: fold_names.clone(),
        folded: spans(folded)?,
        unfolded: spans(unfolded)?,
        open_groups: spans(open_groups)?,
        reveal: reveal.as_deref().map(span_ref).transpose()?,
        top: top.as_deref().map(span_ref).transpose()?,
        order: order.map(|order| Order { by: order_by(order.by), is_descending: order.descending }),
    })
}

fn order_by(by: TraceOrderBy) -> OrderBy {
    match by {
        TraceOrderBy::Start => OrderBy::Start,
        TraceOrderBy::Duration => OrderBy::Duration,
        TraceOrderBy::SelfTime => OrderBy::SelfTime,
        TraceOrderBy::Critical => OrderBy::Critical,
        TraceOrderBy::Service => OrderBy::Service,
        TraceOrderBy::Name => OrderBy::Name,
    }
}
