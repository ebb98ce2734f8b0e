//! How different two populations are in one field, and whether that could be chance.
//!
//! The score is the Jensen-Shannon divergence of the field's values, missing among them. Values too thin to be
//! judged alone are pooled, so that a unique id is one cell and scores zero, without any rule about names.

use super::chi_squared;
use super::population::Population;
use rustc_hash::FxHashMap;

/// Baseline and selection, in this order, wherever two counts stand together.
pub(super) type Counts = [u64; 2];

/// Counts, and how many values have just these.
type Cell = (Counts, u64);

/// How large both sides are. Counts are what units stand for: one each, unless a sender kept a sample of them.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sizes {
    /// What they stand for together.
    pub(super) n: Counts,
    /// How many units of one weight would tell as much: the square of the sum of the weights over the sum of their
    /// squares (Kish 1965).
    pub(super) effective: [f64; 2],
}

impl Sizes {
    /// Of units that stand for themselves alone.
    pub(super) fn even(n: Counts) -> Self {
        Sizes { n, effective: n.map(|n| n as f64) }
    }

    /// Counts as tests look at them: shares are kept, and the whole is as large as what it tells.
    pub(super) fn telling(self, counts: Counts) -> [f64; 2] {
        [0, 1].map(|side| match self.n[side] {
            0 => 0.0,
            n => counts[side] as f64 * (self.effective[side] / n as f64),
        })
    }
}

/// Least expected count of a cell on the smaller side: below, the chi-squared approximation is poor (Cochran 1954).
pub(super) const EXPECTED_MIN: f64 = 5.0;

/// A thinner cell stands alone when it is this crowded, in units, and this improbable.
const HEAVY_UNITS_MIN: f64 = 3.0;
const HEAVY_P_MAX: f64 = 0.01;

/// One field's counts.
pub(super) struct FieldCounts {
    /// Units there are.
    pub(super) sizes: Sizes,
    /// Units that have the field.
    pub(super) present: Counts,
    /// Units that have each value. A unit with several values counts at each.
    pub(super) values: Vec<Counts>,
    /// Counts of values that can be no cell: too thin overall, and no crowd on the smaller side.
    pub(super) tail: Counts,
    /// Distinct values, those of the tail too.
    pub(super) n_distinct: u64,
    /// Values among which one that leads was found: those that are frequent, or on the smaller side at all.
    pub(super) n_judged: u64,
}

/// The verdict.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Score {
    /// Corrected divergence, 0 to 1 bit.
    pub(super) score: f64,
    /// The divergence of having the field or not.
    pub(super) presence: f64,
    /// The chance of such a difference when there is none.
    pub(super) p: f64,
}

/// The divergence of having something or not, corrected for the search among `n_judged` like it.
pub(super) fn divergence_of(counts: Counts, sizes: Sizes, n_judged: u64) -> f64 {
    let n = sizes.n;
    let rest = [n[0] - counts[0], n[1] - counts[1]];
    let freedoms = searched_freedoms(n_judged as f64);
    (divergence(&[(counts, 1), (rest, 1)], n) - bias(freedoms, sizes)).max(0.0)
}

/// What chance alone would give: under no difference `8 ln 2 JSD / (1/n + 1/n')` is about chi-squared, whose mean are its
/// degrees of freedom.
fn bias(freedoms: f64, Sizes { effective, .. }: Sizes) -> f64 {
    freedoms / (8.0 * std::f64::consts::LN_2) * (1.0 / effective[0] + 1.0 / effective[1])
}

/// About the greatest of `m` chi-squared variables of one degree: one, and `2 ln m`.
fn searched_freedoms(m: f64) -> f64 {
    1.0 + 2.0 * m.max(1.0).ln()
}

/// Cells of one comparison, judged.
struct Judged {
    divergence: f64,
    n_cells: usize,
    /// Cells that are not the pool.
    n_alone: usize,
    p_chi: f64,
    p_heavy: f64,
}

