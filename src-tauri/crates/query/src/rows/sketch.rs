//! A summary of numbers that tells any percentile within a relative error, however many numbers there were.
//!
//! This is DDSketch: C. Masson, J. E. Rim, H. K. Lee, "DDSketch: A Fast and Fully-Mergeable Quantile Sketch with
//! Relative-Error Guarantees", PVLDB 12(12), 2019. Numbers are counted in buckets whose ends lie in a ratio of at most
//! gamma = (1 + a) / (1 - a), and a number told of a bucket is then within the share a of every number inside. Of the
//! bucketings that the paper's authors give, it is the one that takes the logarithm as linear between powers of two: half
//! as many buckets again as with a true logarithm, but a number's bucket is the leading bits of the double itself, on
//! every machine.
//!
//! ```text
//!  |x| = 2^e (1 + m), 0 <= m < 1     bucket 512 e + k with k = floor(512 m): 2^e times [1 + k/512, 1 + (k + 1)/512)
//!  told of it                        2^e (1 + k/512) (1 + 1/(1025 + 2k)), where both ends are 1/(1025 + 2k) away
//!  gamma                             513/512 at k = 0, the widest, so that a = 1/1025
//! ```
//!
//! Sketches of parts add up to the very sketch of the whole, in any order.

use super::places::Places;
use crate::ast::Percentile;

/// By which share of it a percentile that is told may differ from the one there is. What is nearer to zero than
/// [`f64::MIN_POSITIVE`] counts as zero.
pub(crate) const RELATIVE_ERROR: f64 = 1.0 / 1025.0;

/// Bits after a double's exponent that tell buckets apart.
const BUCKET_BITS: u32 = 9;
const SHIFT: u32 = f64::MANTISSA_DIGITS - 1 - BUCKET_BITS;

/// Buckets side by side, empty ones among them, may be so many for each that is not, or so many in all.
const SPAN_PER_OCCUPIED: usize = 4;
const SPAN_MIN: usize = 256;

/// The numbers of one group.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Sketch {
    buckets: Buckets,
    n: u64,
    /// The least number and the greatest; nothing is told beyond them.
    ends: Option<(f64, f64)>,
}

/// How many numbers each bucket holds. Bucket 0 is zero, negative ones are those of negative numbers.
#[derive(Clone, Debug)]
enum Buckets {
    /// Those that hold some, ascending: at most as many as numbers, a million at the very most.
    Sparse(Vec<(i32, u64)>),
    /// All from the first on: less memory where most hold some, and quicker to add to.
    Dense { first: i32, counts: Vec<u64> },
}

/// A number's bucket and how often it was there.
#[derive(Clone, Copy, Default)]
struct Counted {
    bucket: i32,
    times: u32,
}

/// Puts numbers beside those of their group.
pub(super) struct Sketcher {
    all: Vec<Counted>,
    places: Places,
    ends: Vec<(f64, f64)>,
}

impl Sketcher {
    /// For groups with so many numbers at most.
    pub(super) fn new(n_of_group: &[u32]) -> Self {
        let (places, n) = Places::of(n_of_group);
        let ends = vec![(f64::INFINITY, f64::NEG_INFINITY); n_of_group.len()];
        Sketcher { all: vec![Counted::default(); n], places, ends }
    }

    /// Puts a number that was there so many times; NaN is none.
    pub(super) fn put(&mut self, group: usize, number: f64, times: u32) {
        if number.is_nan() {
            return;
        }
        let place = self.places.take(group);
        self.all[place] = Counted { bucket: bucket(number), times };
        let (min, max) = self.ends[group];
        self.ends[group] = (min.min(number), max.max(number));
    }

    /// One for each group.
    pub(super) fn sketches(mut self) -> Vec<Sketch> {
        let groups = self.places.into_ranges().zip(self.ends);
        groups.map(|(range, ends)| Sketch::of(&mut self.all[range], ends)).collect()
    }
}

impl Sketch {
    /// Of some numbers, whose order is lost, the least of them and the greatest.
    fn of(numbers: &mut [Counted], ends: (f64, f64)) -> Self {
        if numbers.is_empty() {
            return Sketch::default();
        }
        numbers.sort_unstable_by_key(|counted| counted.bucket);
        let mut buckets: Vec<(i32, u64)> = Vec::new();
        let mut n = 0;
        for Counted { bucket, times } in &*numbers {
            let times = u64::from(*times);
            n += times;
            match buckets.last_mut() {
                Some((last, count)) if last == bucket => *count += times,
                _ => buckets.push((*bucket, times)),
            }
        }
        Sketch { buckets: Buckets::Sparse(buckets), n, ends: Some(ends) }
    }

