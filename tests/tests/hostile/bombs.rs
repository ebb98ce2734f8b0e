use crate::{MIB, assert_serves};
use bytes::Bytes;
use http::Request;
use http_body_util::Full;
use skep_tests::clock;
use skep_tests::house::{House, JSON, PROTOBUF, compress, with_header};
use skep_tests::rig::http::{once, post};
use skep_tests::rig::{forget_peak, memory_of};

/// How far memory may rise: what a request may hold, and a little.
const RISE_BYTES_MAX: u64 = 80 * MIB;
const LIMIT_BYTES: usize = 64 << 20;

/// Ten thousand million zeros: members of gzip and frames of zstd may follow each other.
fn ten_gigabytes(encoding: &str) -> Vec<u8> {
    let part = compress(encoding, &vec![0; 100_000_000]);
    // A stream of zlib ends where it ends.
    part.repeat(if encoding == "deflate" { 1 } else { 100 })
}

fn request(path: &str, media_type: &str, encoding: &str, body: &[u8]) -> Request<Full<Bytes>> {
    with_header(post(path, media_type, body.to_vec()), "content-encoding", encoding)
}

/// Scenario: bodies that unpack to far more than may be, by a byte too much, to another packed body, or to nothing at all,
/// on each path that takes a body.
/// Guarantees: a code that no client retries, memory that rises no further than one request may, and service after it.
#[tokio::test(flavor = "multi_thread")]
async fn r20_bombs_are_refused_in_little_memory() {
    let house = House::open().await;
    assert_serves(&house, 0).await;
    let one_too_many = vec![b' '; LIMIT_BYTES + 1];
    let mut n_cases = 0;
    for encoding in ["gzip", "zstd", "deflate"] {
        let small = compress(encoding, b"{}");
        let cases: [(&str, Vec<u8>, &[u16]); 5] = [
            ("ten gigabytes", ten_gigabytes(encoding), &[413]),
            ("a byte too much", compress(encoding, &one_too_many), &[413]),
            ("packed twice", compress(encoding, &small), &[400]),
            ("cut off", small[..small.len() - 3].to_vec(), &[400]),
            ("not packed at all", b"{}".to_vec(), &[400]),
        ];
        for (name, body, statuses) in cases {
            for (path, media_type) in [("/v1/traces", JSON), ("/v1/logs", PROTOBUF), ("/1/batch/shop", JSON)]
            {
                let before = memory_of(&house.skep).now_bytes;
                forget_peak(&house.skep);
                let started = clock::start();
                let answer = once(house.http(), request(path, media_type, encoding, &body)).await;
                let (took, rise) =
                    (started.elapsed(), memory_of(&house.skep).peak_bytes.saturating_sub(before));
                println!(
                    "{encoding} {name} {path}: {} in {took:?}, {} MiB more",
                    answer.status(),
                    rise / MIB
                );
                assert!(statuses.contains(&answer.status().as_u16()), "{encoding} {name} {path}: {answer:?}");
                assert!(rise <= RISE_BYTES_MAX, "{encoding} {name} {path}: {} MiB more", rise / MIB);
                n_cases += 1;
            }
        }
    }
    assert_eq!(n_cases, 45);
    assert_serves(&house, 1).await;
    let status = house.status();
    assert_eq!((&status["stored"], &status["rejected"]), (&2.into(), &0.into()));
    // Without the limit the same measure shows what a bomb costs.
    let wide = ["--limit", "body_bytes=1GiB", "--limit", "in_flight_bytes=2GiB"];
    let house = House::with(|serve| wide.into_iter().fold(serve, |serve, word| serve.arg(word))).await;
    let before = memory_of(&house.skep).now_bytes;
    let body = compress("gzip", &vec![b' '; 4 * LIMIT_BYTES]);
    once(house.http(), request("/v1/traces", JSON, "gzip", &body)).await;
    assert!(memory_of(&house.skep).peak_bytes - before > RISE_BYTES_MAX, "the measure can fail");
}
