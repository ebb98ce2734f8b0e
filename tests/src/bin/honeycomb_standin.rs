//! The stand-in for Honeycomb as a program: prints its address and runs until its input ends or it is told to stop.
//!
//! `honeycomb-standin [KEY [ANSWER]]`: the key it accepts (default `test-key`) and how it answers (see
//! [`skep_tests::standin::Answer`]). `GET /__received` shows what came; `POST /__answer` switches the answer.
#![allow(clippy::print_stdout, reason = "its answer")]

use skep_tests::standin::{Answer, Standin};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), String> {
    let mut arguments = std::env::args().skip(1);
    let key = arguments.next().unwrap_or_else(|| "test-key".to_owned());
    let answer = arguments.next().map_or(Ok(Answer::Accept), |text| text.parse())?;
    let standin = Standin::start(&key).await;
    standin.answer_with(answer);
    println!("{}", standin.url());
    // The end of standard input ends it, so that it never outlives the test that started it.
    let mut input = tokio::io::stdin();
    tokio::io::copy(&mut input, &mut tokio::io::sink()).await.map_err(|error| error.to_string())?;
    Ok(())
}
