//! Receives and decodes, and keeps nothing: what the receiver alone costs. Prints its HTTP address and runs until it is
//! ended. `make bench` measures it.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a program for a terminal")]

use skep_model::Nanos;
use skep_receive::{Allowed, Config, Limits, NameKind, Refusal, RefusedReason, Sink, Submission, listen};
use std::net::{Ipv4Addr, SocketAddr};

#[derive(Clone)]
struct Nowhere;

impl Sink for Nowhere {
    fn now(&self) -> Nanos {
        Nanos(0)
    }

    async fn submit(&self, submission: Submission) -> Result<(), Refusal> {
        // Not left to an optimizer to find useless.
        std::hint::black_box(submission.decoded.columns.n_rows());
        Ok(())
    }

    fn refused(&self, reason: RefusedReason) {
        eprintln!("refused: {reason:?}");
    }

    fn stranger(&self, _: NameKind, _: &str) {}
}

fn main() -> std::io::Result<()> {
    // As the programs do: the receiver's memory is the system's allocator's.
    skep_engine::give_back_large_blocks();
    receive()
}

#[tokio::main]
async fn receive() -> std::io::Result<()> {
    let any = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    let config = Config {
        grpc: any,
        http: any,
        containers: None,
        token: None,
        allowed: Allowed::default(),
        limits: Limits::default(),
    };
    let receiver = listen(config, Nowhere).await?;
    println!("{}", receiver.endpoints[1].bound);
    std::future::pending().await
}
