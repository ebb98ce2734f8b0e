use skep_tests::house::House;
use skep_tests::rig::{Serve, Skep};
use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// The state of a socket that listens, in the kernel's table.
const LISTENING: &str = "0A";

/// Where a program listens, by the kernel's own account.
fn listening(skep: &Skep) -> BTreeSet<IpAddr> {
    let descriptors = std::fs::read_dir(format!("/proc/{}/fd", skep.ready.pid)).unwrap();
    let own: BTreeSet<String> = descriptors
        .filter_map(|entry| std::fs::read_link(entry.ok()?.path()).ok())
        .filter_map(|target| Some(target.to_str()?.strip_prefix("socket:[")?.strip_suffix(']')?.to_owned()))
        .collect();
    let mut addresses = BTreeSet::new();
    for table in ["tcp", "tcp6"] {
        let Ok(table) = std::fs::read_to_string(format!("/proc/{}/net/{table}", skep.ready.pid)) else {
            continue;
        };
        for line in table.lines().skip(1) {
            let words: Vec<&str> = line.split_whitespace().collect();
            if words[3] == LISTENING && own.contains(words[9]) {
                addresses.insert(address(words[1].split(':').next().unwrap()));
            }
        }
    }
    addresses
}

/// Words of four bytes in the machine's order.
fn address(digits: &str) -> IpAddr {
    let words = digits
        .as_bytes()
        .chunks(8)
        .map(|word| u32::from_str_radix(str::from_utf8(word).unwrap(), 16).unwrap());
    let bytes: Vec<u8> = words.flat_map(u32::to_ne_bytes).collect();
    match <[u8; 4]>::try_from(&*bytes) {
        Ok(v4) => Ipv4Addr::from(v4).into(),
        Err(_) => Ipv6Addr::from(<[u8; 16]>::try_from(&*bytes).unwrap()).into(),
    }
}

/// S02. Scenario: each way to start.
/// Guarantees: nothing but loopback is listened on unless it was said, and what is wider shows its token.
#[tokio::test]
async fn s02_only_what_was_said_is_listened_on() {
    let loopback: BTreeSet<IpAddr> = [Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()].into();
    let house = House::open().await;
    let plain = listening(&house.skep);
    assert!(!plain.is_empty() && plain.is_subset(&loopback), "{plain:?}");
    assert_eq!(house.status()["otlp_headers"], serde_json::Value::Null);

    for flag in ["--otlp-http", "--otlp-grpc"] {
        let wide = House::with(|serve| serve.at(flag, "0.0.0.0:0")).await;
        let listened = listening(&wide.skep);
        assert!(listened.contains(&Ipv4Addr::UNSPECIFIED.into()), "the measure can fail: {listened:?}");
        let file = wide.data_dir().join("skep.otlp-token");
        assert_eq!(std::fs::read_to_string(file).unwrap().trim().len(), 64, "{flag} needs a token");
    }
    let dir = tempfile::tempdir().unwrap();
    for wide in ["0.0.0.0:0", "[::]:0"] {
        let refused = Serve::on(dir.path().join("data")).at("--ui", wide).refused().await;
        assert_eq!(refused.status.code(), Some(2), "the pages read data: {refused:?}");
    }
    let nowhere = Serve::on(dir.path().join("data")).arg("--listen-containers=nosuch0").refused().await;
    assert_eq!(
        nowhere.status.code(),
        Some(1),
        "an interface that is not there is no reason to listen elsewhere"
    );
    assert!(String::from_utf8_lossy(&nowhere.stderr).contains("nosuch0"));
}
