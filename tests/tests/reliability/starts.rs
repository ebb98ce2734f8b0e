use skep_tests::clock;
use skep_tests::rig::{Serve, Skep};
use std::path::Path;
use std::time::Duration;

/// A start that other work of the machine slowed down is measured again; a start that is slow stays slow.
const MEASURED: u32 = 3;

/// How long starts took.
#[derive(Debug, Default)]
pub(crate) struct Starts {
    pub(crate) n: usize,
    pub(crate) slowest: Duration,
}

impl Starts {
    /// Starts a program on a data directory, which has to be ready within `limit`.
    pub(crate) async fn within(&mut self, limit: Duration, data_dir: &Path) -> Skep {
        for measured in 1.. {
            let started = clock::start();
            let skep = Serve::on(data_dir).arg("--no-keychain").start().await;
            let took = started.elapsed();
            if took <= limit {
                self.n += 1;
                self.slowest = self.slowest.max(took);
                return skep;
            }
            println!("a start took {took:?}");
            assert!(measured < MEASURED, "{MEASURED} starts took longer than {limit:?}, the last {took:?}");
            skep.kill().await;
        }
        unreachable!("the loop ends by returning or failing")
    }
}
