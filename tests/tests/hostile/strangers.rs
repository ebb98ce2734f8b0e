use crate::assert_serves;
use skep_tests::house::{House, raw};
use std::net::SocketAddr;

async fn post(address: SocketAddr, path: &str, lines: &str) -> u16 {
    let body = r#"{"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"5b8efff798038103d269b633813fc60c","spanId":"00000000000000ff"}]}]}]}"#;
    let head = format!("POST {path} HTTP/1.1\r\nconnection: close\r\ncontent-length: {}\r\n", body.len());
    let answer = raw(address, format!("{head}{lines}\r\n{body}").as_bytes()).await;
    answer.split(' ').nth(1).unwrap().parse().unwrap()
}

/// S01. Scenario: each port is asked as a page of the web would, by each name that could be made to mean this machine.
/// Guarantees: what is refused stores nothing and reads nothing.
#[tokio::test]
async fn s01_no_page_of_the_web_comes_in() {
    const JSON: &str = "content-type: application/json\r\n";
    let house = House::open().await;
    let refused = [
        ("a name of the web", format!("host: evil.com\r\n{JSON}")),
        ("with the port", format!("host: evil.com:4318\r\n{JSON}")),
        ("in capitals", format!("host: EVIL.COM\r\n{JSON}")),
        ("with the root's dot", format!("host: evil.com.\r\n{JSON}")),
        ("that begins as this machine", format!("host: localhost.evil.com\r\n{JSON}")),
        ("that holds its address", format!("host: 127.0.0.1.evil.com\r\n{JSON}")),
        ("rebound, as its own page", format!("host: evil.com\r\norigin: http://evil.com\r\n{JSON}")),
        ("a second name", format!("host: localhost\r\nhost: evil.com\r\n{JSON}")),
        ("another page", format!("host: localhost\r\norigin: https://evil.com\r\n{JSON}")),
        ("a page without an origin", format!("host: localhost\r\norigin: null\r\n{JSON}")),
        ("a page of a file", format!("host: localhost\r\norigin: file://\r\n{JSON}")),
        ("a page of the network", format!("host: localhost\r\norigin: http://192.168.1.7\r\n{JSON}")),
        (
            "two origins",
            format!("host: localhost\r\norigin: http://localhost\r\norigin: http://evil.com\r\n{JSON}"),
        ),
        (
            "a page that looks like one of ours",
            format!("host: localhost\r\norigin: http://localhost.evil.com\r\n{JSON}"),
        ),
        ("a form", "host: localhost\r\ncontent-type: text/plain\r\n".to_owned()),
        ("another form", "host: localhost\r\ncontent-type: application/x-www-form-urlencoded\r\n".to_owned()),
        (
            "a form with a file",
            "host: localhost\r\ncontent-type: multipart/form-data; boundary=a\r\n".to_owned(),
        ),
        ("no type", "host: localhost\r\n".to_owned()),
        ("two types", "host: localhost\r\ncontent-type: text/plain, application/json\r\n".to_owned()),
        (
            "a page of ours with a form",
            "host: localhost\r\norigin: http://localhost\r\ncontent-type: text/plain\r\n".to_owned(),
        ),
    ];
    let mut n_cases = 0;
    for (port, address, path) in [
        ("HTTP", house.http(), "/v1/traces"),
        ("gRPC", house.skep.ready.otlp_grpc, "/v1/traces"),
        ("pages", house.skep.ui_address(), "/rpc/status"),
    ] {
        for (name, lines) in &refused {
            let status = post(address, path, lines).await;
            // The pages' port asks for its cookie before it looks at types.
            let is_refused = matches!(status, 403 | 415) || port == "pages" && status == 401;
            assert!(is_refused, "{port}, {name}: {status}");
            n_cases += 1;
        }
    }
    assert_eq!(n_cases, 60);
    let status = house.status();
    assert_eq!(
        (&status["received"], &status["spans"]["stored"]),
        (&0.into(), &0.into()),
        "refused is not stored"
    );
    for lines in [
        format!("host: localhost:4318\r\n{JSON}"),
        format!("host: [::1]\r\norigin: http://[::1]:3000\r\n{JSON}"),
        format!("host: host.docker.internal:4318\r\n{JSON}"),
        format!("host: collector\r\n{JSON}"),
    ] {
        assert_eq!(post(house.http(), "/v1/traces", &lines).await, 200, "{lines}");
    }
    assert_eq!(house.n_spans(), 1);
    assert_serves(&house, 0).await;
}
