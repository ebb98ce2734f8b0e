use crate::{MIB, assert_serves};
use nix::sys::resource::{Resource, getrlimit, setrlimit};
use skep_tests::house::House;
use skep_tests::rig::{memory_of, n_open_files, until, within_patience};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

const CONNECTIONS: usize = 10_000;

/// Scenario: ten thousand connections that say nothing, or half of something, and stay.
/// Guarantees: the program keeps to its places and its memory, and an ordinary sender is served among them.
#[tokio::test(flavor = "multi_thread")]
async fn r17_ten_thousand_connections_keep_nobody_out() {
    let (_, hard) = getrlimit(Resource::RLIMIT_NOFILE).unwrap();
    let wanted = (CONNECTIONS as u64 + 2_000).min(hard);
    setrlimit(Resource::RLIMIT_NOFILE, wanted, hard).unwrap();
    let n_connections = usize::try_from(wanted).unwrap() - 2_000;
    let house = House::open().await;
    assert_serves(&house, 0).await;
    let before = memory_of(&house.skep);
    let mut crowd = Vec::new();
    for number in 0..n_connections {
        let mut stream = TcpStream::connect(house.http()).await.unwrap();
        let said: &[u8] = if number % 2 == 0 { b"" } else { b"POST /v1/traces HTTP/1.1\r\nhost: local" };
        // It may have been shown out already.
        let _ = stream.write_all(said).await;
        crowd.push(stream);
        if number % 1_000 == 999 {
            within_patience("an ordinary request", assert_serves(&house, number as u64)).await;
        }
    }
    let after = memory_of(&house.skep);
    let n_files = n_open_files(&house.skep);
    println!(
        "{n_connections} connections: {} MiB, was {} MiB; {n_files} files open",
        after.peak_bytes / MIB,
        before.now_bytes / MIB
    );
    assert!(after.peak_bytes <= before.now_bytes + 200 * MIB, "{after:?}");
    assert!(n_files < 1_024 + 200, "no more than there are places: {n_files}");
    let refused = || house.status()["arrivals"]["refused"].to_string();
    until("the count", refused, |refused| refused.contains("refused_connections")).await;
    drop(crowd);
}

/// Scenario: senders of a byte now and then, of headers and of bodies.
/// Guarantees: all are cut off at their time, counted, and others are served meanwhile.
#[tokio::test(flavor = "multi_thread")]
async fn r18_slow_senders_are_cut_off() {
    const SLOW: usize = 200;
    let limits = ["--limit", "header_timeout=1s", "--limit", "body_timeout=2s"];
    let house = House::with(|serve| limits.into_iter().fold(serve, |serve, word| serve.arg(word))).await;
    let head = b"POST /v1/traces HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 1000\r\n\r\n";
    let mut tasks = Vec::new();
    for number in 0..2 * SLOW {
        let address = house.http();
        tasks.push(tokio::spawn(async move {
            let mut stream = TcpStream::connect(address).await.unwrap();
            let is_body = number % 2 == 0;
            if is_body {
                stream.write_all(head).await.unwrap();
            }
            let mut answer = Vec::new();
            loop {
                let byte: &[u8] = if is_body { b" " } else { b"P" };
                let written = stream.write_all(byte).await;
                let read =
                    tokio::time::timeout(Duration::from_millis(200), stream.read_to_end(&mut answer)).await;
                if written.is_err() || read.is_ok() {
                    return (is_body, String::from_utf8_lossy(&answer).into_owned());
                }
            }
        }));
    }
    for number in 0..20 {
        assert_serves(&house, number).await;
    }
    let mut n_of = [0, 0, 0];
    for task in tasks {
        let (is_body, answer) = within_patience("the end of a slow sender", task).await.unwrap();
        assert!(!answer.contains("200 OK"), "{answer}");
        n_of[if !is_body {
            0
        } else if answer.is_empty() {
            1
        } else {
            2
        }] += 1;
        // Under load a reset may overtake the answer.
        assert!(!is_body || answer.is_empty() || answer.starts_with("HTTP/1.1 408 "), "{answer}");
    }
    println!(
        "cut off: {} in their headers, {} in their bodies without an answer, {} with one",
        n_of[0], n_of[1], n_of[2]
    );
    let refused = || house.status()["arrivals"]["refused"].to_string();
    let is_counted =
        |refused: &String| refused.contains(&format!(r#""code":"refused_too_slow","count":{}"#, 2 * SLOW));
    until("the count", refused, is_counted).await;
}