impl FieldCounts {
    /// Of near-unique values, most of which nobody tells apart: as if every row had one of its own, since more distinct
    /// values make a crowded one less surprising.
    pub(super) fn of_near_unique(
        population: &Population<'_>,
        present: Counts,
        values: Vec<Counts>,
        tail: Counts,
        n_rows: Counts,
    ) -> Self {
        let n_distinct = n_rows[0] + n_rows[1];
        let n_judged = population.smaller_side().map_or(n_distinct, |side| n_rows[side]);
        FieldCounts { sizes: population.sizes, present, values, tail, n_distinct, n_judged }
    }

    pub(super) fn score(&self) -> Score {
        let missing = self.missing();
        let presence = divergence(&[(self.present, 1), (missing, 1)], self.sizes.n);
        let cells = self.cells(missing);
        let (divergence, bias_freedoms, p_chi, p_heavy) = if pooled(&cells, self.tail) == self.sizes.n {
            let judged = judge(&cells, self.tail, self.sizes, self.n_distinct + 1);
            (judged.divergence, judged.n_cells.saturating_sub(1) as f64, judged.p_chi, judged.p_heavy)
        } else {
            self.judge_each_cell(&cells)
        };
        let score = (divergence - bias(bias_freedoms, self.sizes)).clamp(0.0, 1.0);
        Score { score, presence, p: (2.0 * p_chi.min(p_heavy)).min(1.0) }
    }

    /// Units that do not have the field.
    pub(super) fn missing(&self) -> Counts {
        [self.sizes.n[0] - self.present[0], self.sizes.n[1] - self.present[1]]
    }

    /// Counts with the number of values that have just these, in order: of a million ids nearly all are alike.
    fn cells(&self, missing: Counts) -> Vec<Cell> {
        let mut n_of: FxHashMap<Counts, u64> = FxHashMap::default();
        for counts in self.values.iter().chain([&missing]).filter(|counts| **counts != [0, 0]) {
            *n_of.entry(*counts).or_default() += 1;
        }
        let mut cells: Vec<Cell> = n_of.into_iter().collect();
        cells.sort_unstable();
        cells
    }

    /// Where units have several values these are no partition. Each value is then a question of its own, has it or
    /// has it not, and the field is as different as its most different value; the search among `m` values is paid
    /// for by Bonferroni in `p` and by `2 ln m`, about the greatest of `m` chi-squared variables, in the score. Thin
    /// values are no question: how many there are is not known for every field.
    fn judge_each_cell(&self, cells: &[Cell]) -> (f64, f64, f64, f64) {
        let (mut divergence, mut p_chi, mut p_heavy) = (0.0_f64, 1.0_f64, 1.0_f64);
        let mut n_judged = 0.0_f64;
        for (counts, n_values) in cells {
            let rest = [self.sizes.n[0] - counts[0], self.sizes.n[1] - counts[1]];
            let judged = judge(&[(*counts, 1), (rest, 1)], [0, 0], self.sizes, self.n_distinct + 1);
            if judged.n_alone == 2 {
                n_judged += *n_values as f64;
                divergence = divergence.max(judged.divergence);
                p_chi = p_chi.min(judged.p_chi);
                p_heavy = p_heavy.min(judged.p_heavy);
            }
        }
        (divergence, searched_freedoms(n_judged), (p_chi * n_judged.max(1.0)).min(1.0), p_heavy)
    }
}

/// Judges a partition; `pooled` starts the cell of all that is too thin.
fn judge(cells: &[Cell], mut pool: Counts, sizes: Sizes, n_distinct: u64) -> Judged {
    let Sizes { n, effective } = sizes;
    let total = effective[0] + effective[1];
    let expected =
        |counts: &Counts, side: usize| sizes.telling(*counts).iter().sum::<f64>() * effective[side] / total;
    // Both sides when they are equally large, so that swapping them changes nothing.
    let smaller: Vec<usize> = (0..2).filter(|side| effective[*side] <= effective[1 - *side]).collect();
    let is_regular = |counts: &Counts| expected(counts, smaller[0]) >= EXPECTED_MIN;
    let (mut kept, mut regular, mut p_heavy) = (Vec::new(), Vec::new(), 1.0_f64);
    for cell in cells.iter().filter(|(counts, _)| *counts != [0, 0]) {
        let (counts, _) = cell;
        if is_regular(counts) {
            kept.push(*cell);
            regular.push(*cell);
            continue;
        }
        let crowd = sizes.telling(*counts);
        let p = smaller.iter().map(|side| p_as_crowded(crowd[*side], expected(counts, *side), n_distinct));
        let p = p.fold(1.0, f64::min);
        if p <= HEAVY_P_MAX {
            p_heavy = p_heavy.min(p);
            kept.push(*cell);
        } else {
            pool = pooled([cell], pool);
        }
    }
    let n_alone = n_values(&kept);
    if pool != [0, 0] {
        kept.push((pool, 1));
        if is_regular(&pool) {
            regular.push((pool, 1));
        }
    }
    let p_chi =
        chi_squared::p_value(chi_squared_statistic(&regular, sizes), n_values(&regular).saturating_sub(1));
    Judged { divergence: divergence(&kept, n), n_cells: n_values(&kept), n_alone, p_chi, p_heavy }
}

