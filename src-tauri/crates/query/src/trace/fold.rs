use super::{NO_ROW, Repeats, Waterfall};
use rustc_hash::FxHashSet;

/// A group of fewer rows than this is not worth a row of its own.
const FOLDED_MIN: u32 = 5;

/// Which rows are drawn.
#[derive(Default)]
pub struct Folds<'a> {
    /// Rows that are drawn at all, their ancestors among them; all of them when unsaid.
    pub kept: Option<&'a [bool]>,
    /// Rows whose subtrees are hidden.
    pub folded: Option<&'a [bool]>,
    /// Repeated siblings stand as one line, but for groups in [`Folds::open_groups`].
    pub repeats: Option<&'a Repeats>,
    /// Groups whose rows are drawn below their line.
    pub open_groups: FxHashSet<u32>,
    /// Only this row and its subtree.
    pub top: Option<u32>,
}

/// A line of the picture: a row, or a group of repeated rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Line {
    /// The row; of a group the first one that is drawn.
    pub row: u32,
    /// The group it stands for, or [`NO_ROW`].
    pub group: u32,
    /// How far it is set in. Rows of an opened group are one further than their depth says.
    pub level: u32,
    /// What lies below it is hidden.
    pub is_folded: bool,
}

/// Where the walk is: the next child, or the next row of an opened group.
enum Walk {
    Children { next: u32, end: u32, level: u32 },
    Group { group: u32, nth: usize, level: u32 },
}

/// The lines in order of drawing, in one pass over what is drawn.
#[must_use]
pub fn fold(waterfall: &Waterfall, folds: &Folds<'_>) -> Vec<Line> {
    let n_rows = waterfall.len() as u32;
    let is_kept = |row: u32| folds.kept.is_none_or(|kept| kept[row as usize]);
    let is_folded = |row: u32| folds.folded.is_some_and(|folded| folded[row as usize]);
    let groups = folds.repeats.map(|repeats| Groups::new(repeats, is_kept));
    let (first, end) = match folds.top {
        Some(row) if row < n_rows => (row, row + 1),
        _ => (0, n_rows),
    };
    let mut lines = Vec::new();
    let mut is_drawn = vec![false; groups.as_ref().map_or(0, |groups| groups.n_kept.len())];
    let mut walks = vec![Walk::Children { next: first, end, level: 0 }];
    while let Some(walk) = walks.last_mut() {
        let (row, level, in_group) = match walk {
            Walk::Children { next, end, level } if *next < *end => {
                let row = *next;
                *next = waterfall.subtree_end[row as usize];
                (row, *level, false)
            }
            Walk::Group { group, nth, level } => {
                let rows = folds.repeats.map_or(&[][..], |repeats| repeats.rows(*group));
                let Some(row) = rows.get(*nth) else {
                    walks.pop();
                    continue;
                };
                *nth += 1;
                (*row, *level, true)
            }
            Walk::Children { .. } => {
                walks.pop();
                continue;
            }
        };
        if !is_kept(row) {
            continue;
        }
        let group = groups.as_ref().map_or(NO_ROW, |groups| groups.of(row));
        // The row at the top was asked for by itself.
        if group != NO_ROW && !in_group && folds.top != Some(row) {
            if std::mem::replace(&mut is_drawn[group as usize], true) {
                continue;
            }
            let is_open = folds.open_groups.contains(&group);
            lines.push(Line { row, group, level, is_folded: !is_open });
            if is_open {
                walks.push(Walk::Group { group, nth: 0, level: level + 1 });
            }
            continue;
        }
        let has_children = waterfall.subtree_end[row as usize] > row + 1;
        let is_folded = has_children && is_folded(row);
        lines.push(Line { row, group: NO_ROW, level, is_folded });
        if has_children && !is_folded {
            let end = waterfall.subtree_end[row as usize];
            walks.push(Walk::Children { next: row + 1, end, level: level + 1 });
        }
    }
    lines
}

/// Groups of which enough is drawn.
struct Groups<'a> {
    repeats: &'a Repeats,
    n_kept: Vec<u32>,
}

impl<'a> Groups<'a> {
    fn new(repeats: &'a Repeats, is_kept: impl Fn(u32) -> bool) -> Self {
        let of_group = |group: u32| repeats.rows(group).iter().filter(|row| is_kept(**row)).count() as u32;
        Self { repeats, n_kept: (0..repeats.groups.len() as u32).map(of_group).collect() }
    }

    fn of(&self, row: u32) -> u32 {
        let group = self.repeats.of_row[row as usize];
        if group == NO_ROW || self.n_kept[group as usize] < FOLDED_MIN { NO_ROW } else { group }
    }
}
