use crate::{MIB, assert_serves};
use skep_tests::house::House;
use skep_tests::rig::{memory_of, within_patience};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
/// RFC 9113, section 6.
const DATA: u8 = 0;
const HEADERS: u8 = 1;
const RST_STREAM: u8 = 3;
const SETTINGS: u8 = 4;
const PING: u8 = 6;
const GOAWAY: u8 = 7;
const CONTINUATION: u8 = 9;
const END_HEADERS: u8 = 4;

fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
    [&length[1..], &[kind, flags], &stream.to_be_bytes(), payload].concat()
}

/// A POST to `/v1/traces` with its body to come, its fields as literals that nobody indexes (RFC 7541, 6.2.2).
fn post_headers() -> Vec<u8> {
    let fields = [
        (":method", "POST"),
        (":scheme", "http"),
        (":path", "/v1/traces"),
        (":authority", "localhost"),
        ("content-type", "application/json"),
    ];
    let mut block = Vec::new();
    for (name, value) in fields {
        block.push(0);
        for text in [name, value] {
            block.push(u8::try_from(text.len()).unwrap());
            block.extend_from_slice(text.as_bytes());
        }
    }
    block
}

/// Odd numbers, as clients have them.
fn streams(n: u32) -> impl Iterator<Item = u32> {
    (0..n).map(|number| 2 * number + 1)
}

struct Flood {
    name: &'static str,
    frames: Vec<u8>,
    /// The connection has to be ended by the server.
    is_ended: bool,
}

fn floods() -> Vec<Flood> {
    const MANY: u32 = 10_000;
    let headers = post_headers();
    let open = |stream| frame(HEADERS, END_HEADERS, stream, &headers);
    let rapid_reset =
        streams(MANY).flat_map(|stream| [open(stream), frame(RST_STREAM, 0, stream, &[0, 0, 0, 8])]);
    let continuation = std::iter::once(frame(HEADERS, 0, 1, &headers))
        .chain((0..MANY).map(|number| frame(CONTINUATION, 0, 1, &literal(number))));
    let empty_data = std::iter::once(open(1)).chain((0..MANY).map(|_| frame(DATA, 0, 1, &[])));
    let pings = (0..MANY).map(|number| frame(PING, 0, 0, &u64::from(number).to_be_bytes()));
    let many_streams = streams(MANY).map(open);
    let settings = (0..MANY).map(|_| frame(SETTINGS, 0, 0, &[]));
    vec![
        Flood { name: "rapid reset", frames: rapid_reset.flatten().collect(), is_ended: true },
        Flood { name: "continuation", frames: continuation.flatten().collect(), is_ended: true },
        Flood { name: "empty data", frames: empty_data.flatten().collect(), is_ended: true },
        Flood { name: "pings", frames: pings.flatten().collect(), is_ended: false },
        Flood { name: "ten thousand streams", frames: many_streams.flatten().collect(), is_ended: false },
        Flood { name: "settings", frames: settings.flatten().collect(), is_ended: false },
    ]
}

/// A header of its own for each frame, so that what is kept of them grows.
fn literal(number: u32) -> Vec<u8> {
    let name = format!("x-{number:06}");
    let value = "v".repeat(100);
    [&[0, 8], name.as_bytes(), &[100], value.as_bytes()].concat()
}

/// Whether a `GOAWAY` is among the frames.
fn says_goodbye(mut frames: &[u8]) -> bool {
    while let [a, b, c, kind, ..] = *frames {
        if kind == GOAWAY {
            return true;
        }
        let length = u32::from_be_bytes([0, a, b, c]) as usize;
        frames = frames.get(9 + length..).unwrap_or_default();
    }
    false
}

/// Sends it all without reading, then reads what there is until the end or silence. Tells whether it was ended.
async fn pour(house: &House, frames: &[u8]) -> bool {
    let mut stream = TcpStream::connect(house.http()).await.unwrap();
    let greeting = [PREFACE, &frame(SETTINGS, 0, 0, &[])].concat();
    stream.write_all(&greeting).await.unwrap();
    let (mut reading, mut writing) = stream.into_split();
    let frames = frames.to_vec();
    let writer = tokio::spawn(async move {
        // It may be ended before all of it is sent.
        let _ = tokio::time::timeout(Duration::from_secs(10), writing.write_all(&frames)).await;
        writing
    });
    let mut seen = Vec::new();
    let is_ended = loop {
        let mut part = [0; 4096];
        match tokio::time::timeout(Duration::from_secs(2), reading.read(&mut part)).await {
            Ok(Ok(n)) if n > 0 => seen.extend_from_slice(&part[..n]),
            Ok(_) => break true,
            Err(_) => break says_goodbye(&seen),
        }
    };
    drop(writer.await.unwrap());
    is_ended
}

/// Scenario: six floods of frames that cost their sender next to nothing.
/// Guarantees: those that hold a stream or headers open end the connection, none takes memory, and others are served.
#[tokio::test(flavor = "multi_thread")]
async fn r19_floods_of_http2_end_their_connection() {
    let house = House::open().await;
    assert_serves(&house, 0).await;
    let before = memory_of(&house.skep).now_bytes;
    for (number, Flood { name, frames, is_ended }) in (1..).zip(floods()) {
        let ended = within_patience(name, pour(&house, &frames)).await;
        let rise = memory_of(&house.skep).peak_bytes.saturating_sub(before);
        println!("{name}: {} of it, ended: {ended}, {} MiB more", frames.len(), rise / MIB);
        assert!(ended || !is_ended, "{name} is not put up with");
        assert!(rise <= 100 * MIB, "{name}: {} MiB more", rise / MIB);
        assert_serves(&house, number).await;
    }
}
