use rand::SeedableRng;
use rand::rngs::StdRng;

/// How much of a fault test is run, and from which seed.
///
/// `make test` runs the short form from a fixed seed, `make reliability` the long form from a new one. A seed that
/// failed is run again with `SKEP_SEED`, and `SKEP_RELIABILITY=long` for the long form.
#[derive(Debug)]
pub struct Campaign {
    name: &'static str,
    is_long: bool,
    seed: u64,
}

const SHORT_SEED: u64 = 1;

impl Campaign {
    /// Begins one, and says so.
    #[must_use]
    pub fn begin(name: &'static str) -> Self {
        let is_long = std::env::var("SKEP_RELIABILITY").is_ok_and(|form| form == "long");
        let given = std::env::var("SKEP_SEED").ok().map(|seed| seed.parse().expect("SKEP_SEED is a number"));
        let seed = given.unwrap_or_else(|| if is_long { rand::random::<u32>().into() } else { SHORT_SEED });
        let form = if is_long { "long" } else { "short" };
        println!("{name}: {form} form, SKEP_SEED={seed}");
        Self { name, is_long, seed }
    }

    /// The number for this form.
    #[must_use]
    pub fn choose<T>(&self, short: T, long: T) -> T {
        if self.is_long { long } else { short }
    }

    /// Chance that is the same each time for a case of this seed, whatever other cases do.
    #[must_use]
    pub fn chance(&self, case: u64) -> StdRng {
        StdRng::seed_from_u64(self.seed.wrapping_mul(1_000_003).wrapping_add(case))
    }

    /// The seed.
    #[must_use]
    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// Says how far it is, now and then.
    pub fn progress(&self, done: usize, of: usize, what: impl std::fmt::Display) {
        if done == of || done.is_multiple_of(self.choose(10, 50)) {
            println!("{}: {done}/{of}, {what}", self.name);
        }
    }

    /// Says what came of it.
    pub fn result(&self, what: impl std::fmt::Display) {
        println!("{}: {what}", self.name);
    }
}
