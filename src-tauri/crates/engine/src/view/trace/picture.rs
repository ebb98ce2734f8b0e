//! Which lines of a trace are drawn, and where each row stands among them.

use super::TraceView;
use crate::view::AskError;
use skep_model::SpanId;
use skep_query::{Cancel, Folds, Line, NO_ROW, fold};
use std::sync::{Arc, PoisonError};

/// Pictures kept: the one on the screen, the one before, and what the other views show.
const PICTURES_MAX: usize = 4;

/// Names a row for as long as the trace lives: rows move when spans arrive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SpanRef {
    /// Its span's id.
    pub id: SpanId,
    /// Which of the spans that share the id, from 0 in row order.
    pub nth: u32,
}

/// How a trace is to be drawn.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PictureSpec {
    /// What is looked for; see [`TraceView::find`].
    pub find: String,
    /// Only rows that match, and their ancestors.
    pub only_found: bool,
    /// A WHERE expression: what passes is hidden, with all below it.
    pub hide: String,
    /// Five and more siblings alike are one line.
    pub fold_repeats: bool,
    /// Rows of this depth are folded.
    pub fold_depth: Option<u32>,
    /// Rows of these services are folded.
    pub fold_services: Vec<String>,
    /// Rows of these names are folded.
    pub fold_names: Vec<String>,
    /// Rows folded by hand.
    pub folded: Vec<SpanRef>,
    /// Rows unfolded by hand, whatever else folds them.
    pub unfolded: Vec<SpanRef>,
    /// Groups of repeats that are open, by their first rows.
    pub open_groups: Vec<SpanRef>,
    /// A row that is drawn whatever is folded.
    pub reveal: Option<SpanRef>,
    /// Only this row and its subtree.
    pub top: Option<SpanRef>,
    /// All rows that are left, in this order and not as a tree.
    pub order: Option<Order>,
}

/// A table's order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Order {
    /// By what.
    pub by: OrderBy,
    /// Largest first.
    pub is_descending: bool,
}

/// What a table is ordered by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the columns of a table of spans")]
pub enum OrderBy {
    Start,
    Duration,
    SelfTime,
    Critical,
    Service,
    Name,
}

/// The lines of a trace as a [`PictureSpec`] wants them.
#[derive(Debug, Default)]
pub struct Picture {
    /// From the top.
    pub lines: Vec<Line>,
    /// Rows that match what is looked for, ascending; also those that are not drawn.
    pub found: Vec<u32>,
    /// Rows that [`PictureSpec::hide`] hides.
    pub n_hidden: usize,
    /// Each row's line; of a row that is folded away its nearest ancestor's, [`NO_ROW`] where there is none.
    place_of_row: Vec<u32>,
    /// The line above each that it hangs below, [`NO_ROW`] at the top.
    parent_line: Vec<u32>,
    /// Whether a line of the same parent follows below.
    has_next: Vec<bool>,
}

impl TraceView {
    /// The lines to draw. Asked again with the same words it costs nothing.
    ///
    /// # Errors
    /// When [`PictureSpec::hide`] cannot be read, the store cannot, or `cancel` was called.
    pub fn picture(&self, spec: &PictureSpec, cancel: &Cancel) -> Result<Arc<Picture>, AskError> {
        let known = |pictures: &[(PictureSpec, Arc<Picture>)]| {
            pictures.iter().find(|(known, _)| known == spec).map(|(_, picture)| Arc::clone(picture))
        };
        let pictures = || self.pictures.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(picture) = known(&pictures()) {
            return Ok(picture);
        }
        let found_before =
            pictures().iter().find(|(known, _)| known.find == spec.find).map(|(_, it)| it.found.clone());
        let found = match found_before {
            Some(found) => found,
            None => self.find(&spec.find, cancel)?,
        };
        let picture = Arc::new(self.draw(spec, found, cancel)?);
        let mut pictures = pictures();
        if pictures.len() >= PICTURES_MAX {
            pictures.remove(0);
        }
        pictures.push((spec.clone(), Arc::clone(&picture)));
        Ok(picture)
    }

