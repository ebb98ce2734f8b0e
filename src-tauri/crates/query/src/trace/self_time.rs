use skep_model::Nanos;

/// Each row's duration less the union of its direct children, which are clipped to it. Children come sorted by start,
/// as pre-order gives them, so one sweep over them suffices.
pub(super) fn self_times(offset: &[Nanos], duration: &[Nanos], subtree_end: &[u32]) -> Vec<Nanos> {
    let end_of = |row: usize| offset[row].0.saturating_add(duration[row].0);
    (0..offset.len())
        .map(|row| {
            let (begin, end) = (offset[row].0, end_of(row));
            let mut covered = 0;
            let mut covered_until = begin;
            let mut child = row + 1;
            while child < subtree_end[row] as usize {
                let child_begin = offset[child].0.clamp(covered_until, end);
                let child_end = end_of(child).clamp(child_begin, end);
                covered += child_end - child_begin;
                covered_until = covered_until.max(child_end);
                child = subtree_end[child] as usize;
            }
            Nanos(end - begin - covered)
        })
        .collect()
}
