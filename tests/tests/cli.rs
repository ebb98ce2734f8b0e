//! The command line as scripts rely on it: exit codes, where errors go, the shapes of its JSON.

#![allow(clippy::unwrap_used, reason = "test code")]

use expect_test::expect;
use http::StatusCode;
use prost::Message;
use serde_json::Value;
use skep_tests::rig::http::{once, post};
use skep_tests::rig::{Serve, Skep, run, skep_binary, until};
use skep_tests::{clock, load};
use std::io::Write;
use std::net::TcpListener;
use std::path::Path;
use std::process::{Command, Output, Stdio};

fn skep(arguments: &[&str]) -> Output {
    run(Command::new(skep_binary()).args(arguments))
}

/// Its exit code, with nothing said on standard output and something on standard error.
fn refused(output: &Output) -> i32 {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let (stdout, stderr) = (text(&output.stdout), text(&output.stderr));
    assert_eq!(stdout, "", "an error leaves standard output to answers");
    assert!(!stderr.trim().is_empty() && !stderr.contains("panicked"), "{stderr:?}");
    output.status.code().unwrap_or_else(|| panic!("ended by a signal: {}", output.status))
}

async fn with_one_batch(dir: &Path) -> Skep {
    let skep = Serve::on(dir.join("data")).start().await;
    let body = load::request(1, 0).encode_to_vec();
    let answer = once(skep.ready.otlp_http, post("/v1/traces", "application/x-protobuf", body)).await;
    assert_eq!(answer.status(), 200);
    skep
}

fn has_keys(value: &Value, wanted: &str) {
    for key in wanted.split(' ') {
        assert!(value.get(key).is_some(), "no {key} in {value}");
    }
}

#[test]
fn a_wrong_usage_ends_with_two_and_help_with_zero() {
    for arguments in [
        &["nonsense"][..],
        &[],
        &["query", "SELECT COUNT", "--select", "COUNT"],
        &["query", "--since", "yesterday"],
        &["query", "--since", "1h", "--end", "5"],
        &["sql", "select 1", "--csv", "--json"],
        &["sql", "select 1", "--schema"],
        &["trace"],
        &["serve", "--nonsense"],
        &["serve", "--limit", "nonsense=1"],
        &["serve", "--limit", "body_bytes=much"],
        &["status", "extra"],
    ] {
        assert_eq!(refused(&skep(arguments)), 2, "{arguments:?}");
    }
    for arguments in [&["--help"][..], &["--version"], &["query", "--help"], &["sql", "--schema"]] {
        let output = skep(arguments);
        assert!(output.status.success() && !output.stdout.is_empty(), "{arguments:?}: {output:?}");
    }
}

#[tokio::test]
async fn what_cannot_be_answered_says_whose_fault_it_is() {
    let dir = tempfile::tempdir().unwrap();
    let skep = with_one_batch(dir.path()).await;
    for (code, arguments) in [
        (2, &["query", "SELECT nonsense("][..]),
        (2, &["query", "SELECT COUNT WHERE ="]),
        (2, &["trace", "no-id"]),
        (2, &["bubbleup", "--selection", "("]),
        (2, &["sql", "select nonsense from spans"]),
        (2, &["sql", "select 1; select 2"]),
        (2, &["sql", "insert into spans(name) values ('x')"]),
        (2, &["sql", "attach 'other.db' as other"]),
        (2, &["sql"]),
        (2, &["sql", "-"]),
        (1, &["trace", "00000000000000000000000000000abc"]),
    ] {
        assert_eq!(refused(&Skep::try_ask(&skep.ready.data_dir, arguments)), code, "{arguments:?}");
    }
    let nowhere = dir.path().join("nowhere");
    assert_eq!(refused(&Skep::try_ask(&nowhere, ["query", "SELECT COUNT"])), 1, "a store that is not there");
    assert!(!nowhere.exists(), "a question makes no store");
}

