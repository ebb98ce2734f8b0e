//! What `make bench` runs: Skep beside its peers over the same events, one JSON line a figure.

use skep_tests::bench::{Options, run};

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let options = Options::read(std::env::args().skip(1))?;
    if !run(&options).await? {
        std::process::exit(1);
    }
    Ok(())
}
