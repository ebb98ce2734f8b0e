/// The chance that a chi-squared variable of `n_freedoms` degrees is at least `statistic`.
pub(super) fn p_value(statistic: f64, n_freedoms: usize) -> f64 {
    if n_freedoms == 0 || statistic <= 0.0 {
        return 1.0;
    }
    upper_gamma(n_freedoms as f64 / 2.0, statistic / 2.0).clamp(0.0, 1.0)
}

const N_STEPS_MAX: usize = 10_000;
const PRECISION: f64 = 1e-14;

/// The regularised upper incomplete gamma function Q(a, x), by its series where that converges fast and by Lentz's
/// continued fraction elsewhere (Press et al., Numerical Recipes, section 6.2).
fn upper_gamma(a: f64, x: f64) -> f64 {
    let scale = (a * x.ln() - x - ln_gamma(a)).exp();
    if x < a + 1.0 {
        let (mut term, mut sum) = (1.0 / a, 1.0 / a);
        for n in 1..N_STEPS_MAX {
            term *= x / (a + n as f64);
            sum += term;
            if term < sum * PRECISION {
                break;
            }
        }
        return 1.0 - sum * scale;
    }
    const TINY: f64 = 1e-300;
    let mut b = x + 1.0 - a;
    let mut c = 1.0 / TINY;
    let mut d = 1.0 / b;
    let mut fraction = d;
    for n in 1..N_STEPS_MAX {
        let factor = -(n as f64) * (n as f64 - a);
        b += 2.0;
        let denominator = factor * d + b;
        d = 1.0 / if denominator.abs() < TINY { TINY } else { denominator };
        c = b + factor / c;
        if c.abs() < TINY {
            c = TINY;
        }
        fraction *= c * d;
        if (c * d - 1.0).abs() < PRECISION {
            break;
        }
    }
    fraction * scale
}

/// The logarithm of the gamma function for a positive number, by Lanczos' approximation (g = 7, n = 9).
fn ln_gamma(x: f64) -> f64 {
    const COEFFICIENTS: [f64; 8] = [
        676.520_368_121_885_1,
        -1_259.139_216_722_402_8,
        771.323_428_777_653_1,
        -176.615_029_162_140_6,
        12.507_343_278_686_905,
        -0.138_571_095_265_720_12,
        9.984_369_578_019_572e-6,
        1.505_632_735_149_311_6e-7,
    ];
    let x = x - 1.0;
    let series = COEFFICIENTS
        .iter()
        .enumerate()
        .fold(0.999_999_999_999_809_9, |sum, (idx, coefficient)| sum + coefficient / (x + idx as f64 + 1.0));
    let t = x + 7.5;
    0.5 * (2.0 * std::f64::consts::PI).ln() + (x + 0.5) * t.ln() - t + series.ln()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_quantiles_have_their_chances() {
        // Critical values as in NIST/SEMATECH e-Handbook of Statistical Methods, section 1.3.6.7.4.
        let cases = [
            (3.841_459, 1, 0.05),
            (6.634_897, 1, 0.01),
            (5.991_465, 2, 0.05),
            (18.307_038, 10, 0.05),
            (124.342_113, 100, 0.05),
            (2.705_543, 1, 0.10),
            (0.0, 3, 1.0),
            (1.0, 0, 1.0),
        ];
        for (statistic, n_freedoms, expected) in cases {
            let p = p_value(statistic, n_freedoms);
            assert!((p - expected).abs() < 1e-6, "chi2 {statistic} of {n_freedoms}: {p} against {expected}");
        }
        // Two degrees have a closed form: exp(-x / 2).
        for statistic in [0.01, 1.0, 10.0, 100.0, 1000.0] {
            let (p, exact) = (p_value(statistic, 2), (-statistic / 2.0_f64).exp());
            assert!((p / exact - 1.0).abs() < 1e-9, "chi2 {statistic}: {p} against {exact}");
        }
    }
}
