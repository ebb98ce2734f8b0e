//! `skep import` from outside: files of every kind, into a store and into a running Skep.

#![allow(clippy::unwrap_used, reason = "test code")]

use rustix::process::{Pid, Signal, kill_process};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use serde_json::{Value, json};
use skep_tests::rig::{Serve, Skep, run, skep_binary};
use skep_tests::{clock, load};
use std::fs::File;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

fn traces(trace: u32, name: &str) -> String {
    let span = json!({"traceId": format!("{trace:032x}"), "spanId": "00000000000000a1", "name": name,
        "startTimeUnixNano": "1700000000000000000", "endTimeUnixNano": "1700000000000000005"});
    json!({"resourceSpans": [{"scopeSpans": [{"spans": [span]}]}]}).to_string()
}

fn log(body: &str) -> String {
    let log = json!({"timeUnixNano": "1700000000000000000", "body": {"stringValue": body}});
    json!({"resourceLogs": [{"scopeLogs": [{"logRecords": [log]}]}]}).to_string()
}

fn jaeger() -> String {
    let span = json!({"traceID": "b1", "spanID": "b2", "operationName": "of Jaeger", "startTime": 1, "processID": "p"});
    json!({"data": [{"traceID": "b1", "spans": [span], "processes": {"p": {"serviceName": "j"}}}]})
        .to_string()
}

fn zipkin() -> String {
    json!([{"traceId": "c1", "id": "c2", "name": "of Zipkin", "timestamp": 1, "localEndpoint": {"serviceName": "z"}}])
        .to_string()
}

fn gzip(text: &str) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(text.as_bytes()).unwrap();
    encoder.finish().unwrap()
}

fn import(data_dir: &Path, files: &[&Path]) -> Output {
    run(Command::new(skep_binary()).arg("import").args(files).arg("--json").arg("--data-dir").arg(data_dir))
}

fn answer(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {output:?}"))
}

fn names(data_dir: &Path) -> Vec<String> {
    let answer = Skep::ask_store(data_dir, ["query", "SELECT COUNT GROUP BY name"]);
    let mut names: Vec<String> = answer["rows"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|row| row[0].as_str().map(str::to_owned))
        .collect();
    names.sort();
    names
}

fn write(dir: &Path, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
    let path = dir.join(name);
    std::fs::write(&path, bytes).unwrap();
    path
}

/// A file of each kind, whose names say nothing.
fn files(dir: &Path) -> Vec<PathBuf> {
    vec![
        write(dir, "1", traces(1, "one request")),
        write(dir, "2", [traces(2, "on a line"), log("a log"), traces(3, "on another")].join("\n")),
        write(dir, "3.json", gzip(&jaeger())),
        write(dir, "4.txt", zstd::encode_all(zipkin().as_bytes(), 1).unwrap()),
    ]
}

/// Scenario: files of every kind are imported where no Skep runs, then again, then into one that runs.
/// Guarantees: all of it is there, a second time it is told to be there, and a running Skep is found by itself.
#[tokio::test]
async fn files_of_every_kind_are_taken_in() {
    let dir = tempfile::tempdir().unwrap();
    let files = files(dir.path());
    let files: Vec<&Path> = files.iter().map(PathBuf::as_path).collect();
    let data_dir = dir.path().join("data");
    let first = import(&data_dir, &files);
    assert!(first.status.success() && first.stderr.is_empty(), "{first:?}");
    let all = json!({"files": 4, "requests": 6, "received": 6, "taken": 6, "duplicate": 0, "rejected": 0, "unreadable": 0});
    assert_eq!(answer(&first), all);
    let expected = ["of Jaeger", "of Zipkin", "on a line", "on another", "one request"];
    assert_eq!(names(&data_dir), expected);

    let again = answer(&import(&data_dir, &files));
    assert_eq!(
        (&again["taken"], &again["duplicate"]),
        (&json!(1), &json!(5)),
        "a log has no id to know it by"
    );

    let skep = Serve::on(dir.path().join("running")).start().await;
    let sent = import(&skep.ready.data_dir, &files);
    assert!(sent.status.success(), "{sent:?}");
    let (mut expected_answer, answer) = (all, answer(&sent));
    expected_answer["duplicate"] = Value::Null;
    assert_eq!(answer, expected_answer);
    assert_eq!(names(&skep.ready.data_dir), expected);
    assert_eq!(skep.ask(["status"])["received"], 6);

    let other = Serve::on(dir.path().join("other")).start().await;
    let url = format!("http://{}", other.ready.otlp_http);
    let output = run(Command::new(skep_binary()).arg("import").args(&files).args(["--to", &url]));
    assert_eq!(String::from_utf8(output.stdout).unwrap(), format!("6 of 6 events to {url}\n"));
    assert_eq!(names(&other.ready.data_dir), expected);
}