    fn draw(&self, spec: &PictureSpec, found: Vec<u32>, cancel: &Cancel) -> Result<Picture, AskError> {
        let n_rows = self.waterfall.len();
        let mut kept = (!spec.hide.trim().is_empty() || spec.only_found).then(|| vec![true; n_rows]);
        let mut n_hidden = 0;
        if let Some(kept) = &mut kept {
            if spec.only_found {
                kept.fill(false);
                found.iter().for_each(|row| kept[*row as usize] = true);
                self.keep_ancestors(kept);
            }
            if !spec.hide.trim().is_empty() {
                for row in self.passing(&spec.hide, cancel)? {
                    let below = row as usize..self.waterfall.subtree_end[row as usize] as usize;
                    n_hidden += kept[below.clone()].iter().filter(|kept| **kept).count();
                    kept[below].fill(false);
                }
            }
        }
        let top = spec.top.and_then(|top| self.row_of_ref(top)).map(|row| row as u32);
        let lines = match spec.order {
            Some(order) => self.ordered(order, kept.as_deref(), top, spec.only_found.then_some(&*found)),
            None => {
                let folded = self.folded(spec);
                let repeats = &self.analysis().repeats;
                let group_of = |row: &SpanRef| {
                    let group = repeats.of_row[self.row_of_ref(*row)?];
                    (group != NO_ROW).then_some(group)
                };
                let folds = Folds {
                    kept: kept.as_deref(),
                    folded: folded.as_deref(),
                    repeats: spec.fold_repeats.then_some(repeats),
                    open_groups: spec
                        .open_groups
                        .iter()
                        .filter_map(group_of)
                        .chain(self.above(spec.reveal).map(|row| repeats.of_row[row]))
                        .collect(),
                    top,
                };
                fold(&self.waterfall, &folds)
            }
        };
        Ok(Picture::new(self, lines, found, n_hidden, spec.order.is_none()))
    }

    /// The row a reference means now.
    #[must_use]
    pub fn row_of_ref(&self, span: SpanRef) -> Option<usize> {
        self.row_of(span.id, span.nth as usize)
    }

    /// The row a reference means, and all rows above it.
    fn above(&self, span: Option<SpanRef>) -> impl Iterator<Item = usize> + '_ {
        let parent = |row: &usize| Some(self.waterfall.parent[*row]).filter(|up| *up != NO_ROW);
        std::iter::successors(span.and_then(|span| self.row_of_ref(span)), move |row| {
            parent(row).map(|up| up as usize)
        })
    }

    fn keep_ancestors(&self, kept: &mut [bool]) {
        for row in (0..kept.len()).rev() {
            let parent = self.waterfall.parent[row];
            if kept[row] && parent != NO_ROW {
                kept[parent as usize] = true;
            }
        }
    }

    fn folded(&self, spec: &PictureSpec) -> Option<Vec<bool>> {
        let PictureSpec { fold_depth, fold_services, fold_names, folded, unfolded, .. } = spec;
        let is_any =
            fold_depth.is_some() || !(fold_services.is_empty() && fold_names.is_empty() && folded.is_empty());
        if !is_any {
            return None;
        }
        let numbers = |texts: &[Arc<str>], wanted: &[String]| -> Vec<bool> {
            texts.iter().map(|text| wanted.iter().any(|wanted| **wanted == **text)).collect()
        };
        let services = numbers(&self.services, fold_services);
        let names = numbers(&self.names, fold_names);
        let is_folded = |row: usize| {
            *fold_depth == Some(self.waterfall.depth[row])
                || services[self.labels.service[row] as usize]
                || names[self.labels.name[row] as usize]
        };
        let mut is_folded: Vec<bool> = (0..self.waterfall.len()).map(is_folded).collect();
        for (spans, to) in [(folded, true), (unfolded, false)] {
            spans.iter().filter_map(|span| self.row_of_ref(*span)).for_each(|row| is_folded[row] = to);
        }
        self.above(spec.reveal).skip(1).for_each(|row| is_folded[row] = false);
        Some(is_folded)
    }

    fn ordered(
        &self,
        order: Order,
        kept: Option<&[bool]>,
        top: Option<u32>,
        only: Option<&[u32]>,
    ) -> Vec<Line> {
        let range =
            top.map_or(0..self.waterfall.len() as u32, |top| top..self.waterfall.subtree_end[top as usize]);
        let is_kept = |row: &u32| kept.is_none_or(|kept| kept[*row as usize]) && range.contains(row);
        let mut rows: Vec<u32> = match only {
            Some(found) => found.iter().copied().filter(is_kept).collect(),
            None => range.clone().filter(is_kept).collect(),
        };
        let waterfall = &self.waterfall;
        let rank = |texts: &[Arc<str>]| {
            let mut by_text: Vec<usize> = (0..texts.len()).collect();
            by_text.sort_by(|a, b| texts[*a].cmp(&texts[*b]));
            let mut rank = vec![0u64; texts.len()];
            by_text.iter().zip(0..).for_each(|(number, nth)| rank[*number] = nth);
            rank
        };
        let by_text = |texts: &[Arc<str>], numbers: &[u32], rows: &mut Vec<u32>| {
            let rank = rank(texts);
            rows.sort_by_key(|row| rank[numbers[*row as usize] as usize]);
        };
        match order.by {
            OrderBy::Start => rows.sort_by_key(|row| waterfall.offset[*row as usize]),
            OrderBy::Duration => rows.sort_by_key(|row| waterfall.duration[*row as usize]),
            OrderBy::SelfTime => rows.sort_by_key(|row| waterfall.self_time[*row as usize]),
            OrderBy::Critical => {
                let critical = &self.analysis().critical;
                rows.sort_by_key(|row| critical[*row as usize]);
            }
            OrderBy::Service => by_text(&self.services, &self.labels.service, &mut rows),
            OrderBy::Name => by_text(&self.names, &self.labels.name, &mut rows),
        }
        if order.is_descending {
            rows.reverse();
        }
        rows.into_iter().map(|row| Line { row, group: NO_ROW, level: 0, is_folded: false }).collect()
    }
}

