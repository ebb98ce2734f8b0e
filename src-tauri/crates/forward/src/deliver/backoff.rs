use crate::limits::Limits;
use std::time::Duration;

/// How long to wait after the `n_failures`-th failure in a row, counted from 1: exponential with full jitter, that is
/// anything from nothing to the ceiling, so that clients that failed together do not come back together ("Exponential
/// Backoff And Jitter", AWS Architecture Blog). `chance` is uniform in `0.0..1.0`.
///
/// A wait that the destination asked for wins, up to its limit. Zero is no wait: it would be a loop.
pub(super) fn wait(limits: &Limits, n_failures: u32, asked: Option<Duration>, chance: f64) -> Duration {
    if let Some(asked) = asked.filter(|asked| !asked.is_zero()) {
        return asked.min(limits.retry_after_max);
    }
    let doublings = n_failures.saturating_sub(1).min(31);
    let ceiling = limits.backoff_first.saturating_mul(1 << doublings).min(limits.backoff_max);
    ceiling.mul_f64(chance)
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;

    #[test]
    fn waits_double_up_to_the_ceiling_and_what_was_asked_for_wins() {
        let asked = |s| Some(Duration::from_secs(s));
        let cases = [
            (1, None, 0.0),
            (1, None, 0.5),
            (2, None, 0.5),
            (3, None, 0.5),
            (9, None, 0.5),
            (10, None, 0.5),
            (u32::MAX, None, 0.999),
            (1, asked(0), 0.5),
            (1, asked(61), 0.5),
            (9, asked(1), 0.5),
            (1, asked(1_000_000), 0.5),
        ];
        let waits: Vec<String> = cases
            .into_iter()
            .map(|(n_failures, asked, chance)| {
                format!(
                    "{n_failures} {asked:?} {chance} -> {:?}\n",
                    wait(&Limits::default(), n_failures, asked, chance)
                )
            })
            .collect();
        expect![[r#"
            1 None 0 -> 0ns
            1 None 0.5 -> 500ms
            2 None 0.5 -> 1s
            3 None 0.5 -> 2s
            9 None 0.5 -> 128s
            10 None 0.5 -> 150s
            4294967295 None 0.999 -> 299.7s
            1 Some(0ns) 0.5 -> 500ms
            1 Some(61s) 0.5 -> 61s
            9 Some(1s) 0.5 -> 1s
            1 Some(1000000s) 0.5 -> 3600s
        "#]]
        .assert_eq(&waits.concat());
    }
}