/// Guarantees: what one store exports, in either form, another takes in, and exports as the same.
#[tokio::test]
async fn an_export_can_be_imported() {
    use prost::Message;
    let dir = tempfile::tempdir().unwrap();
    let data_dir = dir.path().join("data");
    let requests: Vec<Vec<u8>> = (0..120).map(|batch| load::request(1, batch).encode_to_vec()).collect();
    let first = import(&data_dir, &[&write(dir.path(), "spans", requests.concat())]);
    assert_eq!(answer(&first)["taken"], 120 * 50, "{first:?}");
    let export = |data_dir: &Path, arguments: &[&str], file: &Path| {
        let mut command = Command::new(skep_binary());
        let command =
            command.arg("export").args(arguments).arg("--out").arg(file).arg("--data-dir").arg(data_dir);
        let output = run(command);
        assert!(output.status.success(), "{output:?}");
        std::fs::read(file).unwrap()
    };
    let sorted = |file: Vec<u8>| {
        let text = String::from_utf8(file).unwrap();
        let mut spans: Vec<String> = text.split("{\"traceId\"").skip(1).map(str::to_owned).collect();
        // The last one of a scope is followed by what closes it.
        spans.iter_mut().for_each(|span| span.truncate(span.rfind("\"endTimeUnixNano\"").unwrap()));
        spans.sort_unstable();
        spans
    };
    let json = dir.path().join("json");
    let exported = sorted(export(&data_dir, &[], &json));
    assert_eq!(exported.len(), 120 * 50);
    let proto = dir.path().join("proto");
    export(&data_dir, &["--format", "otlp-proto", "--signal", "traces"], &proto);
    for file in [&json, &proto] {
        let again = file.with_extension("again");
        assert!(import(&again, &[file]).status.success());
        assert_eq!(sorted(export(&again, &[], &file.with_extension("out"))), exported, "{}", file.display());
    }
}

