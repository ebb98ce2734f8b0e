use bytes::Bytes;
use http::{Request, Response};
use http_body_util::Full;
use skep_tests::house::{House, JSON, PATHS, with_header};
use skep_tests::rig::http::{once, post};

fn preflight(path: &str, origin: &str) -> Request<Full<Bytes>> {
    let request =
        Request::options(path).header("origin", origin).header("access-control-request-method", "POST");
    let headers = "content-type,x-honeycomb-team,traceparent,baggage";
    request.header("access-control-request-headers", headers).body(Full::default()).unwrap()
}

fn allowed_origin(answer: &Response<Bytes>) -> Option<&str> {
    answer.headers().get("access-control-allow-origin").map(|value| value.to_str().unwrap())
}

/// S43 NEED: a preflight is answered with what the page may send.
#[tokio::test]
async fn s43_preflights_are_answered() {
    let house = House::open().await;
    for path in PATHS {
        let answer = once(house.http(), preflight(path, "http://localhost:5173")).await;
        assert_eq!(answer.status(), 204, "{path}");
        assert_eq!(allowed_origin(&answer), Some("http://localhost:5173"));
        assert!(answer.headers()["access-control-allow-methods"].to_str().unwrap().contains("POST"));
        let headers = answer.headers()["access-control-allow-headers"].to_str().unwrap();
        for name in [
            "content-type",
            "content-encoding",
            "x-honeycomb-team",
            "x-otlp-api-key",
            "authorization",
            "traceparent",
            "tracestate",
            "baggage",
        ] {
            assert!(headers.split(", ").any(|allowed| allowed == name), "{name} in {headers}");
        }
        assert_eq!(answer.headers()["access-control-max-age"], "7200");
    }
}

/// S44 NEED: the origin is named on answers and on errors, exactly; another page gets neither.
#[tokio::test]
async fn s44_errors_can_be_read_and_foreign_pages_are_refused() {
    let house = House::open().await;
    let from = |origin: &str, path: &str, media_type: &str, body: &'static str| {
        with_header(post(path, media_type, body), "origin", origin)
    };
    for origin in [
        "http://localhost:3000",
        "https://localhost",
        "http://127.0.0.1:8080",
        "http://[::1]:8080",
        "http://shop.localhost",
    ] {
        for (path, media_type, body, status) in [
            ("/v1/traces", JSON, "{}", 200),
            ("/v1/traces", JSON, "{", 400),
            ("/v1/traces", "text/plain", "", 415),
            ("/v1/nothing", JSON, "", 404),
        ] {
            let answer = once(house.http(), from(origin, path, media_type, body)).await;
            assert_eq!(
                (answer.status().as_u16(), allowed_origin(&answer)),
                (status, Some(origin)),
                "{path} {body}"
            );
            assert_eq!(answer.headers()["vary"], "origin");
        }
    }
    for origin in [
        "https://example.com",
        "http://localhost.example.com",
        "http://127.0.0.1.example.com",
        "null",
        "file://",
        "http://10.0.0.5:3000",
    ] {
        for request in [from(origin, "/v1/traces", JSON, "{}"), preflight("/v1/traces", origin)] {
            let answer = once(house.http(), request).await;
            assert_eq!((answer.status().as_u16(), allowed_origin(&answer)), (403, None), "{origin}");
        }
    }
    // It is written down a second later at most.
    let refused = || house.status()["arrivals"]["refused"].to_string();
    let is_counted = |refused: &String| refused.contains(r#""code":"refused_origin","count":12"#);
    skep_tests::rig::until("the count", refused, is_counted).await;
}

/// S45: a page of the public web that is allowed to reach this machine is still none of its pages; a page that is allowed
/// by its user is let in, and nothing else is said to the browser than the standard has.
#[tokio::test]
async fn s45_a_page_of_the_web_is_let_in_by_its_user_alone() {
    let page = "https://shop.example.com";
    let house = House::with(|serve| serve.arg("--allow-origin").arg(page)).await;
    for (origin, status) in
        [(page, 204), ("https://shop.example.com:444", 403), ("http://shop.example.com", 403)]
    {
        let request =
            with_header(preflight("/v1/traces", origin), "access-control-request-private-network", "true");
        let answer = once(house.http(), request).await;
        assert_eq!(answer.status(), status, "{origin}");
        assert!(!answer.headers().contains_key("access-control-allow-private-network"));
    }
    let sent = with_header(post("/v1/traces", JSON, "{}"), "origin", page);
    let answer = once(house.http(), sent).await;
    assert_eq!((answer.status().as_u16(), allowed_origin(&answer)), (200, Some(page)));
}