#[tokio::test]
async fn answers_have_the_promised_shapes() {
    let dir = tempfile::tempdir().unwrap();
    let skep = with_one_batch(dir.path()).await;

    let query = "SELECT COUNT, P99(duration_ms) WHERE service.name = \"load\" GROUP BY service.name";
    let answer = skep.ask(["query", query]);
    has_keys(&answer, "columns rows rows_examined elapsed_ms");
    assert_eq!(answer["columns"], serde_json::json!(["service.name", "COUNT", "P99(duration_ms)"]));
    assert_eq!((&answer["rows"][0][0], &answer["rows"][0][1]), (&Value::from("load"), &Value::from(50)));
    assert!(answer["rows"][0][2].is_f64() && answer["elapsed_ms"].is_number(), "{answer}");
    const HOUR_NS: u64 = 3_600_000_000_000;
    let now = clock::unix_nanos();
    for (times, n_spans) in [
        ("--since 1h".to_owned(), 50),
        (format!("--start {} --end {}", now - HOUR_NS, now + HOUR_NS), 50),
        ("--start 1970-01-01T00:00:00Z --end 2000".to_owned(), 0),
    ] {
        let asked = ["query", "SELECT COUNT"].into_iter().chain(times.split(' '));
        assert_eq!(skep.ask(asked)["rows"], serde_json::json!([[n_spans]]), "{times}");
    }

    let trace = skep.ask(["trace", &load::trace_id(1, 0)]);
    has_keys(&trace, "trace_id spans events links logs");
    let span = &trace["spans"][0];
    has_keys(
        span,
        "span_id parent_id name service start_ns duration_ns self_ns kind status depth attributes",
    );
    assert_eq!(trace["spans"].as_array().unwrap().len(), 50);
    for field in ["start_ns", "duration_ns", "self_ns"] {
        assert!(span[field].as_str().is_some_and(|text| text.parse::<u64>().is_ok()), "{field}: {span}");
    }
    assert_eq!(
        (&span["name"], &span["service"], &span["depth"]),
        (&"load".into(), &"load".into(), &0.into())
    );
    assert_eq!(span["attributes"]["load.batch"], 0);

    let status = skep.ask(["status"]);
    has_keys(&status, "received stored rejected dropped duplicate bytes segments forward spans");
    has_keys(&status["spans"], "received stored rejected dropped duplicate");
    assert_eq!(
        (&status["received"], &status["stored"], &status["forward"]),
        (&50.into(), &50.into(), &Value::Array(Vec::new()))
    );
}

/// Scenario: who reads the answer stops before it comes, as `head` does.
/// Guarantees: that is no failure, and nothing is said of it.
#[tokio::test]
async fn an_answer_that_nobody_reads_is_no_failure() {
    let dir = tempfile::tempdir().unwrap();
    let _skep = with_one_batch(dir.path()).await;
    for form in [&["query", "SELECT COUNT"][..], &["query", "SELECT COUNT", "--json"], &["status", "--json"]]
    {
        let mut command = Command::new(skep_binary());
        command.args(form).arg("--data-dir").arg(dir.path().join("data"));
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        drop(child.stdout.take());
        let ended = child.wait_with_output().unwrap();
        assert!(ended.status.success(), "{form:?}: {ended:?}");
        assert_eq!(String::from_utf8_lossy(&ended.stderr), "", "{form:?}");
    }
}

/// What it says to a statement on its standard input.
fn sql_from_stdin(data_dir: &Path, statement: &str) -> Output {
    let mut command = Command::new(skep_binary());
    command.args(["sql", "--csv", "--data-dir"]).arg(data_dir);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    child.stdin.take().unwrap().write_all(statement.as_bytes()).unwrap();
    child.wait_with_output().unwrap()
}