/// Guarantees: what cannot be read costs its neighbours nothing and is said; the exit code tells whether there was
/// anything.
#[tokio::test]
async fn what_cannot_be_read_is_counted_and_said() {
    let dir = tempfile::tempdir().unwrap();
    let data_dir = dir.path().join("data");
    let broken = [traces(1, "before"), traces(2, "cut")[..40].to_owned(), traces(3, "after")].join("\n");
    let broken = write(dir.path(), "broken", broken);
    let without_id = traces(4, "no id").replace("00000000000000a1", "");
    let without_id = write(dir.path(), "without-id", without_id);
    let output = import(&data_dir, &[&broken, &without_id]);
    let said = String::from_utf8(output.stderr.clone()).unwrap();
    assert!(output.status.success(), "{said}");
    assert!(said.contains("broken: 1 could not be read: a JSON value breaks off"), "{said}");
    assert!(said.contains("span id"), "{said}");
    let answer = answer(&output);
    assert_eq!(
        (&answer["taken"], &answer["rejected"], &answer["unreadable"]),
        (&json!(2), &json!(1), &json!(1))
    );
    assert_eq!(names(&data_dir), ["after", "before"]);

    let picture = write(dir.path(), "picture.png", b"\x89PNG\r\n\x1a\n");
    let missing = dir.path().join("missing");
    for files in [&[picture.as_path()][..], &[&missing], &[&missing, &broken]] {
        let output = import(&data_dir, files);
        assert_eq!(output.status.code(), Some(1), "{output:?}");
        assert!(!output.stderr.is_empty());
    }
    let fresh = dir.path().join("fresh");
    assert_eq!(import(&fresh, &[&missing, &broken]).status.code(), Some(1));
    assert_eq!(names(&fresh), ["after", "before"], "a file that is not there costs the others nothing");
    let empty = write(dir.path(), "empty", b"");
    assert_eq!(import(&data_dir, &[&empty]).status.code(), Some(0), "nothing is all there is");

    let usage =
        |arguments: &[&str]| run(Command::new(skep_binary()).arg("import").args(arguments)).status.code();
    assert_eq!(usage(&[]), Some(2));
    assert_eq!(usage(&["--to", "nonsense", "file"]), Some(2));
    assert_eq!(
        usage(&["--to", "http://127.0.0.1:1", broken.to_str().unwrap()]),
        Some(1),
        "nobody listens there"
    );
}

