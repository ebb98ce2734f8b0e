//! Where the numbers of each group go when they are put side by side.

use std::ops::Range;

/// From where each group begins to where its next number goes.
pub(super) struct Places(Vec<Range<usize>>);

impl Places {
    /// For groups with so many numbers at most; and how many these are in all.
    pub(super) fn of(n_of_group: &[u32]) -> (Self, usize) {
        let mut end = 0;
        let place = |n: &u32| {
            let start = end;
            end += *n as usize;
            start..start
        };
        (Places(n_of_group.iter().map(place).collect()), end)
    }

    /// The place of the next number of a group.
    pub(super) fn take(&mut self, group: usize) -> usize {
        let next = &mut self.0[group].end;
        *next += 1;
        *next - 1
    }

    /// What each group took.
    pub(super) fn into_ranges(self) -> impl Iterator<Item = Range<usize>> {
        self.0.into_iter()
    }
}
