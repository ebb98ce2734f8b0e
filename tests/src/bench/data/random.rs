/// A stream of numbers that is the same for a seed on every machine and with every version of every library:
/// SplitMix64 (Steele, Lea, Flood 2014).
#[derive(Clone, Debug)]
pub(super) struct Random(u64);

impl Random {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(super) fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// From 0 to before 1.
    pub(super) fn unit(&mut self) -> f64 {
        (self.bits() >> 11) as f64 / (1_u64 << 53) as f64
    }

    pub(super) fn chance(&mut self, probability: f64) -> bool {
        self.unit() < probability
    }

    /// A whole number below `n`.
    pub(super) fn below(&mut self, n: usize) -> usize {
        ((u128::from(self.bits()) * n as u128) >> 64) as usize
    }

    /// A whole number below `n`, low ones more often: a few values make up most of what real services send.
    pub(super) fn skewed(&mut self, n: usize) -> usize {
        let unit = self.unit();
        self.clamped(unit * unit * n as f64, n)
    }

    /// A whole number from `low` to `high`, each power of ten as likely as the next.
    pub(super) fn log_uniform(&mut self, low: usize, high: usize) -> usize {
        let (from, to) = ((low as f64).ln(), (high as f64 + 1.0).ln());
        let number = (from + self.unit() * (to - from)).exp();
        self.clamped(number, high + 1).max(low)
    }

    /// Log-normal around a median (Box and Muller).
    pub(super) fn log_normal(&mut self, median: f64, sigma: f64) -> f64 {
        let radius = (-2.0 * (1.0 - self.unit()).ln()).sqrt();
        let normal = radius * (std::f64::consts::TAU * self.unit()).cos();
        median * (sigma * normal).exp()
    }

    pub(super) fn bytes<const N: usize>(&mut self) -> [u8; N] {
        let mut bytes = [0; N];
        for chunk in bytes.chunks_mut(8) {
            chunk.copy_from_slice(&self.bits().to_le_bytes()[..chunk.len()]);
        }
        bytes
    }

    /// So many hexadecimal digits, two for each byte.
    pub(super) fn hex<const BYTES: usize>(&mut self) -> String {
        const_hex::encode(self.bytes::<BYTES>())
    }

    pub(super) fn uuid(&mut self) -> String {
        let hex = self.hex::<16>();
        [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]].join("-")
    }

    #[allow(clippy::cast_sign_loss, reason = "clamped above zero")]
    fn clamped(&self, number: f64, n: usize) -> usize {
        (number.max(0.0) as usize).min(n - 1)
    }
}
