/// The candidate that differs from `word` by the fewest typing errors, ignoring case; nothing when all are further
/// away than a third of the word.
pub(crate) fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let word = word.to_ascii_lowercase();
    let n_errors_max = (word.chars().count() / 3).max(1);
    candidates
        .into_iter()
        .map(|candidate| (n_errors(&word, &candidate.to_ascii_lowercase()), candidate))
        .filter(|(n, _)| *n <= n_errors_max)
        .min_by_key(|(n, _)| *n)
        .map(|(_, candidate)| candidate)
}

/// Damerau's distance in its restricted form: insertions, deletions, replacements and swaps of neighbours.
fn n_errors(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut rows = vec![(0..=b.len()).collect::<Vec<_>>()];
    for i in 1..=a.len() {
        let mut row = vec![i];
        for j in 1..=b.len() {
            let replaced = rows[i - 1][j - 1] + usize::from(a[i - 1] != b[j - 1]);
            let mut best = replaced.min(rows[i - 1][j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                best = best.min(rows[i - 2][j - 2] + 1);
            }
            row.push(best);
        }
        rows.push(row);
    }
    rows[a.len()][b.len()]
}