/// Scenario: SQL is asked of a directory that a running skep writes to, and again when that one was killed.
/// Guarantees: it sees what was acknowledged, in every form, and says where a statement is wrong.
#[tokio::test]
async fn sql_is_asked_beside_a_running_skep_and_after_it_died() {
    let dir = tempfile::tempdir().unwrap();
    let skep = with_one_batch(dir.path()).await;
    let body = load::request_of(1, 1, "=cmd()").encode_to_vec();
    once(skep.ready.otlp_http, post("/v1/traces", "application/x-protobuf", body)).await;

    let statement =
        "select service, attr('load.batch'), count(*), min(start_ns) from spans group by 2 order by 2";
    let answer = skep.ask(["sql", statement]);
    has_keys(&answer, "columns rows rows_examined elapsed_ms");
    assert_eq!(
        answer["columns"],
        serde_json::json!(["service", "attr('load.batch')", "count(*)", "min(start_ns)"])
    );
    let row = &answer["rows"][1];
    assert_eq!((&row[0], &row[1], &row[2]), (&"load".into(), &1.into(), &50.into()), "{answer}");
    assert!(row[3].as_str().is_some_and(|ns| ns.parse::<u64>().is_ok()), "nanoseconds are strings: {answer}");
    let trace = format!("select count(*) from spans where trace_id = '{}'", load::trace_id(1, 0));
    let answer = skep.ask(["sql", &trace]);
    assert_eq!((&answer["rows"], &answer["rows_examined"]), (&serde_json::json!([[50]]), &50.into()));
    assert_eq!(
        skep.ask(["sql", "select count(*) from spans", "--end", "2000"])["rows"],
        serde_json::json!([[0]])
    );

    let data_dir = skep.ready.data_dir.clone();
    let pointed = Skep::try_ask(&data_dir, ["sql", "select name,\n  attr('x'), nmae\nfrom spans"]);
    assert_eq!(refused(&pointed), 2);
    let said = String::from_utf8(pointed.stderr).unwrap();
    expect![[r"
        skep: no such column: nmae
            attr('x'), nmae
                       ^^^^
    "]]
    .assert_eq(&said);

    skep.kill().await;
    let csv = sql_from_stdin(
        &data_dir,
        "select name, count(*), null from spans where is_root group by 1 order by 1;\n",
    );
    assert!(csv.status.success() && csv.stderr.is_empty(), "{csv:?}");
    expect![["name,count(*),null\r\n'=cmd(),1,\r\nload,1,\r\n"]]
        .assert_eq(&String::from_utf8(csv.stdout).unwrap());
    let wrong = sql_from_stdin(&data_dir, &"x".repeat(100_000));
    assert_eq!(refused(&wrong), 2, "more than a statement can be");
    let mut people = Command::new(skep_binary());
    people.args([
        "sql",
        "select kind, count(*) n, max(attr('none')) from spans group by 1 order by 2",
        "--data-dir",
    ]);
    let said = String::from_utf8(run(people.arg(&data_dir)).stdout).unwrap();
    let (table, last) = said.trim_end().rsplit_once('\n').unwrap();
    expect![[r"
        kind       n  max(attr('none'))
        server     2                  -
        internal  98                  -"]]
    .assert_eq(table);
    assert!(last.starts_with("2 rows, 100 events examined, ") && last.ends_with(" ms"), "{last}");
}

#[tokio::test]
async fn what_is_slow_is_explained() {
    let dir = tempfile::tempdir().unwrap();
    let skep = with_one_batch(dir.path()).await;
    let body = load::story().encode_to_vec();
    once(skep.ready.otlp_http, post("/v1/traces", "application/x-protobuf", body)).await;
    let story = "is_root AND service.name = \"shop\"";
    let answer =
        skep.ask(["bubbleup", "--where", story, "--selection", "duration_ms > 500", "--unit", "event"]);
    has_keys(&answer, "selection baseline fields explanations");
    let n = |side: &str| answer[side]["n"].as_u64().unwrap();
    assert_eq!((n("selection"), n("baseline")), (60, 540), "the selection, and the rest");
    let field = &answer["fields"][0];
    has_keys(field, "field score q populated values");
    assert_eq!(field["field"], "region", "{answer}");
    let value = &field["values"][0];
    assert_eq!(
        (&value["value"], &value["selection"], &value["baseline"]),
        (&"eu-west".into(), &1.0.into(), &0.0.into())
    );
    let explanation = &answer["explanations"][0];
    has_keys(explanation, "terms coverage baseline");
    let term = &explanation["terms"][0];
    assert_eq!(
        (&term["field"], &term["op"], &term["value"]),
        (&"region".into(), &"=".into(), &"eu-west".into())
    );
}

/// Scenario: a body over a lowered limit, and its neighbour under it; then the same after the process has ended.
/// Guarantees: only the large one is refused, and `skep status` counts it, beside the process and after it. The control:
/// without the option the large one is stored.
#[tokio::test]
async fn a_lowered_limit_refuses_what_is_over_it_and_nothing_else() {
    let dir = tempfile::tempdir().unwrap();
    let small = load::request(1, 0).encode_to_vec();
    let large = load::story().encode_to_vec();
    let limit = small.len() + 1;
    assert!(large.len() > limit, "{} bytes", large.len());
    let serve = Serve::on(dir.path().join("data")).arg("--limit").arg(format!("body_bytes={limit}"));
    let skep = serve.start().await;
    let address = skep.ready.otlp_http;
    let send = async |address, body: &[u8]| {
        once(address, post("/v1/traces", "application/x-protobuf", body.to_vec())).await.status()
    };
    assert_eq!(
        (send(address, &large).await, send(address, &small).await),
        (StatusCode::PAYLOAD_TOO_LARGE, StatusCode::OK)
    );
    let counts = |status: &Value| {
        let refused = status["arrivals"]["refused"].as_array().unwrap().iter();
        let refused: Vec<(Value, Value)> =
            refused.map(|notice| (notice["code"].clone(), notice["count"].clone())).collect();
        (status["stored"].clone(), refused)
    };
    let expected = (Value::from(50), vec![(Value::from("refused_too_large"), Value::from(1))]);
    let shown = |status: &Value| counts(status) == expected;
    // Another process learns of it by a file that is written a little later.
    let status = until("the refusal is counted", || skep.ask(["status"]), shown).await;
    let is_notice = |notice: &Value| notice["code"] == "refused_too_large" && notice["count"] == 1;
    assert!(status["notices"].as_array().unwrap().iter().any(is_notice), "{status}");

    let data_dir = skep.ready.data_dir.clone();
    skep.terminate().await;
    assert!(shown(&Skep::ask_store(&data_dir, ["status"])), "known after the end");
    let skep = Serve::on(&data_dir).start().await;
    assert_eq!(counts(&skep.ask(["status"])).1, [], "the next one has refused nothing yet");
    assert_eq!(send(skep.ready.otlp_http, &large).await, StatusCode::OK);
}

/// A second one on the same data directory must not write beside the first.
#[tokio::test]
async fn one_store_has_one_writer() {
    let dir = tempfile::tempdir().unwrap();
    let skep = with_one_batch(dir.path()).await;
    let second = Serve::on(&skep.ready.data_dir).refused().await;
    assert_eq!(refused(&second), 1);
    let said = String::from_utf8(second.stderr).unwrap();
    assert!(said.contains(&skep.ready.data_dir.display().to_string()), "it says which directory: {said}");
    assert_eq!(skep.ask(["query", "SELECT COUNT"])["rows"][0][0], 50, "the first goes on");
    skep.kill().await;
    let third = Serve::on(dir.path().join("data")).start().await;
    assert_eq!(third.ask(["query", "SELECT COUNT"])["rows"][0][0], 50, "a dead one holds no lock");
}

#[tokio::test]
async fn a_taken_port_moves_on_to_a_free_one() {
    let dir = tempfile::tempdir().unwrap();
    let holder = TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = holder.local_addr().unwrap().port();
    let skep = Serve::on(dir.path().join("data")).http_port(taken).start().await;
    assert_ne!(skep.ready.otlp_http.port(), taken);
    let body = load::request(1, 0).encode_to_vec();
    let answer = once(skep.ready.otlp_http, post("/v1/traces", "application/x-protobuf", body)).await;
    assert_eq!(answer.status(), 200, "and the ready line says which");
}

#[tokio::test]
async fn a_polite_signal_ends_it_and_loses_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let skep = with_one_batch(dir.path()).await;
    let data_dir = skep.ready.data_dir.clone();
    let asked = clock::start();
    let (status, said) = skep.terminate().await;
    println!("ended {:?} after SIGTERM", asked.elapsed());
    assert!(status.success(), "{status}");
    assert_eq!(said.stdout.lines().count(), 1, "only the ready line: {}", said.stdout);
    assert_eq!(Skep::ask_store(&data_dir, ["query", "SELECT COUNT"])["rows"][0][0], 50);
    expect!["otlp_grpc otlp_http ui data_dir pid"].assert_eq(&ready_keys(&said.stdout));
}

/// The keys of the ready line as they stand in it.
fn ready_keys(line: &str) -> String {
    line.split('"')
        .skip(1)
        .step_by(2)
        .filter(|text| line.contains(&format!("\"{text}\":")))
        .collect::<Vec<_>>()
        .join(" ")
}

/// Scenario: receiving for containers, by an interface that is there and by one that is not.
/// Guarantees: the ready line says where containers send to; a wrong name is refused, and the right ones are told.
#[tokio::test(flavor = "multi_thread")]
async fn containers_are_received_from_by_an_interface_that_is_there() {
    let dir = tempfile::tempdir().unwrap();
    let loopback = if cfg!(target_os = "macos") { "lo0" } else { "lo" };
    let listen = format!("--listen-containers={loopback}");
    let skep = Serve::on(dir.path().join("data")).arg(listen).start().await;
    let port = skep.ready.otlp_http.port();
    let (_, said) = skep.terminate().await;
    let ready: Value = serde_json::from_str(&said.stdout).unwrap();
    assert_eq!(ready["containers"], format!("http://127.0.0.1:{port}"));
    assert_eq!(ready.get("otlp_headers"), None, "nobody beyond this machine reaches it");

    let refused = Serve::on(dir.path().join("data")).arg("--listen-containers=nowhere0").refused().await;
    let stderr = String::from_utf8_lossy(&refused.stderr);
    assert_eq!(refused.status.code(), Some(1), "{stderr}");
    assert!(stderr.contains("nowhere0") && stderr.contains(loopback), "{stderr}");
}

/// Scenario: a batch, a mark, another batch.
/// Guarantees: what came after the mark is compared with what came before, queries are read and written as Honeycomb has
/// them, and a selection is compared with whatever is said.
#[tokio::test]
async fn runs_are_marked_and_compared() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("data");
    assert_eq!(refused(&Skep::try_ask(&data, ["mark", "too early"])), 2, "no Skep runs there");
    let skep = with_one_batch(dir.path()).await;
    let query =
        r#"{"calculations":[{"op":"COUNT"}],"filters":[{"column":"service.name","op":"=","value":"load"}]}"#;
    assert_eq!(skep.ask(["query", query])["rows"], serde_json::json!([[50]]));
    let marked =
        run(Command::new(skep_binary()).args(["mark", "cache on", "--data-dir"]).arg(&skep.ready.data_dir));
    assert!(marked.status.success(), "{marked:?}");
    let body = load::request(1, 1).encode_to_vec();
    let answer = once(skep.ready.otlp_http, post("/v1/traces", "application/x-protobuf", body)).await;
    assert_eq!(answer.status(), 200);

    let found = skep.ask(["bubbleup", "--since-mark", "cache on", "--unit", "event"]);
    let n = |side: &str| found[side]["n"].as_u64().unwrap();
    assert_eq!(n("selection") + n("baseline"), 101, "{found}");
    assert!(n("selection") > 0 && n("baseline") >= 51, "the mark itself is before: {found}");
    let against = skep.ask([
        "bubbleup",
        "--selection",
        "service.name = load",
        "--against",
        "name = marker",
        "--unit",
        "event",
    ]);
    assert_eq!((&against["selection"]["n"], &against["baseline"]["n"]), (&Value::from(100), &Value::from(1)));
    assert_eq!(against["too_few"], Value::from(true));
    let unknown = ["bubbleup", "--since-mark", "nobody said that"];
    assert_eq!(refused(&Skep::try_ask(&skep.ready.data_dir, unknown)), 2);

    let named = skep.ask(["query", "SELECT COUNT GROUP BY name LIMIT 1", "--total"]);
    let n = |figure: &Value| figure[0].as_u64().unwrap();
    assert_eq!(n(&named["total"]), n(&named["other"]) + named["rows"][0][1].as_u64().unwrap(), "{named}");
    let groups_other = named["groups"].as_u64().unwrap() - 1;
    assert_eq!(named["groups_other"], Value::from(groups_other));
    assert_eq!(skep.ask(["query", "SELECT COUNT GROUP BY name LIMIT 1"])["total"], Value::Null);

    let text = "SELECT COUNT WHERE service.name = load";
    let written = run(Command::new(skep_binary()).args(["query", text, "--honeycomb"]));
    let written: Value = serde_json::from_slice(&written.stdout).unwrap();
    assert_eq!(written["filters"][0]["value"], "load");
}
