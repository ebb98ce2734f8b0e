use super::{Labels, NO_ROW, Waterfall};
use rustc_hash::FxHashMap;
use skep_model::Nanos;
use std::ops::Range;

/// Fewer siblings alike are read one by one.
const REPEATS_MIN: usize = 5;

/// Siblings of one service and name: five or more of them say less than their number does.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Repeats {
    /// In order of their first rows.
    pub groups: Vec<Repeat>,
    /// The rows of all groups, those of each side by side and ascending.
    pub members: Vec<u32>,
    /// Each row's group, or [`NO_ROW`].
    pub of_row: Vec<u32>,
}

/// One group.
#[derive(Clone, Debug, PartialEq)]
pub struct Repeat {
    /// Their parent, or [`NO_ROW`].
    pub parent: u32,
    /// Where its rows stand in [`Repeats::members`].
    pub members: Range<usize>,
    /// The sum of their durations.
    pub total: Nanos,
    /// The time during which at least one of them ran.
    pub covered: Nanos,
    /// The shortest and the longest.
    pub shortest: Nanos,
    /// See [`Repeat::shortest`].
    pub longest: Nanos,
    /// Those that failed.
    pub n_errors: u32,
    /// Each calls another service and waits.
    pub are_calls: bool,
}

impl Repeat {
    /// Whether they ran one after another: together they took about as long as one by one.
    #[must_use]
    pub fn is_one_by_one(&self) -> bool {
        u128::from(self.covered.0) * 20 >= u128::from(self.total.0) * 19
    }

    /// How many.
    #[must_use]
    pub fn n(&self) -> usize {
        self.members.len()
    }
}

impl Repeats {
    /// Finds them, in one pass over the children of each row.
    #[must_use]
    pub fn new(waterfall: &Waterfall, labels: &Labels) -> Self {
        let mut found = Self { of_row: vec![NO_ROW; waterfall.len()], ..Self::default() };
        let mut n_children = vec![0u32; waterfall.len() + 1];
        let slot = |parent: u32| if parent == NO_ROW { waterfall.len() } else { parent as usize };
        for parent in &waterfall.parent {
            n_children[slot(*parent)] += 1;
        }
        let mut alike: FxHashMap<(u32, u32), Vec<u32>> = FxHashMap::default();
        let parents = std::iter::once(NO_ROW).chain(0..waterfall.len() as u32);
        for parent in parents.filter(|parent| n_children[slot(*parent)] as usize >= REPEATS_MIN) {
            alike.clear();
            for child in waterfall.children(parent) {
                let label = (labels.service[child as usize], labels.name[child as usize]);
                alike.entry(label).or_default().push(child);
            }
            let mut groups: Vec<Vec<u32>> =
                alike.drain().map(|(_, rows)| rows).filter(|rows| rows.len() >= REPEATS_MIN).collect();
            groups.sort_unstable_by_key(|rows| rows[0]);
            groups.iter().for_each(|rows| found.push(waterfall, labels, parent, rows));
        }
        found
    }

    fn push(&mut self, waterfall: &Waterfall, labels: &Labels, parent: u32, rows: &[u32]) {
        let group = self.groups.len() as u32;
        rows.iter().for_each(|row| self.of_row[*row as usize] = group);
        let first = self.members.len();
        self.members.extend(rows);
        let durations = || rows.iter().map(|row| waterfall.duration[*row as usize]);
        let (mut covered, mut until) = (0, 0);
        for row in rows {
            let begin = waterfall.offset[*row as usize].0.max(until);
            let end = waterfall.end(*row).0.max(begin);
            covered += end - begin;
            until = until.max(end);
        }
        self.groups.push(Repeat {
            parent,
            members: first..self.members.len(),
            total: Nanos(durations().fold(0, |sum, ns| sum.saturating_add(ns.0))),
            covered: Nanos(covered),
            shortest: durations().min().unwrap_or_default(),
            longest: durations().max().unwrap_or_default(),
            n_errors: rows.iter().filter(|row| labels.is_error[**row as usize]).count() as u32,
            are_calls: rows.iter().all(|row| labels.is_call[*row as usize]),
        });
    }

    /// The rows of a group, ascending.
    #[must_use]
    pub fn rows(&self, group: u32) -> &[u32] {
        &self.members[self.groups[group as usize].members.clone()]
    }
}
