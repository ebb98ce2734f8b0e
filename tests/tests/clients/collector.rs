//! A Collector stands between.

use crate::{of_service, sends_to};
use expect_test::expect;
use skep_tests::rig::{
    Serve, Skep, clients_dir, exported, go_client, node_client, picture, python_of, run_to_end, until,
};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};

/// How it sends on, as its configuration calls them.
const WAYS: [&str; 5] = ["HTTP_GZIP", "HTTP_ZSTD", "HTTP_JSON", "GRPC_GZIP", "GRPC_ZSTD"];

struct Collector(Child);

impl Collector {
    fn start(program: &Path, listen: SocketAddr, targets: &[Skep]) -> Self {
        let mut collector = Command::new(program);
        collector.arg("--config").arg(clients_dir().join("go_collector/config.yaml"));
        collector.env("LISTEN", listen.to_string());
        for (way, skep) in WAYS.iter().zip(targets) {
            let is_http = way.starts_with("HTTP");
            let address = if is_http { skep.ready.otlp_http } else { skep.ready.otlp_grpc };
            collector.env(way, format!("http://{address}"));
        }
        collector.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        Collector(collector.spawn().unwrap())
    }
}

impl Drop for Collector {
    fn drop(&mut self) {
        self.0.kill().ok();
        self.0.wait().ok();
    }
}

/// Scenario: a Python client sends all signals to a Skep that forwards to a Collector, and a Node client sends to the
/// Collector itself, which sends on by each protocol, encoding and compression that both it and Skep have, each to a Skep
/// of its own.
/// Guarantees: each of them gives back exactly what the first was sent, and has what the Collector was sent.
#[tokio::test(flavor = "multi_thread")]
async fn what_a_collector_passes_on_is_what_it_was_sent() {
    let Some(program) = go_client("go_collector") else { return };
    let dir = tempfile::tempdir().unwrap();
    let listen = free_address();
    let mut targets = Vec::new();
    for way in WAYS {
        targets.push(Serve::on(dir.path().join(way)).start().await);
    }
    let _collector = Collector::start(&program, listen, &targets);
    until("the collector", || TcpStream::connect(listen).is_ok(), |is_there| *is_there).await;

    let first = Serve::on(dir.path().join("first")).arg("--forward").arg(format!("http://{listen}"));
    let first = first.start().await;
    let mut python = Command::new(python_of("python_sdk"));
    python.arg(clients_dir().join("python_sdk/send.py")).arg("json");
    run_to_end(&mut sends_to(python, first.ready.otlp_http, "python"));
    let mut node = Command::new("node");
    node.current_dir(node_client("node_shop")).args(["send.mjs", "proto"]);
    run_to_end(&mut sends_to(node, listen, "node"));

    let sent = exported(&first.ready.data_dir, &of_service("python"));
    assert_eq!(sent.len(), 3, "a request of each signal: {sent:?}");
    for (way, target) in WAYS.iter().zip(&targets) {
        let data_dir = &target.ready.data_dir;
        let kept = until(way, || exported(data_dir, &of_service("python")), |kept| kept.len() == 3).await;
        assert_eq!(kept, sent, "{way}");
        let of_node = || picture(data_dir, &of_service("node"), |_| true);
        let of_node = until(way, of_node, |picture| !picture.is_empty()).await;
        expect![[r#"
            span order: server, unset {http.route: "/order"}
            span pay in order: client, error "no money" {amount: 12.5, cards: ["a", "b"], fast: true, tries: 2}; event asked {bank: "north"}
            span ship in order: internal, unset; link in pay
        "#]].assert_eq(&of_node);
    }
}

fn free_address() -> SocketAddr {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap()
}