fn n_values(cells: &[Cell]) -> usize {
    // Values are fewer than rows.
    cells.iter().map(|(_, n)| *n as usize).sum()
}

/// The counts of cells together, added to others.
fn pooled<'a>(cells: impl IntoIterator<Item = &'a Cell>, others: Counts) -> Counts {
    cells.into_iter().fold(others, |sum, (counts, n)| [sum[0] + counts[0] * n, sum[1] + counts[1] * n])
}

/// The chance that one of `n_distinct` values has so many units on a side: Chernoff's bound for each, times
/// Bonferroni. One when the value is no more crowded than expected.
fn p_as_crowded(a: f64, expected: f64, n_distinct: u64) -> f64 {
    if a < HEAVY_UNITS_MIN || a <= expected {
        return 1.0;
    }
    (n_distinct as f64 * (-(expected - a + a * (a / expected).ln())).exp()).min(1.0)
}

/// Jensen-Shannon divergence in bits of the shares that `cells` have of the two populations.
fn divergence(cells: &[Cell], n: Counts) -> f64 {
    let part =
        |share: f64, middle: f64| if share > 0.0 { 0.5 * share * (share / middle).log2() } else { 0.0 };
    let parts = cells.iter().map(|(counts, n_values)| {
        let (q, p) = (counts[0] as f64 / n[0] as f64, counts[1] as f64 / n[1] as f64);
        let middle = (p + q) / 2.0;
        (part(p, middle) + part(q, middle)) * *n_values as f64
    });
    parts.sum::<f64>().clamp(0.0, 1.0)
}

/// How much likelier the selection is when units that have something, and those without, are selected at rates of their
/// own: twice the logarithm of the likelihood ratio (Wilks 1938). Below zero when those without are selected oftener.
pub(super) fn evidence(counts: Counts, sizes: Sizes) -> f64 {
    let [c, a] = sizes.telling(counts);
    let [n_baseline, n_selection] = sizes.effective;
    let [d, b] = [n_baseline - c, n_selection - a];
    let part = |n: f64| if n > 0.0 { n * n.ln() } else { 0.0 };
    let cells = part(a) + part(b) + part(c) + part(d) + part(n_baseline + n_selection);
    let margins = part(a + c) + part(b + d) + part(n_baseline) + part(n_selection);
    let evidence = (2.0 * (cells - margins)).max(0.0);
    if a * n_baseline >= c * n_selection { evidence } else { -evidence }
}

/// Pearson's statistic of a table of two columns.
fn chi_squared_statistic(cells: &[Cell], sizes: Sizes) -> f64 {
    let n = sizes.telling(pooled(cells, [0, 0]));
    let total = n[0] + n[1];
    let part = |counts: &Counts, side: usize| {
        let counts = sizes.telling(*counts);
        let expected = (counts[0] + counts[1]) * n[side] / total;
        if expected > 0.0 { (counts[side] - expected).powi(2) / expected } else { 0.0 }
    };
    cells.iter().map(|(counts, n_values)| (part(counts, 0) + part(counts, 1)) * *n_values as f64).sum()
}