    /// Adds the numbers of another.
    pub(super) fn merge(&mut self, other: &Sketch) {
        self.n += other.n;
        self.ends = match (self.ends, other.ends) {
            (Some((a_min, a_max)), Some((b_min, b_max))) => Some((a_min.min(b_min), a_max.max(b_max))),
            (mine, theirs) => mine.or(theirs),
        };
        match &other.buckets {
            Buckets::Sparse(buckets) => self.buckets.add(buckets),
            Buckets::Dense { .. } => self.buckets.add(&other.buckets.occupied().collect::<Vec<_>>()),
        }
    }

    /// The value at a percentile, within [`RELATIVE_ERROR`]; nothing where there is no number.
    pub(super) fn at(&self, percentile: Percentile) -> Option<f64> {
        let rank = percentile.rank_idx(usize::try_from(self.n).ok()?)? as u64;
        let mut through = 0;
        let (bucket, _) = self.buckets.occupied().find(|(_, count)| {
            through += count;
            through > rank
        })?;
        let (min, max) = self.ends?;
        Some(told(bucket).max(min).min(max))
    }
}

fn bucket(number: f64) -> i32 {
    if number.abs() < f64::MIN_POSITIVE {
        return 0;
    }
    // Twenty bits are left of it.
    let magnitude = (number.abs().to_bits() >> SHIFT) as i32;
    if number < 0.0 { -magnitude } else { magnitude }
}

/// What is told of a number in a bucket.
fn told(bucket: i32) -> f64 {
    let magnitude = u64::from(bucket.unsigned_abs());
    let least = f64::from_bits(magnitude << SHIFT);
    let k = (magnitude % (1 << BUCKET_BITS)) as f64;
    let told = if least.is_finite() { least * (1.0 + 1.0 / (1025.0 + 2.0 * k)) } else { least };
    match bucket {
        0 => 0.0,
        1.. => told,
        _ => -told,
    }
}

impl Buckets {
    /// Those that hold some, ascending.
    fn occupied(&self) -> impl Iterator<Item = (i32, u64)> + '_ {
        let (sparse, first, counts): (&[(i32, u64)], i32, &[u64]) = match self {
            Buckets::Sparse(buckets) => (buckets, 0, &[]),
            Buckets::Dense { first, counts } => (&[], *first, counts),
        };
        let dense =
            (first..).zip(counts).filter(|(_, count)| **count > 0).map(|(bucket, count)| (bucket, *count));
        sparse.iter().copied().chain(dense)
    }

    /// Adds to some buckets, ascending.
    fn add(&mut self, others: &[(i32, u64)]) {
        let (Some((first_other, _)), Some((last_other, _))) = (others.first(), others.last()) else { return };
        if let Buckets::Dense { first, counts } = self
            && *first_other >= *first
            && offset(*first, *last_other) < counts.len()
        {
            others.iter().for_each(|(bucket, count)| counts[offset(*first, *bucket)] += count);
            return;
        }
        let mut all: Vec<(i32, u64)> = self.occupied().chain(others.iter().copied()).collect();
        // Two runs in order are merged, not sorted, by this one.
        all.sort_by_key(|(bucket, _)| *bucket);
        all.dedup_by(|(bucket, count), (before, sum)| {
            let is_same = bucket == before;
            *sum += if is_same { *count } else { 0 };
            is_same
        });
        *self = Buckets::stored(all);
    }

    fn stored(buckets: Vec<(i32, u64)>) -> Self {
        let ends = buckets.first().zip(buckets.last());
        match ends.map(|((first, _), (last, _))| (*first, offset(*first, *last) + 1)) {
            Some((first, span)) if span <= SPAN_MIN.max(SPAN_PER_OCCUPIED * buckets.len()) => {
                let mut counts = vec![0; span];
                buckets.iter().for_each(|(bucket, count)| counts[offset(first, *bucket)] = *count);
                Buckets::Dense { first, counts }
            }
            _ => Buckets::Sparse(buckets),
        }
    }
}

/// How many buckets one is after another that is not behind it.
fn offset(first: i32, bucket: i32) -> usize {
    bucket.abs_diff(first) as usize
}

impl Default for Buckets {
    fn default() -> Self {
        Buckets::Sparse(Vec::new())
    }
}

