//! One question on several cores: segments, fields or groups are handed out one by one, and answers come back in
//! order, so that the number of threads never shows in a result.

use crate::ask::{Cancel, QueryError};
use std::cell::Cell;
use std::num::NonZero;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

/// Threads of one question at most. More wait for memory, not for a core.
const THREADS_MAX: usize = 8;

thread_local! {
    static N_THREADS: Cell<Option<usize>> = const { Cell::new(None) };
}

/// Runs what is asked inside on exactly so many threads, for tests and measurements. Else a question takes as many
/// as there are cores, up to eight.
pub fn with_threads<T>(n_threads: usize, ask: impl FnOnce() -> T) -> T {
    let before = N_THREADS.replace(Some(n_threads.max(1)));
    let answer = ask();
    N_THREADS.set(before);
    answer
}

/// Does `work` for each position below `n`, and returns what came out in that order.
///
/// # Errors
/// [`QueryError::Cancelled`], looked at before each piece; else the first error by position among those met.
pub fn in_parallel<T: Send>(
    n: usize,
    cancel: &Cancel,
    work: impl Fn(usize) -> Result<T, QueryError> + Sync,
) -> Result<Vec<T>, QueryError> {
    let pieces = fold(n, cancel, Vec::new, |mine: &mut Vec<(usize, T)>, idx| {
        mine.push((idx, work(idx)?));
        Ok(())
    })?;
    let mut pieces: Vec<(usize, T)> = pieces.into_iter().flatten().collect();
    pieces.sort_unstable_by_key(|(idx, _)| *idx);
    Ok(pieces.into_iter().map(|(_, piece)| piece).collect())
}

/// Adds each position below `n` to one of a few sums, one a thread. Which one is chance: only for what adds up to the
/// same in any order.
///
/// # Errors
/// [`QueryError::Cancelled`], looked at before each piece; else the first error by position among those met.
pub(crate) fn fold<A: Send>(
    n: usize,
    cancel: &Cancel,
    start: impl Fn() -> A + Sync,
    add: impl Fn(&mut A, usize) -> Result<(), QueryError> + Sync,
) -> Result<Vec<A>, QueryError> {
    let next = AtomicUsize::new(0);
    let failed: Mutex<Option<(usize, QueryError)>> = Mutex::new(None);
    let has_failed = AtomicBool::new(false);
    let take_pieces = || {
        let mut sum = start();
        while !has_failed.load(Ordering::Relaxed) {
            let idx = next.fetch_add(1, Ordering::Relaxed);
            if idx >= n {
                break;
            }
            if let Err(error) = cancel.check().and_then(|()| add(&mut sum, idx)) {
                has_failed.store(true, Ordering::Relaxed);
                // A lock is poisoned only by a panic, and that is passed on when the scope ends.
                let mut failed = failed.lock().unwrap_or_else(PoisonError::into_inner);
                if failed.as_ref().is_none_or(|(first, _)| idx < *first) {
                    *failed = Some((idx, error));
                }
            }
        }
        sum
    };
    let n_others = n_threads().min(n).saturating_sub(1);
    let sums = std::thread::scope(|scope| {
        let others: Vec<_> = (0..n_others).map(|_| scope.spawn(take_pieces)).collect();
        let mut sums = vec![take_pieces()];
        for other in others {
            match other.join() {
                Ok(sum) => sums.push(sum),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        sums
    });
    match failed.into_inner().unwrap_or_else(PoisonError::into_inner) {
        Some((_, error)) => Err(error),
        None => Ok(sums),
    }
}

fn n_threads() -> usize {
    let available = || std::thread::available_parallelism().map_or(1, NonZero::get).min(THREADS_MAX);
    N_THREADS.get().unwrap_or_else(available)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_come_in_order_and_the_first_error_wins() {
        for n_threads in [1, 2, 5] {
            with_threads(n_threads, || {
                let cancel = Cancel::default();
                let squares = in_parallel(1000, &cancel, |idx| Ok(idx * idx)).unwrap_or_default();
                assert!(squares.iter().enumerate().all(|(idx, square)| *square == idx * idx));
                assert_eq!(squares.len(), 1000);
                let failing = |idx: usize| {
                    if idx < 7 { Ok(idx) } else { Err(QueryError::Unreadable("piece".to_owned())) }
                };
                assert_eq!(
                    in_parallel(1000, &cancel, failing),
                    Err(QueryError::Unreadable("piece".to_owned()))
                );
                cancel.cancel();
                assert_eq!(in_parallel(1000, &cancel, |_| Ok(())), Err(QueryError::Cancelled));
            });
        }
    }
}