/// The expected share of false alarms when each of these and all smaller are called clear (Benjamini and Hochberg
/// 1995); aligned with the chances given.
pub(super) fn false_discovery_rates(chances: &[f64]) -> Vec<f64> {
    let mut ascending: Vec<usize> = (0..chances.len()).collect();
    ascending.sort_by(|a, b| chances[*a].total_cmp(&chances[*b]));
    let mut rates = vec![1.0; chances.len()];
    let mut least = 1.0_f64;
    for (idx, field) in ascending.into_iter().enumerate().rev() {
        least = least.min(chances[field] * chances.len() as f64 / (idx + 1) as f64);
        rates[field] = least;
    }
    rates
}

/// The lower end of the 95 % interval of the risk ratio: how much likelier a unit with the value is to be selected
/// than one without (Katz et al. 1978). Nothing when a count it divides by is zero.
pub(super) fn risk_ratio_low(counts: Counts, sizes: Sizes) -> Option<f64> {
    if counts[1] == 0 || counts[1] == sizes.n[1] {
        return None;
    }
    let [c, a] = sizes.telling(counts);
    let [d, b] = [sizes.effective[0] - c, sizes.effective[1] - a];
    let ratio = (a / (a + c)) / (b / (b + d));
    let spread = (1.0 / a - 1.0 / (a + c) + 1.0 / b - 1.0 / (b + d)).max(0.0).sqrt();
    Some((ratio.ln() - 1.96 * spread).exp())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn score(n: Counts, values: &[Counts]) -> Score {
        let present = values.iter().fold([0, 0], |sum: Counts, c| [sum[0] + c[0], sum[1] + c[1]]);
        let n_distinct = values.len() as u64;
        let counts = FieldCounts {
            sizes: Sizes::even(n),
            present,
            values: values.to_vec(),
            tail: [0, 0],
            n_distinct,
            n_judged: n_distinct,
        };
        counts.score()
    }

    #[test]
    fn the_ends_of_the_scale() {
        let disjoint = score([1000, 1000], &[[1000, 0], [0, 1000]]);
        assert!(disjoint.score > 0.99 && disjoint.p < 1e-100, "{disjoint:?}");
        let same = score([1000, 100], &[[500, 50], [500, 50]]);
        assert_eq!((same.score, same.p), (0.0, 1.0));
    }

    #[test]
    fn unique_ids_are_one_cell() {
        let ids: Vec<Counts> = (0..1000).map(|id| if id < 100 { [0, 1] } else { [1, 0] }).collect();
        assert_eq!(score([900, 100], &ids), Score { score: 0.0, presence: 0.0, p: 1.0 });
    }

    #[test]
    fn one_crowded_id_stands_out_of_the_pool() {
        let mut ids: Vec<Counts> = (0..1000).map(|id| if id < 90 { [0, 1] } else { [1, 0] }).collect();
        ids.push([1, 10]);
        let score = score([911, 100], &ids);
        assert!(score.score > 0.03 && score.p < 0.01, "{score:?}");
    }

    #[test]
    fn swapping_the_sides_changes_nothing() {
        let swap = |[a, b]: Counts| [b, a];
        for n in [[900, 100], [500, 500]] {
            let values = [[n[0] - 60, n[1] - 50], [50, 30], [7, 5], [3, 15]];
            let swapped = values.map(swap);
            let (there, back) = (score(n, &values), score(swap(n), &swapped));
            assert!((there.score - back.score).abs() < 1e-12 && (there.p - back.p).abs() < 1e-12, "{n:?}");
        }
    }

    #[test]
    fn evidence_weighs_what_is_covered_against_what_is_hit() {
        let evidence = |counts| evidence(counts, Sizes::even([900, 100]));
        assert!(evidence([450, 50]).abs() < 1e-9);
        assert!(evidence([10, 90]) > evidence([10, 80]) && evidence([10, 80]) > evidence([90, 80]));
        assert!(evidence([450, 10]) < 0.0);
        // All of one side and none of the other: the entropy of the whole.
        let entropy = -2.0 * (900.0 * 0.9_f64.ln() + 100.0 * 0.1_f64.ln());
        assert!((evidence([0, 100]) - entropy).abs() < 1e-9);
    }

    #[test]
    fn false_discovery_rates_ascend_with_the_chances() {
        assert_eq!(false_discovery_rates(&[0.5, 0.01, 0.02, 0.9]), [0.5 * 4.0 / 3.0, 0.04, 0.04, 0.9]);
    }
}