/// By what they hold, not by how.
impl PartialEq for Buckets {
    fn eq(&self, other: &Self) -> bool {
        self.occupied().eq(other.occupied())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// SplitMix64.
    fn random(seed: &mut u64) -> u64 {
        *seed = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let bits = (*seed ^ (*seed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        bits ^ (bits >> 31)
    }

    fn unit(seed: &mut u64) -> f64 {
        (random(seed) >> 11) as f64 / (1_u64 << 53) as f64
    }

    type Shape = fn(&mut u64) -> f64;

    const SHAPES: [(&str, Shape); 8] = [
        ("uniform", |seed| unit(seed) * 100.0),
        ("skewed", |seed| 1.0 / (1.0 - unit(seed)).powi(3)),
        ("constant", |_| 12.34),
        ("negative", |seed| -100.0 * unit(seed).powi(4)),
        ("of both signs, zeros too", |seed| ((unit(seed) - 0.5) * 20.0).trunc() / 3.0),
        ("whole", |seed| (random(seed) % 1000) as f64),
        // Any double there is, infinities too.
        ("huge", |seed| {
            Some(f64::from_bits(random(seed))).filter(|number| !number.is_nan()).unwrap_or(f64::INFINITY)
        }),
        ("hardly above zero", |seed| f64::from_bits(random(seed) >> 11)),
    ];

    fn sketch_of(numbers: &[(f64, u32)]) -> Sketch {
        let mut sketcher = Sketcher::new(&[numbers.len() as u32]);
        numbers.iter().for_each(|(number, times)| sketcher.put(0, *number, *times));
        sketcher.sketches().remove(0)
    }

    /// The greatest share by which a percentile is off, as a share of `error`.
    fn worst(numbers: &[(f64, u32)], sketch: &Sketch, error: f64) -> f64 {
        let mut sorted = numbers.to_vec();
        sorted.sort_by(|(a, _), (b, _)| a.total_cmp(b));
        let all: Vec<f64> =
            sorted.iter().flat_map(|(number, times)| std::iter::repeat_n(*number, *times as usize)).collect();
        let off = |percentile: &Percentile| {
            let (true_one, told) = (all[percentile.rank_idx(all.len())?], sketch.at(*percentile)?);
            // What is next to zero counts as zero.
            let allowed = true_one.abs() * error + f64::MIN_POSITIVE;
            Some(if true_one == told { 0.0 } else { (true_one - told).abs() / allowed })
        };
        Percentile::ALL.iter().map(|percentile| off(percentile).unwrap_or(f64::INFINITY)).fold(0.0, f64::max)
    }

    /// Guarantees: every percentile is within the error, whatever the numbers, and however often each was there. Control:
    /// a tenth of the error is exceeded.
    #[test]
    fn what_is_told_is_within_the_error() {
        let rounding = 1.0 + 1e-12;
        for (name, shape) in SHAPES {
            let mut worst_of_all: f64 = 0.0;
            for seed in 0..40 {
                let mut seed = seed * 1_000_003;
                let n = 1 + random(&mut seed) % 3000;
                let is_weighted = random(&mut seed).is_multiple_of(2);
                let times = |seed: &mut u64| if is_weighted { 1 + (random(seed) % 20) as u32 } else { 1 };
                let numbers: Vec<(f64, u32)> = (0..n).map(|_| (shape(&mut seed), times(&mut seed))).collect();
                let sketch = sketch_of(&numbers);
                let worst = worst(&numbers, &sketch, RELATIVE_ERROR);
                assert!(worst <= rounding, "{name}: {worst} of the error");
                worst_of_all = worst_of_all.max(worst);
            }
            match name {
                "constant" => assert!(worst_of_all == 0.0, "the ends are known"),
                "hardly above zero" => {}
                _ => assert!(worst_of_all > 0.1, "{name}: {worst_of_all}"),
            }
        }
    }

    /// Guarantees: parts in any order and of any sizes are the sketch of the whole.
    #[test]
    fn parts_add_up_in_any_order() {
        for (name, shape) in SHAPES {
            let mut seed = 17;
            let numbers: Vec<(f64, u32)> = (0..5000).map(|_| (shape(&mut seed), 1)).collect();
            let whole = sketch_of(&numbers);
            let mut parts: Vec<Sketch> = numbers.chunks(37).map(sketch_of).collect();
            for _ in 0..3 {
                let mut sum = Sketch::default();
                parts.iter().for_each(|part| sum.merge(part));
                assert_eq!(sum, whole, "{name}");
                let mut halves = [Sketch::default(), Sketch::default()];
                parts.iter().enumerate().for_each(|(idx, part)| halves[idx % 2].merge(part));
                let [mut sum, odd] = halves;
                sum.merge(&odd);
                assert_eq!(sum, whole, "{name}");
                parts.sort_by_cached_key(|_| random(&mut seed));
            }
            let mut less = Sketch::default();
            parts[1..].iter().for_each(|part| less.merge(part));
            assert_ne!(less, whole, "{name}: a part is missing");
        }
        assert_eq!(sketch_of(&[(f64::NAN, 1)]).at(Percentile::ALL[6]), None);
    }

    /// Guarantees: a bucket's memory is bounded by what it holds. An outlier does not fill what lies between.
    #[test]
    fn an_outlier_costs_one_bucket() {
        let near: Vec<(f64, u32)> = (1..4000).map(|n| (f64::from(n), 1)).collect();
        let mut sketch = sketch_of(&near);
        sketch.merge(&sketch_of(&near));
        assert!(matches!(sketch.buckets, Buckets::Dense { .. }));
        sketch.merge(&sketch_of(&[(1e300, 1), (-1e300, 1)]));
        assert!(matches!(sketch.buckets, Buckets::Sparse(_)));
    }
}