impl Picture {
    fn new(trace: &TraceView, lines: Vec<Line>, found: Vec<u32>, n_hidden: usize, is_tree: bool) -> Self {
        let mut place_of_row = vec![NO_ROW; trace.waterfall.len()];
        for (place, line) in (0u32..).zip(&lines) {
            if line.group == NO_ROW {
                place_of_row[line.row as usize] = place;
            } else if line.is_folded {
                let rows = trace.analysis().repeats.rows(line.group);
                rows.iter().for_each(|row| place_of_row[*row as usize] = place);
            }
        }
        // A parent stands before its children, so one forward pass is enough.
        for row in (0..place_of_row.len()).filter(|_| is_tree) {
            let parent = trace.waterfall.parent[row];
            if place_of_row[row] == NO_ROW && parent != NO_ROW {
                place_of_row[row] = place_of_row[parent as usize];
            }
        }
        let (parent_line, has_next) = if is_tree { rails(&lines) } else { Default::default() };
        Self { lines, found, n_hidden, place_of_row, parent_line, has_next }
    }

    /// The line that shows a row, or the ancestor or group it is folded into.
    #[must_use]
    pub fn place_of(&self, row: usize) -> Option<usize> {
        self.place_of_row.get(row).filter(|place| **place != NO_ROW).map(|place| *place as usize)
    }

    /// The lines of the tree left of a line: bit 0 where a sibling follows it, bit 1 where one follows its parent, and so
    /// on for as many levels as are drawn.
    #[must_use]
    pub fn rails(&self, place: usize, n_levels: u32) -> u32 {
        let mut rails = 0;
        let mut at = place as u32;
        for level in 0..n_levels.min(u32::BITS) {
            let Some(has_next) = self.has_next.get(at as usize) else { break };
            rails |= u32::from(*has_next) << level;
            at = self.parent_line[at as usize];
        }
        rails
    }
}

/// Each line's parent, in one forward pass, and whether a sibling follows, in one backward pass.
fn rails(lines: &[Line]) -> (Vec<u32>, Vec<bool>) {
    let mut path: Vec<u32> = Vec::new();
    let mut parent_line = Vec::with_capacity(lines.len());
    for (place, line) in (0u32..).zip(lines) {
        path.truncate(line.level as usize);
        parent_line.push(path.last().copied().unwrap_or(NO_ROW));
        path.push(place);
    }
    let mut has_next = vec![false; lines.len()];
    let mut is_followed: Vec<bool> = Vec::new();
    for (place, line) in lines.iter().enumerate().rev() {
        let level = line.level as usize;
        is_followed.resize(level + 1, false);
        has_next[place] = std::mem::replace(&mut is_followed[level], true);
    }
    (parent_line, has_next)
}