/// Scenario: an import reads from a pipe that stays open, and is interrupted.
/// Guarantees: it ends by itself, what it had taken in is there, and it says that it did not come to the end.
#[tokio::test]
async fn an_interrupt_ends_it_between_requests() {
    let dir = tempfile::tempdir().unwrap();
    let data_dir = dir.path().join("data");
    let mut command = Command::new(skep_binary());
    command.args(["import", "-", "--json", "--data-dir"]).arg(&data_dir);
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut pipe = child.stdin.take().unwrap();
    for trace in 1..=3 {
        writeln!(pipe, "{}", traces(trace, "early")).unwrap();
    }
    pipe.flush().unwrap();
    let waited = clock::start();
    // Until it has made its store, there is none.
    while !Skep::try_ask(&data_dir, ["status"]).status.success() || names(&data_dir).is_empty() {
        assert!(waited.elapsed().as_secs() < 60, "a line is taken in before the next one comes");
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    let n_before = Skep::ask_store(&data_dir, ["query", "SELECT COUNT"])["rows"][0][0].as_u64().unwrap();
    kill_process(Pid::from_child(&child), Signal::INT).unwrap();
    let status = child.wait().unwrap();
    assert_eq!(status.code(), Some(1));
    let said: Vec<String> =
        BufReader::new(child.stderr.take().unwrap()).lines().map(Result::unwrap).collect();
    assert!(said.iter().any(|line| line.contains("stopped before the end")), "{said:?}");
    let answer: Value = serde_json::from_reader(child.stdout.take().unwrap()).unwrap();
    let n_after = Skep::ask_store(&data_dir, ["query", "SELECT COUNT"])["rows"][0][0].as_u64().unwrap();
    assert!(n_after >= n_before && n_after >= 1, "{n_before} {n_after}");
    assert_eq!(answer["taken"], n_after, "what is counted is what is there");
    drop(pipe);
}

/// A terminal: the end that a program is given, and the one that shows what it writes.
fn terminal() -> (File, File) {
    let shown = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
    grantpt(&shown).unwrap();
    unlockpt(&shown).unwrap();
    let name = ptsname(&shown, Vec::new()).unwrap();
    let given = File::options().read(true).write(true).open(name.to_str().unwrap()).unwrap();
    (given, shown.into())
}

/// Scenario: someone at a terminal imports from a pipe, with a bad record in it, watches, and presses Ctrl-C.
/// Guarantees: the line tells how far it is and how much was taken; what is said does not stand in that line; after the
/// end the counts so far are printed, and nothing of the line is left.
#[tokio::test(flavor = "multi_thread")]
async fn progress_is_shown_on_a_terminal() {
    let dir = tempfile::tempdir().unwrap();
    let (given, mut shown) = terminal();
    let mut command = Command::new(skep_binary());
    command.args(["import", "-", "--data-dir"]).arg(dir.path().join("data"));
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(given).spawn().unwrap();
    // The command holds the terminal as well: it is to end with the program.
    drop(command);
    let mut pipe = child.stdin.take().unwrap();
    let without_id = traces(4, "no id").replace("00000000000000a1", "");
    writeln!(pipe, "{}\n{without_id}\n{}", traces(1, "early"), traces(2, "early")).unwrap();
    pipe.flush().unwrap();
    let (seen, lines) = std::sync::mpsc::sync_channel(64);
    let reader = tokio::task::spawn_blocking(move || {
        let mut all = Vec::new();
        let mut piece = [0; 4096];
        // Once nobody holds the other end, reading fails.
        while let Ok(n @ 1..) = shown.read(&mut piece) {
            all.extend_from_slice(&piece[..n]);
            seen.try_send(String::from_utf8_lossy(&all).into_owned()).ok();
        }
        String::from_utf8_lossy(&all).into_owned()
    });
    let is_far = |text: &String| text.contains("MiB/s, 3 events, 1 rejected");
    let timeout = std::time::Duration::from_secs(60);
    while !is_far(&lines.recv_timeout(timeout).expect("the line is written anew again and again")) {}
    kill_process(Pid::from_child(&child), Signal::INT).unwrap();
    let output = child.wait_with_output().unwrap();
    let said = reader.await.unwrap();
    assert_eq!(output.status.code(), Some(1), "{said}");
    let printed = String::from_utf8(output.stdout).unwrap();
    assert!(printed.starts_with("2 of 3 events to ") && printed.contains("1 events rejected"), "{printed}");
    for line in said.split_inclusive('\n').filter(|line| line.ends_with('\n')) {
        let (_, left) = line.rsplit_once("\x1b[K").unwrap_or(("", line));
        assert!(left.starts_with("skep: "), "what is said stands alone: {line:?}");
    }
    assert!(
        said.contains("stopping after what is under way") && said.contains("stopped before the end"),
        "{said}"
    );
}

/// Scenario: the receiver takes nothing for now, and the import that waits for it is interrupted.
/// Guarantees: it ends at once with its counts, instead of trying on.
#[tokio::test(flavor = "multi_thread")]
async fn an_interrupt_ends_waiting_for_a_receiver() {
    let dir = tempfile::tempdir().unwrap();
    let busy = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", busy.local_addr().unwrap());
    let file = write(dir.path(), "1", traces(1, "one request"));
    let mut command = Command::new(skep_binary());
    command.arg("import").arg(file).args(["--json", "--to", &url]);
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let pid = Pid::from_child(&child);
    let waiting = tokio::task::spawn_blocking(|| child.wait_with_output().unwrap());
    // The first connection only looks whether anyone listens.
    for n_connections in 0.. {
        let (mut connection, _) = busy.accept().await.unwrap();
        let mut head = [0; 4096];
        if connection.read(&mut head).await.unwrap_or(0) > 0 {
            let answer = "HTTP/1.1 503 Service Unavailable\r\nretry-after: 30\r\ncontent-length: 0\r\n\r\n";
            connection.write_all(answer.as_bytes()).await.unwrap();
            break;
        }
        assert!(n_connections < 8, "it sends what it has");
    }
    // It sleeps for half a minute from here on; where it does not yet, the answer finds it stopped.
    tokio::time::sleep(std::time::Duration::from_millis(200)).await;
    kill_process(pid, Signal::INT).unwrap();
    let ended = tokio::time::timeout(std::time::Duration::from_secs(20), waiting).await;
    let output = ended.expect("it does not wait for the receiver").unwrap();
    assert_eq!((output.status.code(), &answer(&output)["taken"]), (Some(1), &json!(0)), "{output:?}");
    assert!(String::from_utf8_lossy(&output.stderr).contains("stopped before the end"), "{output:?}");
}
